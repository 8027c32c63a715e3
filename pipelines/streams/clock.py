"""Clocks: the run's own, and that of each stream, tied to UTC. Pure: times are handed in.

A stream's stamps say how far its pictures lie apart, not when they were taken. That is told by the
sender reports of the camera where it sends them and its clock is right, else by arrival: a packet may
come late, never early, so the least delayed one of the last minutes is the truest. The offset between
the two clocks is followed slowly, so that time neither jumps nor runs back while crystals drift apart.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

SLEW = 0.005
"""The offset moves by at most this share of the time that passes: durations stay true to half a per cent."""
JUMP_S = 2.0
"""Stamps that leave the line by more than this have jumped. B-frames go back by less."""
TRUST_S = 5.0
"""A camera's own clock is believed when it agrees with arrival this well; many cameras are hours off."""
WINDOW_S = 600.0
"""Two such windows are remembered to find the least delayed packet."""
DRIFT_AFTER_S = 60.0
"""Drift is told only over at least this long."""


class RunClock:
    """UTC for one run: read from the wall once, counted by the monotonic clock from then on.

    However the host's clock is stepped meanwhile, time goes on evenly; `stepped_s` says by how much the
    wall has left it. The next run begins with the wall's time again.
    """

    def __init__(self, wall: Callable[[], float], monotonic: Callable[[], float]) -> None:
        """``wall`` gives seconds since the epoch, ``monotonic`` seconds since whenever."""
        self._wall, self._monotonic = wall, monotonic
        self._ahead = wall() - monotonic()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._monotonic() + self._ahead

    def stepped_s(self) -> float:
        """How far the wall's time is ahead of this one by now."""
        return self._wall() - self.now()


@dataclass(frozen=True, slots=True)
class Stamp:
    """What one packet tells of time, in seconds: ``stream`` on the stream's own clock, ``arrival`` in UTC
    on ours, ``sender`` in UTC on the camera's, None where it has not told."""

    stream: float
    arrival: float
    sender: float | None = None

    @property
    def late(self) -> float:
        """UTC of stream second 0 by this packet's arrival: true but for the packet's delay."""
        return self.arrival - self.stream


@dataclass(frozen=True, slots=True)
class StreamClock:
    """The offset of one connection: event time = stream time + ``offset``, all in seconds."""

    offset: float
    newest: float
    """Newest stream time seen."""
    heard: float
    """When the last packet arrived."""
    least: float
    """Least `Stamp.late` of this window."""
    before: float
    """Least `Stamp.late` of the window before."""
    window: float
    """Stream time at which this window began."""
    sender: float | None = None
    """UTC of stream second 0 by the camera's own clock, when that is believed."""
    sender_off: float | None = None
    """How far the camera's own clock is ahead of arrival; None where it tells none."""
    first: tuple[float, float] = (0.0, 0.0)
    """Stream time and true offset when the connection began: what drift is measured against."""
    wrap: float = 0.0
    """After this many seconds the stream's 32-bit stamps begin anew; 0 = never."""

    @classmethod
    def anchored(cls, stamps: list[Stamp], *, wrap: float = 0.0) -> "StreamClock":
        """The clock of a connection by its first packets, at least one."""
        least = min(stamp.late for stamp in stamps)
        first = stamps[0].stream
        clock = cls(least, first, stamps[-1].arrival, least, least, first, wrap=wrap)
        for stamp in stamps:
            clock = clock._heard(stamp)
        return replace(clock, offset=clock.target, newest=stamps[-1].stream, first=(first, clock.target))

    @property
    def target(self) -> float:
        """The true offset as far as is known."""
        return min(self.least, self.before) if self.sender is None else self.sender

    @property
    def behind(self) -> float:
        """By how much later than the least delayed packets the last one came."""
        return self.heard - self.newest - self.target

    @property
    def drift_ppm(self) -> float | None:
        """How much faster UTC runs than the stream's clock, in parts per million; None at first."""
        passed = self.newest - self.first[0]
        return None if passed < DRIFT_AFTER_S else (self.target - self.first[1]) / passed * 1e6

    @property
    def sender_wrong(self) -> bool:
        """Whether the camera tells a time that cannot be right."""
        return self.sender_off is not None and abs(self.sender_off) > TRUST_S

    def look(self, stamp: Stamp) -> tuple["StreamClock", float | None]:
        """Take in a packet; gives the next clock, or by how many seconds the stream's clock has jumped."""
        jumped = self._jumped(stamp)
        if jumped is not None:
            return self, jumped
        clock = self._heard(stamp)
        passed = max(0.0, stamp.stream - self.newest)
        step = max(-SLEW * passed, min(SLEW * passed, clock.target - self.offset))
        newest = max(self.newest, stamp.stream)
        return replace(clock, offset=self.offset + step, newest=newest, heard=stamp.arrival), None

    def not_before(self, stream: float, t: float) -> "StreamClock":
        """The same clock, put forward where stream time ``stream`` would come before event time ``t``."""
        return replace(self, offset=max(self.offset, t - stream))

    def _jumped(self, stamp: Stamp) -> float | None:
        """A leap ahead of all arrivals, seconds back, or late for a whole window.

        What only comes faster than it plays (a recording, a backlog) makes no leap; what catches up
        leaps, but not ahead.
        """
        leap = stamp.stream - self.newest
        early = min(self.least, self.before) - stamp.late
        if early > JUMP_S and leap - (stamp.arrival - self.heard) > JUMP_S:
            return early
        if leap < -JUMP_S:
            return leap
        late = self.least - self.before
        return -late if late > JUMP_S and self._window_over(stamp) else None

    def _window_over(self, stamp: Stamp) -> bool:
        return stamp.stream - self.window > WINDOW_S

    def _heard(self, stamp: Stamp) -> "StreamClock":
        clock = self
        if self._window_over(stamp):
            clock = replace(clock, before=self.least, least=stamp.late, window=stamp.stream)
        clock = replace(clock, least=min(clock.least, stamp.late))
        if stamp.sender is None:
            return clock
        zero = stamp.sender - stamp.stream
        off = zero - min(clock.least, clock.before)
        if self.wrap:  # FFmpeg counts from the last report: around the wrap it is off by just that
            off -= round(off / self.wrap) * self.wrap
        believed = abs(off) <= TRUST_S
        true = min(clock.least, clock.before) + off
        return replace(clock, sender=true if believed else None, sender_off=off)
