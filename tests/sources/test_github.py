"""GitHub objects as events: every shape they come in, whose turn it was, and the receipt."""

import io
import json
import lzma
import random
import tarfile
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmlib.errors import SourceError
from vsmlib.flow import Flow
from vsmlib.log import EventLog
from vsmlib.sources.extract import EVENT_COLUMNS
from vsmlib.sources.github import read_github
from vsmlib.sources.origins import recognised
from vsmlib.stream import ValueStream

API = "https://api.github.com/repos/o/r"
MICRO = 1_000_000
DAY_US = 86_400 * MICRO
MARCH = 1_772_323_200 * MICRO  # 2026-03-01


def is_github(path):
    origin = recognised(path)
    return bool(origin) and origin.title == "GitHub objects"


def at(day, clock="09:00:00"):
    return f"2026-03-{day:02}T{clock}Z"


def user(login, kind="User"):
    return {"login": login, "type": kind}


def pull(number=7, day=1, **facts):
    plain = {"draft": False, "state": "open", "user": user("ada"), "head": {}, "base": {}}
    address = {"url": f"{API}/pulls/{number}", "issue_url": f"{API}/issues/{number}"}
    return {"number": number, "created_at": at(day), **address, **plain, **facts}


def issue(number=3, day=1, **facts):
    plain = {"state": "open", "user": user("ada"), "repository_url": API}
    return {
        "number": number,
        "created_at": at(day),
        "url": f"{API}/issues/{number}",
        **plain,
        **facts,
    }


def did(name, day, login="bob", clock="09:00:00", **more):
    """Make a timeline event."""
    who = user(login) if login else None
    known = {"id": f"{name} {day} {clock} {login}", "created_at": at(day, clock), "actor": who}
    return {"event": name, **known, **more}


def reviewed(day, login="bob", state="COMMENTED", clock="09:00:00"):
    return {"event": "reviewed", "id": day * 100, "user": user(login) if login else None,
            "state": state, "submitted_at": at(day, clock)}  # fmt: skip


def committed(day, clock="09:00:00"):
    who = {"name": "Ada Secret", "email": "ada@secret.example", "date": at(day, clock)}
    sha = f"{day:02}{clock[:2]}c0ffee"
    return {"event": "committed", "sha": sha, "committer": who, "author": who, "message": "secret"}


def bundle(head, events=(), comments=()):
    kind = "pull" if "head" in head else "issue"
    return {"type": kind, kind: head, "events": list(events), "comments": list(comments)}


