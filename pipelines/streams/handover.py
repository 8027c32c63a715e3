"""From a camera's reader to the looking thread: one place, which holds the newest picture.

The reader never waits and nothing queues up: a picture that the models had no time for gives way to the next
one, and is counted. So under any load no more than one picture of each camera waits, and what is looked at is
what happens now.
"""

from collections import deque
from collections.abc import Sequence

from pipelines.metrics import PICTURES_DROPPED, QUEUE, SILENT, Meter
from pipelines.streams.source import Picture


class Handover:
    """One camera's. One thread puts, another takes.

    It has no lock, for a hundred readers would wait for each other's: a picture is popped by one of the two.
    """

    def __init__(self, camera: str, meter: Meter = SILENT) -> None:
        """``meter`` counts what gives way."""
        self._camera, self._meter = camera, meter
        self._waiting: deque[Picture] = deque()
        self.came_at = float("-inf")
        """When the last one came, in seconds of the run's clock."""

    @property
    def newest(self) -> Picture | None:
        """What waits."""
        try:
            return self._waiting[0]
        except IndexError:  # taken just now, perhaps
            return None

    def put(self, due: Sequence[Picture], now: float) -> None:
        """Pictures that are due, one or more, oldest first: the last one waits from ``now`` on."""
        given_up = len(due) - 1 + (self._pop() is not None)
        if given_up:
            self._meter.add(PICTURES_DROPPED, self._camera, by=given_up)
        self._meter.set(QUEUE, self._camera, value=1)
        self.came_at = now
        self._waiting.append(due[-1])

    def take(self) -> Picture | None:
        """What waits, which then waits no more."""
        taken = self._pop()
        if taken is not None:
            self._meter.set(QUEUE, self._camera, value=0)
        return taken

    def _pop(self) -> Picture | None:
        try:
            return self._waiting.popleft()
        except IndexError:
            return None
