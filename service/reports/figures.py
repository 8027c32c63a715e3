"""What the store counts for a report; everything else is reckoned from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from pipelines.rules.watched import State


class PostTally(NamedTuple):
    """Events of one post and rule with one verdict ("none" = not judged)."""

    post: str
    rule: str
    verdict: str
    number: int


class SegmentTally(NamedTuple):
    """Events that begin in one segment, with one verdict."""

    segment: int
    verdict: str
    number: int


class SpotTally(NamedTuple):
    """One spot check: what was said ("none" = not answered), the rules that were watched and those whose
    behaviour was seen, and how probable it was that it was drawn."""

    answer: str
    rules: tuple[str, ...]
    seen: tuple[str, ...]
    chance: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is counted; seconds by state, `known` from when to when each post was ever watched."""

    by_post: tuple[PostTally, ...] = ()
    by_segment: tuple[SegmentTally, ...] = ()
    spent_by_post: Mapping[str, Mapping[State, float]] = field(default_factory=dict)
    spent_by_segment: Mapping[int, Mapping[State, float]] = field(default_factory=dict)
    waited: Mapping[int, int] = field(default_factory=dict)
    known: Mapping[str, tuple[datetime, datetime]] = field(default_factory=dict)
    spots: tuple[SpotTally, ...] = ()
    confirmed_s: Mapping[str, float] = field(default_factory=dict)
    """Seconds of confirmed events by rule, where spot checks are enough to set them against."""
    newest: datetime | None = None
    """The newest thing that there is of these posts at all, whenever it was."""
