"""Live streams: a thread reads each camera, one place looks, and the latest picture wins.

A stream that breaks is opened again, for ever (see `pipelines.reader`); the time between, and the time
before a camera could be opened at all, is an explicit gap in the camera's health that begins at once,
and no look falls into it.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipelines.channel import Channel
from pipelines.evidence.desk import clear_half_written, ring_seconds
from pipelines.evidence.overflow import Overflow, clear_overflow
from pipelines.evidence.recorder import Ring
from pipelines.hall.site import Camera
from pipelines.health import HealthBook
from pipelines.looking.eyes import Eyes
from pipelines.looking.viewpoints import ViewFile
from pipelines.mainstream import MainStream
from pipelines.memory import give_back_pictures
from pipelines.metrics import SILENT, Meter
from pipelines.reader import News, Patience, Reader
from pipelines.run import Plan
from pipelines.sinks import Sink
from pipelines.state import StateFile
from pipelines.streams.arrivals import Arrivals
from pipelines.streams.clock import RunClock
from pipelines.streams.gathering import Gathering
from pipelines.streams.source import Source, is_live
from pipelines.turns import Turns

log = logging.getLogger(__name__)

IDLE_S = 0.5
"""How long the looking thread waits for a picture before it asks whether to stop."""
STEPPED_S = 2.0
"""A host's clock that was set by more than this is worth a word."""


Passed = Callable[[Collection[str], float], None]
"""Is told, again and again, up to which event time these live cameras have been watched, pictures or not."""


def tell_nobody(_cameras: Collection[str], _now: float) -> None:
    """For runs of which nobody asks how long they lasted."""


def run_live(
    plan: Plan,
    eyes: Eyes,
    sink: Sink,
    folder: Path,
    *,
    start: float,
    stopped: Callable[[], bool],
    patience: Patience | None = None,
    clock: RunClock | None = None,
    meter: Meter = SILENT,
    keep: Path | None = None,
    passed: Passed = tell_nobody,
) -> None:
    """Watch live cameras until ``stopped`` says so (or every file among them has ended).

    ``start`` is the event time of files' first pictures; they are played at their own speed. ``keep`` is
    the folder in which live cameras keep what must survive a kill; the next run goes on from there.
    ``passed`` is told how far event time has come, from before the first picture to the end. Raises what the
    sink raises, after the threads have ended.
    """
    patience, clock = patience or Patience(), clock or RunClock(time.time, time.monotonic)
    clear_half_written(folder)
    clear_overflow(folder)
    give_back_pictures()
    run = _LiveRun(plan, eyes, sink, folder, start, patience, clock, meter, keep, passed)
    threads = [
        threading.Thread(target=reader.run, name=f"camera-{reader.camera.id}", daemon=True)
        for reader in run.readers
    ]
    threads += [
        threading.Thread(target=main.run, name=f"camera-{camera}-main", daemon=True)
        for camera, main in run.mains.items()
    ]
    for thread in threads:
        thread.start()
    with ExitStack() as over:
        over.callback(run.placards.shutdown, cancel_futures=True)  # the last looks of all may want one read
        try:
            while not stopped() and not run.over:
                run.look()
            run.give_up()
        finally:
            run.news.stop.set()
            for thread in threads:
                thread.join(patience.silence_s + 1)
        for reader in run.readers:
            if reader.channel is not None:
                reader.channel.finish(stopped=True)
        for main in run.mains.values():
            main.close()