def dump(folder, **files):
    """Write each value as JSON to the file that its name says (``__`` for ``/``)."""
    for name, value in files.items():
        path = folder / (name.replace("__", "/") + ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    return folder


def rows(extract, *columns):
    return [tuple(row[c] for c in columns) for row in extract.events.to_pylist()]


def told(tmp_path, head, events=(), comments=(), **options):
    """Names of the events of one item."""
    extract = read_github(dump(tmp_path, one=bundle(head, events, comments)), **options)
    return [name for (name,) in rows(extract, "event")]


def finding(extract, code):
    return next(f for f in extract.findings if f.code == code)


# --- what happened ------------------------------------------------------------------------------


def test_a_pull_request_from_opening_to_merge(tmp_path):
    events = [
        did("commented", 2),
        did("head_ref_force_pushed", 3, "ada"),
        reviewed(4, state="APPROVED"),
        did("merged", 5, "eve"),
        did("closed", 5, "eve"),
    ]
    head = pull(state="closed", merged_at=at(5), closed_at=at(5), additions=12, labels=[{}, {}])
    extract = read_github(dump(tmp_path, one=bundle(head, events)))
    assert rows(extract, "event", "actor") == [
        ("opened", "ada"),
        ("ready_for_review", "ada"),
        ("commented", "bob"),
        ("first_response", "bob"),
        ("responded", "bob"),
        ("pushed", "ada"),
        ("pushed_after_review", "ada"),
        ("approved", "bob"),
        ("re_reviewed", "bob"),
        ("merged", "eve"),
    ]
    assert extract.events.column_names == list(EVENT_COLUMNS)
    assert extract.events["t"][0].as_py() == MARCH + 9 * 3600 * MICRO
    assert extract.events["seq"].to_pylist() == list(range(10))
    assert set(extract.events["item_id"].to_pylist()) == {"o/r#7"}
    assert extract.items.to_pylist() == [{
        "item_id": "o/r#7", "item_type": "pull_request", "team": None, "priority": None,
        "parent_id": None, "repository": "o/r", "mentions": None, "commit": None,
            "head": None,
        "number": 7,
        "additions": 12, "deletions": None,
        "changed_files": None, "commits": None, "labels": 2, "draft": False,
    }]  # fmt: skip


def test_no_texts_and_no_commit_authors_come_out(tmp_path):
    head = pull(title="secret", body="secret", labels=[{"name": "secret"}])
    extract = read_github(dump(tmp_path, one=bundle(head, [committed(2)])))
    assert "ecret" not in str(extract.events.to_pylist() + extract.items.to_pylist())
    assert ("committed", None, None) in rows(extract, "event", "actor", "actor_type")


CLOSED = {"state": "closed", "closed_at": at(5)}
PUSH = "head_ref_force_pushed"
STORIES = {
    "a merge closes, too": (pull(**CLOSED, merged_at=at(5)), [did("closed", 5), did("merged", 5)],
        "opened ready_for_review merged"),
    "the closing came a second early": (pull(merged_at=at(5)),
        [did("closed", 5, clock="08:59:56"), did("merged", 5)], "opened ready_for_review merged"),
    "the closing came later": (pull(merged_at=at(5)), [did("merged", 5), did("closed", 6)],
        "opened ready_for_review merged"),
    "closed before it was merged": (pull(merged_at=at(5)),
        [did("closed", 3), did("reopened", 4), did("merged", 5)],
        "opened ready_for_review closed reopened ready_for_review merged"),
    "closed again after a reopening that left no event": (issue(**CLOSED),
        [did("closed", 2), did("reopened", 3)], "opened closed reopened closed"),
    "a closing of what is open is not made up": (issue(closed_at=at(2)),
        [did("closed", 2), did("reopened", 3)], "opened closed reopened"),
    "others keep their names": (issue(), [did("labeled", 2), did("renamed", 3)],
        "opened labeled renamed"),
    "a draft": (pull(draft=True), [], "opened converted_to_draft"),
    "was a draft": (pull(), [did("ready_for_review", 2)],
        "opened converted_to_draft ready_for_review"),
    "became a draft": (pull(draft=True), [did("convert_to_draft", 2)],
        "opened ready_for_review converted_to_draft"),
    "was a draft in between": (pull(), [did("convert_to_draft", 2), did("ready_for_review", 3)],
        "opened ready_for_review converted_to_draft ready_for_review"),
    "reopened as a draft": (pull(draft=True), [did("closed", 2), did("reopened", 3)],
        "opened converted_to_draft closed reopened converted_to_draft"),
    "in a draft nobody waits": (pull(),
        [did("commented", 2), did(PUSH, 3, "ada"), did("ready_for_review", 4), reviewed(5)],
        "opened converted_to_draft commented first_response pushed ready_for_review reviewed "
        "responded"),
    "verdicts": (pull(), [reviewed(2, "ada", "APPROVED"), reviewed(3, "ada", "CHANGES_REQUESTED"),
                          reviewed(4, "ada", "COMMENTED"), reviewed(5, "ada", "DISMISSED")],
        "opened ready_for_review approved changes_requested reviewed reviewed"),
    "a thread": (pull(),
        [{"event": "line-commented", "comments": [{"id": 9, "user": user("bob"),
                                                   "created_at": at(2), "diff_hunk": ""}]}],
        "opened ready_for_review commented first_response responded"),
    "an issue waits again after a reopening": (issue(),
        [did("commented", 2), did("closed", 3), did("commented", 4), did("reopened", 5, "ada"),
         did("commented", 6)],
        "opened commented first_response responded closed commented reopened commented responded"),
    "after the end no push passes a turn": (pull(),
        [did("commented", 2), did("closed", 3), did(PUSH, 4, "ada")],
        "opened ready_for_review commented first_response responded closed pushed"),
    "a bot may be the author": (pull(user=user("renovate[bot]", "Bot")),
        [did("commented", 2), did(PUSH, 3, "renovate[bot]")],
        "opened ready_for_review commented first_response responded pushed pushed_after_review"),
    "each round is reviewed again once": (pull(),
        [did("commented", 2), did(PUSH, 3, "ada"), did("commented", 4), did("commented", 5),
         did(PUSH, 6, "ada"), reviewed(7, state="APPROVED"), did("commented", 8)],
        "opened ready_for_review commented first_response responded pushed pushed_after_review "
        "commented re_reviewed responded commented pushed pushed_after_review approved re_reviewed "
        "commented"),
}  # fmt: skip


@pytest.mark.parametrize(("head", "events", "names"), STORIES.values(), ids=STORIES)
def test_stories(tmp_path, head, events, names):
    assert told(tmp_path, head, events) == names.split()


def test_endings_without_events_come_from_the_object(tmp_path):
    listed = [
        pull(1, state="closed", merged_at=at(4), closed_at=at(4), merged_by=user("eve")),
        pull(2, state="closed", merged_at=None, closed_at=at(3)),
        pull(3),
        issue(4, state="closed", closed_at=at(2), closed_by=user("bob")),
    ]
    extract = read_github(dump(tmp_path, pulls=listed))
    assert rows(extract, "item_id", "event", "actor") == [
        ("o/r#1", "opened", "ada"),
        ("o/r#1", "ready_for_review", "ada"),
        ("o/r#1", "merged", "eve"),
        ("o/r#2", "opened", "ada"),
        ("o/r#2", "ready_for_review", "ada"),
        ("o/r#2", "closed", None),
        ("o/r#3", "opened", "ada"),
        ("o/r#3", "ready_for_review", "ada"),
        ("o/r#4", "opened", "ada"),
        ("o/r#4", "closed", "bob"),
    ]


# --- responses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "derived"),
    [
        (did("commented", 2, "ada"), []),
        (did("commented", 2, "dependabot[bot]"), []),
        (did("commented", 2, "gentoo-BOT"), []),
        (did("commented", 2, "helper"), []),
        ({**did("commented", 2), "actor": user("Copilot", "Bot")}, []),
        ({**did("commented", 2), "actor": None}, []),
        (did("commented", 2), ["first_response", "responded"]),
        (reviewed(2), ["first_response", "responded"]),
        (reviewed(2, state="CHANGES_REQUESTED"), ["first_response", "responded"]),
        (reviewed(2, state="APPROVED"), ["first_response"]),
        (reviewed(2, state="DISMISSED"), ["first_response", "responded"]),
    ],
)
def test_who_responds(tmp_path, event, derived):
    names = told(tmp_path, pull(), [event], bots=["HELPER"])
    assert names[3:] == derived


