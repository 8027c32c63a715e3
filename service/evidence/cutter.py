"""Cuts the clips of findings by hand out of what live cameras have just recorded, and files them as evidence.

One at a time, in a thread of its own: remuxing costs next to nothing, but a slow disk must hold up nobody
else. The finding is in the store before its clip is cut, and stays whatever becomes of that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWorkingError
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from pipelines.evidence.cutting import CutRefusedError, Recorders, Span, Wanted
from pipelines.evidence.recorder import ClipError, why_missing
from pipelines.evidence.timeline import CLIPS
from pipelines.rules.events import at as event_time
from service.audit import Act
from service.evidence.filing import FiledFile, hashed
from service.review.findings import NoCut
from service.store import Store

log = logging.getLogger(__name__)

Holding = Literal["recording", "away", "not_live"]
"""A live camera is recorded; nothing comes of it at the moment; no live run in this process reads it."""
PATIENCE_S = 5.0
"""Whoever records a finding waits so long for its clip; after that it is cut all the same."""
LOST_AFTER = timedelta(minutes=5)
"""A clip that is not there by then was lost with a process that ended."""


class Cutter:
    """Cuts clips of one service. Any thread may call it."""

    def __init__(self, store: Store, recorders: Recorders, root: Path, now: Callable[[], datetime]) -> None:
        """``root`` is the data folder."""
        self._store, self.recorders, self._root, self._now = store, recorders, root, now
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="cutter")

    def holds(self, camera: str) -> tuple[Holding, Span | None]:
        """Whether a camera is recorded now, and what is held of it."""
        try:
            held = self.recorders.held(camera)
        except CutRefusedError:
            return "not_live", None
        away = held is None or self.recorders.is_away(held, self._now().timestamp())
        return ("away" if away else "recording"), held

    def cut(self, clip: str, camera: str, wanted: Wanted, act: Act) -> None:
        """Cut the clip of a finding that is in the store, and wait for it a little.

        ``act`` is that of whoever recorded the finding. What becomes of it is written to the finding.
        """
        done: Future[None] = self._worker.submit(self._cut, clip, camera, wanted, act)
        try:
            done.result(PATIENCE_S)
        except StillWorkingError:
            log.warning("camera %s: clip %s is not cut after %.0f s; it goes on", camera, clip, PATIENCE_S)

    def sweep(self, now: datetime) -> None:
        """Findings whose clip an earlier process has not finished say so. Raises SQLAlchemyError, OSError."""
        for clip in self._store.findings.being_cut(now - LOST_AFTER):
            self._remove(clip)
            self._store.findings.not_cut(clip, "interrupted", act=_of_service(now))

    def close(self) -> None:
        """End with the clip under way."""
        self._worker.shutdown(cancel_futures=True)

    def _cut(self, clip: str, camera: str, wanted: Wanted, act: Act) -> None:
        path = self._root / CLIPS / f"{clip}.mp4"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            span = self.recorders.cut(camera, path, wanted, self._now().timestamp())
            digest, size = hashed(path)
        except (CutRefusedError, ClipError, OSError) as error:
            log.warning("the clip of a finding by hand was not cut: %s", error)
            self._remove(clip)
            self._tell(clip, _why(error), act)
            return
        file = FiledFile(clip, "clip", f"{CLIPS}/{path.name}", digest, size)
        try:
            self._file(file, camera, span, act)
        except SQLAlchemyError as error:
            log.error("clip %s was cut and cannot be filed: the store: %s", clip, type(error).__name__)
            self._remove(clip)  # `sweep` tells the finding, once the store is back

    def _file(self, file: FiledFile, camera: str, span: Span, act: Act) -> None:
        zone: tzinfo = UTC
        start, end = event_time(span.start, zone), event_time(span.end, zone)
        detail = {"clip": file.event, "camera": camera, "start": start.isoformat(), "end": end.isoformat()}
        told = _also(act, "finding.clip_cut", {**detail, "sha256": file.sha256})
        self._store.findings.cut(file, start, end, at=self._now(), act=told)

    def _tell(self, clip: str, why: NoCut, act: Act) -> None:
        try:
            told = _also(act, "finding.clip_missed", {"clip": clip, "why": why})
            self._store.findings.not_cut(clip, why, act=told)
        except SQLAlchemyError as error:
            log.error("clip %s is missing, which the store cannot be told: %s", clip, type(error).__name__)

    def _remove(self, clip: str) -> None:
        for left in (self._root / CLIPS).glob(f"{clip}.*"):
            left.unlink(missing_ok=True)


def _why(error: Exception) -> NoCut:
    if isinstance(error, CutRefusedError):
        return error.why
    return why_missing(error)


def _also(act: Act, action: str, detail: dict[str, object]) -> Act:
    """A further entry of the audit log for what the same caller did."""
    token = {"token": act.detail["token"]} if "token" in act.detail else {}
    return act.model_copy(update={"action": action, "detail": {**detail, **token}})


def _of_service(now: datetime) -> Act:
    detail = {"why": "interrupted"}
    action = "finding.clip_missed"
    return Act(at=now, who="", way="service", action=action, object="", address="", detail=detail)
