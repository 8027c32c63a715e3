"""When the rules apply: the hall's shifts, in the hall's own time zone.

Pure: it is asked about an event time, it never asks what time it is.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _clock_minutes(text: Any) -> str:
    if not isinstance(text, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", text):
        raise ValueError(f'expected a time like "09:00" in quotes, from "00:00" to "24:00", got {text!r}')
    return text


def _days(text: str) -> str:
    days_of(text)
    return text


Clock = Annotated[str, BeforeValidator(_clock_minutes)]
Days = Annotated[str, AfterValidator(_days)]


def days_of(text: str) -> frozenset[int]:
    """Weekdays of a text like ``mon-fri`` or ``mon,wed,sat-sun``; Monday is 0.

    Raises ValueError naming the part that is no day.
    """
    chosen: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, sign, last = part.partition("-")
        last = last if sign else first
        if first not in DAYS or last not in DAYS:
            raise ValueError(f"expected days like mon-fri or mon,wed,sat, got {part!r}")
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


class ScheduleSettings(BaseModel):
    """The `schedule:` of a site file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shifts: tuple[Shift, ...] = Field(default=(), description="none = always in shift")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of event time in seconds since the epoch, end exclusive."""

    start: float
    end: float


ALWAYS = Span(float("-inf"), float("inf"))


@dataclass(frozen=True, slots=True)
class Schedule:
    """Shifts in a time zone; with none, it is always in shift."""

    shifts: tuple[Shift, ...]
    zone: ZoneInfo

    def shift_at(self, t: float) -> Span | None:
        """The shift that holds at event time ``t`` (seconds since the epoch), None outside all.

        Shifts that touch or overlap are one. Days and clock times are the hall's own, so a shift
        on the day of a clock change is an hour shorter or longer.
        """
        if not self.shifts:
            return ALWAYS
        day = datetime.fromtimestamp(t, UTC).astimezone(self.zone).date()
        spans = sorted(
            (
                self._span(shift, day + timedelta(days=offset))
                for offset in (-1, 0, 1)
                for shift in self.shifts
                if (day + timedelta(days=offset)).weekday() in days_of(shift.days)
            ),
            key=lambda span: span.start,
        )
        holding: Span | None = None
        for span in spans:
            if holding is not None and span.start <= holding.end:
                holding = Span(holding.start, max(holding.end, span.end))
            elif holding is None or holding.end <= t:
                holding = span
        return holding if holding is not None and holding.start <= t < holding.end else None

    def _span(self, shift: Shift, day: date) -> Span:
        start, end = _minutes(shift.start), _minutes(shift.end)
        if end <= start:
            end += 24 * 60
        return Span(self._at(day, start), self._at(day, end))

    def _at(self, day: date, minutes: int) -> float:
        days, minutes = divmod(minutes, 24 * 60)
        clock = time(minutes // 60, minutes % 60)
        return datetime.combine(day + timedelta(days=days), clock, self.zone).timestamp()
