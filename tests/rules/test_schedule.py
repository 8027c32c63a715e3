from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from samples_rules import BERLIN, SHANGHAI, STEADY, clock, schedule, shift

from pipelines.rules.schedule import ALWAYS, DAYS, Schedule, Shift, days_of

SPRING, AUTUMN, LEAP = date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29)
OFFICE = schedule(shift("09:00", "12:00", "mon-fri"), shift("14:00", "17:30", "mon-fri"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("mon", {0}, id="one day"),
        pytest.param("mon-fri", {0, 1, 2, 3, 4}, id="a working week"),
        pytest.param("mon,wed,sat-sun", {0, 2, 5, 6}, id="a list with a range"),
        pytest.param("Sat - Mon", {5, 6, 0}, id="over the weekend, in capitals and with spaces"),
        pytest.param("mon-sun", set(range(7)), id="every day"),
        pytest.param("tue-tue", {1}, id="from a day to itself"),
    ],
)
def test_days(text: str, expected: set[int]) -> None:
    assert days_of(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        pytest.param("monday", "'monday'", id="a whole word"),
        pytest.param("", "''", id="nothing"),
        pytest.param("mon,,tue", "''", id="an empty part"),
        pytest.param("mon-fry", "'mon-fry'", id="a misspelt end"),
        pytest.param("mon–fri", "'mon–fri'", id="a typographic dash"),
    ],
)
def test_days_that_are_none_are_refused_by_name(text: str, part: str) -> None:
    with pytest.raises(ValueError, match=rf"^expected days like mon-fri or mon,wed,sat, got {part}$"):
        days_of(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("9:00", id="one digit"),
        pytest.param("24:01", id="after midnight"),
        pytest.param("12:60", id="sixty minutes"),
        pytest.param("09:00:00", id="with seconds"),
        pytest.param(540, id="what YAML makes of 09:00 without quotes"),
    ],
)
def test_clock_times_that_are_none_are_refused(text: object) -> None:
    told = "expected a time like 09:00, from" if isinstance(text, str) else 'like "09:00" in quotes'
    with pytest.raises(ValidationError, match=told):
        Shift.model_validate({"from": text, "to": "12:00"})


@pytest.mark.parametrize(
    ("when", "in_shift"),
    [
        pytest.param("2026-01-05 08:59:59", None, id="a second too early"),
        pytest.param("2026-01-05 09:00", ("09:00", "12:00"), id="the first moment"),
        pytest.param("2026-01-05 11:59:59", ("09:00", "12:00"), id="the last second of the morning"),
        pytest.param("2026-01-05 12:00", None, id="the end belongs to the break"),
        pytest.param("2026-01-05 14:00", ("14:00", "17:30"), id="the afternoon"),
        pytest.param("2026-01-04 10:00", None, id="Sunday"),
    ],
)
def test_the_shift_that_holds(when: str, in_shift: tuple[str, str] | None) -> None:
    span = OFFICE.shift_at(clock(when))
    if in_shift is None:
        assert span is None
        return
    assert span is not None
    day = when[:10]
    assert (span.start, span.end) == (clock(f"{day} {in_shift[0]}"), clock(f"{day} {in_shift[1]}"))


def test_without_shifts_it_is_always_in_shift() -> None:
    assert schedule().shift_at(0.0) is ALWAYS


@pytest.mark.parametrize(
    ("shifts", "when", "start", "end"),
    [
        pytest.param(
            (shift("09:00", "12:00"), shift("12:00", "17:00")),
            "2026-01-05 10:00",
            "2026-01-05 09:00",
            "2026-01-05 17:00",
            id="touching shifts are one, asked in the first",
        ),
        pytest.param(
            (shift("12:00", "17:00"), shift("09:00", "12:00")),
            "2026-01-05 13:00",
            "2026-01-05 09:00",
            "2026-01-05 17:00",
            id="touching shifts are one, asked in the second",
        ),
        pytest.param(
            (shift("09:00", "13:00"), shift("10:00", "11:00")),
            "2026-01-05 12:00",
            "2026-01-05 09:00",
            "2026-01-05 13:00",
            id="a shift inside another",
        ),
        pytest.param(
            (shift("22:00", "06:00", "fri"),),
            "2026-01-10 05:00",
            "2026-01-09 22:00",
            "2026-01-10 06:00",
            id="past midnight belongs to the evening before",
        ),
        pytest.param(
            (shift("18:00", "24:00", "fri"),),
            "2026-01-09 23:59",
            "2026-01-09 18:00",
            "2026-01-10 00:00",
            id="until midnight",
        ),
        pytest.param(
            (shift("18:00", "24:00", "fri"), shift("00:00", "02:00", "sat")),
            "2026-01-10 01:00",
            "2026-01-09 18:00",
            "2026-01-10 02:00",
            id="until midnight and on",
        ),
        pytest.param(
            (shift("08:00", "08:00", "mon"),),
            "2026-01-06 07:59",
            "2026-01-05 08:00",
            "2026-01-06 08:00",
            id="from a time to itself is a whole day",
        ),
        pytest.param(
            (shift("09:00", "12:00", "tue"),),
            "2028-02-29 10:00",
            "2028-02-29 09:00",
            "2028-02-29 12:00",
            id="29 February",
        ),
        pytest.param(
            (shift("22:00", "06:00"),),
            "2028-03-01 01:00",
            "2028-02-29 22:00",
            "2028-03-01 06:00",
            id="the night after 29 February",
        ),
    ],
)
def test_the_bounds_of_a_shift(shifts: tuple[Shift, ...], when: str, start: str, end: str) -> None:
    span = schedule(*shifts).shift_at(clock(when))
    assert span is not None
    assert (span.start, span.end) == (clock(start), clock(end))


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param("2026-03-28", 8, id="an ordinary night"),
        pytest.param("2026-03-29", 7, id="the clock goes forward in it"),
        pytest.param("2026-10-25", 9, id="the clock goes back in it"),
    ],
)
def test_the_length_of_a_night_shift_in_berlin(day: str, hours: int) -> None:
    span = schedule(shift("22:00", "06:00"), zone=BERLIN).shift_at(clock(f"{day} 05:00", BERLIN))
    assert span is not None
    assert span.end - span.start == hours * 3600