def test_line_comments_are_comments_and_may_be_the_first_response(tmp_path):
    page = "https://github.com/o/r/pull/7#discussion_r9"
    line = {"id": 9, "user": user("bob"), "created_at": at(2), "html_url": page}
    line |= {"diff_hunk": "", "pull_request_review_id": 300}
    extract = read_github(dump(tmp_path, one=bundle(pull(), [reviewed(3)], [line])))
    assert rows(extract, "event", "t")[2:] == [
        ("commented", MARCH + DAY_US + 9 * 3600 * MICRO),
        ("first_response", MARCH + DAY_US + 9 * 3600 * MICRO),
        ("responded", MARCH + DAY_US + 9 * 3600 * MICRO),
        ("reviewed", MARCH + 2 * DAY_US + 9 * 3600 * MICRO),
    ]


def test_a_late_verdict_decides_nothing(tmp_path):
    events = [did("merged", 3), reviewed(4, state="APPROVED")]
    extract = read_github(dump(tmp_path, one=bundle(pull(merged_at=at(3)), events)))
    assert [name for (name,) in rows(extract, "event")][2:] == [
        "merged",
        "reviewed",
        "first_response",
    ]
    assert finding(extract, "late_reviews").examples == ("o/r#7: approved",)


# --- pushes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pushing", "derived"),
    [
        (did("head_ref_force_pushed", 3, "ada"), ["pushed_after_review"]),
        (did("head_ref_force_pushed", 3, "cat"), ["pushed_after_review"]),
        (did("head_ref_force_pushed", 3, "bob"), []),
        (did("head_ref_force_pushed", 3, "pre-commit[bot]"), []),
        (did("head_ref_force_pushed", 1, "ada", "12:00:00"), []),
        (committed(3), ["pushed_after_review"]),
        (committed(1, "08:00:00"), []),
    ],
)
def test_whose_push_passes_the_turn(tmp_path, pushing, derived):
    names = told(tmp_path, pull(), [did("commented", 2), pushing])
    assert [name for name in names if name == "pushed_after_review"] == derived


