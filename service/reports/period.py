"""The days of a report, in the hall's own calendar. Pure."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

Preset = Literal["today", "week", "last_week", "month", "last_month"]
PRESETS: tuple[Preset, ...] = get_args(Preset)
MOST_DAYS = 400
_YEARS = range(2000, 2100)


class BadPeriodError(ValueError):
    """The days of a report cannot be as they are wanted; `field` names the one at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both whole, in the hall's zone."""

    first: date
    last: date
    zone: ZoneInfo

    def __post_init__(self) -> None:
        """Raises BadPeriodError."""
        if self.last < self.first:
            raise BadPeriodError("to", f"expected {self.first} or a later day, got {self.last}")
        if len(self) > MOST_DAYS:
            raise BadPeriodError("to", f"expected at most {MOST_DAYS} days, got {len(self)}")

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """The midnight with which it begins."""
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The midnight with which it ends."""
        return midnight(self.last + timedelta(days=1), self.zone)

    @property
    def days(self) -> list[date]:
        """Its days."""
        return [self.first + timedelta(days=number) for number in range(len(self))]


def wanted(first: date | None, last: date | None, today: date, zone: ZoneInfo) -> Period:
    """The period that somebody asks for: without days this week, with one day the rest of its week.

    Raises BadPeriodError.
    """
    for field, day in (("from", first), ("to", last)):
        if day is not None and day.year not in _YEARS:
            raise BadPeriodError(field, f"expected a day of the years 2000 to 2099, got {day}")
    monday, sunday = preset("week", first or last or today)
    return Period(first or monday, last or sunday, zone)


def parsed_day(field: str, given: str | None) -> date | None:
    """A day that somebody wrote, None for nothing. Raises BadPeriodError."""
    if not given:
        return None
    with suppress(ValueError):
        return date.fromisoformat(given)
    raise BadPeriodError(field, f"expected a day such as 2026-01-05, got {given[:20]!r}")


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins; where clocks are changed at midnight, with its first moment that there is."""
    return datetime.fromtimestamp(datetime.combine(day, time(), zone).timestamp(), zone)


def preset(name: Preset, today: date) -> tuple[date, date]:
    """First and last day of what a name stands for. Weeks begin on Monday."""
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    if name == "today":
        return today, today
    if name == "week":
        return monday, monday + timedelta(days=6)
    if name == "last_week":
        return monday - timedelta(days=7), monday - timedelta(days=1)
    if name == "month":
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    last = first - timedelta(days=1)
    return last.replace(day=1), last
