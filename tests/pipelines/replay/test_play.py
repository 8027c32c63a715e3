"""A replay asks what the engine asks when it takes every look."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.bench.replay import look_by_look
from pipelines.hall.covers import FixedCovers, HallCovers
from pipelines.replay import play
from pipelines.replay.journal import Place, kept_in, kept_places, packed, read_kept
from pipelines.replay.kept import replay_kept
from pipelines.replay.looks import PostLooks
from pipelines.replay.play import replay
from pipelines.replay.week import DENSE, REALISTIC, post_day
from pipelines.rules.covers import Cover, CoverKind
from pipelines.rules.engine import RuleEngine
from pipelines.rules.regulation import Dynamics, Rule
from pipelines.rules.schedule import Break, Schedule, Shift
from vision.calibration import Calibration, HallFit

NAMES = ("phone", "presence")
DYNAMICS = {
    "phone": Dynamics(mean_yes_s=40, mean_no_s=600, correlation_s=1.2),
    "presence": Dynamics(mean_yes_s=900, mean_no_s=120, correlation_s=0),
}
CALIBRATIONS = {"phone": Calibration(1, 0, 0.2, hall=HallFit(0.9, 0.1)), "presence": Calibration(1, 0, 0.5)}
ZONE = ZoneInfo("Asia/Shanghai")
STEADY = settings(deadline=None, derandomize=True, max_examples=30)
Row = tuple[float, float | None, float | None, bool]
Stretch = tuple[float | None, float | None, bool, float, int]


def rule(name: str, behaviour: str, broken_when: Literal["yes", "no"], hold_s: float) -> Rule:
    return Rule(
        name=name,
        edition="1",
        clause="B1",
        behaviour=behaviour,
        broken_when=broken_when,
        hold_s=hold_s,
        open_at=0.9,
        close_at=0.3,
        release_s=5,
    )


def clock(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


RULES = (rule("phone_use", "phone", "yes", 10), rule("absent", "presence", "no", 12))
NINE = clock("2026-01-05 09:00")


def an_engine(*shifts: tuple[str, str], breaks: tuple[Break, ...] = ()) -> RuleEngine:
    spans = tuple(Shift.model_validate({"from": start, "to": end}) for start, end in shifts)
    return RuleEngine(RULES, DYNAMICS, CALIBRATIONS, Schedule(spans, ZONE, breaks))


def looks_of(post: str, rows: Sequence[Row]) -> PostLooks:
    """Looks (time, phone, presence, placard)."""
    cues = [[np.nan if p is None else p for p in row[1:3]] for row in rows]
    return PostLooks(
        post,
        "hall",
        NAMES,
        np.array([row[0] for row in rows]),
        np.array(cues, np.float64).reshape(len(rows), 2),
        np.array([row[3] for row in rows], np.bool_),
    )


# What a stretch of a post's day looks like: phone, presence, placard, seconds between looks, how many looks.
stretches = st.lists(
    st.tuples(
        st.sampled_from([0.02, 0.1, 0.5, 0.9, 0.97, None]),
        st.sampled_from([0.03, 0.4, 0.9, 0.97, None]),
        st.booleans(),
        st.sampled_from([0.2, 0.5, 2.0, 2.9, 3.5, 11.0, 400.0]),
        st.integers(1, 40),
    ),
    min_size=1,
    max_size=12,
)


def rows_of(drawn: Sequence[Stretch], since: float) -> list[Row]:
    t, rows = since, list[Row]()
    for phone, presence, placard, gap, count in drawn:
        for _ in range(count):
            t = round(t + gap, 3)
            rows.append((t, phone, presence, placard))
    return rows


@STEADY
@given(
    hall=st.lists(stretches, min_size=1, max_size=3),
    since=st.sampled_from([NINE - 30, NINE + 5, clock("2026-01-05 11:59:30"), clock("2026-01-05 23:59:50")]),
    cover=st.tuples(st.integers(-60, 120), st.integers(1, 200)),
)
@pytest.mark.parametrize(
    "shifts",
    [(), (("09:00", "12:00"), ("12:05", "17:30")), (("09:00", "12:00"), ("11:00", "24:00"))],
    ids=["always", "with a pause", "overlapping, to midnight"],
)
def test_a_replay_asks_what_the_engine_asks(
    shifts: tuple[tuple[str, str], ...], hall: list[list[Stretch]], since: float, cover: tuple[int, int]
) -> None:
    engine = an_engine(*shifts, breaks=(Break.model_validate({"from": "09:02", "to": "09:04"}),))
    begins = since + cover[0]
    entered = Cover(CoverKind.LEAVE, begins, begins + cover[1], "1")
    covers = HallCovers(engine.schedule, FixedCovers({"w01": [entered]}))
    looks = [looks_of(f"w{i:02}", rows_of(drawn, since)) for i, drawn in enumerate(hall, 1)]

    found = replay(engine, looks, covers)

    expected = [asked for one in looks for asked in look_by_look(engine, one, covers)]
    expected.sort(key=lambda asked: (asked.start, asked.post, asked.rule))
    assert [replace(asked, confidence=0) for asked in found] == [
        replace(asked, confidence=0) for asked in expected
    ]
    assert [asked.confidence for asked in found] == pytest.approx([asked.confidence for asked in expected])


def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = an_engine()
    covers = HallCovers(engine.schedule, FixedCovers({}))
    drawn = [(0.02, 0.97, False, 2.0, 30), (0.97, 0.97, False, 0.2, 90), (0.02, 0.03, False, 2.0, 20)]
    looks = [looks_of("w01", rows_of(drawn, NINE)), looks_of("w02", rows_of(drawn[1:], NINE))]
    whole = replay(engine, looks, covers)
    monkeypatch.setattr(play, "CHUNK", 7)

    assert replay(engine, looks, covers) == whole
    assert {asked.rule for asked in whole} == {"phone_use", "absent"}


@pytest.mark.parametrize(
    ("drawn", "asked"),
    [
        pytest.param([(0.02, 0.97, False, 2.0, 2000)], 0, id="a quiet day"),
        pytest.param([(0.02, 0.97, False, 2.0, 9), (0.9, 0.97, False, 0.2, 2000)], 1, id="a long call"),
    ],
)
def test_most_looks_never_reach_the_engine(
    monkeypatch: pytest.MonkeyPatch, drawn: list[Stretch], asked: int
) -> None:
    engine = an_engine(("09:00", "17:30"))
    looks = looks_of("w01", rows_of(drawn, NINE))
    taken: list[float] = []
    ruled = RuleEngine.rule

    def counted(self: RuleEngine, *given: Any) -> Any:
        taken.append(given[1])
        return ruled(self, *given)

    monkeypatch.setattr(RuleEngine, "rule", counted)

    found = replay(engine, [looks], HallCovers(engine.schedule, FixedCovers({})))

    assert [one.rule for one in found] == ["phone_use"] * asked
    assert len(taken) < 40


def test_a_journal_on_two_cores_asks_what_its_looks_ask(tmp_path: Path) -> None:
    engine = an_engine()
    covers = HallCovers(engine.schedule, FixedCovers({}))
    for i, bustle in enumerate((REALISTIC, DENSE, REALISTIC)):
        place = Place("hall", f"w{i:02}")
        looks = post_day(place.post, place.camera, NINE, 2, bustle, seed=i)
        path = kept_in(tmp_path, place, date(2026, 1, 5))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(packed(looks))
    kept = kept_places(tmp_path)

    found = replay_kept(engine, kept, covers, processes=2)

    looks_by_post = [read_kept(place, files) for place, files in kept.items()]
    expected = [asked for one in looks_by_post for asked in look_by_look(engine, one, covers)]
    assert [(one.post, one.rule, one.start, one.end) for one in found.asked] == sorted(
        ((one.post, one.rule, one.start, one.end) for one in expected), key=lambda one: (one[2], *one[:2])
    )
    assert {one.post for one in found.asked} == {"w00", "w01", "w02"}
    assert (found.looks, found.over) == (
        sum(map(len, looks_by_post)),
        max(one.t[-1] for one in looks_by_post),
    )


def test_no_looks_ask_nothing() -> None:
    engine = an_engine()
    covers = HallCovers(engine.schedule, FixedCovers({}))
    assert replay(engine, [], covers) == []
    assert replay(engine, [looks_of("w01", [])], covers) == []
