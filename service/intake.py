"""Where the engine's findings enter the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from pipelines.evidence.spots import SpotCheck
from pipelines.hall.site import Site
from pipelines.rules.events import CoveredAbsence, HealthEntry, RuleEvent
from pipelines.rules.watched import WatchLog, seen_as
from service.covers import StoreCovers
from service.delivery import Direct, Outlet
from service.progress import RunProgress
from service.store import LastLook, Store
from service.store.watched import Watched

# A file is analysed faster than it plays; a write per look would cost more than the look.
FLUSH_INTERVAL_S = 0.5
WATCHED_EVERY_S = 60.0
"""Event time after which it is written how much was seen: so much is lost when the process is killed."""
PASSED_EVERY_S = 1.0
"""Event time after which live posts' time is looked through; it is told of many times a second."""


class RunStoppedError(Exception):
    """Raised into a run that does not watch for the stop, to unwind it at its next look."""


class StoreSink:
    """A sink (see pipelines.run) that keeps events, camera health and the newest look per post.

    Any thread may deliver. Events and health are handed on at once; looks at most every half second of
    `clock` (seconds, monotonic), and whenever something else is. With a `delivery` nothing waits for the
    store; without one all is written before a call returns. How much of the posts' time was seen is kept
    where the `site` says when they are in shift.
    """

    def __init__(
        self,
        store: Store,
        progress: RunProgress | None = None,
        *,
        delivery: Outlet | None = None,
        site: Site | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._out = Direct(store) if delivery is None else delivery
        self._progress = progress or RunProgress()
        self._clock = clock
        self._lock = threading.Lock()
        self._looks: dict[str, LastLook] = {}
        self._cameras: dict[str, str] = {}
        self._flushed_at = clock()
        self._stopped = threading.Event()
        self._watched = False
        self._site = site
        self._watch_log = None if site is None else WatchLog(site.calendar)
        self._come: tuple[Collection[str], float] | None = None
        self._passed_at = float("-inf")

    def stop(self) -> None:
        """Ask the run to end: see `watch_stop`; a run that does not watch is interrupted at its next look."""
        self._stopped.set()

    def watch_stop(self) -> Callable[[], bool]:
        """A question for the run to ask now and then: shall it end?

        A run that takes it is not interrupted, so it can still deliver the end of what is open.
        """
        self._watched = True
        return self._stopped.is_set

    def event(self, event: RuleEvent) -> None:
        """Store one delivery of an event."""
        self._out.event(event)
        self.flush()

    def health(self, entry: HealthEntry) -> None:
        """Store one delivery of a camera's health entry."""
        self._out.health(entry)
        self.flush()

    def covered(self, absence: CoveredAbsence) -> None:
        """Store one delivery of a covered absence."""
        self._out.covered(absence)
        self.flush()

    def spot(self, check: SpotCheck) -> None:
        """Store a spot check (see `pipelines.evidence.spots`)."""
        self._out.spot(check)

    def observation(self, line: Mapping[str, Any]) -> None:
        """Remember a look (a line of observations.jsonl) until the next flush."""
        self._interrupt_if_stopped()
        look = LastLook(
            post=line["post"],
            t=_moment(line["t"]),
            presence=line["presence"],
            beliefs=dict(line["beliefs"]),
            cover=line.get("cover"),
        )
        with self._lock:
            known = self._looks.get(look.post)
            if known is None or look.t >= known.t:
                self._looks[look.post] = look
                self._cameras[look.post] = line["camera"]
            due = self._clock() - self._flushed_at >= FLUSH_INTERVAL_S
            if self._watch_log is not None:
                self._watch_log.look(look.post, look.t.timestamp(), seen_as(look.presence, look.cover))
        if due:
            self.flush()
        self._write_watched(WATCHED_EVERY_S)

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        """Remember how far the run is."""
        self._interrupt_if_stopped()
        self._progress.update(seconds_done=seconds_done, seconds_total=seconds_total)

    def passed(self, cameras: Collection[str], now: float) -> None:
        """Live cameras' event time has come to ``now`` (see `pipelines.live.Passed`)."""
        self._come = cameras, now
        if now - self._passed_at >= PASSED_EVERY_S:
            self._passed_at = now
            self._account()
            self._write_watched(WATCHED_EVERY_S)

    def finish(self) -> None:
        """The run is over: write all that waits."""
        self._account()
        if self._watch_log is not None:
            with self._lock:
                self._watch_log.close()
            self._write_watched(0.0)
        self.flush()

    def covers(self) -> StoreCovers:
        """The store's covers, for the run to ask."""
        return StoreCovers(self._store)

    def flush(self) -> None:
        """Write the looks that wait."""
        with self._lock:
            looks, self._looks = list(self._looks.values()), {}
            self._flushed_at = self._clock()
        if looks:
            self._out.looks(looks, self._cameras)

    def _account(self) -> None:
        """Account for live posts' time up to where it has come."""
        if self._come is None or self._site is None or self._watch_log is None:
            return
        cameras, now = self._come
        with self._lock:
            self._watch_log.passed([post.id for post in self._site.posts if post.camera in cameras], now)

    def _write_watched(self, at_least_s: float) -> None:
        """Hand on how much was seen once so much event time waits."""
        if self._site is None or self._watch_log is None or self._watch_log.waiting_s < at_least_s:
            return
        with self._lock:
            stretches = self._watch_log.take()
        if stretches:
            cameras = {post.id: post.camera for post in self._site.posts}
            self._out.watched(Watched.of(stretches, cameras))

    def _interrupt_if_stopped(self) -> None:
        if self._stopped.is_set() and not self._watched:
            raise RunStoppedError("the service is stopping")


def _moment(t: str | float) -> datetime:
    """An observation's time: ISO 8601 with offset, or seconds since 1970 UTC."""
    if isinstance(t, str):
        return datetime.fromisoformat(t)
    return datetime.fromtimestamp(t, UTC)
