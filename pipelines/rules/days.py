"""Which days are worked: the hall's weekdays, its public holidays, its make-up working days. Pure.

A public holiday closes the hall, whatever its weekday. A make-up working day (调休上班) on a
Saturday or Sunday is worked like the first of the hall's days from Monday to Friday. What the hall
itself lists as open or closed counts before any calendar.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

WORKING_WEEK = frozenset(range(5))
"""Monday to Friday; Monday is 0."""


class DayKind(StrEnum):
    """What a calendar says of a day that is not like the others of its weekday."""

    HOLIDAY = "holiday"
    WORKDAY = "workday"


class Calendar(Protocol):
    """A country's public holidays and make-up working days."""

    def knows(self, year: int) -> bool:
        """Whether the year's days have been announced and are in here."""

    def kind(self, day: date) -> DayKind | None:
        """Holiday, make-up working day, or None for a day like any of its weekday, or of an unknown year."""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The days of a hall; `WorkingDays()` knows weekdays only."""

    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()
    calendar: Calendar | None = None

    def works_as(self, day: date, worked: AbstractSet[int]) -> int | None:
        """The weekday (Monday is 0) whose shifts hold on a day; None when the hall is closed.

        ``worked`` are the weekdays that the hall's shifts name. A day that is worked as a weekday
        without a shift has none.
        """
        if day in self.closed:
            return None
        kind = DayKind.WORKDAY if day in self.opened else self._kind(day)
        if kind is DayKind.HOLIDAY:
            return None
        weekday = day.weekday()
        if kind is DayKind.WORKDAY and weekday not in WORKING_WEEK:
            return min(worked & WORKING_WEEK, default=weekday)
        return weekday

    def knows(self, year: int) -> bool:
        """Whether a year's holidays are known: from the calendar, or because the hall lists some itself."""
        if self.calendar is None or self.calendar.knows(year):
            return True
        return any(day.year == year for day in self.closed | self.opened)

    def _kind(self, day: date) -> DayKind | None:
        return None if self.calendar is None else self.calendar.kind(day)
