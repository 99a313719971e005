"""Who stands in a line of the kernel's floor, for the tests of it."""

from vsmlib.whole.floor import BEHIND, FIRST


def standing(floor, row):
    """Those in a line from its head, without taking anybody out."""
    one, made = floor.rows[row, FIRST], []
    while one >= 0:
        made.append(int(one))
        one = floor.rows[one, BEHIND]
    return made
