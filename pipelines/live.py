"""Live streams: a thread reads each camera, one place looks, and the latest picture wins.

A reader never waits for the models: it puts every packet into the ring and keeps only the newest
due picture. A stream that breaks is opened again, with growing pauses, for ever; the time between
is an explicit gap in the camera's health, and no look falls into it.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.channel import Channel
from pipelines.eyes import Eyes
from pipelines.run import Plan, answer
from pipelines.sinks import Sink
from pipelines.site import Camera
from pipelines.source import READ_TIMEOUT_S, Picture, Source, SourceError, is_live
from pipelines.watch import LookRequest

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
IDLE_S = 0.5
"""How long the looking thread waits for a picture before it asks whether to stop."""


@dataclass(slots=True)
class _Reader:
    """One camera's thread, its channel once connected, and its newest picture not yet looked at."""

    camera: Camera
    url: str
    channel: Channel | None = None
    newest: Picture | None = None
    ended: bool = False


def pauses() -> Iterator[float]:
    """Seconds to wait before each new try: doubling with jitter, never much more than a minute."""
    pause = FIRST_PAUSE_S
    while True:
        yield pause * random.uniform(0.75, 1.25)
        pause = min(pause * 2, LONGEST_PAUSE_S)


def run_live(
    plan: Plan, eyes: Eyes, sink: Sink, folder: Path, *, start: float, stopped: Callable[[], bool]
) -> None:
    """Watch live cameras until ``stopped`` says so (or every file among them has ended).

    ``start`` is the event time of files' first pictures; they are played at their own speed.
    Raises what the sink raises, after the threads have ended.
    """
    run = _LiveRun(plan, eyes, sink, folder, start)
    threads = [
        threading.Thread(target=run.read, args=(reader,), name=f"camera-{reader.camera.id}", daemon=True)
        for reader in run.readers
    ]
    for thread in threads:
        thread.start()
    try:
        while not stopped() and not run.over:
            run.look()
    finally:
        run.stop.set()
        for thread in threads:
            thread.join(READ_TIMEOUT_S + 1)
    for reader in run.readers:
        if reader.channel is not None:
            reader.channel.finish(stopped=True)


class _LiveRun:
    """The readers of a live run and the place where they meet the models."""

    def __init__(self, plan: Plan, eyes: Eyes, sink: Sink, folder: Path, start: float) -> None:
        self._plan, self._eyes, self._sink, self._folder, self._start = plan, eyes, sink, folder, start
        self.stop = threading.Event()
        self._fresh = threading.Condition()
        self.readers = [_Reader(camera, plan.urls[camera.id]) for camera in plan.cameras()]

    @property
    def over(self) -> bool:
        """Whether every reader has come to its end and nothing waits to be looked at."""
        return all(reader.ended and reader.newest is None for reader in self.readers)

    def read(self, reader: _Reader) -> None:
        """A reader's thread: connect, read to the end, connect again."""
        live, waits = is_live(reader.url), pauses()
        while not self.stop.is_set():
            try:
                source = Source(reader.camera.id, reader.url, start=None if live else self._start)
            except SourceError as error:
                log.warning("%s", error)
            else:
                if self._read_connected(reader, source, paced=not live):
                    waits = pauses()
            if not live:
                break
            self.stop.wait(next(waits))
        with self._fresh:
            reader.ended = True
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
                    reader.newest = due[-1]
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
            )
        else:
            reader.channel.reconnect(source)
        return reader.channel

    def look(self) -> None:
        """Wait for fresh pictures, and look once at the newest of every camera that has one."""
        with self._fresh:
            self._fresh.wait_for(lambda: self.over or any(r.newest for r in self.readers), IDLE_S)
            taken = [(reader.channel, reader.newest) for reader in self.readers]
            for reader in self.readers:
                reader.newest = None
        asks: list[tuple[Channel, LookRequest]] = []
        for channel, picture in taken:
            if channel is not None and picture is not None:
                asks.extend((channel, request) for request in channel.requests(picture))
        answer(asks, self._eyes)
