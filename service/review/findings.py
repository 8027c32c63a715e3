"""Findings that people record by hand, against clauses that no camera judges. Pure.

A finding is no rule event: it has no confidence, no model and no verdict, for a person says it under their
name. It is never changed, only withdrawn, and then it stays and says by whom and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines.rules.events import ClipMissing
from pipelines.rules.regulation import Clause
from service.review.plain_text import plain

NOTE_LIMIT = 2000
NoCut = ClipMissing | Literal["not_live", "away", "not_held", "interrupted"]
"""Why a finding has no clip that was wanted: no live run records the camera; nothing comes of it; that time
is not held (any more); the service ended meanwhile; and what else evidence is missing for."""


class CutClip(BaseModel):
    """The clip that was cut from a camera for a finding."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="Its id, which names its file.")
    camera: str = Field(description="Id of the camera that it was cut from.")
    state: Literal["cutting", "there", "missing"] = Field(
        description="cutting: it is being written; there: it can be played; missing: there is none."
    )
    missing: NoCut | None = Field(
        description="Why it is missing: not_live: no live run records the camera; away: nothing came of it; "
        "not_held: that time was no longer held; no_video, disk_full, not_writable: it could not be written; "
        "interrupted: the service ended meanwhile; expired, made_room: it was deleted."
    )
    start: datetime | None = Field(description="When it begins, in the hall's time zone; null: none was cut.")
    end: datetime | None = Field(description="When it ends; null: none was cut.")


class Finding(BaseModel):
    """What somebody found at a post by themselves."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(description="Its number.")
    source: str = Field(
        default="by_hand", description="Always by_hand: a person recorded it, no camera has judged it."
    )
    clause: str = Field(description="The clause that was broken.")
    post: str = Field(description="Id of the post.")
    at: datetime = Field(description="When it happened, in the hall's time zone.")
    note: str = Field(description="What was found, in the words of who recorded it.")
    event: str | None = Field(
        description="Id of a rule event whose clip shows the post then; null: recorded without one."
    )
    cut: CutClip | None = Field(
        default=None, description="The clip that was cut from a camera for it; null: none was wanted."
    )
    made_at: datetime = Field(description="When it was recorded.")
    made_by: str | None = Field(description="Who recorded it; null where nobody logs in.")
    withdrawn_at: datetime | None = Field(description="When it was withdrawn; null: it stands.")
    withdrawn_by: str | None = Field(description="Who withdrew it; null also where nobody logs in.")
    withdrawn_why: str = Field(description="Why; empty while it stands.")


class FindingRefusedError(Exception):
    """A finding cannot be recorded or withdrawn like this; `field` names the part at fault."""

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field = field


def check(clause: str, note: str, at: datetime, now: datetime, by_hand: Mapping[str, Clause]) -> str:
    """The note as it is kept, when all is in order. `by_hand`: the clauses that no camera judges.

    Raises FindingRefusedError, TextRefusedError.
    """
    if clause not in by_hand:
        known = ", ".join(by_hand)
        raise FindingRefusedError(
            "clause", f"expected a clause that no camera judges ({known}), got {clause!r}"
        )
    if at > now:
        raise FindingRefusedError("at", f"expected a time that is over, got {at.isoformat()}")
    return plain("note", note, NOTE_LIMIT)


def withdraw(finding: Finding, why: str, *, by: str | None, at: datetime) -> Finding:
    """The finding withdrawn. Raises FindingRefusedError when it was before, TextRefusedError."""
    if finding.withdrawn_at is not None:
        raise FindingRefusedError(None, "expected a finding that stands, this one was withdrawn before")
    words = plain("why", why, NOTE_LIMIT)
    return finding.model_copy(update={"withdrawn_at": at, "withdrawn_by": by, "withdrawn_why": words})


def covers(start: datetime, end: datetime, at: datetime) -> bool:
    """Whether a clip from `start` to `end` shows a moment."""
    return start <= at <= end
