"""The agenda gives back what is on it in order, whatever the order in which it came."""

import numpy as np

from vsmlib.whole.agenda import agenda, next_at, pop, push


def test_the_earliest_goes_first_and_at_a_tie_the_smaller():
    rng = np.random.default_rng(1)
    moments, heap = rng.integers(0, 50, 400).astype(float), agenda(400)
    assert next_at(heap) == np.inf
    for what, t in enumerate(moments):
        push(heap, t, what)
    made = []
    while next_at(heap) < np.inf:
        made.append((next_at(heap), pop(heap)))
    assert made == sorted(zip(moments, range(400), strict=True))


def test_it_fills_and_empties_in_turn():
    rng, heap, known = np.random.default_rng(2), agenda(100), []
    for what in range(2000):
        if known and (len(known) == 100 or rng.random() < 0.5):
            known.sort()
            assert (next_at(heap), pop(heap)) == known.pop(0)
        else:
            known.append((rng.random(), what))
            push(heap, *known[-1])
