"""One camera's reading thread.

A reader never waits for the models: it puts every packet into the ring and keeps only the newest due
picture. What it cannot read it tells at once, with the reason.
"""

import threading
import time
from collections.abc import Callable

from pipelines.channel import Channel
from pipelines.hall.site import Camera
from pipelines.health import HealthBook
from pipelines.metrics import SILENT, Meter
from pipelines.streams.clock import RunClock
from pipelines.streams.connecting import LONGEST_PAUSE_S, Connecting, Patience
from pipelines.streams.handover import Handover
from pipelines.streams.loss import Loss
from pipelines.streams.source import Picture, Source

__all__ = ["LONGEST_PAUSE_S", "News", "Patience", "Reader"]


class News:
    """Wakes the looking thread when a reader has something for it."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.fresh = threading.Condition()
        self._asleep = False

    def wait_for(self, there: Callable[[], bool], seconds: float) -> None:
        """Wait until something is ``there``, no longer than so many seconds. Call with `fresh` held."""
        self._asleep = True  # before it is asked: whatever comes later wakes
        try:
            self.fresh.wait_for(there, seconds)
        finally:
            self._asleep = False

    def tell(self) -> None:
        """There is something. Nobody need wait for a lock while the looking thread is at work anyway."""
        if self._asleep:
            with self.fresh:
                self.fresh.notify()


class Reader(Connecting):
    """A camera's thread (`run`) and what waits for the looking thread: the newest picture (`take`), and
    since when and why there is no stream (`take_losses`)."""

    def __init__(
        self,
        camera: Camera,
        url: str,
        health: HealthBook,
        connect: Callable[[Source, HealthBook], Channel],
        news: News,
        clock: RunClock,
        patience: Patience,
        start: float,
        meter: Meter = SILENT,
    ) -> None:
        """``connect`` makes the camera's channel out of its first opened source; ``start`` is the event
        time of a file's first picture."""
        self.camera, self.health = camera, health
        self.channel: Channel | None = None
        """Once connected."""
        super().__init__(camera.id, url, patience, news.stop, meter)
        self._connect, self._news, self._clock, self._start = connect, news, clock, start
        self._handover = Handover(camera.id, meter)
        self._losses: list[tuple[float, Loss]] = []
        self._lost = False
        self.ended = False

    @property
    def waiting(self) -> bool:
        """Whether `take` or `take_losses` would give anything."""
        return self._handover.newest is not None or bool(self._losses)

    @property
    def newest_t(self) -> float | None:
        """Event time of the picture that waits, None when none does."""
        newest = self._handover.newest
        return None if newest is None else newest.t

    @property
    def came_at(self) -> float:
        """When the newest picture came, taken or not, in seconds of the run's clock."""
        return self._handover.came_at

    @property
    def silent(self) -> bool:
        """Whether no pictures come at present."""
        return self._lost or self.ended

    @property
    def over(self) -> bool:
        """Whether the camera has come to its end and nothing of it waits to be looked at."""
        return self.ended and self._handover.newest is None

    def take_losses(self) -> list[tuple[float, Loss]]:
        """Since when and why there is no stream, once for each loss. Call with `News.fresh` held."""
        losses, self._losses = self._losses, []
        return losses

    def take(self) -> Picture | None:
        """The newest picture, if one waits."""
        return self._handover.take()

    def run(self) -> None:
        """The thread: connect, read to the end, connect again."""
        super().run()
        with self._news.fresh:
            self.ended = True
            self._news.fresh.notify()

    def _open(self) -> Source:
        return Source(
            self.camera.id,
            self._url,
            start=None if self._live else self._start,
            transport=self.camera.transport,
            clock=self._clock,
            timeout_s=self._patience.silence_s,
            gathering=self._patience.gathering,
        )

    def _lose(self, loss: Loss) -> None:
        """There is no stream since the last picture, or since now when that was told or there was none."""
        last = None if self.channel is None or self._lost else self.channel.source.last_t
        with self._news.fresh:
            if not self._news.stop.is_set():
                self._lost = True
                self._losses.append((self._clock.now() if last is None else last, loss))
                self._news.fresh.notify()

    def _read(self, source: Source) -> bool:
        """Read one connection to its end; says whether any picture came."""
        channel = self._connected(source)
        began, seen = time.monotonic(), False
        for step in source:
            due = channel.take(step)
            if due and not self._live:
                self._news.stop.wait(max(0.0, due[-1].t - self._start - (time.monotonic() - began)))
            if self._news.stop.is_set():
                break
            if due:
                seen, self._lost = True, False
                self._handover.put(due, self._clock.now())
                self._news.tell()
        return seen

    def _connected(self, source: Source) -> Channel:
        if self.channel is None:
            self.channel = self._connect(source, self.health)
        else:
            self.channel.reconnect(source)
        return self.channel