def test_commits_before_the_last_force_push_tell_no_push(tmp_path):
    events = [
        did("commented", 2),
        committed(3),
        did("head_ref_force_pushed", 4, "ada"),
        committed(5),
    ]
    extract = read_github(dump(tmp_path, one=bundle(pull(), events)))
    pushed = [t for name, t in rows(extract, "event", "t") if name == "pushed_after_review"]
    assert [(t - MARCH) // DAY_US + 1 for t in pushed] == [4, 5]


# --- shapes -------------------------------------------------------------------------------------

EVENTS = [did("labeled", 2, "ada"), did("head_ref_force_pushed", 6, "ada"), committed(7)]
REVIEW = {k: v for k, v in reviewed(3).items() if k != "event"} | {
    "pull_request_url": f"{API}/pulls/7"
}
COMMENT = {"id": 1, "user": user("bob"), "created_at": at(4), "issue_url": f"{API}/issues/7"}
LINE = {"id": 1, "user": user("bob"), "created_at": at(5), "pull_request_review_id": 1,
        "pull_request_url": f"{API}/pulls/7", "diff_hunk": ""}  # fmt: skip
AS_ONE = bundle(
    pull(),
    [EVENTS[0], {"event": "reviewed", **REVIEW}, {"event": "commented", **COMMENT}, *EVENTS[1:]],
    [LINE],
)
FACE = issue(7, pull_request={"url": f"{API}/pulls/7", "merged_at": None})


@pytest.mark.parametrize(
    "shape",
    [
        {"pulls": [pull()], "timeline__7": EVENTS, "reviews": [REVIEW], "a": [COMMENT, LINE]},
        {"pulls__7": pull(), "issues__7__timeline": EVENTS, "pulls__7__reviews": [REVIEW],
         "issues__7__comments": [COMMENT], "pulls__7__comments": [LINE]},
        {"issues": [FACE], "timeline_7": EVENTS, "pulls": [pull()], "a": REVIEW, "b": COMMENT,
         "c": LINE},
        {"all": [[pull(), REVIEW], [COMMENT, LINE]], "issue-7-events-page-2": EVENTS},
        {"pulls": [pull()], "issues": [FACE], "events": [{**e, "issue": FACE} for e in EVENTS],
         "reviews": [REVIEW], "comments_2": [COMMENT, LINE]},
        {"one": AS_ONE, "timeline__7": EVENTS, "reviews_1": [REVIEW], "c": [COMMENT, LINE, FACE]},
    ],
)  # fmt: skip
def test_separate_files_say_the_same_as_one(tmp_path, shape):
    whole = read_github(dump(tmp_path / "whole", one=AS_ONE))
    parts = read_github(dump(tmp_path / "parts", **shape))
    assert parts.events.equals(whole.events)
    assert parts.items.equals(whole.items)


def test_the_issue_face_alone_is_a_pull_request(tmp_path):
    face = issue(7, pull_request={"merged_at": at(4)}, state="closed", closed_at=at(4))
    extract = read_github(dump(tmp_path, issues=[face]))
    assert extract.items["item_type"].to_pylist() == ["pull_request"]
    assert [n for (n,) in rows(extract, "event")] == ["opened", "ready_for_review", "merged"]


def test_the_newer_of_two_exports_counts(tmp_path):
    old = pull(updated_at=at(2), additions=1)
    new = pull(updated_at=at(8), additions=9, state="closed", closed_at=at(8))
    one = read_github(dump(tmp_path / "a", a=[old], b=[new]))
    two = read_github(dump(tmp_path / "b", a=[new], b=[old]))
    assert one.items.equals(two.items)
    assert one.items["additions"].to_pylist() == [9]
    assert one.events.equals(two.events)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(pull()) + "\n\n" + json.dumps(issue()) + "\n",
        json.dumps([pull()]) + json.dumps([issue()]),
        "\ufeff" + json.dumps([pull(), issue()]),
    ],
)
def test_several_values_in_a_file(tmp_path, text):
    (tmp_path / "all.jsonl").write_text(text, encoding="utf-8")
    assert read_github(tmp_path / "all.jsonl").items["number"].to_pylist() == [3, 7]