class _LiveRun:
    """The readers of a live run and the place where they meet the models."""

    def __init__(
        self,
        plan: Plan,
        eyes: Eyes,
        sink: Sink,
        folder: Path,
        start: float,
        patience: Patience,
        clock: RunClock,
        meter: Meter,
        keep: Path | None = None,
        passed: Passed = tell_nobody,
    ) -> None:
        self._keep, self._passed = keep, passed
        streams = len(plan.cameras()) + len(plan.sub_urls)
        patience = replace(patience, gathering=Gathering(streams))
        self._live = [camera.id for camera in plan.cameras() if is_live(plan.urls[camera.id])]
        self._plan, self._eyes, self._sink, self._folder = plan, eyes, sink, folder
        self._clock, self._stepped, self._meter = clock, 0.0, meter
        self.news = News()
        self.placards = ThreadPoolExecutor(1, thread_name_prefix="placards")
        seconds = ring_seconds(plan.site.evidence, plan.site.active_rules)
        share = plan.site.evidence.memory_mib * 2**20 // len(plan.cameras())
        self._overflows = {camera.id: Overflow(folder, camera.id, share) for camera in plan.cameras()}
        self.mains = {
            camera.id: MainStream(
                camera,
                plan.urls[camera.id],
                Ring(seconds, self._overflows[camera.id]),
                self.news.stop,
                clock,
                patience,
                meter,
            )
            for camera in plan.cameras()
            if camera.id in plan.sub_urls
        }
        self.readers = [
            Reader(
                camera,
                plan.sub_urls.get(camera.id, plan.urls[camera.id]),
                HealthBook(camera.id, plan.site.zone, sink),
                self._channel_of(camera),
                self.news,
                clock,
                patience,
                start,
                meter,
            )
            for camera in plan.cameras()
        ]
        if plan.recorders is not None:
            for camera_id in self._live:
                plan.recorders.record(camera_id, None)  # until it is connected it is away
        self._turns = Turns(self.readers, eyes, clock, meter)
        passed(self._live, clock.now())

    @property
    def over(self) -> bool:
        """Whether every reader has come to its end and nothing waits to be looked at."""
        return all(reader.over for reader in self.readers) and not self._turns.waiting

    @property
    def _busy(self) -> bool:
        return self._turns.waiting or any(reader.waiting for reader in self.readers)

    def look(self) -> None:
        """Wait for news, note which cameras are lost, and look where it is due most."""
        with self.news.fresh:
            self.news.wait_for(lambda: self.over or self._busy, IDLE_S)
            lost = [(reader, reader.take_losses()) for reader in self.readers]
        for reader, losses in lost:
            for t, loss in losses:
                reader.health.lost(t, loss)
            self._note_recording(reader)
        self._turns.take()
        self._passed(self._live, self._clock.now())
        self._mind_the_clock()

    def _note_recording(self, reader: Reader) -> None:
        """Say since when and why a main stream is not recorded, or that it is again."""
        main = self.mains.get(reader.camera.id)
        for t, detail in () if main is None else main.take():
            told = None if detail is None else f"the main stream is not recorded: {detail}"
            reader.health.noted("unrecorded", t, told)

    def give_up(self) -> None:
        """The run ends: so do the gaps of cameras that are still lost, for nobody tries any more."""
        now = self._clock.now()
        self._passed(self._live, now)
        for reader in self.readers:
            reader.health.unwatched(now)

    def _channel_of(self, camera: Camera) -> Callable[[Source, HealthBook], Channel]:
        def connect(source: Source, health: HealthBook) -> Channel:
            plan = self._plan
            kept, view = None, None
            live = is_live(plan.urls[camera.id])
            if self._keep is not None and live:
                kept, view = StateFile(self._keep, camera.id), ViewFile(self._keep, camera.id)
            made = partial(
                Channel,
                plan.site,
                camera,
                source,
                self._eyes,
                self._sink,
                self._folder,
                plan.enrolment,
                health,
                covers=plan.covers,
                newest=plan.newest,
                meter=self._meter,
                overflow=self._overflows[camera.id],
                arrivals=Arrivals(),
                keep=kept,
                aside=self.placards,
                view=view,
                fits=plan.fits,
                recorders=plan.recorders if live else None,
                spots=plan.spots,
                overloaded=lambda: self._turns.overloaded,
            )
            main = self.mains.get(camera.id)
            return made() if main is None else main.channel(lambda recording: made(recording=recording))

        return connect

    def _mind_the_clock(self) -> None:
        stepped = self._clock.stepped_s()
        if abs(stepped - self._stepped) > STEPPED_S:
            self._stepped = stepped
            log.warning(
                "the host's clock was set and is now %+.1f s from the run's; event times go on evenly, "
                "and are the host's again after a restart",
                stepped,
            )
