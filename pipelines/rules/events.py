"""A rule event: a question to a reviewer, as every other part of the monitor sees it."""

import hashlib
import json
from datetime import UTC, datetime, tzinfo
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pipelines.rules.covers import CoverKind


class ModelRef(BaseModel):
    """Which weights saw it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    sha256: str


ClipMissing = Literal["no_video", "disk_full", "not_writable", "expired", "made_room"]
"""Nothing was recorded; the disk was full or could not be written; its term was over; room was needed."""


class RuleEvent(BaseModel):
    """One rule broken at one post for a while, until a human says otherwise.

    Paths are relative to the run's output folder, None until the file is whole.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(description="from post, rule and start: a replay never makes a second copy")
    rule: str
    clause: str
    post: str
    camera: str
    start: AwareDatetime
    end: AwareDatetime | None
    state: Literal["open", "closed"]
    confidence: float = Field(ge=0, le=1, description="mean belief while it lasted")
    why: str
    clip: str | None
    snapshot: str | None
    timeline: str | None
    model: ModelRef
    rule_version: str
    end_known: bool = Field(
        default=True, description="false: it ended at `end` or later, when the monitor did not run any more"
    )
    clip_missing: ClipMissing | None = Field(
        default=None, description="why there is no clip and none will come; null while there may be one"
    )

    def line(self) -> str:
        """The event as one line of JSON, times as ISO 8601 with offset and milliseconds."""
        fields = self.model_dump()
        if self.end_known:  # the usual case goes without saying
            del fields["end_known"]
        if self.clip_missing is None:
            del fields["clip_missing"]
        fields["start"] = iso(self.start)
        fields["end"] = iso(self.end) if self.end is not None else None
        return compact_json(fields)


class CoveredAbsence(BaseModel):
    """A post without staff while a cover allowed it: recorded, asked of nobody. end None = it lasts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(description="from post, rule, cover and start")
    rule: str
    post: str
    camera: str
    start: AwareDatetime
    end: AwareDatetime | None
    cover: CoverKind = Field(description="the kind of the cover")
    cover_id: str = Field(description="which one of its kind")
    note: str = Field(description="the placard's text, or the words of whoever entered the cover")

    def line(self) -> str:
        """The record as one line of JSON."""
        fields = self.model_dump()
        fields["start"] = iso(self.start)
        fields["end"] = iso(self.end) if self.end is not None else None
        return compact_json(fields)


class HealthEntry(BaseModel):
    """A time in which something was wrong with a camera; end None = it still lasts.

    With `clock` there may be pictures all the same: only the camera's own time of day is wrong then. With
    `unrecorded` there are too: it is the main stream that is away, so events have no clip. In all other
    states a camera's posts are unknown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    camera: str
    state: Literal[
        "dark", "blank", "frozen", "gap", "corrupt", "ended", "unauthorised", "clock", "unrecorded", "moved"
    ]
    start: AwareDatetime
    end: AwareDatetime | None
    detail: str

    @property
    def is_trouble(self) -> bool:
        """Whether it lasts, and the camera tells nothing meanwhile, or less. The end of a file is none."""
        return self.end is None and self.state != "ended"

    def line(self) -> str:
        """The entry as one line of JSON."""
        fields = self.model_dump()
        fields["start"] = iso(self.start)
        fields["end"] = iso(self.end) if self.end is not None else None
        return compact_json(fields)


def compact_json(fields: object) -> str:
    """JSON without needless spaces, keys in the given order, Chinese left readable."""
    return json.dumps(fields, ensure_ascii=False, separators=(", ", ": "), allow_nan=False)


def at(t: float, zone: tzinfo) -> datetime:
    """Event time in seconds as a time of the hall's zone, to the millisecond."""
    return datetime.fromtimestamp(round(t, 3), UTC).astimezone(zone)


def iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds and offset."""
    return moment.isoformat(timespec="milliseconds")


def event_id(post: str, rule: str, start: datetime) -> str:
    """16 hex digits from post, rule and start (as UTC milliseconds)."""
    key = f"{post}\n{rule}\n{round(start.timestamp() * 1000)}"
    return hashlib.sha256(key.encode()).hexdigest()[:16]
