"""One camera's reading thread: connect, read, and connect again, with growing pauses, for ever.

A reader never waits for the models: it puts every packet into the ring and keeps only the newest due
picture. What it cannot read it tells at once, with the reason.
"""

import logging
import random
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipelines.channel import Channel
from pipelines.clock import RunClock
from pipelines.handover import Handover
from pipelines.health import HealthBook
from pipelines.loss import Loss
from pipelines.metrics import CONNECT_FAILURES, SILENT, Meter
from pipelines.opening import READ_TIMEOUT_S, SourceError, is_live
from pipelines.site import Camera
from pipelines.source import Picture, Source

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a camera is waited for, in seconds."""

    first_pause_s: float = FIRST_PAUSE_S
    longest_pause_s: float = LONGEST_PAUSE_S
    silence_s: float = READ_TIMEOUT_S
    """A stream that sends nothing for this long has stalled."""

    def pauses(self) -> Iterator[float]:
        """Before each new try: doubling with jitter, never much more than the longest."""
        pause = self.first_pause_s
        while True:
            yield pause * random.uniform(0.75, 1.25)
            pause = min(pause * 2, self.longest_pause_s)

    def after_refusal(self) -> float:
        """Before the next try with a password that was refused: cameras lock out who tries often."""
        return self.longest_pause_s * random.uniform(0.75, 1.25)


class News:
    """Wakes the looking thread when a reader has something for it."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.fresh = threading.Condition()


class Reader:
    """A camera's thread (`run`) and what waits for the looking thread (`take`): the newest picture, and
    since when and why there is no stream."""

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
        self._url, self._connect, self._news = url, connect, news
        self._clock, self._patience, self._start = clock, patience, start
        self._meter, self._handover = meter, Handover(camera.id, meter)
        self._losses: list[tuple[float, Loss]] = []
        self._lost = False
        self.ended = False

    @property
    def waiting(self) -> bool:
        """Whether `take` would give anything."""
        return self._handover.newest is not None or bool(self._losses)

    @property
    def over(self) -> bool:
        """Whether the camera has come to its end and nothing of it waits to be looked at."""
        return self.ended and self._handover.newest is None

    def take(self) -> tuple[Picture | None, list[tuple[float, Loss]]]:
        """The newest picture and the losses that wait. Call with `News.fresh` held."""
        losses, self._losses = self._losses, []
        return self._handover.take(), losses

    def run(self) -> None:
        """The thread: connect, read to the end, connect again."""
        live, pauses = is_live(self._url), self._patience.pauses()
        while not self._news.stop.is_set():
            loss, seen = self._try(live=live)
            if loss is not None:
                self._lose(loss)
            if not live:
                break
            if seen:
                pauses = self._patience.pauses()
            refused = loss is not None and loss.state == "unauthorised"
            self._news.stop.wait(self._patience.after_refusal() if refused else next(pauses))
        with self._news.fresh:
            self.ended = True
            self._news.fresh.notify()

    def _try(self, *, live: bool) -> tuple[Loss | None, bool]:
        """One connection, to its end: why it ended (None: a file is over), and whether any picture came."""
        try:
            source = self._open(live=live)
            seen = self._read(source, paced=not live)
        except SourceError as error:
            log.warning("%s", error)
            self._meter.add(CONNECT_FAILURES, self.camera.id)
            return error.loss, False
        except Exception as error:  # noqa: BLE001 - whatever it was, a camera must not vanish unsaid
            # Without the message: FFmpeg's quote the url with its password.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("camera %s: reading failed: %s\n%s", self.camera.id, type(error).__name__, where)
            return Loss("gap", f"reading failed: {type(error).__name__}"), False
        return (source.loss if live else None), seen

    def _open(self, *, live: bool) -> Source:
        return Source(
            self.camera.id,
            self._url,
            start=None if live else self._start,
            transport=self.camera.transport,
            clock=self._clock,
            timeout_s=self._patience.silence_s,
        )

    def _lose(self, loss: Loss) -> None:
        """There is no stream since the last picture, or since now when that was told or there was none."""
        last = None if self.channel is None or self._lost else self.channel.source.last_t
        with self._news.fresh:
            if not self._news.stop.is_set():
                self._lost = True
                self._losses.append((self._clock.now() if last is None else last, loss))
                self._news.fresh.notify()

    def _read(self, source: Source, *, paced: bool) -> bool:
        """Read one connection to its end; says whether any picture came."""
        channel = self._connected(source)
        began, seen = time.monotonic(), False
        for step in source:
            due = channel.take(step)
            if paced and due:
                self._news.stop.wait(max(0.0, due[-1].t - self._start - (time.monotonic() - began)))
            if self._news.stop.is_set():
                break
            if due:
                seen, self._lost = True, False
                with self._news.fresh:
                    self._handover.put(due)
                    self._news.fresh.notify()
        return seen

    def _connected(self, source: Source) -> Channel:
        if self.channel is None:
            self.channel = self._connect(source, self.health)
        else:
            self.channel.reconnect(source)
        return self.channel
