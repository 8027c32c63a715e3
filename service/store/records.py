"""What the store gives back: values, not rows. Times are aware, in the hall's zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from pipelines.rules.events import RuleEvent
from pipelines.rules.schedule import ScheduleSettings
from service.review.claims import Claim
from service.review.standing import Reader, Stage, is_blind, waits_for
from service.review.verdicts import Verdict

Point = tuple[float, float]


@dataclass(frozen=True)
class Hall:
    """Whose events these are."""

    name: str
    zone: ZoneInfo
    schedule: ScheduleSettings = field(default=ScheduleSettings())


class StoredPost(BaseModel):
    """A staffed place as the site file last drew it."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="The post's id in the site file.")
    name: str = Field(description="The post's name, as the hall calls it.")
    camera: str = Field(description="Id of the camera that sees the post.")
    staff_zone: tuple[Point, ...] = Field(
        description="Polygon, in fractions of the frame's width and height."
    )
    visitor_zone: tuple[Point, ...] | None = Field(description="Likewise; null for a post without visitors.")
    active: bool = Field(description="False when the site file no longer names the post.")


class UnknownEventError(LookupError):
    """No event has this id."""


@dataclass(frozen=True)
class JudgedEvent:
    """A rule event with the verdict that counts (None while it is a question), and where it stands.

    `by` gave that verdict and the second opinion; `rank` is its place in the queue, None when it waits for
    nobody; `claim` is a live one; `known` the event of a known clip that only looks like this one.
    """

    event: RuleEvent
    verdict: Verdict | None
    stage: Stage = "question"
    by: tuple[str | None, ...] = ()
    rank: int | None = None
    claim: Claim | None = None
    known: str | None = None

    def for_reader(self, reader: Reader) -> JudgedEvent:
        """The same as a reader may see it: a question, where they may be asked for a second opinion.

        `rank` is left only where the event is in the reader's queue.
        """
        waits = waits_for(self.stage, self.by, reader)
        shown = self if waits else replace(self, rank=None)
        if self.hidden_from(reader):
            return replace(shown, verdict=None, stage="question", by=())
        # Whoever gave the first answer need not know that it is looked at again.
        return replace(shown, stage="done") if self.stage == "second" and reader.opinion else shown

    def hidden_from(self, reader: Reader) -> bool:
        """Whether a reader must not know the answers so far."""
        return is_blind(self.stage, self.by, reader)


@dataclass(frozen=True)
class EventPage:
    """Some events and, if there are more, the cursor of the next page."""

    events: Sequence[JudgedEvent]
    next_cursor: str | None


class LastLook(BaseModel):
    """What the newest look at a post found."""

    model_config = ConfigDict(frozen=True)

    post: str = Field(description="Id of the post.")
    t: datetime = Field(description="Event time of the look.")
    presence: bool | None = Field(description="Is a staff member at the post; null when that cannot be told.")
    beliefs: dict[str, float | None] = Field(description="Probability of each behaviour after this look.")
    cover: str | None = Field(
        default=None, description="Kind of the cover that allows an absence at this moment; null = none."
    )
