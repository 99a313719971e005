"""What names say, in the languages that trackers speak."""

import pytest

from vsmlib.waits.words import is_activity, plain, read_name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Waiting for review", "wait"),
        ("ready_for_qa", "wait"),
        ("readyForTest", "wait"),
        ("In Progress", "active"),
        ("In review", "active"),
        ("Development", "active"),
        ("Waiting for release", "wait"),
        ("Released", "done"),
        ("Accepted-In Progress", "active"),
        ("Accepted-Assigned", "wait"),
        ("Closed", "done"),
        ("Won't fix", "cancelled"),
        ("Rejected", "cancelled"),
        ("In Arbeit", "active"),
        ("Wartet auf Freigabe", "wait"),
        ("Zurückgestellt", "wait"),
        ("Erledigt", "done"),
        ("Terminé", "done"),
        ("En cours", "active"),
        ("En espera", "wait"),
        ("待机", "wait"),
        ("完了", "done"),
        ("New", "wait"),
    ],
)
def test_names_in_several_languages(name, kind):
    assert read_name(name).kind == kind


def test_opaque_names_say_so():
    assert read_name("S7") == ("active", 0.5, "", None)


def test_plain_words():
    assert plain("  Öffnen_readyForQA  ") == "oeffnen ready for qa"


@pytest.mark.parametrize("name", ["commented", "labeled", "head_ref_deleted", "subscribed"])
def test_marks_of_work_are_no_states(name):
    assert is_activity(name)
    assert not is_activity("In review")
