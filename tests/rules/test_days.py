"""Holidays, make-up working days, and what the hall itself lists; with a calendar of two days."""

from datetime import date

import pytest
from samples_rules import BERLIN, SHANGHAI, clock, shift

from pipelines.rules.days import DayKind, WorkingDays
from pipelines.rules.schedule import Break, Schedule, Shift

WEEK = frozenset(range(5))
NATIONAL_DAY, MAKE_UP = date(2026, 10, 1), date(2026, 10, 10)


class Announced:
    """A calendar that knows one year, one holiday and one make-up Saturday of it."""

    def knows(self, year: int) -> bool:
        return year == 2026

    def kind(self, day: date) -> DayKind | None:
        return {NATIONAL_DAY: DayKind.HOLIDAY, MAKE_UP: DayKind.WORKDAY}.get(day)


@pytest.mark.parametrize(
    ("days", "day", "worked", "expected"),
    [
        pytest.param(WorkingDays(), NATIONAL_DAY, WEEK, 3, id="no calendar: a holiday is a Thursday"),
        pytest.param(WorkingDays(calendar=Announced()), NATIONAL_DAY, WEEK, None, id="a holiday"),
        pytest.param(WorkingDays(calendar=Announced()), date(2026, 10, 2), WEEK, 4, id="the day after"),
        pytest.param(WorkingDays(calendar=Announced()), MAKE_UP, WEEK, 0, id="a make-up Saturday"),
        pytest.param(
            WorkingDays(calendar=Announced()), MAKE_UP, frozenset({1, 2}), 1, id="a hall closed on Mondays"
        ),
        pytest.param(
            WorkingDays(calendar=Announced()), MAKE_UP, WEEK | {5}, 0, id="like a weekday, not a Saturday"
        ),
        pytest.param(
            WorkingDays(calendar=Announced()), MAKE_UP, frozenset({5, 6}), 5, id="a weekend-only hall"
        ),
        pytest.param(
            WorkingDays(opened=frozenset({NATIONAL_DAY}), calendar=Announced()),
            NATIONAL_DAY,
            WEEK,
            3,
            id="opened all the same: a Thursday like any",
        ),
        pytest.param(
            WorkingDays(closed=frozenset({MAKE_UP}), calendar=Announced()),
            MAKE_UP,
            WEEK,
            None,
            id="a make-up day on which this hall rests",
        ),
        pytest.param(
            WorkingDays(opened=frozenset({date(2026, 1, 11)})),
            date(2026, 1, 11),
            WEEK,
            0,
            id="a Sunday opened by the hall, no calendar",
        ),
        pytest.param(
            WorkingDays(calendar=Announced()), date(2031, 10, 1), WEEK, 2, id="an unknown year: its weekday"
        ),
    ],
)
def test_the_weekday_that_a_day_is_worked_as(
    days: WorkingDays, day: date, worked: frozenset[int], expected: int | None
) -> None:
    assert days.works_as(day, worked) == expected


@pytest.mark.parametrize(
    ("days", "year", "expected"),
    [
        pytest.param(WorkingDays(), 2031, True, id="holidays are not asked for"),
        pytest.param(WorkingDays(calendar=Announced()), 2026, True, id="announced"),
        pytest.param(WorkingDays(calendar=Announced()), 2031, False, id="not announced yet"),
        pytest.param(
            WorkingDays(closed=frozenset({date(2031, 1, 1)}), calendar=Announced()),
            2031,
            True,
            id="the hall lists the year's days itself",
        ),
    ],
)
def test_years_whose_holidays_are_known(days: WorkingDays, year: int, expected: bool) -> None:
    assert days.knows(year) is expected


HALL = (shift("09:00", "12:00", "mon-fri"), shift("14:00", "24:00", "mon-fri"))
NIGHTS = (shift("22:00", "06:00", "mon-fri"),)


@pytest.mark.parametrize(
    ("shifts", "when", "expected"),
    [
        pytest.param(HALL, "2026-10-01 10:00", None, id="a holiday"),
        pytest.param(
            HALL, "2026-09-30 23:59", ("2026-09-30 14:00", "2026-10-01 00:00"), id="its eve to 24:00"
        ),
        pytest.param(
            HALL, "2026-10-10 10:00", ("2026-10-10 09:00", "2026-10-10 12:00"), id="make-up Saturday"
        ),
        pytest.param(HALL, "2026-10-11 10:00", None, id="the Sunday after it"),
        pytest.param(
            NIGHTS,
            "2026-10-01 05:00",
            ("2026-09-30 22:00", "2026-10-01 06:00"),
            id="the night into a holiday",
        ),
        pytest.param(NIGHTS, "2026-10-02 05:00", None, id="the night of a holiday"),
        pytest.param(
            NIGHTS, "2026-10-11 05:00", ("2026-10-10 22:00", "2026-10-11 06:00"), id="the make-up night"
        ),
    ],
)
def test_the_shifts_of_such_days(
    shifts: tuple[Shift, ...], when: str, expected: tuple[str, str] | None
) -> None:
    span = Schedule(shifts, SHANGHAI, days=WorkingDays(calendar=Announced())).shift_at(clock(when))
    assert (span and (span.start, span.end)) == (expected and (clock(expected[0]), clock(expected[1])))


def pause(start: str, end: str, days: str = "mon-fri", posts: tuple[str, ...] = ()) -> Break:
    return Break.model_validate({"days": days, "from": start, "to": end, "posts": posts})


@pytest.mark.parametrize(
    ("breaks", "post", "when", "expected"),
    [
        pytest.param((pause("10:00", "10:20"),), "w01", "2026-01-05 10:05", True, id="everybody's break"),
        pytest.param((pause("10:00", "10:20"),), "w01", "2026-01-05 10:20", False, id="it is over"),
        pytest.param(
            (pause("10:00", "10:20", posts=("w01",)),), "w01", "2026-01-05 10:05", True, id="its own"
        ),
        pytest.param(
            (pause("10:00", "10:20", posts=("w02",)),), "w01", "2026-01-05 10:05", False, id="another's"
        ),
        pytest.param((pause("10:00", "10:20"),), "w01", "2026-10-10 10:05", True, id="on a make-up Saturday"),
        pytest.param((pause("10:00", "10:20"),), "w01", "2026-10-01 10:05", False, id="not on a holiday"),
        pytest.param((pause("23:50", "00:10"),), "w01", "2026-01-06 00:05", True, id="over midnight"),
    ],
)
def test_breaks(breaks: tuple[Break, ...], post: str, when: str, expected: bool) -> None:
    plan = Schedule(HALL, SHANGHAI, breaks, WorkingDays(calendar=Announced()))
    t = clock(when)
    assert any(span.start <= t < span.end for span in plan.breaks_around(t, post)) is expected


def test_a_break_over_a_clock_change_is_as_long_as_the_clock_says() -> None:
    plan = Schedule((), BERLIN, (pause("01:30", "03:30", "sun"),))
    [spring] = plan.breaks_around(clock("2026-03-29 12:00", BERLIN), "w01")
    [autumn] = plan.breaks_around(clock("2026-10-25 12:00", BERLIN), "w01")
    assert (spring.end - spring.start, autumn.end - autumn.start) == (3600, 3 * 3600)