def test_utf16_from_a_windows_shell(tmp_path):
    (tmp_path / "all.json").write_text(json.dumps([pull()]), encoding="utf-16")
    assert read_github(tmp_path).items.num_rows == 1


def packed(path, files):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return path
    with tarfile.open(path, "w:xz" if path.suffix == ".xz" else "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


FILES = {"pulls/7.json": json.dumps(pull()), "timeline/7.json": json.dumps(EVENTS), "README": "x",
         "._junk.json": "\0"}  # fmt: skip


@pytest.mark.parametrize("name", ["a.tar.xz", "a.tar.gz", "a.tgz", "a.zip"])
def test_archives_say_the_same_as_folders(tmp_path, name):
    archive = packed(tmp_path / name, FILES)
    folder = dump(tmp_path / "folder", pulls__7=pull(), timeline__7=EVENTS)
    assert read_github(archive).events.equals(read_github(folder).events)
    assert read_github(archive).name == "a"
    assert is_github(archive)
    (tmp_path / "inside").mkdir()
    inside = packed(tmp_path / "inside" / name, FILES)
    assert read_github(inside.parent).events.equals(read_github(folder).events)
    assert is_github(inside.parent)


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_files_and_lists_of_other_moments_does_not_matter(tmp_path_factory, chance):
    things = [pull(n, day) for n, day in ((5, 1), (6, 1), (7, 2))] + [issue(3)]
    turns = ((3, "commented", "bob"), (4, "head_ref_force_pushed", "ada"), (5, "commented", "eve"))
    things += [
        {**did(name, day, who), "issue": pull(n)} for n in (5, 6, 7) for day, name, who in turns
    ]
    whole = read_github(dump(tmp_path_factory.mktemp("a"), all=things))
    chance.shuffle(things)
    parts = {f"f{i}": things[i::3] for i in range(3)}
    assert read_github(dump(tmp_path_factory.mktemp("b"), **parts)).events.equals(whole.events)


def test_several_repositories(tmp_path):
    other = json.loads(json.dumps(pull()).replace("/o/r/", "/o/s/"))
    extract = read_github(
        dump(tmp_path, one=bundle(pull()), two=bundle(other, [did("labeled", 2)]))
    )
    assert extract.items["item_id"].to_pylist() == ["o/r#7", "o/s#7"]


def test_observed_until_is_when_the_backup_was_made(tmp_path):
    dump(
        tmp_path, state={"version": 2, "last_backup": "2026-03-20T08:00:09.182296886Z"}, p=[pull()]
    )
    assert read_github(tmp_path).observed_until.isoformat() == "2026-03-20T08:00:09.182296+00:00"


# --- releases -----------------------------------------------------------------------------------


def facts(folder, commits, tags):
    """Exported git facts: (sha, parents, day, subject) newest first; (name, sha, day)."""
    folder.mkdir(exist_ok=True)
    lines = [
        f"{sha}\t{up}\t{at(day)}\t{at(day)}\tAda\tAda\t\t{subject}"
        for sha, up, day, subject in commits
    ]
    (folder / "commits.tsv.xz").write_bytes(lzma.compress("\n".join(lines).encode()))
    (folder / "tags.tsv").write_text("".join(f"{n}\ttag\t{s}\t{at(day)}\n" for n, s, day in tags))
    return folder


LINE_OF_COMMITS = [
    ("e5", "d4", 9, "Merge pull request #8 from x/y"),
    ("d4", "c3", 8, "Tidy (#9)"),
    ("c3", "b2", 5, "Merge o/r#7: better"),
    ("b2", "a1", 4, "Merge pull request #6 from x/y"),
    ("a1", "", 1, "Merge pull request #7 of the old place"),
]
TAGS = [("v2", "d4", 12), ("v1", "b2", 6), ("v3", "d4", 20), ("stray", "ffff", 2)]


def merged(number, day, opened=2, **more):
    return pull(number, opened, state="closed", merged_at=at(day), closed_at=at(day), **more)


def releases(extract):
    return {
        i: (t - MARCH) // DAY_US + 1
        for i, e, t in rows(extract, "item_id", "event", "t")
        if e == "released"
    }


def test_released_is_the_first_tag_that_contains_the_merge(tmp_path):
    things = [merged(6, 4), merged(7, 5), merged(8, 9), merged(9, 8, merge_commit_sha="d4"),
              merged(10, 6, merge_commit_sha="gone"), pull(13),
              issue(11, state="closed", closed_at=at(8))]  # fmt: skip
    closing = bundle(issue(12, state="closed"), [did("closed", 8, commit_id="d4")])
    dump(facts(tmp_path, LINE_OF_COMMITS, TAGS), all=things, one=closing)
    extract = read_github(tmp_path)
    assert releases(extract) == {"o/r#6": 6, "o/r#7": 12, "o/r#9": 12, "o/r#12": 12}
    assert finding(extract, "unknown_start").examples == ("o/r#6",)
    assert finding(extract, "merges_not_joined").examples == ("o/r#10",)


def test_a_number_from_before_the_opening_is_of_another_project(tmp_path):
    history = facts(tmp_path / "git", [("b2", "a1", 9, "later"), LINE_OF_COMMITS[-1]], TAGS[:1])
    extract = read_github(dump(tmp_path / "hub", all=[merged(7, 5)]), history=history)
    assert releases(extract) == {}
    assert finding(extract, "merges_not_joined").count == 1


def test_a_tag_dated_before_the_merge_is_moved_to_it(tmp_path):
    dump(facts(tmp_path, LINE_OF_COMMITS, [("v1", "c3", 4)]), all=[merged(7, 5)])
    assert releases(read_github(tmp_path)) == {"o/r#7": 5}


def test_a_reopened_issue_is_not_released(tmp_path):
    events = [did("closed", 8, commit_id="d4"), did("reopened", 9)]
    dump(facts(tmp_path, LINE_OF_COMMITS, TAGS), one=bundle(issue(12), events))
    assert releases(read_github(tmp_path)) == {}


# --- the receipt --------------------------------------------------------------------------------


def test_what_was_read_and_what_is_missing(tmp_path):
    extract = read_github(dump(tmp_path, all=[pull(2), pull(3), issue(7), issue(999_999_999)]))
    assert finding(extract, "items_read").what == "2 pull requests and 2 issues were read"
    gaps = finding(extract, "missing_numbers")
    assert (gaps.count, gaps.examples) == (999_999_994, ("o/r#4", "o/r#5", "o/r#6"))


def test_a_truncated_file_is_named_and_the_rest_is_read(tmp_path):
    dump(tmp_path, good=pull(), rows=[])
    (tmp_path / "bad.json").write_text('[{"number": 8,\n "created')
    (tmp_path / "latin.json").write_bytes(b'["\xe9"]')
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "lines.jsonl").write_text(json.dumps(issue()) + "\n{")
    extract = read_github(tmp_path)
    assert extract.items["number"].to_pylist() == [3, 7]
    refused = finding(extract, "unreadable_files")
    assert (refused.level, refused.count) == ("error", 3)
    assert finding(extract, "not_utf8").count == 1
    assert refused.examples[0].startswith("'bad.json': it is cut off")


