"""When the packets of live streams are left to gather, to be read together.

Every packet that is read takes several turns at the interpreter's lock, with all other threads. A hundred
cameras that were read packet by packet kept one core busy with waking and waiting, and looks had next to
none. So a stream of which all was read is left alone for a lull; and of streams that are behind only a few
are read at a time, for together they would stay so.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from pipelines.streams.timing import Place

LULL_S, LONGEST_LULL_S = 0.002, 0.2
"""A lull for each stream of a run, and the longest: half the time between looks."""
CATCH_UP = 5.0
"""Of a stream that is behind so many lulls' worth is read between two of them."""
AT_ONCE = 4
"""Streams that are behind and read at the same time."""
LONGEST_WAIT_S = 2.0
"""No longer is a turn waited for: who has one may himself wait for a camera that sends nothing."""


class Gathering:
    """That of a run's streams; any thread may ask."""

    def __init__(self, streams: int) -> None:
        """``streams`` are read at the same time, each by a thread of its own."""
        self.lull_s = min(streams * LULL_S, LONGEST_LULL_S)
        self.turns = SimpleQueue[None]()
        """One is held by whoever works off a backlog. (A semaphore's own lock is one more to wait for.)"""
        for _ in range(AT_ONCE):
            self.turns.put(None)


class Lulls:
    """Those of one stream, a context for as long as it is read. The thread that reads calls."""

    def __init__(self, gathering: Gathering | None, sleep: Callable[[float], None] = time.sleep) -> None:
        """``gathering`` is the run's, None: there are no lulls. ``sleep`` is another one in tests."""
        self._gathering, self._sleep = gathering, sleep
        self._last = 0.0
        self._held = False

    def after(self, place: Place | None) -> None:
        """A packet was read, of which this is known (None: nothing is): wait where that is due."""
        if self._gathering is None or place is None:
            return
        lull_s = self._gathering.lull_s
        if place.behind_s >= lull_s / 2 and place.stream_s - self._last < CATCH_UP * lull_s:
            return
        self._last = place.stream_s
        self._leave(self._gathering)
        self._sleep(lull_s)
        if place.behind_s >= lull_s:
            with suppress(Empty):
                self._gathering.turns.get(timeout=LONGEST_WAIT_S)
                self._held = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._gathering is not None:
            self._leave(self._gathering)

    def _leave(self, gathering: Gathering) -> None:
        if self._held:
            self._held = False
            gathering.turns.put(None)
