"""What the name of a state says about it, in the languages that trackers speak."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Reading", "is_activity", "read_name", "read_names", "without_resolutions"]

# Stems, matched at the beginning of a word; a stem with a space matches across words. The first
# kind with a match wins: "Waiting for release" waits, although "release" alone would be done.
KINDS: tuple[tuple[str, float, str], ...] = (
    (
        "cancelled",
        0.95,
        "cancel|reject|abandon|wont|won t|will not|invalid|duplicate|declin|withdraw|obsolete|"
        "discard|closed unmerged|not planned|abgelehnt|abgebrochen|verworfen|storniert|annul|"
        "rejet|rechaz|descart|annullat|rifiutat|afgewezen|geannuleerd",
    ),
    (
        "wait",
        0.9,
        "wait|await|queue|pending|on hold|hold|parked|blocked|impeded|stalled|ready|to be|"
        "needs|available|backlog|todo|to do|icebox|inbox|triage|schedul|wart|bereit|zu erledigen|"
        "zurueckgestellt|blockiert|attente|a faire|pret|bloque|pendiente|espera|listo|por hacer|"
        "bloquead|attesa|da fare|pronto|aguard|a fazer|wacht|klaar voor|te doen|"
        "ожид|очеред|待|等待|未着手|保留",
    ),
    (
        "done",
        0.9,
        "done|close|resolv|releas|deployed|deliver|complete|merged|finish|shipped|live|"
        "in production|verified|archiv|erledigt|fertig|geschlossen|abgeschlossen|"
        "ausgeliefert|termine|ferme|livre|hecho|cerrad|terminad|entregad|chius|completat|fatto|"
        "concluid|fechad|klaar|gereed|afgerond|готов|закры|完了|完成",
    ),
    (
        "active",
        0.85,
        "progress|active|doing|develop|cod|implement|review|test|qa|analy|design|build|deploy|investigat|"
        "work|fix|verif|draft|spec|refin|estimat|document|integrat|in arbeit|bearbeit|entwick|"
        "pruef|en cours|en curso|en progreso|desarroll|revis|in corso|sviluppo|em andamento|"
        "desenvolv|bezig|uitvoer|в работе|разраб|тест|进行|開発|作業",
    ),
    (
        "wait",
        0.7,
        "new|open|accepted|assigned|created|reported|submitted|approved|reopen|backlog|neu|offen|nouveau|"
        "ouvert|nuevo|abiert|nuovo|apert|nov|abert|nieuw|нов|откры|新",
    ),
)
CAUSES: tuple[tuple[str, str], ...] = (
    ("review", "review|approv|pruef|revis|re review|response|freigabe"),
    ("testing", "test|qa|verif|validat|abnahme"),
    ("release", "releas|deploy|merge|ship|production|rollout|integrat"),
    ("input", "info|customer|reporter|feedback|clarif|answer|vendor|user|kunde|client"),
    ("blocked", "block|imped|hold|stall|depend"),
)
# What happened to an activity, as process logs write it behind its name.
STARTS = frozenset("start started begin resume resumed".split())
STEPS = (
    "schedule|scheduled|assign|assigned|reassign|enable|enabled|create|suspend|suspended|complete|"
    "completed|end|ended|finish|finished|stop|withdraw|ate_abort|pi_abort"
)
SUFFIX = re.compile(rf"(.*\w)[^\w]*[-+:/|._( ]({STEPS}|{'|'.join(sorted(STARTS))})\)?", re.I)
ACTIVITY = (
    "comment|commit|push|label|unlabel|mention|subscrib|unsubscrib|assign|unassign|build|referenc|"
    "renam|edit|attach|link|unlink|worklog|vote|watch|milestone|demilestone|flagged|unflagged|"
    "sprint changed|head ref"
)


class Reading(NamedTuple):
    """What a name says: kind, confidence 0 to 1, the word that said it, and a likely cause."""

    kind: str
    confidence: float
    word: str
    cause: str | None


def plain(name: str) -> str:
    """Lower-case words without accents: ``readyForReview`` becomes ``ready for review``."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    text = text.replace("ß", "ss")
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        text = text.replace(umlaut, letters).replace(umlaut.upper(), letters)
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", text.replace("_", " ")))


def _found(stems: str, text: str) -> str:
    match = re.search(rf"(?:^|\s)(?:{stems})", text) or re.search(_wide(stems), text)
    return match.group().strip() if match else ""


def _wide(stems: str) -> str:
    """Chinese and Japanese names have no spaces: their stems match anywhere."""
    wide = [stem for stem in stems.split("|") if stem > "\u3000"]
    return "|".join(wide) or r"(?!)"


def read_name(name: str) -> Reading:
    """Read a state's name.

    Examples
    --------
    >>> read_name("Ready for QA")
    Reading(kind='wait', confidence=0.9, word='ready', cause='testing')
    >>> read_name("In Arbeit").kind
    'active'
    >>> read_name("S7").confidence
    0.5
    """
    text = plain(name)
    for kind, confidence, stems in KINDS:
        word = _found(stems, text)
        if word:
            cause = next((c for c, s in CAUSES if _found(s, text)), "queue")
            return Reading(kind, confidence, word, cause if kind == "wait" else None)
    return Reading("active", 0.5, "", None)


def read_names(names: Sequence[str]) -> dict[str, Reading]:
    """Read the names of all states of a log.

    Where an activity stands there with a start and other lifecycle steps (``Check+SCHEDULE``,
    ``Check+START``, ``Check+COMPLETE``), the step says what follows: work after a start, a wait
    after all others, whatever words the activity has. Else a step behind ``+`` is left out.

    Examples
    --------
    >>> {n: r.kind for n, r in read_names(["Release+START", "Release+COMPLETE", "Done"]).items()}
    {'Release+START': 'active', 'Release+COMPLETE': 'wait', 'Done': 'done'}
    >>> read_names(["Ready to start"])["Ready to start"].kind
    'wait'
    """
    split = {name: SUFFIX.fullmatch(name.strip()) for name in names}
    seen: dict[str, set[str]] = {}
    for found in split.values():
        if found:
            seen.setdefault(found[1].casefold(), set()).add(found[2].casefold())
    started = {name for name, steps in seen.items() if len(steps) > 1 and steps & STARTS}
    made = {}
    for name, match in split.items():
        made[name] = read_name(name)
        if match and match[1].casefold() in started:
            kind = "active" if match[2].casefold() in STARTS else "wait"
            made[name] = Reading(kind, 0.9, match[2], "queue" if kind == "wait" else None)
        elif match and "+" in name:
            made[name] = read_name(match[1])
    return made


def is_activity(name: str) -> bool:
    """Whether an event's name is work inside a visit rather than a state.

    Examples
    --------
    >>> is_activity("commented"), is_activity("In review")
    (True, False)
    """
    return bool(re.match(rf"(?:{ACTIVITY})", plain(name)))


def without_resolutions(names: Sequence[str]) -> list[str]:
    """Leave out Jira's resolution, which comes beside a status, where a status says done.

    Examples
    --------
    >>> without_resolutions(["Open", "Closed", "resolved"])
    ['Open', 'Closed']
    >>> without_resolutions(["Open", "resolved"])
    ['Open', 'resolved']
    """
    statuses = [name for name in names if name not in ("resolved", "unresolved")]
    done = any(read_name(name).kind == "done" for name in statuses)
    return statuses if done else list(names)
