"""What a report says: by hand, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from samples_reports import HALL, MONDAY, NOW, SHIFTS, at, fill, judged, watch
from samples_service import NINE, POSTS, SHANGHAI, EventMaker

from pipelines.hall.holidays import calendar_of
from pipelines.rules.schedule import ScheduleSettings
from service.reports.making import make_report
from service.reports.period import MOST_DAYS, BadPeriodError, Period, Preset, preset, wanted
from service.reports.precision import FEWEST, precision
from service.reports.report import Report, Row
from service.reports.segments import segments_of
from service.reports.waiting import reviews
from service.review.shares import wilson
from service.store import Store

WEEK = Period(MONDAY, MONDAY + timedelta(days=6), SHANGHAI)
TWO_WEEKS = Period(MONDAY, MONDAY + timedelta(days=13), SHANGHAI)
BERLIN = ZoneInfo("Europe/Berlin")


def by_key(rows: list[Row]) -> dict[str, Row]:
    return {row.key: row for row in rows}


@pytest.fixture
def report(store: Store, event: EventMaker) -> Report:
    fill(store, event)
    return make_report(store, TWO_WEEKS, None, NOW)


def test_events_are_counted_by_what_reviewers_made_of_them(report: Report) -> None:
    counts = {
        row.key: (row.events, row.waiting, row.confirmed, row.rejected, row.unclear)
        for row in (report.total, *report.rules, *report.posts, *report.weeks)
    }
    assert counts == {
        "all": (14, 1, 10, 2, 1),
        "absent": (1, 0, 0, 0, 1),
        "phone_use": (13, 1, 10, 2, 0),
        "smoking": (0, 0, 0, 0, 0),
        "eating": (0, 0, 0, 0, 0),
        "out_of_uniform": (0, 0, 0, 0, 0),
        "w01": (13, 1, 10, 2, 0),
        "w02": (1, 0, 0, 0, 1),
        "2026-01-05": (13, 1, 10, 2, 0),
        "2026-01-12": (1, 0, 0, 0, 1),
    }


def test_hours_are_seen_covered_unknown_or_nobodys(report: Report) -> None:
    seen = by_key(report.posts)["w01"].hours
    assert seen is not None
    # Ten days of six and a half hours, less the half hour before the first shift in which nothing counts.
    assert seen.expected_s == 10 * 6.5 * 3600
    assert (seen.staffed_s, seen.unstaffed_s) == (1.5 * 3600, 1800)
    # A look vouches for three seconds, so the covered stretch lasts three seconds more.
    assert (seen.covered_s, seen.unknown_s) == (1803, 1797)
    assert seen.unwatched_s == (10 * 6.5 - 3) * 3600
    assert seen.whole_s == seen.expected_s
    never = by_key(report.posts)["w02"].hours
    assert never is not None
    assert never.expected_s == 0  # it was never watched: since when it should have been, nobody knows


def test_rates_are_per_hour_seen_and_not_bare_counts(report: Report) -> None:
    rule, post = by_key(report.rules)["phone_use"], by_key(report.posts)["w01"]
    assert rule.rate == pytest.approx(13 / 2 * 100)
    assert post.confirmed_rate == pytest.approx(10 / 2 * 100)
    assert by_key(report.posts)["w02"].rate is None  # nothing was seen of it: no rate, not a rate of zero


def test_the_sums_agree_whatever_they_are_by(report: Report) -> None:
    for rows in (report.posts, report.shifts, report.days, report.weeks):
        for field in ("events", "waiting", "confirmed", "rejected", "unclear"):
            assert sum(getattr(row, field) for row in rows) == getattr(report.total, field)
        for field in ("expected_s", "staffed_s", "covered_s", "unknown_s", "unwatched_s"):
            assert sum(getattr(row.hours, field) for row in rows) == getattr(report.total.hours, field)


def test_shifts_and_what_lies_out_of_them(store: Store, event: EventMaker) -> None:
    fill(store, event)
    judged(store, event, 30, None, timedelta(), start=at(MONDAY, "12:30"), end=at(MONDAY, "12:31"))
    rows = make_report(store, WEEK, None, NOW).shifts
    found = {row.key: (row.events, row.hours.expected_s / 3600 if row.hours else None) for row in rows}
    assert found == {"09:00–12:00": (13, 15), "14:00–17:30": (0, 17.5), "": (1, 0)}


def test_review_times_and_what_waits(report: Report) -> None:
    assert (report.reviews.judged, report.reviews.waiting) == (13, 1)
    assert (report.reviews.median_s, report.reviews.p90_s) == (7 * 60, 12 * 60)


def test_a_verdict_that_was_reversed_counts_as_it_stands_and_waited_for_the_first(
    store: Store, event: EventMaker
) -> None:
    fill(store, event)
    store.give_verdict(event(0).id, "rejected", None, "", at=NOW)
    report = make_report(store, WEEK, None, NOW)
    assert (report.total.confirmed, report.total.rejected) == (9, 3)
    assert report.reviews.median_s == 6 * 60


def test_precision_needs_verdicts(report: Report) -> None:
    found = by_key(report.rules)
    assert found["absent"].precision is None
    told = found["phone_use"].precision
    assert told is not None
    assert (told.share, told.low, told.high) == (
        pytest.approx(10 / 12),
        pytest.approx(0.5520, abs=1e-4),
        pytest.approx(0.9530, abs=1e-4),
    )


@pytest.mark.parametrize(
    ("hits", "number", "low", "high"),
    [
        pytest.param(0, 10, 0.0, 0.2775, id="none of ten"),
        pytest.param(10, 10, 0.7225, 1.0, id="ten of ten"),
        pytest.param(81, 263, 0.2553, 0.3662, id="Newcombe 1998, table I"),
        pytest.param(1, 29, 0.0061, 0.1718, id="Newcombe 1998, one of 29"),
    ],
)
def test_wilsons_interval(hits: int, number: int, low: float, high: float) -> None:
    assert wilson(hits, number) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_too_few_verdicts_give_no_precision() -> None:
    assert precision(FEWEST - 1, 0) is None
    assert precision(FEWEST - 1, 1) is not None


def test_quantiles_are_times_that_occurred() -> None:
    found = reviews({10: 1, 60: 8, 7200: 1}, 0)
    assert (found.median_s, found.p90_s) == (60, 60)
    assert reviews({}, 3).median_s is None


def test_a_supervisors_report_knows_no_other_post(store: Store, event: EventMaker) -> None:
    fill(store, event)
    mine = make_report(store, TWO_WEEKS, frozenset({"w02"}), NOW)
    assert [row.key for row in mine.posts] == ["w02"]
    assert (mine.total.events, mine.total.hours.whole_s if mine.total.hours else None) == (1, 0)
    assert (mine.reviews.judged, mine.own_posts, mine.records_begin) == (1, True, None)
    assert mine.last_record == MONDAY + timedelta(days=9)


def test_nothing_is_said_of_what_is_still_to_come(store: Store, event: EventMaker) -> None:
    fill(store, event)
    noon = make_report(store, TWO_WEEKS, None, at(MONDAY, "12:00")).total.hours
    assert noon is not None
    assert (noon.expected_s, noon.unwatched_s) == (3 * 3600, 0)


def test_a_post_that_left_the_site_is_expected_only_as_long_as_it_was_watched(
    store: Store, event: EventMaker
) -> None:
    fill(store, event)
    store.set_site(HALL, POSTS[1:])
    row = by_key(make_report(store, TWO_WEEKS, None, NOW).posts)["w01"]
    assert row.hours is not None
    assert (row.hours.expected_s, row.hours.unwatched_s) == (3 * 3600, 0)


def test_an_empty_report_says_where_there_is_something(store: Store, event: EventMaker) -> None:
    store.set_site(HALL, POSTS)
    nothing = make_report(store, WEEK, None, NOW)
    assert (nothing.is_empty, nothing.last_record) == (True, None)
    fill(store, event)
    before = Period(MONDAY - timedelta(days=7), MONDAY - timedelta(days=1), SHANGHAI)
    empty = make_report(store, before, None, NOW)
    assert (empty.is_empty, empty.last_record) == (True, date(2026, 1, 14))
    assert not make_report(store, WEEK, None, NOW).is_empty


def test_a_hall_that_is_always_in_shift_has_no_shifts_but_whole_days(store: Store) -> None:
    always = ScheduleSettings()
    store.set_site(replace(HALL, schedule=always), POSTS)
    watch(store, "w01", (at(MONDAY, "0:00"), at(MONDAY, "1:00"), "staffed"), settings=always)
    report = make_report(store, WEEK, None, at(MONDAY, "12:00"))
    assert report.shifts == []
    assert report.total.hours is not None
    assert (report.total.hours.staffed_s, report.total.hours.expected_s) == (3600, 12 * 3600)


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)],
    ids=["clocks go forward", "clocks go back", "a plain day"],
)
def test_days_are_the_halls_own_on_days_of_a_clock_change_too(
    store: Store, event: EventMaker, day: str, hours: int
) -> None:
    store.set_site(replace(HALL, zone=BERLIN, schedule=ScheduleSettings()), POSTS)
    first = date.fromisoformat(day)
    midnight = datetime(first.year, first.month, first.day, tzinfo=BERLIN)
    length = timedelta(hours=hours)
    for number, start in enumerate(
        (
            midnight.astimezone(UTC) - timedelta(seconds=1),
            midnight,
            midnight.astimezone(UTC) + length - timedelta(seconds=1),
            midnight.astimezone(UTC) + length,
        )
    ):
        store.upsert_event(event(number, start=start, end=start + timedelta(seconds=1)))
    period = Period(first, first, BERLIN)
    assert (period.end - period.start.astimezone(UTC)) == length
    report = make_report(store, period, None, NOW)
    assert report.total.events == 2
    assert [row.key for row in report.days] == [day]


def test_segments_have_no_gaps_and_know_their_shift() -> None:
    found = segments_of(TWO_WEEKS, calendar_of(SHIFTS, SHANGHAI))
    assert (found[0].start, found[-1].end) == (TWO_WEEKS.start.timestamp(), TWO_WEEKS.end.timestamp())
    assert all(a.end == b.start for a, b in pairwise(found))
    assert sum(one.end - one.start for one in found if one.in_shift) == 10 * 6.5 * 3600
    assert {one.shift for one in found} == {None, "09:00–12:00", "14:00–17:30"}


@pytest.mark.parametrize(
    ("name", "today", "first", "last"),
    [
        ("today", "2026-01-07", "2026-01-07", "2026-01-07"),
        ("week", "2026-01-05", "2026-01-05", "2026-01-11"),
        ("week", "2026-01-11", "2026-01-05", "2026-01-11"),
        ("last_week", "2026-01-11", "2025-12-29", "2026-01-04"),
        ("month", "2026-02-10", "2026-02-01", "2026-02-28"),
        ("month", "2026-12-31", "2026-12-01", "2026-12-31"),
        ("last_month", "2026-03-31", "2026-02-01", "2026-02-28"),
        ("last_month", "2026-01-01", "2025-12-01", "2025-12-31"),
    ],
)
def test_ranges_by_name(name: Preset, today: str, first: str, last: str) -> None:
    assert tuple(map(str, preset(name, date.fromisoformat(today)))) == (first, last)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        pytest.param(
            lambda: wanted(date(2026, 1, 2), date(2026, 1, 1), MONDAY, SHANGHAI), "to", id="backwards"
        ),
        pytest.param(
            lambda: wanted(date(2026, 1, 1), date(2027, 12, 1), MONDAY, SHANGHAI), "to", id="too long"
        ),
        pytest.param(lambda: wanted(date(1, 1, 1), None, MONDAY, SHANGHAI), "from", id="the year 1"),
        pytest.param(
            lambda: wanted(None, date(9999, 12, 31), MONDAY, SHANGHAI), "to", id="the last day there is"
        ),
    ],
)
def test_days_that_cannot_be_reported_on(asked: Callable[[], Period], field: str) -> None:
    with pytest.raises(BadPeriodError, match=r"^expected") as failure:
        asked()
    assert failure.value.field == field


def test_one_day_asks_for_the_rest_of_its_week() -> None:
    period = wanted(date(2026, 1, 7), None, NINE.date(), SHANGHAI)
    assert (period.first, period.last) == (date(2026, 1, 7), date(2026, 1, 11))
    assert len(Period(MONDAY, MONDAY + timedelta(days=MOST_DAYS - 1), SHANGHAI)) == MOST_DAYS
