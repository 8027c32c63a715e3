"""A period cut by its days and the hall's shifts: each piece belongs to one day and one shift. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pipelines.rules.schedule import ALWAYS, Schedule, Span
from service.reports.period import Period, midnight


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of event time in seconds, end exclusive. `shift` is its clock times, None without shifts."""

    number: int
    start: float
    end: float
    day: date
    in_shift: bool
    shift: str | None

    @property
    def week(self) -> date:
        """The Monday of its week."""
        return self.day - timedelta(days=self.day.weekday())


def segments_of(period: Period, calendar: Schedule) -> list[Segment]:
    """The whole period in order, without gaps."""
    found: list[Segment] = []
    for day in period.days:
        start = midnight(day, period.zone).timestamp()
        end = midnight(day + timedelta(days=1), period.zone).timestamp()
        for span in calendar.shifts_around(start):
            if span.end <= start or span.start >= end:
                continue
            if span.start > start:
                found.append(Segment(len(found), start, span.start, day, False, None))
                start = span.start
            until = min(end, span.end)
            found.append(Segment(len(found), start, until, day, True, _clock_times(span, calendar)))
            start = until
        if start < end:
            found.append(Segment(len(found), start, end, day, False, None))
    return found


def _clock_times(span: Span, calendar: Schedule) -> str | None:
    if span == ALWAYS:
        return None
    ends = (datetime.fromtimestamp(t, UTC).astimezone(calendar.zone) for t in (span.start, span.end))
    return "–".join(f"{moment:%H:%M}" for moment in ends)