def test_both_of_the_doubled_hours_are_in_the_shift() -> None:
    nights = schedule(shift("01:00", "05:00"), zone=BERLIN)
    first, second = (clock("2026-10-25 02:30", BERLIN, fold) for fold in (0, 1))
    assert second - first == 3600
    assert nights.shift_at(first) == nights.shift_at(second) is not None


def test_a_long_night_in_the_west_when_greenwich_has_the_next_day() -> None:
    west = ZoneInfo("America/Los_Angeles")
    span = schedule(shift("22:00", "21:00", "thu"), zone=west).shift_at(clock("2026-01-09 20:00", west))
    assert span is not None
    assert (span.start, span.end) == (clock("2026-01-08 22:00", west), clock("2026-01-09 21:00", west))


def test_the_zone_of_the_hall_counts_and_not_the_readers() -> None:
    ten = clock("2026-01-05 10:00", SHANGHAI)
    assert OFFICE.shift_at(ten) is not None
    assert Schedule(OFFICE.shifts, BERLIN).shift_at(ten) is None


days = st.sampled_from([SPRING, AUTUMN, LEAP]) | st.dates(date(2024, 1, 1), date(2030, 12, 31))
# Times between 02:00 and 03:00 do not exist, or exist twice, when the clock changes: no bound of a
# shift may lie strictly inside, because such a bound has no one meaning.
quarters = st.integers(0, 95).filter(lambda quarter: not 8 < quarter < 12)


@st.composite
def shifts_of_a_hall(draw: st.DrawFn) -> Shift:
    start = draw(quarters)
    end = draw(quarters.filter(lambda quarter: quarter > 0) | st.just(96))
    chosen = draw(st.sets(st.sampled_from(DAYS), min_size=1))
    return shift(as_clock(start), as_clock(end), ",".join(sorted(chosen, key=DAYS.index)))


def as_clock(quarter: int) -> str:
    return f"{quarter // 4:02}:{15 * (quarter % 4):02}"


def minutes_of(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def clock_says(shifts: list[Shift], t: float, zone: ZoneInfo) -> bool:
    """In shift by the weekday and the time that a clock on the hall's wall shows."""
    wall = datetime.fromtimestamp(t, UTC).astimezone(zone)
    now = wall.hour * 60 + wall.minute
    today, yesterday = wall.weekday(), (wall.weekday() - 1) % 7
    for one in shifts:
        start, end, on = minutes_of(one.start), minutes_of(one.end), days_of(one.days)
        if start < end and today in on and start <= now < end:
            return True
        if start >= end and ((today in on and now >= start) or (yesterday in on and now < end)):
            return True
    return False


moments = st.builds(
    lambda day, second: datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + second,
    days,
    st.integers(-3 * 3600, 27 * 3600),
)


@STEADY
@given(st.lists(shifts_of_a_hall(), min_size=1, max_size=4), moments)
def test_in_shift_if_and_only_if_the_clock_on_the_wall_says_so(shifts: list[Shift], t: float) -> None:
    span = schedule(*shifts, zone=BERLIN).shift_at(t)
    assert (span is not None) is clock_says(shifts, t, BERLIN)
    if span is not None:
        assert span.start <= t < span.end


@STEADY
@given(shifts_of_a_hall(), moments)
def test_a_shift_ends_where_it_says(one: Shift, t: float) -> None:
    today = DAYS[datetime.fromtimestamp(t, BERLIN).weekday()]
    lonely = schedule(shift(one.start, one.end, today), zone=BERLIN)
    span = lonely.shift_at(t)
    if span is not None:
        assert lonely.shift_at(span.end) is None
        assert lonely.shift_at(span.start - 1) is None
        assert lonely.shift_at(span.end - 1) == span
        assert span.end - span.start <= timedelta(hours=25).total_seconds()