UNTIMED = [{"event": "line-commented"}, did("labeled", 2),
           {**did("labeled", 3), "created_at": "soon"}]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "code", "level", "examples"),
    [
        ({"a": bundle(pull(), UNTIMED)}, "events_without_time", "warning",
         ["o/r#7: 'line-commented'", "o/r#7: 'labeled'"]),
        ({"p": [pull(), {**issue(), "created_at": None}], "timeline__99": EVENTS[:1]},
         "events_without_item", "error", ["o/r#3: no created_at", "o/r#99: 'labeled'"]),
        ({"p": [pull()], "releases": [{"tag_name": "v1"}, {"number": 1}]}, "other_objects", "note",
         ["'releases.json'"] * 2),
        ({"a": bundle(pull(), EVENTS), "b": bundle(pull(), EVENTS)}, "met_twice", "note",
         ["o/r#7: 'labeled'", "o/r#7: 'pushed'", "o/r#7: 'committed'"]),
    ],
)  # fmt: skip
def test_what_is_left_out_is_told(tmp_path, files, code, level, examples):
    told = finding(read_github(dump(tmp_path, **files)), code)
    assert (told.level, told.count, list(told.examples)) == (level, len(examples), examples)


def test_hostile_values(tmp_path):
    nasty = "</script>'; DROP TABLE x; --\n=cmd()"
    events = [did(nasty, 2, nasty), {**did("closed", 3), "commit_id": {"a": 1}, "id": [1]},
              {**did("x", 4), "user": {"login": ["no"]}, "actor": "no"}]  # fmt: skip
    (tmp_path / "huge.json").write_text('{"number": ' + "9" * 5000 + "}")
    head = pull(additions="many", draft="yes", merge_commit_sha=[], labels="x", state=3)
    extract = read_github(dump(tmp_path, one=bundle(head, events)))
    assert nasty in extract.events["event"].to_pylist()
    assert extract.items["additions"].to_pylist() == [None]
    assert finding(extract, "unreadable_files").count == 1


