"""The kept library's calendar, and a year that it does not know yet."""

import logging
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from pipelines.hall import holidays
from pipelines.hall.holidays import FIRST, LAST, China, unknown_year
from pipelines.rules.days import DayKind, WorkingDays
from pipelines.rules.schedule import Schedule

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2026, 1, 1), DayKind.HOLIDAY, id="New Year's Day"),
        pytest.param(date(2026, 1, 4), DayKind.WORKDAY, id="the Sunday that makes up for it"),
        pytest.param(date(2026, 2, 17), DayKind.HOLIDAY, id="Spring Festival"),
        pytest.param(date(2026, 2, 28), DayKind.WORKDAY, id="a make-up Saturday after it"),
        pytest.param(date(2026, 10, 4), DayKind.HOLIDAY, id="a Sunday within the national holidays"),
        pytest.param(date(2026, 1, 5), None, id="a Monday"),
        pytest.param(date(2026, 1, 10), None, id="a Saturday"),
        pytest.param(date(2024, 2, 29), None, id="29 February"),
    ],
)
def test_days_of_the_state_councils_notices(day: date, expected: DayKind | None) -> None:
    assert China().kind(day) is expected


def test_a_year_without_a_notice_is_logged_once_and_not_guessed(caplog: pytest.LogCaptureFixture) -> None:
    holidays._tell_unknown.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert [China().kind(date(2099, 10, day)) for day in (1, 2, 3)] == [None, None, None]
    assert [record.getMessage()[:44] for record in caplog.records] == [
        "schedule.holidays: 2099 is not known, its da"
    ]


def noon(year: int) -> float:
    return datetime(year, 12, 31, 23, 30, tzinfo=SHANGHAI).timestamp()


@pytest.mark.parametrize(
    ("days", "year", "told"),
    [
        pytest.param(WorkingDays(calendar=China()), LAST, None, id="the last known year"),
        pytest.param(WorkingDays(calendar=China()), LAST + 1, f"{FIRST} to {LAST}", id="the next"),
        pytest.param(WorkingDays(calendar=China()), FIRST - 1, f"got {FIRST - 1}", id="long ago"),
        pytest.param(WorkingDays(), LAST + 1, None, id="no holidays asked for"),
        pytest.param(
            WorkingDays(frozenset({date(LAST + 1, 1, 1)}), calendar=China()),
            LAST + 1,
            None,
            id="listed by hand",
        ),
    ],
)
def test_what_is_said_of_a_year(days: WorkingDays, year: int, told: str | None) -> None:
    said = unknown_year(Schedule((), SHANGHAI, days=days), [noon(year)])
    assert (said is None) if told is None else (said is not None and told in said)
