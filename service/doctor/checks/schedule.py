"""The schedule: is there time in which rules apply, and is it long enough for them."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.hall.site import Site
from service.doctor.finding import Finding, ok, warning
from service.doctor.patient import Patient

ORDER = 40
WEEK_S, STEP_S = 7 * 86_400, 300
SHORT_S = 1800
"""A shift shorter than this is more likely a slip of the pen."""
LONG_WEEK_H = 100


def examine(patient: Patient) -> Iterator[Finding]:
    """A week from now on, as the rules will see it."""
    site = patient.site
    if site is None:
        return
    now = patient.now.timestamp()
    if not site.schedule.shifts:
        yield warning("always")
        return
    yield from week(site, now)
    held = site.calendar.shift_at(now)
    yield ok("in_shift" if held else "no_shift_now", time=f"{patient.now.astimezone(site.zone):%H:%M}")


def week(site: Site, start: float) -> Iterator[Finding]:
    """The shifts of a week: how many hours, and any that is suspiciously short."""
    calendar = site.calendar
    spans = {calendar.shift_at(t) for t in range(int(start), int(start) + WEEK_S, STEP_S)}
    shifts = sorted((span for span in spans if span is not None), key=lambda span: span.start)
    if not shifts:
        yield warning("never")
        return
    hours = sum(min(s.end, start + WEEK_S) - max(s.start, start) for s in shifts) / 3600
    if hours > LONG_WEEK_H:
        yield warning("long_week", hours=round(hours))
    shortest = min(span.end - span.start for span in shifts)
    longest_grace = max((rule.hold_s for rule in site.active_rules), default=0.0)
    if shortest < SHORT_S:
        yield warning("short", minutes=round(shortest / 60))
    if shortest <= longest_grace:
        yield warning("shorter_than_rule", minutes=round(shortest / 60), grace=round(longest_grace / 60))
    yield ok("week", hours=round(hours, 1), shifts=len(shifts))
