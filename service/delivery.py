"""The way from the run to the store that never waits for the store.

Events, camera health and covered absences go to the spool on disk and from there, in their order, to the
store by a thread of its own; while the store is away they wait. Of looks only the newest of each post wait,
and only in memory.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError

from pipelines.evidence.spots import SpotCheck
from pipelines.rules.events import CoveredAbsence, HealthEntry, RuleEvent
from service.evidence.filing import file_event
from service.evidence.spot_clips import file_spot
from service.spool import Record, Spool
from service.store import LastLook, Store
from service.store.watched import Watched

log = logging.getLogger(__name__)

REMIND_S = 600.0
RETRY_S = 2.0
"""How long a store that is away is left alone before it is tried again."""
SETTLE_S = 5.0
"""How long a stop waits for what the store has not taken yet; the rest stays on disk."""


class RunBegins(BaseModel):
    """A run of some cameras begins, and goes on with the events of an earlier one that are named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: datetime
    cameras: frozenset[str]
    going_on: frozenset[str] = frozenset()


class Outlet(Protocol):
    """Where a sink's findings go."""

    def event(self, event: RuleEvent) -> None:
        """One delivery of an event."""

    def health(self, entry: HealthEntry) -> None:
        """One delivery of a camera's health entry."""

    def covered(self, absence: CoveredAbsence) -> None:
        """One delivery of a covered absence."""

    def watched(self, watched: Watched) -> None:
        """How much of some posts' time was seen."""

    def spot(self, check: SpotCheck) -> None:
        """A spot check whose clip is whole."""

    def looks(self, looks: Sequence[LastLook], cameras: Mapping[str, str]) -> None:
        """The newest looks, and the camera of each post."""


class Direct:
    """Straight into the store; raises what the store raises."""

    def __init__(self, store: Store, root: Path | None = None) -> None:
        """``root`` is the data folder, whose evidence files are hashed on the way; None = they are not."""
        self._store, self._root = store, root

    def event(self, event: RuleEvent) -> None:
        """See `Outlet`."""
        if self._root is None:
            self._store.upsert_event(event)
            return
        event, filed = file_event(self._root, event)
        self._store.upsert_event(event)
        if filed:
            self._store.evidence.put(filed, at=datetime.now(UTC))

    def health(self, entry: HealthEntry) -> None:
        """See `Outlet`."""
        self._store.upsert_health(entry)

    def covered(self, absence: CoveredAbsence) -> None:
        """See `Outlet`."""
        self._store.covers.record(absence)

    def watched(self, watched: Watched) -> None:
        """See `Outlet`."""
        self._store.watched.record(watched)

    def spot(self, check: SpotCheck) -> None:
        """See `Outlet`. Without a data folder there is no clip to look at."""
        if self._root is not None:
            file_spot(self._store, self._root, check, datetime.now(UTC))

    def looks(self, looks: Sequence[LastLook], cameras: Mapping[str, str]) -> None:
        """See `Outlet`."""
        self._store.put_looks(looks, dict(cameras))

    def begin(self, run: RunBegins) -> None:
        """A run begins: what an earlier one left lasting is over."""
        self._store.end_health(run.at, run.cameras)
        self._store.covers.end_absences(run.cameras)
        self._store.end_orphans(run.cameras, run.going_on)


