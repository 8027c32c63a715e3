"""Public holidays by country, from the library `chinesecalendar` (MIT): the State Council's notices.

The next year's holidays are announced each November, so the library never knows far ahead. A year
that it does not know is said to be unknown; nothing is guessed from the years before.
"""

import logging
from collections.abc import Iterable
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar

from pipelines.rules.days import DayKind, WorkingDays
from pipelines.rules.schedule import Schedule, ScheduleSettings

log = logging.getLogger(__name__)

FIRST, LAST = (int(pick(chinese_calendar.holidays).year) for pick in (min, max))
"""The years that the installed library knows."""


class China:
    """Mainland China's public holidays and make-up working days."""

    def knows(self, year: int) -> bool:
        """Whether the library has the year's notice."""
        return FIRST <= year <= LAST

    def kind(self, day: date) -> DayKind | None:
        """See `pipelines.rules.days.Calendar`; a day of an unknown year is logged, once a year."""
        if not self.knows(day.year):
            _tell_unknown(day.year)
            return None
        if day in chinese_calendar.workdays:
            return DayKind.WORKDAY
        return DayKind.HOLIDAY if day in chinese_calendar.holidays else None


def calendar_of(settings: ScheduleSettings, zone: ZoneInfo) -> Schedule:
    """A hall's shifts, breaks and holidays."""
    calendar = China() if settings.holidays == "china" else None
    days = WorkingDays(frozenset(settings.closed), frozenset(settings.open), calendar)
    return Schedule(settings.shifts, zone, settings.breaks, days)


def unknown_year(schedule: Schedule, times: Iterable[float]) -> str | None:
    """What is wrong when a year of some event times has holidays that nobody knows, else None."""
    for year in sorted({schedule.year_of(t) for t in times}):
        if not schedule.days.knows(year):
            return f"expected a year from {FIRST} to {LAST}, whose holidays are known, got {year}: {_REMEDY}"
    return None


_REMEDY = (
    "update the package chinesecalendar, or list the year's days under schedule.closed and schedule.open"
)


@cache
def _tell_unknown(year: int) -> None:
    log.warning("schedule.holidays: %d is not known, its days go by their weekday: %s", year, _REMEDY)
