"""Names that fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsmlib.charts.text import fits, plain, shorten, width, wrap

NAMES = st.text(max_size=80)


@given(NAMES)
def test_a_plain_name_is_one_line_without_controls(name):
    assert plain(name) == plain(plain(name))
    assert not any(ord(letter) < 32 or letter in "\u202e\u2066\u2028" for letter in plain(name))


@given(NAMES, st.integers(40, 300), st.integers(1, 4))
def test_wrapped_lines_fit_and_lose_only_what_is_elided(name, room, lines):
    made = wrap(name, room, 11, lines=lines)
    assert 1 <= len(made) <= lines
    assert all(fits(line, room, 11) for line in made)
    whole = "".join("".join(made).split())
    known = "".join(plain(name).split())
    assert whole == known or (whole.endswith("…") and known.startswith(whole[:-1]))


@pytest.mark.parametrize("word", ["W" * 60, "等" * 30, "WaitingForTheReviewOfTheSecurityTeam"])
def test_a_word_longer_than_a_line_is_broken(word):
    made = wrap(word, 80, 11, lines=3)
    assert len(made) == 3
    assert all(fits(line, 80, 11) for line in made)


def test_the_end_of_an_identifier_may_be_what_counts():
    assert shorten("acme/a-very-long-repository-name#1234", 80, 10, tail=True).endswith("#1234")


@pytest.mark.parametrize(
    ("text", "bold", "pixels"),
    [
        ("Waiting for first response", False, 1102),
        ("1 h 20 min", False, 467),
        ("WWWW", False, 378),
        ("Library pull requests: 82% of the lead time is waiting", True, 2495),
        ("In review", True, 428),
    ],
)
def test_widths_are_those_of_helvetica(text, bold, pixels):
    # Measured in Chromium with Liberation Sans at 100 pixels.
    assert width(text, 100, bold=bold) == pytest.approx(pixels, rel=0.12)
