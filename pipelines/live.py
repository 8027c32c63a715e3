"""Live streams: a thread reads each camera, one place looks, and the latest picture wins.

A reader never waits for the models: it puts every packet into the ring and keeps only the newest
due picture. A stream that breaks is opened again, with growing pauses, for ever; the time between,
and the time before a camera could be opened at all, is an explicit gap in the camera's health that
begins at once, and no look falls into it.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.arrivals import Arrivals
from pipelines.channel import Channel
from pipelines.eyes import Eyes
from pipelines.handover import Handover
from pipelines.health import HealthBook
from pipelines.metrics import CONNECT_FAILURES, SILENT, Meter
from pipelines.run import Plan, answer
from pipelines.sinks import Sink
from pipelines.site import Camera
from pipelines.source import READ_TIMEOUT_S, Source, SourceError, is_live
from pipelines.watch import LookRequest

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
IDLE_S = 0.5
"""How long the looking thread waits for a picture before it asks whether to stop."""


@dataclass(slots=True)
class _Reader:
    """One camera's thread, its channel once connected, what waits for the looking thread, and
    since when and why there is no stream."""

    camera: Camera
    url: str
    health: HealthBook
    waiting: Handover
    channel: Channel | None = None
    lost: tuple[float, str] | None = None
    ended: bool = False


def pauses() -> Iterator[float]:
    """Seconds to wait before each new try: doubling with jitter, never much more than a minute."""
    pause = FIRST_PAUSE_S
    while True:
        yield pause * random.uniform(0.75, 1.25)
        pause = min(pause * 2, LONGEST_PAUSE_S)


def run_live(
    plan: Plan,
    eyes: Eyes,
    sink: Sink,
    folder: Path,
    *,
    start: float,
    stopped: Callable[[], bool],
    meter: Meter = SILENT,
) -> None:
    """Watch live cameras until ``stopped`` says so (or every file among them has ended).

    ``start`` is the event time of files' first pictures; they are played at their own speed.
    Raises what the sink raises, after the threads have ended.
    """
    run = _LiveRun(plan, eyes, sink, folder, start, meter)
    threads = [
        threading.Thread(target=run.read, args=(reader,), name=f"camera-{reader.camera.id}", daemon=True)
        for reader in run.readers
    ]
    for thread in threads:
        thread.start()
    try:
        while not stopped() and not run.over:
            run.look()
        run.give_up(time.time())
    finally:
        run.stop.set()
        for thread in threads:
            thread.join(READ_TIMEOUT_S + 1)
    for reader in run.readers:
        if reader.channel is not None:
            reader.channel.finish(stopped=True)


class _LiveRun:
    """The readers of a live run and the place where they meet the models."""

    def __init__(
        self, plan: Plan, eyes: Eyes, sink: Sink, folder: Path, start: float, meter: Meter = SILENT
    ) -> None:
        self._plan, self._eyes, self._sink, self._folder, self._start = plan, eyes, sink, folder, start
        self._meter = meter
        self.stop = threading.Event()
        self._fresh = threading.Condition()
        self.readers = [
            _Reader(
                camera,
                plan.urls[camera.id],
                HealthBook(camera.id, plan.site.zone, sink),
                Handover(camera.id, meter),
            )
            for camera in plan.cameras()
        ]

    @property
    def over(self) -> bool:
        """Whether every reader has come to its end and nothing waits to be looked at."""
        return all(reader.ended and reader.waiting.newest is None for reader in self.readers)

    def read(self, reader: _Reader) -> None:
        """A reader's thread: connect, read to the end, connect again."""
        live, waits = is_live(reader.url), pauses()
        while not self.stop.is_set():
            try:
                source = Source(reader.camera.id, reader.url, start=None if live else self._start)
            except SourceError as error:
                log.warning("%s", error)
                self._meter.add(CONNECT_FAILURES, reader.camera.id)
                self._lose(reader, "the camera cannot be reached")
            else:
                if self._read_connected(reader, source, paced=not live):
                    waits = pauses()
                if live:
                    self._lose(reader, "the stream broke off")
            if not live:
                break
            self.stop.wait(next(waits))
        with self._fresh:
            reader.ended = True
            self._fresh.notify()

    def _lose(self, reader: _Reader, detail: str) -> None:
        """There is no stream since the last picture, or since now when there never was one."""
        last = None if reader.channel is None else reader.channel.source.last_t
        with self._fresh:
            if not self.stop.is_set():
                reader.lost = reader.lost or (time.time() if last is None else last, detail)
                self._fresh.notify()

    def _read_connected(self, reader: _Reader, source: Source, *, paced: bool) -> bool:
        """Read one connection to its end; says whether any picture came."""
        channel = self._connected(reader, source)
        began, seen = time.monotonic(), False
        for step in source:
            due = channel.take(step)
            if paced and due:
                self.stop.wait(max(0.0, due[-1].t - self._start - (time.monotonic() - began)))
            if self.stop.is_set():
                break
            if due:
                seen = True
                with self._fresh:
                    reader.waiting.put(due)
                    self._fresh.notify()
        return seen

    def _connected(self, reader: _Reader, source: Source) -> Channel:
        if reader.channel is None:
            reader.channel = Channel(
                self._plan.site,
                reader.camera,
                source,
                self._eyes,
                self._sink,
                self._folder,
                self._plan.enrolment,
                reader.health,
                covers=self._plan.covers,
                meter=self._meter,
                arrivals=Arrivals(),
            )
        else:
            reader.channel.reconnect(source)
        return reader.channel

    def look(self) -> None:
        """Wait for news, note which cameras are lost, and look once at the newest picture of every other."""
        with self._fresh:
            self._fresh.wait_for(
                lambda: self.over or any(r.waiting.newest or r.lost for r in self.readers), IDLE_S
            )
            taken = [(reader, reader.waiting.take(), reader.lost) for reader in self.readers]
            for reader in self.readers:
                reader.lost = None
        asks: list[tuple[Channel, LookRequest]] = []
        for reader, picture, lost in taken:
            if lost is not None:
                reader.health.lost(*lost)
            channel = reader.channel
            if channel is not None and picture is not None:
                asks.extend((channel, request) for request in channel.requests(picture))
        answer(asks, self._eyes)

    def give_up(self, t: float) -> None:
        """The run ends at ``t``: so do the gaps of cameras that are still lost, for nobody tries any more."""
        for reader in self.readers:
            reader.health.unwatched(t)
