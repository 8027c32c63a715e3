"""How much of a post's time was seen: every second in one state, none twice, none invented."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.rules.schedule import Schedule, Shift
from pipelines.rules.watched import LATE_S, Seen, State, Stretch, WatchLog, seen_as

SHANGHAI = ZoneInfo("Asia/Shanghai")
NINE = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI).timestamp()
ALWAYS = Schedule((), SHANGHAI)
MORNING = Schedule((Shift.model_validate({"days": "mon-fri", "from": "09:00", "to": "12:00"}),), SHANGHAI)


def looks(log: WatchLog, *told: tuple[float, Seen]) -> None:
    """Looks so many seconds after nine."""
    for after, seen in told:
        log.look("w01", NINE + after, seen)


def seconds(stretches: list[Stretch]) -> dict[State, float]:
    total: Counter[State] = Counter()
    for stretch in stretches:
        total[stretch.state] += stretch.end - stretch.start
    return {state: ms / 1000 for state, ms in total.items()}


def taken(log: WatchLog) -> list[Stretch]:
    return log.take().get("w01", [])


@pytest.mark.parametrize(
    ("presence", "cover", "seen"),
    [
        pytest.param(True, None, "staffed", id="somebody is there"),
        pytest.param(False, None, "unstaffed", id="nobody is there"),
        pytest.param(False, "placard", "covered", id="nobody, and a placard says so"),
        pytest.param(True, "leave", "covered", id="somebody, though nobody need be"),
        pytest.param(None, None, "unknown", id="the picture is dark"),
        pytest.param(None, "placard", "unknown", id="the picture is dark while a cover holds"),
    ],
)
def test_what_one_look_says(presence: bool | None, cover: str | None, seen: Seen) -> None:
    assert seen_as(presence, cover) == seen


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param([(0, "staffed")], {}, id="one look tells of no time yet"),
        pytest.param([(0, "staffed"), (2, "staffed"), (4, "unstaffed")], {"staffed": 4}, id="staffed"),
        pytest.param(
            [(0, "staffed"), (2, "unstaffed"), (4, "staffed")], {"staffed": 2, "unstaffed": 2}, id="left"
        ),
        pytest.param(
            [(0, "staffed"), (100, "staffed")], {"staffed": 3, "unknown": 97}, id="the stream was dead"
        ),
        pytest.param([(0, "unknown"), (2, "unknown"), (4, "staffed")], {"unknown": 4}, id="dark"),
        pytest.param(
            [(0, "covered"), (2, "covered"), (3, "staffed")], {"covered": 3}, id="placard taken away"
        ),
        pytest.param(
            [(0, "staffed"), (2, "staffed"), (1, "unstaffed"), (3, "staffed")], {"staffed": 3}, id="late"
        ),
    ],
)
def test_looks_vouch_for_the_time_up_to_the_next_one(
    told: list[tuple[float, Seen]], expected: dict[State, float]
) -> None:
    log = WatchLog(ALWAYS)
    looks(log, *told)
    assert seconds(taken(log)) == expected


def test_a_dead_camera_is_unknown_from_the_start_of_the_run_to_its_end() -> None:
    log = WatchLog(ALWAYS)
    for after in (0, 40, 100):
        log.passed(["w01"], NINE + after)
    assert seconds(taken(log)) == {"unknown": 100 - LATE_S}
    log.close()
    assert seconds(taken(log)) == {"unknown": LATE_S}


def test_a_stream_that_dies_is_unknown_soon_and_counts_again_when_it_is_back() -> None:
    log = WatchLog(ALWAYS)
    log.passed(["w01"], NINE)
    looks(log, (1, "staffed"), (3, "staffed"))
    log.passed(["w01"], NINE + 120)
    looks(log, (121, "staffed"), (123, "unstaffed"))
    log.passed(["w01"], NINE + 124)
    log.close()
    assert seconds(taken(log)) == {"unknown": 1 + (121 - 6), "staffed": 2 + 3 + 2, "unstaffed": 1}


def test_a_look_that_comes_after_its_time_was_taken_as_unknown_changes_nothing_of_it() -> None:
    log = WatchLog(ALWAYS)
    log.passed(["w01"], NINE)
    log.passed(["w01"], NINE + 100)  # accounted for up to 70
    looks(log, (69, "staffed"))
    log.passed(["w01"], NINE + 110)
    assert seconds(taken(log)) == {"unknown": 70 + 8, "staffed": 2}


def test_out_of_shift_is_neither_seen_nor_unknown() -> None:
    log = WatchLog(MORNING)
    looks(
        log,
        (-10, "staffed"),
        (-8, "staffed"),
        (-6, "unknown"),
        (-4, "staffed"),
        (-2, "staffed"),
        (1, "staffed"),
    )
    assert seconds(taken(log)) == {"out": 10, "staffed": 1}


def test_buckets_begin_with_midnight_the_ends_of_shifts_and_the_hours_of_shifts() -> None:
    log = WatchLog(
        Schedule((Shift.model_validate({"from": "09:30", "to": "11:15"}),), ZoneInfo("Asia/Kolkata"))
    )
    start = datetime(2026, 1, 5, 9, 0, tzinfo=ZoneInfo("Asia/Kolkata")).timestamp()
    log.passed(["w01"], start)
    log.passed(["w01"], start + 3 * 3600)
    log.close()
    found = {
        (one.bucket / 1000 - start) / 60: (one.state, (one.end - one.start) / 60000) for one in taken(log)
    }
    assert found == {
        -540: ("out", 30),
        30: ("unknown", 30),
        60: ("unknown", 60),
        120: ("unknown", 15),
        135: ("out", 45),
    }


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-03-30", 24)],
    ids=["spring", "autumn", "plain"],
)
def test_a_day_of_a_clock_change_has_as_many_hours_as_it_has(day: str, hours: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    midnight = datetime.fromisoformat(day).replace(tzinfo=zone)
    end = (midnight + timedelta(days=1)).timestamp()
    log = WatchLog(Schedule((Shift.model_validate({"from": "00:00", "to": "24:00"}),), zone))
    log.passed(["w01"], midnight.timestamp())
    log.passed(["w01"], end)
    log.close()
    stretches = taken(log)
    assert seconds(stretches) == {"unknown": hours * 3600}
    assert len({one.bucket for one in stretches}) == hours


@given(
    st.lists(
        st.tuples(st.floats(0, 400_000), st.sampled_from(["staffed", "unknown", "covered"])), max_size=40
    ),
    st.lists(st.floats(0, 400_000), max_size=8),
    st.booleans(),
)
def test_whatever_comes_the_states_add_up_to_the_time_of_the_run(
    told: list[tuple[float, Seen]], ticks: list[float], always: bool
) -> None:
    log = WatchLog(ALWAYS if always else MORNING)
    end = max([0.0, *ticks, *(after for after, _ in told)])
    log.passed(["w01"], NINE)
    for after, seen in told:
        looks(log, (after, seen))
    for tick in ticks:
        log.passed(["w01"], NINE + tick)
    log.passed(["w01"], NINE + end)
    log.close()
    stretches = taken(log)
    assert sum(one.end - one.start for one in stretches) == round((NINE + end) * 1000) - round(NINE * 1000)
    assert all(a.end == b.start for a, b in pairwise(stretches))
    assert all(one.bucket <= one.start < one.end for one in stretches)
