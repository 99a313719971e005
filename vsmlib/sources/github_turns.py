"""An item's events in order, and whose turn it was: the wait that no status shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from vsmlib.sources.extract import NOBODY
from vsmlib.sources.github_objects import Event, Item

__all__ = ["DRAFT", "LAST", "READY", "Turns", "story", "turns"]

DRAFT, READY = "converted_to_draft", "ready_for_review"
# GitHub closes a pull request with the merge, as an event of its own and sometimes a second early.
WITH_THE_MERGE = 5_000_000
FIRST, LAST = -1, 9


@dataclass(slots=True)
class Turns:
    """Whose turn it is in one item; `after` names the events that follow from each event.

    - ``ready_for_review``, ``converted_to_draft``: the state that a pull request is opened or
      reopened in.
    - ``first_response``: the first comment or review by another account that is no bot.
    - ``responded``: such a response but an approval, when one was waited for (since it was opened,
      became ready, was reopened, or was pushed after a review): the author's turn.
    - ``pushed_after_review``: a push, by the author or someone else who has not reviewed, after a
      response, to an open pull request that is no draft: the reviewers' turn.
    - ``re_reviewed``: the first response after that, approval or not.
    """

    author: str
    pull: bool
    draft: bool
    last_force_push: int
    closed: bool = False
    waiting: bool = False
    answered: bool = False
    again: bool = False
    responders: set[str] = field(default_factory=set)

    def after(self, event: Event) -> list[str]:
        """Names of the events that follow from this one, at its time."""
        match event.name:
            case "opened" | "reopened":
                self.closed, self.answered, self.waiting = False, False, not self.draft
                return [DRAFT if self.draft else READY] if self.pull else []
            case "converted_to_draft" | "ready_for_review":
                self.draft = event.name == DRAFT
                self.waiting, self.answered = not self.draft and not self.closed, False
            case "merged" | "closed":
                self.closed, self.waiting, self.answered, self.again = True, False, False, False
            case "commented" | "reviewed" | "approved" | "changes_requested":
                return self._response(event)
            case "pushed" | "committed":
                return self._push(event)
        return []

    def _response(self, event: Event) -> list[str]:
        if not event.login or event.bot or event.login == self.author:
            return []
        derived = [] if self.responders else ["first_response"]
        derived += ["re_reviewed"] if self.again else []
        derived += ["responded"] if self.waiting and event.name != "approved" else []
        self.responders.add(event.login)
        self.answered |= self.waiting
        self.waiting = self.again = False
        return derived

    def _push(self, event: Event) -> list[str]:
        # ordinary pushes leave no event: what they added shows as commits later than the last
        # force push, which had overwritten all before it
        hidden = event.name == "committed" and event.t <= self.last_force_push
        others = event.login != self.author and (event.bot or event.login in self.responders)
        if hidden or others or self.closed or self.draft or not self.answered:
            return []
        self.waiting = self.again = True
        return ["pushed_after_review"]


def story(item: Item) -> list[Event]:
    """Put an item's events in order, with one opening and the endings that count."""
    facts, events = item.facts, list(item.events.values())

    def told(name: str, when: str, who: str, rank: int = LAST) -> Event:
        return Event(facts[when], rank, 0, "", name, *facts.get(who, NOBODY))

    events.append(told("opened", "created_at", "user", FIRST))
    if "merged_at" in facts and not any(e.name == "merged" for e in events):
        events.append(told("merged", "merged_at", "merged_by"))
    merged = min((e.t for e in events if e.name == "merged"), default=None)
    if merged is not None:
        events = [e for e in events if e.name != "closed" or e.t < merged - WITH_THE_MERGE]
    last = max((e for e in events if e.name in ("closed", "reopened")), default=None)
    shut = facts.get("state", "closed") == "closed" and "closed_at" in facts
    if merged is None and shut and not (last and last.name == "closed"):
        events.append(told("closed", "closed_at", "closed_by"))
    return sorted(events)


def turns(item: Item, story: list[Event]) -> Turns:
    """Begin to follow an item whose events are in order."""
    drafting = [e.name for e in story if e.name in (DRAFT, READY)]
    # what comes first tells the state before it; without any, the state has never changed
    draft = drafting[0] == READY if drafting else bool(item.facts.get("draft"))
    pushes = (e.t for e in story if e.name == "pushed")
    author = item.facts.get("user", NOBODY)[0]
    return Turns(author, item.pull, draft and item.pull, max(pushes, default=0))