class Delivery:
    """An outlet by way of a spool. Records arrive once and in order, over any number of restarts."""

    def __init__(
        self,
        store: Store,
        spool: Spool,
        *,
        root: Path | None = None,
        prepare: Callable[[], None] | None = None,
        retry_s: float = RETRY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``root``: see `Direct`. ``prepare`` is done before all deliveries, until it has gone well."""
        self._into, self._spool, self._prepare = Direct(store, root), spool, prepare
        self._retry_s, self._clock = retry_s, clock
        self._news = threading.Condition()
        self._stopping = False
        self._looks: dict[str, LastLook] = {}
        self._cameras: dict[str, str] = {}
        self._away_since: float | None = None
        self._remind_at = float("inf")
        self._busy = False
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    @property
    def waiting(self) -> int:
        """How many records the store has not taken yet."""
        return len(self._spool)

    def start(self) -> None:
        """Begin to deliver, first what an earlier process left behind."""
        self._thread.start()

    def close(self) -> None:
        """Deliver what can be delivered within a few seconds, and end; the rest stays on disk."""
        if self._thread.ident is None:
            return
        self.settle(SETTLE_S)
        with self._news:
            self._stopping = True
            self._news.notify_all()
        self._thread.join(SETTLE_S)

    def settle(self, seconds: float) -> bool:
        """Wait until the store has everything, or is away; says whether it has."""
        with self._news:
            self._news.wait_for(lambda: self._settled or self._away_since is not None, seconds)
            return self._settled

    def begin(self, run: RunBegins) -> None:
        """See `Direct.begin`."""
        self._put(Record(kind="begin", fields=run.model_dump(mode="json")))

    def event(self, event: RuleEvent) -> None:
        """See `Outlet`."""
        self._put(Record(kind="event", fields=event.model_dump(mode="json")))

    def health(self, entry: HealthEntry) -> None:
        """See `Outlet`."""
        self._put(Record(kind="health", fields=entry.model_dump(mode="json")))

    def covered(self, absence: CoveredAbsence) -> None:
        """See `Outlet`."""
        self._put(Record(kind="covered", fields=absence.model_dump(mode="json")))

    def watched(self, watched: Watched) -> None:
        """See `Outlet`."""
        self._put(Record(kind="watched", fields=watched.model_dump(mode="json")))

    def spot(self, check: SpotCheck) -> None:
        """See `Outlet`."""
        self._put(Record(kind="spot", fields=check.model_dump(mode="json")))

    def looks(self, looks: Sequence[LastLook], cameras: Mapping[str, str]) -> None:
        """See `Outlet`."""
        with self._news:
            self._looks.update({look.post: look for look in looks})
            self._cameras.update(cameras)
            self._news.notify_all()

    @property
    def _settled(self) -> bool:
        return not self._busy and not len(self._spool) and not self._looks

    def _put(self, record: Record) -> None:
        self._spool.append(record)
        with self._news:
            self._news.notify_all()

    def _run(self) -> None:
        while self._wait():
            try:
                self._deliver()
            except (SQLAlchemyError, OSError) as error:
                self._note_away(error)
                with self._news:
                    self._busy = False
                    self._news.wait_for(lambda: self._stopping, self._retry_s)
            else:
                self._note_back()
                with self._news:
                    self._busy = False
                    self._news.notify_all()

    def _wait(self) -> bool:
        """Wait for something to do; says whether to go on."""
        with self._news:
            self._news.wait_for(lambda: self._stopping or not self._settled or self._prepare is not None)
            self._busy = not self._stopping
            return self._busy

    def _deliver(self) -> None:
        if self._prepare is not None:
            self._prepare()
            self._prepare = None
        while not self._stopping and (record := self._spool.first()) is not None:
            try:
                self._hand_over(record)
            except (SQLAlchemyError, ValidationError) as error:
                if not _is_refusal(error):
                    raise
                self._spool.refuse(" ".join(str(error).split()))
            else:
                self._spool.done()
        with self._news:
            looks, cameras, self._looks = list(self._looks.values()), dict(self._cameras), {}
        if looks:
            self._into.looks(looks, cameras)

    def _hand_over(self, record: Record) -> None:
        fields = record.fields
        if record.kind == "begin":
            self._into.begin(RunBegins.model_validate(fields))
        elif record.kind == "event":
            self._into.event(RuleEvent.model_validate(fields))
        elif record.kind == "health":
            self._into.health(HealthEntry.model_validate(fields))
        elif record.kind == "watched":
            self._into.watched(Watched.model_validate(fields))
        elif record.kind == "spot":
            self._into.spot(SpotCheck.model_validate(fields))
        else:
            self._into.covered(CoveredAbsence.model_validate(fields))

    def _note_away(self, error: Exception) -> None:
        now = self._clock()
        if self._away_since is None:
            reason = type(getattr(error, "orig", None) or error).__name__
            log.error("the store is away (%s); what is found waits in %s", reason, self._spool.path)
            self._remind_at = now + REMIND_S
            with self._news:
                self._away_since = now
                self._news.notify_all()
        elif now >= self._remind_at:
            self._remind_at = now + REMIND_S
            log.error(
                "the store is still away after %.0f s; %d records wait", now - self._away_since, self.waiting
            )

    def _note_back(self) -> None:
        if self._away_since is not None:
            log.warning("the store is back after %.0f s, it has everything", self._clock() - self._away_since)
            self._away_since = None


def _is_refusal(error: Exception) -> bool:
    """Whether the store would refuse this record again and again, rather than being away."""
    if isinstance(error, ValidationError | DataError | IntegrityError):
        return True
    return isinstance(error, StatementError) and not isinstance(error, DBAPIError)
