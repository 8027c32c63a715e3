"""Puts known clips among reviewers' questions, and takes their files away again."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from pipelines.durable import put_in_place, write_whole
from pipelines.evidence.timeline import CLIPS
from pipelines.hall.holidays import calendar_of
from pipelines.rules.events import RuleEvent
from service.evidence.fetch import EvidenceAwayError
from service.evidence.media import Evidence, EvidenceMissingError
from service.review.planting import NO_PLANTING, disguised, disguised_timeline, moment_before
from service.review.standing import Reader
from service.store import Store
from service.store.plants import Plant

log = logging.getLogger(__name__)

UNFINISHED = timedelta(hours=1)
"""What is not whole after so long never will be."""
NEAR = timedelta(seconds=60)
"""So far around it nothing else may have happened at the post."""


class Planter:
    """Works after a reviewer's answer, when that has been told. Any thread may call it.

    A copy of the evidence is made under the name that it is shown as, so that it is found, served and dated
    like any other; it stays as long as that of a rejected event, and not longer than the known clip's own.
    """

    def __init__(
        self, store: Store, evidence: Evidence, root: Path, term: timedelta, *, now: Callable[[], datetime]
    ) -> None:
        """``root`` is the data folder, ``term`` how long the copies stay."""
        self._store, self._evidence, self._root, self._term = store, evidence, root, term
        self._now = now
        self.planting = NO_PLANTING

    def answered(self, reader: Reader, posts: Collection[str] | None, event_id: str) -> None:
        """A reviewer who sees these posts, or all, has answered an event: perhaps a known clip comes next."""
        if reader.name is None or not reader.is_tested or not self.planting.draws(reader.name, event_id):
            return
        try:
            self._plant(reader.name, posts, event_id)
        except (EvidenceMissingError, EvidenceAwayError, SQLAlchemyError, OSError, ValueError) as error:
            log.warning("no known clip could be shown to %s: %s", reader.name, error)

    def sweep(self, now: datetime) -> None:
        """Delete the files whose time is over. Raises SQLAlchemyError, OSError."""
        over = self._store.plants.outdated(now - self._term, now - UNFINISHED)
        for plant in over:
            for file in (self._root / CLIPS).glob(f"{plant}.*"):
                file.unlink(missing_ok=True)
        if over:
            self._store.plants.gone(over, at=now)

    def _plant(self, reviewer: str, posts: Collection[str] | None, after: str) -> None:
        known_ids = self._store.plants.known_to_show(reviewer, after, posts)
        while (chosen := self.planting.choose(known_ids, reviewer, after)) is not None:
            known = self._store.event(chosen).event
            shown = self._as_shown(known, self.planting.age_s(reviewer, after))
            assert shown.end is not None
            if self._store.plants.is_free(shown.post, shown.start - NEAR, shown.end + NEAR):
                self._store.plants.put(Plant(chosen, shown, reviewer, after), at=self._now())
                self._copy(known, shown)
                return self._store.plants.show(shown.id, at=self._now())
            known_ids = [one for one in known_ids if one != chosen]
        return None

    def _as_shown(self, known: RuleEvent, age_s: float) -> RuleEvent:
        hall = self._store.hall()
        end = moment_before(self._now(), age_s, calendar_of(hall.schedule, hall.zone))
        return disguised(known, end, self._store.plants.newest_like(known))

    def _copy(self, known: RuleEvent, shown: RuleEvent) -> None:
        """Raises EvidenceMissingError, EvidenceAwayError, OSError, ValueError."""
        (self._root / CLIPS).mkdir(parents=True, exist_ok=True)
        for kind in ("clip", "snapshot", "timeline"):
            name: str | None = getattr(known, kind)
            if name is None:
                continue
            source, target = self._evidence.locate(known.id, name), self._root / getattr(shown, kind)
            if kind == "timeline":
                told = disguised_timeline(json.loads(source.read_bytes()), known, shown)
                write_whole(target, json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode())
            else:
                partial = target.with_name(target.name + ".partial")
                shutil.copyfile(source, partial)
                put_in_place(partial, target)