# --- refusals -----------------------------------------------------------------------------------


def test_nothing_of_github(tmp_path):
    with pytest.raises(SourceError, match="no such file or folder; next: check the path"):
        read_github(tmp_path / "nowhere")
    with pytest.raises(SourceError, match="no GitHub issue or pull request in it; accepted: REST"):
        read_github(packed(tmp_path / "a.zip", {"a.json": '[{"id": 1}]', "b.json": "{"}))


@pytest.mark.parametrize("name", ["a.tar.xz", "a.tgz", "a.zip"])
def test_a_damaged_archive(tmp_path, name):
    rng = random.Random(1)
    packed(tmp_path / name, {f"{n}.json": json.dumps([pull(n), rng.random()]) for n in range(200)})
    raw = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(raw[: len(raw) // 2])
    with pytest.raises(SourceError, match=r"a\.\S+: cannot be read: .*accepted: an intact"):
        read_github(tmp_path / name)


def test_an_encrypted_archive(tmp_path):
    raw = bytearray(packed(tmp_path / "a.zip", {"a.json": json.dumps(pull())}).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + offset] |= 1
    (tmp_path / "a.zip").write_bytes(raw)
    with pytest.raises(SourceError, match=r"cannot be read: .*encrypted.*without a password"):
        read_github(tmp_path / "a.zip")
    assert not is_github(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.json", json.dumps(pull()), True),
        ("a.json", json.dumps({"html_url": "https://ghe.example/o/r/pull/7", "number": 7}), True),
        ("a.json", json.dumps(issue()), True),
        ("a.csv", "url,https://api.github.com/repos/o/r/issues/3", False),
        ("a.json", '{"key": "A-1", "body": "see https://github.com/o/r/pull/7"}', False),
        ("a.json", '{"web_url": "https://gitlab.com/o/r/-/issues/3"}', False),
        ("a.json", "", False),
    ],
)
def test_is_github(tmp_path, name, text, expected):
    (tmp_path / name).write_text(text)
    assert is_github(tmp_path) is expected
    assert is_github(tmp_path / name) is expected
    assert not is_github(tmp_path / "nowhere")


# --- the ready-made streams ---------------------------------------------------------------------


def stages(extract, stream):
    flow = Flow(EventLog(extract), ValueStream.load(stream))
    visits = flow.visits
    return [
        (row.stage, row.elapsed_s / 86_400) for row in visits.itertuples() if row.kind != "done"
    ]


def test_the_turns_of_a_pull_request_are_its_stages(tmp_path):
    events = [
        did("ready_for_review", 3, "ada"), did("commented", 4),
        did("head_ref_force_pushed", 6, "ada"), reviewed(7, state="CHANGES_REQUESTED"),
        committed(10),
        reviewed(11, state="APPROVED"), did("merged", 15), did("commented", 18),
    ]  # fmt: skip
    extract = read_github(dump(tmp_path, one=bundle(merged(7, 15, 1), events)))
    assert stages(extract, "github-pull-requests") == [
        ("Draft", 2), ("Waiting for first response", 1), ("With the author", 2),
        ("Waiting for re-review", 1), ("With the author", 3), ("Waiting for re-review", 1),
        ("Waiting for merge", 4),
    ]  # fmt: skip


def test_an_approval_that_comes_first_makes_no_visit_to_the_author(tmp_path):
    events = [reviewed(3, state="APPROVED"), did("merged", 4), reviewed(5, "eve", "APPROVED")]
    dump(facts(tmp_path, LINE_OF_COMMITS, TAGS), one=bundle(merged(6, 4, 1), events))
    expected = [("Waiting for first response", 2), ("Waiting for merge", 1)]
    assert stages(read_github(tmp_path), "github-pull-requests") == expected
    expected.append(("Waiting for release", 2))
    assert stages(read_github(tmp_path), "github-pull-requests-to-release") == expected


def test_the_stages_of_an_issue(tmp_path):
    events = [did("commented", 3), did("closed", 4), did("commented", 5), did("reopened", 6, "ada"),
              did("commented", 7), did("closed", 9)]  # fmt: skip
    extract = read_github(dump(tmp_path, one=bundle(issue(), events), two=[pull()]))
    assert stages(extract, "github-issues") == [
        ("Waiting for first response", 2), ("In discussion", 1),
        ("Waiting for first response", 1), ("In discussion", 2),
    ]  # fmt: skip
