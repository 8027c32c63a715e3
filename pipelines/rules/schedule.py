"""When the rules apply: the hall's shifts, in the hall's own time zone.

Pure: it is asked about an event time, it never asks what time it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pipelines.rules.days import WorkingDays
from vision.mistake import MistakeError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _clock_minutes(text: Any) -> str:
    if not isinstance(text, str):  # YAML reads 12:00 as a number
        raise MistakeError(
            "quoted_clock",
            'expected a time like "09:00" in quotes, from "00:00" to "24:00", got {got!r}',
            got=text,
        )
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", text):
        raise MistakeError("clock", "expected a time like 09:00, from 00:00 to 24:00, got {got!r}", got=text)
    return text


def _days(text: str) -> str:
    days_of(text)
    return text


Clock = Annotated[str, BeforeValidator(_clock_minutes)]
Days = Annotated[str, AfterValidator(_days)]


@cache  # a report asks of every day of a year
def days_of(text: str) -> frozenset[int]:
    """Weekdays of a text like ``mon-fri`` or ``mon,wed,sat-sun``; Monday is 0.

    Raises MistakeError naming the part that is no day.
    """
    chosen: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, sign, last = part.partition("-")
        last = last if sign else first
        if first not in DAYS or last not in DAYS:
            raise MistakeError("days", "expected days like mon-fri or mon,wed,sat, got {got!r}", got=part)
        start, end = DAYS.index(first), DAYS.index(last)
        span = (end - start) % 7
        chosen.update((start + i) % 7 for i in range(span + 1))
    return frozenset(chosen)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


class Shift(BaseModel):
    """One daily span of work: days, and from when to when. ``to`` before ``from`` = past midnight."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    days: Days = "mon-sun"
    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to")


class Break(Shift):
    """A daily span in which posts need not be staffed, of all posts or of some."""

    posts: tuple[str, ...] = Field(default=(), description="ids of posts; none = all")


class ScheduleSettings(BaseModel):
    """The `schedule:` of a site file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shifts: tuple[Shift, ...] = Field(default=(), description="none = always in shift")
    breaks: tuple[Break, ...] = Field(default=(), description="an absence in one of them is covered")
    holidays: Literal["china"] | None = Field(default=None, description="none = no day is a holiday")
    closed: tuple[date, ...] = Field(default=(), description="days without shifts, before any calendar")
    open: tuple[date, ...] = Field(default=(), description="working days, before any calendar")

    @model_validator(mode="after")
    def _either_open_or_closed(self) -> Self:
        both = sorted(set(self.closed) & set(self.open))
        if both:
            raise MistakeError(
                "open_and_closed", "expected each day in open or in closed, got {day} in both", day=both[0]
            )
        return self


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of event time in seconds since the epoch, end exclusive."""

    start: float
    end: float


NO_HOLIDAYS = WorkingDays()
ALWAYS = Span(float("-inf"), float("inf"))


@dataclass(frozen=True, slots=True)
class Schedule:
    """Shifts and breaks in a time zone; without shifts, it is always in shift."""

    shifts: tuple[Shift, ...]
    zone: ZoneInfo
    breaks: tuple[Break, ...] = ()
    days: WorkingDays = NO_HOLIDAYS

    def shift_at(self, t: float) -> Span | None:
        """The shift that holds at event time ``t`` (seconds since the epoch), None outside all.

        Shifts that touch or overlap are one. Days and clock times are the hall's own, so a shift
        on the day of a clock change is an hour shorter or longer.
        """
        if not self.shifts:
            return ALWAYS
        return next((span for span in self._around(t, self.shifts) if span.start <= t < span.end), None)

    def shifts_around(self, t: float) -> list[Span]:
        """The shifts of the day of event time ``t``, the day before and the day after, in order."""
        return self._around(t, self.shifts) if self.shifts else [ALWAYS]

    def stretch_at(self, t: float) -> tuple[Span, bool]:
        """The stretch around event time ``t`` that lies in one shift, or between shifts; and which it is.

        Out of shift a stretch ends at the hall's midnight at the latest.
        """
        if not self.shifts:
            return ALWAYS, True
        spans = self._around(t, self.shifts)
        found = next((span for span in spans if span.start <= t < span.end), None)
        if found is not None:
            return found, True
        today = self._day(t)
        start = max([self._at(today, 0), *(span.end for span in spans if span.end <= t)])
        end = min([self._at(today, 24 * 60), *(span.start for span in spans if span.start > t)])
        return Span(start, end), False

    def breaks_around(self, t: float, post: str) -> list[Span]:
        """A post's breaks of the day of event time ``t``, the day before and the day after, in order.

        Breaks that touch or overlap are one.
        """
        return self._around(t, tuple(b for b in self.breaks if not b.posts or post in b.posts))

    def year_of(self, t: float) -> int:
        """The year of event time ``t`` in the hall's zone."""
        return self._day(t).year

    def _around(self, t: float, shifts: Sequence[Shift]) -> list[Span]:
        """The spans of the days around ``t``, in order, those that touch or overlap made one."""
        today = self._day(t)
        worked = frozenset[int]().union(*(days_of(shift.days) for shift in self.shifts or shifts))
        spans: list[Span] = []
        for day in (today + timedelta(days=offset) for offset in (-1, 0, 1)):
            weekday = self.days.works_as(day, worked)
            spans.extend(self._span(shift, day) for shift in shifts if weekday in days_of(shift.days))
        return _made_one(spans)

    def _day(self, t: float) -> date:
        return datetime.fromtimestamp(t, UTC).astimezone(self.zone).date()

    def _span(self, shift: Shift, day: date) -> Span:
        start, end = _minutes(shift.start), _minutes(shift.end)
        if end <= start:
            end += 24 * 60
        return Span(self._at(day, start), self._at(day, end))

    def _at(self, day: date, minutes: int) -> float:
        days, minutes = divmod(minutes, 24 * 60)
        clock = time(minutes // 60, minutes % 60)
        return datetime.combine(day + timedelta(days=days), clock, self.zone).timestamp()


def _made_one(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined
