"""Deletes evidence whose term is over, or that must make room, now and then."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from pipelines.evidence.timeline import CLIPS
from pipelines.rules.events import ClipMissing
from service.evidence.filing import file_event
from service.evidence.retention import Terms, plan
from service.store import Store

log = logging.getLogger(__name__)

EVERY_S = 300.0


@dataclass(frozen=True)
class DiskState:
    """The disk under the evidence as of the last sweep: bytes free, the floor, and bytes short of it."""

    free: int
    floor: int
    short: int

    @property
    def low(self) -> bool:
        """Whether less is free than should be."""
        return self.free < self.floor


class Sweeper:
    """Keeps to the terms of evidence in a thread of its own."""

    def __init__(
        self,
        store: Store,
        root: Path,
        terms: Terms,
        *,
        now: Callable[[], datetime],
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        spare: Callable[[], None] | None = None,
        also: Sequence[Callable[[datetime], None]] = (),
        every_s: float = EVERY_S,
    ) -> None:
        """``root`` is the data folder; ``free`` gives the bytes left on a folder's disk.

        ``spare`` deletes what can be had again, before any evidence has to make room;
        ``also`` delete what is no event's and is over at a time.
        """
        self._store, self._root, self._terms = store, root, terms
        self._now, self._free, self._spare, self._every_s = now, free, spare, every_s
        self._also = also
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)
        self.disk: DiskState | None = None

    def start(self) -> None:
        """Sweep from now on."""
        self._thread.start()

    def close(self) -> None:
        """End with the sweep under way."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def sweep(self) -> None:
        """Delete once what is to be deleted now. Raises SQLAlchemyError, OSError."""
        self._adopt()
        for sweep in self._also:
            sweep(self._now())
        if self._spare is not None and self._free(self._root) < self._terms.floor:
            self._spare()
        free = self._free(self._root)
        found = plan(self._store.evidence.kept(), self._terms, free, self._now())
        self._delete(found.expired, "expired")
        if found.made_room:
            log.error(
                "only %.1f GB of the disk are free: the evidence of %d events goes before its term",
                free / 1e9,
                len(found.made_room),
            )
        self._delete(found.made_room, "made_room")
        if found.short:
            log.error(
                "the disk is %.1f GB short of its floor and nothing more may be deleted: make room",
                found.short / 1e9,
            )
        self.disk = DiskState(self._free(self._root), self._terms.floor, found.short)

    def _measure(self) -> None:
        """Only the disk: what may be deleted is not known while the store is away."""
        with suppress(OSError):
            free, floor = self._free(self._root), self._terms.floor
            self.disk = DiskState(free, floor, max(floor - free, 0))
            if self.disk.low:
                log.error("the disk is %.1f GB short of its floor: make room", (floor - free) / 1e9)

    def _adopt(self) -> None:
        """Evidence that came into the store without being filed is filed now."""
        for event in self._store.evidence.unfiled():
            _, filed = file_event(self._root, event)
            self._store.evidence.put(filed, at=self._now())

    def _delete(self, events: Sequence[str], why: ClipMissing) -> None:
        # Files first: were it the other way round, a kill in between would leave files that nobody knows of.
        for event in events:
            for file in (self._root / CLIPS).glob(f"{event}.*"):
                file.unlink(missing_ok=True)
            self._store.evidence.gone([event], why, at=self._now())
        if events:
            log.info("evidence of %d events was deleted: %s", len(events), why)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.sweep()
            except (SQLAlchemyError, OSError) as error:
                log.error("evidence could not be swept: %s", type(error).__name__)
                self._measure()
            except Exception:  # a fault of ours must not end what guards terms and disk
                log.exception("evidence could not be swept")
                self._measure()
            self._stop.wait(self._every_s)
