"""What items and pools do at a moment: be ready, go on, queue, be taken up."""

from __future__ import annotations

from vsmlib.whole import floor as at
from vsmlib.whole.agenda import push
from vsmlib.whole.arrays import step
from vsmlib.whole.floor import Floor, enter, is_full, join, leave, take, touch
from vsmlib.whole.spans import after, opening

__all__ = ["GO", "OPENS", "be_ready", "can_serve", "go", "let_in", "proceeds", "start", "taken_up"]

# What is on the agenda: an item that is ready, or so much more where it goes on, or a pool opens.
# At a tie the smaller comes first.
GO, OPENS = 2**40, 2**41


@step
def go(floor: Floor, i: int) -> None:
    """Let an item go on at this moment, and all who were served with it."""
    while i >= 0:
        join(floor, at.GOING, i)
        i = floor.rows[i, at.MATE]


@step
def be_ready(floor: Floor, i: int, t: float) -> None:
    """Let an item that is done in its stage go on, or stay for its batch or its train."""
    here = floor.stage[floor.rows[i, at.AT]]
    if floor.rows[here, at.GATHER] > 1:
        join(floor, here + at.BATCH, i)
        floor.rows[here, at.READY] += 1
        if floor.rows[here, at.READY] == floor.rows[here, at.GATHER]:
            floor.rows[here, at.READY] = 0
            for _ in range(floor.rows[here, at.GATHER]):
                go(floor, take(floor, here + at.BATCH))
    elif floor.rows[here, at.TRAIN] >= 0:
        push(floor.agenda, opening(floor.clock, floor.spans, floor.rows[here, at.TRAIN], t), GO + i)
    else:
        go(floor, i)


@step
def start(floor: Floor, i: int, t: float) -> None:
    """Let an item's time in its stage begin."""
    visit = floor.rows[i, at.AT]
    need, cal = floor.visits[at.NEED, visit], floor.rows[floor.stage[visit], at.CAL]
    if need <= 0.0:
        be_ready(floor, i, t)
    else:
        over = t + need if cal < 0 else after(floor.clock, floor.spans, cal, t, need)
        push(floor.agenda, over, i)


@step
def let_in(floor: Floor) -> None:
    """Let the first go on that is kept out of a stage in which there is room now."""
    for place in range(len(floor.limited)):
        stage = floor.limited[place]
        if floor.rows[stage + at.OUTSIDE, at.FIRST] >= 0 and not is_full(floor, stage):
            go(floor, take(floor, stage + at.OUTSIDE))


@step
def proceeds(floor: Floor, i: int, t: float) -> bool:
    """Let an item that is done where it is go on, or queue; say whether it is in a new stage."""
    visit = floor.rows[i, at.AT]
    here = floor.stage[visit]
    if visit == floor.rows[i, at.END]:
        leave(floor, here, i, t)
        return False
    new = floor.stage[visit + 1]
    pool = floor.rows[new, at.POOL]
    if pool >= 0 and floor.rows[here, at.POOL] < 0:
        line = pool + 1 + floor.rows[pool + 1 + floor.rows[i, at.CLASS], at.GOES]
        join(floor, line, i)
        floor.rows[pool, at.WAITING] += 1
        touch(floor, pool)
        return False
    # Before the present nobody enters where a limit holds: who did is known to be there.
    limited = floor.rows[new, at.LIMIT] < at.NO_LIMIT
    if new > here and limited and (t < 0.0 or is_full(floor, new)):
        join(floor, new + at.OUTSIDE, i)
        return False
    leave(floor, here, i, t)
    floor.rows[i, at.AT] += 1
    enter(floor, new, i, t)
    return True


@step
def ahead(floor: Floor, pool: int) -> int:
    """Return the line of those who go first before a pool."""
    line = pool + 1
    while floor.rows[line, at.FIRST] < 0:
        line += 1
    return line


@step
def can_serve(floor: Floor, pool: int, t: float) -> bool:
    """Say whether a pool can take up who waits for it; if it opens later, it will look again."""
    if floor.rows[pool, at.FREE] <= 0 or floor.rows[pool, at.WAITING] <= 0:
        return False
    cal = floor.rows[pool, at.CAL]
    opens = t if cal < 0 else opening(floor.clock, floor.spans, cal, t)
    if opens > t:
        if not floor.rows[pool, at.WAKING]:
            floor.rows[pool, at.WAKING] = 1
            push(floor.agenda, opens, OPENS + pool)
        return False
    first = floor.rows[ahead(floor, pool), at.FIRST]
    return not is_full(floor, floor.stage[floor.rows[first, at.AT] + 1])


@step
def taken_up(floor: Floor, pool: int, t: float) -> int:
    """Let a server take up the first who waits, or as many as it serves together."""
    leader = last = -1
    for _ in range(min(floor.rows[pool, at.MOST], floor.rows[pool, at.WAITING])):
        i = take(floor, ahead(floor, pool))
        floor.rows[pool, at.WAITING] -= 1
        leave(floor, floor.stage[floor.rows[i, at.AT]], i, t)
        floor.rows[i, at.AT] += 1
        enter(floor, floor.stage[floor.rows[i, at.AT]], i, t)
        if leader < 0:
            leader = i
        else:  # one server for the batch, and one time
            floor.rows[pool, at.FREE] += 1
            floor.rows[i, at.HOLDS] = 0
            floor.rows[last, at.MATE] = i
        last = i
    return leader
