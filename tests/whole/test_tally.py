"""Times and items added up from visits that are known by hand."""

import numpy as np

from vsmlib.whole.tally import by_item, by_stage

NEVER = np.inf
# Item 0 goes through stages 0, 1, 0, 2; item 1 is still in stage 1 and never comes to 2.
FIRST, STAGE = np.array([0, 4, 6]), np.array([0, 1, 0, 2, 1, 2])
ENTERED = np.array([-2.0, 1, 3, 4, 6, NEVER])
LEFT = np.array([1.0, 3, 4, NEVER, NEVER, NEVER])


def test_lead_times_and_returns():
    lead, again = by_item(FIRST, STAGE, ENTERED, LEFT, np.array([True, True, False]))
    assert lead.tolist() == [6, 0]
    assert again.tolist() == [True, False]


def test_time_and_stock_by_stage():
    spent, inside, stock = by_stage(
        FIRST, STAGE, ENTERED, LEFT, np.array([True, False]), 3, np.linspace(0, 8, 5)
    )
    assert spent.tolist() == [4, 2, 0]
    assert inside.tolist() == [2, 4, 4]  # from 0 to 8
    assert stock[:, 0].tolist() == [1, 0, 0, 0, 0]
    assert stock[:, 1].tolist() == [0, 1, 0, 1, 1]
    assert stock[:, 2].tolist() == [0, 0, 1, 1, 1]
