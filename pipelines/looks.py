"""When to look: at the first picture at or after each tick of a grid in event time.

The grid stands still while the frame rate changes, so a file at 25, 12.5 or 10 frames a second is
looked at in the same moments.
"""

from dataclasses import dataclass, replace

INTERVAL_S = 0.4
"""Seconds between looks. A multiple of the frame times of 5, 10, 12.5, 15, 20, 25 and 30 a second."""
_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class LookGrid:
    """The grid of one camera since its stream began; `LookGrid()` starts at the first picture."""

    interval_s: float = INTERVAL_S
    origin: float | None = None
    last_tick: int = -1

    def due(self, t: float) -> tuple["LookGrid", bool]:
        """Whether the picture at event time ``t`` is to be looked at."""
        if self.origin is None:
            return replace(self, origin=t, last_tick=0), True
        tick = int((t - self.origin) / self.interval_s + _SLACK)
        if tick <= self.last_tick:
            return self, False
        return replace(self, last_tick=tick), True
