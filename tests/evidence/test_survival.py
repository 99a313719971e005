"""Times that are not over: the law that they follow, and the scores of their ranks."""

import numpy as np
import pytest
from scipy.stats import norm

from vsmlib.evidence.laws import LAWS, NORMAL, Gamma, Logistic
from vsmlib.evidence.survival import law_of, scores

PLACES = (np.arange(400) + 0.5) / 400
OVER = np.full(400, True)
TIMES = {
    Gamma(1.0): -np.log(1 - PLACES),
    Gamma(-1.0): -1 / np.log(PLACES),
    NORMAL: np.exp(norm.ppf(PLACES)),
    Logistic(): PLACES / (1 - PLACES),
}


@pytest.mark.parametrize("law", TIMES)
def test_the_law_is_that_of_the_times(law):
    times = TIMES[law] * 86_400
    assert law_of(times, OVER) == law
    assert law_of(times**2, OVER) == law, "a power is another spread, not another law"
    late = times > np.quantile(times, 0.8)
    assert law_of(np.minimum(times, times[~late].max()), ~late) == law, "as far as it was seen"


def test_times_that_are_all_alike_have_no_law_of_their_own():
    assert law_of(np.full(5, 60.0), np.full(5, True)) == NORMAL
    assert law_of(np.zeros(5), np.full(5, True)) == NORMAL
    assert law_of(np.array([60.0, 70]), np.array([True, False])) == NORMAL


def test_scores_are_those_that_suit_the_law():
    """Normal deviates, those of the log-rank test (Savage), these from the other end, and ranks."""
    times = TIMES[NORMAL]
    assert scores(times, OVER) == pytest.approx(norm.ppf(PLACES))
    assert scores(times, OVER, Gamma(1.0)) == pytest.approx(-np.log(1 - PLACES) - 1)
    assert scores(times, OVER, Gamma(-1.0)) == pytest.approx(1 + np.log(PLACES))
    assert scores(times, OVER, Logistic()) == pytest.approx((2 * PLACES - 1) * 3**0.5)


@pytest.mark.parametrize("law", LAWS)
def test_what_is_not_over_has_the_mean_score_of_what_takes_longer(law):
    times = np.arange(1.0, 20_001)
    known = times <= 15_000
    full = scores(times, np.full(20_000, True), law)
    cut = scores(np.minimum(times, 15_000.5), known, law)
    assert cut[known] == pytest.approx(full[known])
    assert cut[~known] == pytest.approx(full[~known].mean(), abs=1e-3)
    assert full.mean() == pytest.approx(0, abs=1e-3)
    assert full.var() == pytest.approx(1, abs=5e-3)
