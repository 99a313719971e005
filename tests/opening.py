"""Opening hours of generated streams: 9 to 17, Monday to Friday, in any unit of time.

Moments count from a Monday's midnight.
"""

OPEN, SHUT = 9, 17  # hours


class Hours:
    """Opening hours where an hour has so many units."""

    def __init__(self, hour):
        self.day, self.open, self.shut = 24 * hour, OPEN * hour, SHUT * hour

    def opening(self, t):
        """The first open moment from ``t`` on."""
        day, of = divmod(t, self.day)
        if day % 7 < 5 and of < self.shut:
            return max(t, day * self.day + self.open)
        day += 1
        return (day + (7 - day % 7 if day % 7 >= 5 else 0)) * self.day + self.open

    def later(self, t, work):
        """When so much work that begins at ``t``, in opening hours, is done."""
        while (left := t // self.day * self.day + self.shut - t) < work:
            work -= left
            t = self.opening(t + left)
        return t + work


def calendar():
    """The same as a stream's calendar."""
    return {"timezone": "UTC", "hours": {"mon-fri": [f"{OPEN:02}:00-{SHUT}:00"]}}
