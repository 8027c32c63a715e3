"""How much was seen, and what was not. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from pipelines.rules.watched import State
from service.reports.segments import Segment


class Hours(BaseModel):
    """Posts' time in shift, in seconds, by what was seen of it."""

    model_config = ConfigDict(frozen=True)

    expected_s: float = Field(description="Time in shift since the post was first watched, up to now.")
    staffed_s: float = Field(description="Seen, with staff at the post.")
    unstaffed_s: float = Field(description="Seen, without staff.")
    covered_s: float = Field(description="Seen while an absence was allowed: placard, leave, pause...")
    unknown_s: float = Field(description="Watched, but nothing could be told: no stream, dark, frozen...")
    unwatched_s: float = Field(description="In shift, but the monitor was not running.")

    @property
    def seen_s(self) -> float:
        """Seen while the post had to be staffed: the hours by which rates are reckoned."""
        return self.staffed_s + self.unstaffed_s

    @property
    def unseen_s(self) -> float:
        """What nobody can say anything about."""
        return self.unknown_s + self.unwatched_s

    @property
    def whole_s(self) -> float:
        """All of it."""
        return self.seen_s + self.covered_s + self.unseen_s

    def share(self, seconds: float) -> float | None:
        """Which part of the whole some of it is; None of nothing."""
        return seconds / self.whole_s if self.whole_s > 0 else None


@dataclass(frozen=True, slots=True)
class Known:
    """From when to when a post's time is counted, in seconds of event time."""

    since: float
    until: float


def hours(spent: Mapping[State, float], expected_s: float) -> Hours:
    """Of seconds by state. What was recorded under another schedule may be more than is expected now."""
    told = {state: spent.get(state, 0.0) for state in ("staffed", "unstaffed", "covered", "unknown")}
    return Hours(
        expected_s=expected_s,
        unwatched_s=max(0.0, expected_s - sum(told.values())),
        **{f"{state}_s": seconds for state, seconds in told.items()},
    )


def expected_s(segments: Iterable[Segment], known: Collection[Known]) -> float:
    """How long posts were to be watched in some segments."""
    worked = [segment for segment in segments if segment.in_shift]
    return sum(
        max(0.0, min(segment.end, post.until) - max(segment.start, post.since))
        for segment in worked
        for post in known
    )
