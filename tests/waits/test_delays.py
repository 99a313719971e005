"""Delays are told from queues by when people were free."""

import numpy as np

from vsmlib.waits.delays import ENOUGH, Ends, delaying, delays


def ends(span, free, held=0, passed=0, key=0):
    columns = np.broadcast_arrays(key, span, free, held, passed)
    return Ends(*(np.array(column, np.int64) for column in columns))


def half(one, other):
    return np.repeat([one, other], ENOUGH)


def test_the_same_wait_free_or_busy_is_a_delay():
    assert delaying(ends(span=half(100, 110), free=half(100, 20))).tolist() == [True]


def test_the_same_rest_after_work_is_a_late_reaction():
    assert delaying(ends(span=half(20, 110), free=half(20, 22))).tolist() == [False]


def test_busy_to_the_end_is_a_queue_and_few_waits_say_nothing():
    assert delaying(ends(span=half(100, 110), free=0)).tolist() == [False]
    assert delaying(ends(span=[100, 110], free=[100, 20])).tolist() == [False]


def test_who_took_up_what_came_later_did_not_hold_the_item_up():
    late = ends(span=half(20, 110), free=half(20, 22), passed=half(0, 5))
    assert delaying(late).tolist() == [True]


def test_keys_are_judged_one_by_one_and_none_is_fine():
    both = ends(span=[*half(100, 110), 50], free=[*half(100, 20), 0], key=[*half(2, 2), 0])
    assert delaying(both).tolist() == [False, False, True]
    assert delays(ends(span=[], free=[]))[0].tolist() == []


def test_a_busy_end_gets_the_mean_of_the_delays_that_fit():
    span = [*half(100, 120), 110, 90, 10]
    made = ends(span, np.r_[half(100, 40), 0, 0, 0], held=[0] * 40 + [30, 30, 4])
    estimate, known = delays(made)
    assert known.all()
    assert estimate[-3:].tolist() == [100, 60, 7]  # one fits; none: the middle of what is left
