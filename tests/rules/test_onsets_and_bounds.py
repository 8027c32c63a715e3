"""Onsets, ends and bounds that were once wrong: overlapping events, unseen ends, midnight."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from samples_rules import (
    PRIOR,
    STEADY,
    Probability,
    clock,
    engine,
    every,
    kinds_of_behaviour,
    rows_of_looks,
    rule,
    rules_of_a_site,
    schedule,
    shift,
    to_the_end,
)

from pipelines.rules.belief import BRIDGE_S
from pipelines.rules.machine import Change
from pipelines.rules.regulation import Dynamics, Rule
from pipelines.rules.schedule import Shift, days_of

OPENED, CLOSED = Change.OPENED, Change.CLOSED
YES, NO = 0.95, 0.02


@settings(STEADY, max_examples=600)
@given(rows_of_looks(), rules_of_a_site(), kinds_of_behaviour)
def test_nothing_begins_before_what_was_before_it_ended(
    looks: list[tuple[float, Probability]], of: Rule, dynamics: Dynamics
) -> None:
    changes = to_the_end(engine(of, dynamics=dynamics), looks)
    ended = [change for change in changes if change.end is not None]
    for sooner, later in pairwise(ended):
        assert sooner.end is not None
        assert sooner.end <= later.start


def test_a_second_call_after_a_minute_of_faint_looks_is_another_event_and_must_be_held_again() -> None:
    looks = every(0.4, YES, 0, 40) + every(0.4, PRIOR, 40, 160) + every(0.4, YES, 160, 200)
    opened = [c for c in to_the_end(engine(), looks) if c.change is OPENED]
    assert [c.start for c in opened] == [0, pytest.approx(160, abs=1 + BRIDGE_S)]
    assert opened[1].t >= 170 - BRIDGE_S


def test_a_shift_that_ended_unseen_ends_an_event_where_it_was_last_seen() -> None:
    morning = schedule(shift("09:00", "12:00"))
    ten_to = clock("2026-01-05 11:50")
    looks = [*every(0.4, YES, ten_to, ten_to + 40), (ten_to + 1200, NO)]
    (closed,) = [c for c in to_the_end(engine(shifts=morning), looks) if c.change is CLOSED]
    assert closed.end == pytest.approx(ten_to + 39.6, abs=0.1)


FAINT_NO = 0.12
"""A look that says no so faintly that the belief stays above close_at for seconds."""
MORNING = schedule(shift("09:00", "12:00"))
TWELVE = clock("2026-01-05 12:00")


@pytest.mark.parametrize(
    ("turn", "end"),
    [
        pytest.param(every(0.4, YES, 40, 42), 41.6, id="seen to the last look"),
        pytest.param(every(0.4, NO, 40, 40.8), 40, id="two sure looks"),
        pytest.param(every(0.4, NO, 40, 42), 40, id="two seconds of sure looks"),
        pytest.param(every(0.4, NO, 40, 44), 40, id="below close_at, but not long enough to close"),
        pytest.param(
            every(0.4, FAINT_NO, 40, 47),
            46.8 - BRIDGE_S,
            id="faint looks: as a normal close, no more than a bridge",
        ),
        pytest.param([*every(0.4, NO, 40, 41), (41.2, YES), (41.6, YES)], 41.6, id="two looks missed it"),
    ],
)
@pytest.mark.parametrize(
    "then",
    [
        pytest.param([], id="the file ends"),
        pytest.param(every(0.4, None, 48, 70), id="the picture goes dark"),
    ],
)
def test_what_is_open_when_nothing_more_is_seen_ends_where_the_evidence_turned(
    turn: list[tuple[float, Probability]], end: float, then: list[tuple[float, Probability]]
) -> None:
    changes = to_the_end(engine(), every(0.4, YES, 0, 40) + turn + then)
    (closed,) = [c for c in changes if c.change is CLOSED]
    assert closed.end == pytest.approx(end, abs=0.01)


def test_what_turned_just_before_the_shift_ended_ends_where_it_turned() -> None:
    looks = every(0.4, YES, TWELVE - 40, TWELVE - 1) + every(0.4, NO, TWELVE - 1, TWELVE + 5)
    (closed,) = [c for c in to_the_end(engine(shifts=MORNING), looks) if c.change is CLOSED]
    assert closed.end == pytest.approx(TWELVE - 1, abs=0.5)
    assert closed.end < TWELVE - 0.4


@pytest.mark.parametrize(
    "shifts",
    [
        pytest.param((shift("00:00", "24:00"),), id="round the clock"),
        pytest.param((shift("06:00", "22:00"), shift("22:00", "06:00")), id="two shifts that take turns"),
        pytest.param((shift("00:00", "24:00", "mon-fri"),), id="round the clock on working days"),
    ],
)
def test_a_shift_that_goes_on_past_midnight_does_not_cut_an_event_in_two(shifts: tuple[Shift, ...]) -> None:
    late = clock("2026-01-06 23:59:30")
    changes = to_the_end(engine(rule(), shifts=schedule(*shifts)), every(0.4, YES, late, late + 60))
    assert [c.change for c in changes if c.change in (OPENED, CLOSED)] == [OPENED, CLOSED]


def test_a_range_of_days_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="got 'mon-'"):
        days_of("mon-")
