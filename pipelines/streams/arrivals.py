"""When a live camera's pictures came, whether or not anybody looked at them.

Under overload looks lie far apart although the camera sends all its pictures: that is no gap of the camera's.
"""

import threading

GAP_S = 2.0
"""Pictures further apart than this are a gap."""

Holes = tuple[tuple[float, float], ...]
"""Times without a picture: event times of the pictures before and after."""


class Arrivals:
    """The gaps between one camera's pictures that were not asked for yet. Its reader tells, another asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: float | None = None
        self._holes: list[tuple[float, float]] = []

    def came(self, t: float) -> None:
        """A picture came, of event time ``t``."""
        if self._last is not None and t - self._last > GAP_S:
            with self._lock:
                self._holes.append((self._last, t))
        self._last = t

    def until(self, t: float) -> Holes:
        """The gaps that ended by ``t`` and were not given before."""
        with self._lock:
            over = tuple(hole for hole in self._holes if hole[1] <= t)
            self._holes = self._holes[len(over) :]
        return over
