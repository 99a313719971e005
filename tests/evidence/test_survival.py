"""Times that are not over: the shape of their law, and the scores of their ranks."""

import numpy as np
import pytest
from scipy.stats import norm

from vsmlib.evidence.survival import scores, shape_of

PLACES = (np.arange(400) + 0.5) / 400
OVER = np.full(400, True)
LAWS = {1.0: -np.log(1 - PLACES), -1.0: -1 / np.log(PLACES), 0.0: np.exp(norm.ppf(PLACES))}


@pytest.mark.parametrize("law", LAWS)
def test_the_shape_is_that_of_the_law(law):
    times = LAWS[law] * 86_400
    assert shape_of(times, OVER) == law
    assert shape_of(times**2, OVER) == law, "a power is another spread, not another shape"
    late = times > np.quantile(times, 0.8)
    assert shape_of(np.minimum(times, times[~late].max()), ~late) == law, "as far as it was seen"


def test_times_that_are_all_alike_have_no_shape():
    assert shape_of(np.full(5, 60.0), np.full(5, True)) == 0.0
    assert shape_of(np.zeros(5), np.full(5, True)) == 0.0
    assert shape_of(np.array([60.0, 70]), np.array([True, False])) == 0.0


def test_scores_are_those_that_suit_the_law():
    """Normal deviates, those of the log-rank test (Savage), and these from the other end."""
    times = LAWS[0.0]
    assert scores(times, OVER) == pytest.approx(norm.ppf(PLACES))
    assert scores(times, OVER, 1.0) == pytest.approx(-np.log(1 - PLACES) - 1)
    assert scores(times, OVER, -1.0) == pytest.approx(1 + np.log(PLACES))


@pytest.mark.parametrize("law", [-1.0, -0.25, 0.0, 0.5, 1.0])
def test_what_is_not_over_has_the_mean_score_of_what_takes_longer(law):
    times = np.arange(1.0, 20_001)
    known = times <= 15_000
    full = scores(times, np.full(20_000, True), law)
    cut = scores(np.minimum(times, 15_000.5), known, law)
    assert cut[known] == pytest.approx(full[known])
    assert cut[~known] == pytest.approx(full[~known].mean(), abs=1e-3)
    assert full.mean() == pytest.approx(0, abs=1e-3)
    assert full.var() == pytest.approx(1, abs=5e-3)
