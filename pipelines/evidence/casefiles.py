"""The files of one camera's cases, and what an event says of them: names, snapshot, timeline.

The three files of an event get their names only when they are whole.
"""

import json
from contextlib import suppress
from datetime import tzinfo
from pathlib import Path

import cv2

from pipelines.durable import write_whole
from pipelines.evidence.cases import Case
from pipelines.evidence.timeline import CLIPS, SUFFIXES, timeline
from pipelines.hall.site import Evidence
from pipelines.rules.events import ModelRef, RuleEvent, at, event_id
from pipelines.texts import text
from vision.frame import Frame

JPEG_QUALITY = 90


class CaseFiles:
    """Files below a run's output folder, and the events that name them."""

    def __init__(self, camera: str, folder: Path, settings: Evidence, zone: tzinfo, model: ModelRef) -> None:
        """``folder`` is the run's output folder."""
        self._camera, self._folder, self._settings = camera, folder, settings
        self._zone, self._model = zone, model

    def make_folder(self) -> None:
        """Make the folder for clips. Raises OSError."""
        (self._folder / CLIPS).mkdir(parents=True, exist_ok=True)

    def id(self, case: Case) -> str:
        """That of the case's event."""
        return event_id(case.post.id, case.rule.name, at(case.start, self._zone))

    def clip(self, case: Case) -> Path:
        """Where the clip is, or will be."""
        return self._folder / self._name(case, "clip")

    def names(self, case: Case) -> dict[str, str]:
        """Those of the files that are there, by kind, relative to the output folder."""
        names = {kind: self._name(case, kind) for kind in SUFFIXES}
        return {kind: name for kind, name in names.items() if (self._folder / name).is_file()}

    def write_snapshot(self, case: Case) -> str | None:
        """Write the strongest look's picture; gives its name, None when there is none. Raises OSError."""
        if case.snapshot is None:
            return None
        name = self._name(case, "snapshot")
        write_whole(self._folder / name, case.snapshot)
        return name

    def write_timeline(self, case: Case, until: float) -> str:
        """Write what was seen up to event time ``until``; gives the file's name. Raises OSError."""
        name = self._name(case, "timeline")
        content = json.dumps(
            timeline(self.id(case), case, until, self._settings, self._zone),
            ensure_ascii=False,
            separators=(",", ":"),
        )
        write_whole(self._folder / name, content.encode())
        return name

    def remove(self, case: Case) -> None:
        """Remove what there is of the case's files, as far as that can be done."""
        for left in (self._folder / CLIPS).glob(f"{self.id(case)}.*"):
            with suppress(OSError):  # what cannot be removed either is no reason to lose the event
                left.unlink(missing_ok=True)

    def event(self, case: Case) -> RuleEvent:
        """The event as it stands, without files."""
        return RuleEvent(
            id=self.id(case),
            rule=case.rule.name,
            clause=case.rule.clause,
            post=case.post.id,
            camera=self._camera,
            start=at(case.start, self._zone),
            end=None if case.end is None else at(case.end, self._zone),
            state="open" if case.end is None else "closed",
            confidence=round(min(case.confidence, 1.0), 3),
            why=text("en", f"why.{case.why.code}", **case.why.args),
            clip=None,
            snapshot=None,
            timeline=None,
            model=self._model,
            rule_version=case.rule.version,
            end_known=case.end_known,
            clip_missing=None if case.end is None else case.missing,
        )

    def _name(self, case: Case, kind: str) -> str:
        return f"{CLIPS}/{self.id(case)}.{SUFFIXES[kind]}"


def jpeg(frame: Frame) -> bytes:
    """A frame as JPEG. Raises OSError."""
    good, content = cv2.imencode(".jpg", frame.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not good:
        raise OSError("the snapshot cannot be encoded")
    return content.tobytes()
