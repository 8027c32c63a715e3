from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples_rules import (
    PLAIN,
    PRIOR,
    STEADY,
    Probability,
    Step,
    clock,
    engine,
    every,
    kinds_of_behaviour,
    rows_of_looks,
    rule,
    rules_of_a_site,
    run,
    schedule,
    shift,
    to_the_end,
)

from pipelines.regulation import load
from pipelines.rules.belief import BRIDGE_S
from pipelines.rules.engine import RuleEngine
from pipelines.rules.machine import FORGET_S, Change, Transition
from pipelines.rules.regulation import Dynamics, Rule
from vision.calibration import Calibration

PENDING, DROPPED, OPENED, CLOSED = Change.PENDING, Change.DROPPED, Change.OPENED, Change.CLOSED
Looks = list[tuple[float, Probability]]
FOLLOWERS = {
    None: {PENDING},
    PENDING: {OPENED, DROPPED},
    DROPPED: {PENDING},
    OPENED: {CLOSED},
    CLOSED: {PENDING},
}
cases = (rows_of_looks(), rules_of_a_site(), kinds_of_behaviour)


def seen_s(steps: list[Step], start: float, end: float) -> float:
    """Seconds from ``start`` to ``end`` that lie between known looks no further apart than a bridge."""
    known = [step.t for step in steps if step.known and start <= step.t <= end]
    pairs = pairwise(known)
    return sum(later - sooner for sooner, later in pairs if later - sooner <= BRIDGE_S)


@STEADY
@given(*cases)
def test_the_grammar_of_transitions(looks: Looks, of: Rule, dynamics: Dynamics) -> None:
    last: Change | None = None
    for change in to_the_end(engine(of, dynamics=dynamics), looks):
        assert change.change in FOLLOWERS[last]
        last = change.change
    assert last in (None, DROPPED, CLOSED)


@STEADY
@given(*cases)
def test_no_rule_opens_without_the_known_time_that_it_demands(
    looks: Looks, of: Rule, dynamics: Dynamics
) -> None:
    _, steps = run(engine(of, dynamics=dynamics), looks)
    for step in steps:
        for change in step.changes:
            if change.change is OPENED:
                assert seen_s(steps, change.start, change.t) >= of.hold_s - 1e-6
                assert of.broken(step.belief) >= of.open_at


@STEADY
@given(*cases)
def test_times_are_in_order_and_nothing_ends_after_it_was_last_seen(
    looks: Looks, of: Rule, dynamics: Dynamics
) -> None:
    known = [t for t, cue in looks if cue is not None]
    for change in to_the_end(engine(of, dynamics=dynamics), looks):
        assert change.start <= change.t
        assert 0 <= change.confidence <= 1
        assert (change.end is None) is (change.change in (PENDING, OPENED))
        if change.end is not None:
            assert change.start <= change.end <= max(t for t in known if t <= change.t)


@STEADY
@given(*cases, st.integers(0, 60))
def test_a_replay_from_any_moment_gives_the_same(
    looks: Looks, of: Rule, dynamics: Dynamics, where: int
) -> None:
    rules = engine(of, dynamics=dynamics)
    _, whole = run(rules, looks)
    state, first = run(rules, looks[:where])
    _, rest = run(rules, looks[where:], state)
    _, again = run(rules, looks[where:], state)
    assert first + rest == whole
    assert rest == again


@STEADY
@given(*cases)
def test_unknown_looks_change_nothing_but_what_is_forgotten(
    looks: Looks, of: Rule, dynamics: Dynamics
) -> None:
    rules = engine(of, dynamics=dynamics)
    _, steps = run(rules, looks)
    assert all(
        change.change in (DROPPED, CLOSED) for step in steps if not step.known for change in step.changes
    )
    told = [change for change in to_the_end(rules, looks) if change.change is OPENED]
    known_only = [look for look in looks if look[1] is not None]
    without = [change for change in to_the_end(rules, known_only) if change.change is OPENED]
    assert [(c.start, c.t) for c in told] == [(c.start, c.t) for c in without]
    assert [c.confidence for c in told] == pytest.approx([c.confidence for c in without])


SHIPPED = load()
SHIPPED_CALIBRATIONS: Mapping[str, Calibration] = {
    name: Calibration(slope=1, intercept=0, prior=0.5 if name in ("presence", "uniform") else 0.1)
    for name in SHIPPED.beliefs
}
SHORT_ABSENCE = SHIPPED.rules["absent"].model_copy(update={"hold_s": 1.0})


@pytest.mark.parametrize(
    "of", [pytest.param(of, id=of.name) for of in (*SHIPPED.rules.values(), SHORT_ABSENCE) if of.enabled]
)
@pytest.mark.parametrize(
    "lucky_at", [pytest.param(0, id="the first look"), pytest.param(100, id="a later look")]
)
def test_one_lucky_look_never_opens_a_rule(of: Rule, lucky_at: int) -> None:
    good, bad = (0.02, 0.97) if of.broken_when == "yes" else (0.97, 0.02)
    rules = RuleEngine((of,), SHIPPED.beliefs, SHIPPED_CALIBRATIONS, schedule())
    looks = [(0.4 * i, bad if i == lucky_at else good) for i in range(200)]
    assert OPENED not in {change.change for change in to_the_end(rules, looks)}
    always = [(0.4 * i, bad) for i in range(round(of.hold_s / 0.4) + 100)]
    assert OPENED in {change.change for change in to_the_end(rules, always)}


def kinds(changes: list[Transition]) -> list[Change]:
    return [change.change for change in changes]


YES, NO = 0.95, 0.02


@pytest.mark.parametrize(
    ("looks", "start", "end"),
    [
        pytest.param(every(0.4, YES, 0, 60), 0, 59.6, id="from the first look to the last"),
        pytest.param(
            every(0.4, NO, 0, 20) + every(0.4, YES, 20, 60) + every(0.4, NO, 60, 90), 20, 60, id="amid"
        ),
        pytest.param(
            every(0.4, NO, 0, 20) + every(2, YES, 20, 60) + every(0.4, NO, 60, 90),
            20,
            58,
            id="looked at seldom: it ends where it was last seen",
        ),
        pytest.param(
            every(0.4, YES, 0, 30) + every(0.4, None, 30, 90) + every(0.4, YES, 90, 92),
            0,
            29.6,
            id="nothing was seen for a minute",
        ),
        pytest.param(
            every(0.4, YES, 0, 30) + every(0.4, None, 30, 38) + every(0.4, YES, 38, 60),
            0,
            59.6,
            id="nothing was seen for 8 seconds: it goes on",
        ),
        pytest.param(
            [*every(0.4, YES, 0, 30), (31.0, NO), (31.4, NO), *every(0.4, YES, 32, 60)],
            0,
            59.6,
            id="two looks missed it",
        ),
    ],
)
def test_the_bounds_of_one_event(looks: Looks, start: float, end: float) -> None:
    changes = [c for c in to_the_end(engine(), looks) if c.change in (OPENED, CLOSED)]
    assert kinds(changes) == [OPENED, CLOSED]
    assert changes[1].start == pytest.approx(start, abs=0.5)
    assert changes[1].end == pytest.approx(end, abs=0.5)


def test_an_absence_is_the_belief_that_nobody_is_there() -> None:
    absent = rule(name="absent", behaviour="presence", broken_when="no", hold_s=5)
    even = Dynamics(mean_yes_s=120, mean_no_s=120, correlation_s=0.6)
    rules = engine(absent, dynamics=even, calibration=Calibration(1, 0, 0.5))
    looks = every(0.4, 0.95, 0, 20) + every(0.4, 0.03, 20, 40) + every(0.4, 0.95, 40, 60)
    (closed,) = [c for c in to_the_end(rules, looks) if c.change is CLOSED]
    assert (closed.start, closed.end) == (pytest.approx(20, abs=0.5), pytest.approx(40, abs=0.5))


def test_looks_that_say_nothing_open_nothing() -> None:
    assert to_the_end(engine(), every(0.4, PRIOR, 0, 120)) == []


def test_no_look_no_event() -> None:
    rules = engine()
    state, rulings = rules.finish(rules.start())
    assert (state, rulings) == (rules.start(), [])
    assert to_the_end(rules, every(0.4, None, 0, 60)) == []


def test_what_is_open_is_closed_when_the_run_is_over() -> None:
    rules = engine()
    state, _ = run(rules, every(0.4, YES, 0, 20))
    _, rulings = rules.finish(state)
    assert [(r.rule.name, r.transition.change, r.transition.end) for r in rulings] == [
        ("phone_use", CLOSED, pytest.approx(19.6))
    ]


def test_what_is_open_is_closed_while_nothing_is_known() -> None:
    _, steps = run(engine(), every(0.4, YES, 0, 20) + every(0.4, None, 20, 60))
    ((t, closed),) = [(s.t, c) for s in steps for c in s.changes if c.change is CLOSED]
    assert closed.end == pytest.approx(19.6)
    assert t == pytest.approx(19.6 + FORGET_S, abs=0.5)


def test_two_rules_and_two_posts_share_nothing() -> None:
    calls, smokes = rule(), rule(name="smoking", behaviour="smoking", clause="B16-1")
    rules = engine(calls, smokes)
    west = east = rules.start()
    opened: list[str] = []
    for i in range(50):
        west, rulings = rules.look(west, 0.4 * i, {"phone": YES, "smoking": NO})
        opened += [r.rule.name for r in rulings if r.transition.change is OPENED]
        east, quiet = rules.look(east, 0.4 * i, {"phone": NO, "smoking": None})
        assert quiet == []
    assert opened == ["phone_use"]
    assert west.beliefs["phone"].p > 0.9 > 0.1 > west.beliefs["smoking"].p
    assert east.beliefs["smoking"].p == pytest.approx(40 / 640)


def test_a_behaviour_that_is_not_in_a_look_is_unknown_in_it() -> None:
    rules = engine()
    state, _ = rules.look(rules.start(), 0.0, {"phone": YES})
    later, _ = rules.look(state, 1.0, {})
    assert later.beliefs["phone"].known_at == 0.0
    assert later.beliefs["phone"].t == 1.0


MORNING = schedule(shift("09:00", "12:00", "mon-fri"), shift("14:00", "17:30", "mon-fri"))
NINE, TWELVE, TWO = clock("2026-01-05 09:00"), clock("2026-01-05 12:00"), clock("2026-01-05 14:00")


@pytest.mark.parametrize(
    ("looks", "bounds"),
    [
        pytest.param(every(0.4, YES, NINE - 60, NINE), [], id="before the shift nothing is asked"),
        pytest.param(
            every(0.4, YES, NINE - 60, NINE + 60),
            [(0, 59.6)],
            id="what began before the shift counts from its start",
        ),
        pytest.param(
            every(0.4, YES, TWELVE - 60, TWELVE + 60), [(3 * 3600 - 60, 3 * 3600)], id="ends with the shift"
        ),
        pytest.param(
            every(0.4, YES, TWELVE - 60, TWELVE) + every(0.4, YES, TWO, TWO + 30),
            [(3 * 3600 - 60, 3 * 3600), (5 * 3600, 5 * 3600 + 29.6)],
            id="after the break it is another event",
        ),
        pytest.param(every(0.4, YES, TWELVE - 5, TWELVE + 60), [], id="too short before the shift ended"),
        pytest.param(
            every(0.4, YES, NINE + 86400 * 5, NINE + 86400 * 5 + 60), [], id="on Saturday nothing is asked"
        ),
    ],
)
def test_events_and_shifts(looks: Looks, bounds: list[tuple[float, float]]) -> None:
    changes = [c for c in to_the_end(engine(shifts=MORNING), looks) if c.change is CLOSED]
    assert len(changes) == len(bounds)
    for change, (start, end) in zip(changes, bounds, strict=True):
        assert change.end is not None
        assert (change.start - NINE, change.end - NINE) == (
            pytest.approx(start, abs=0.5),
            pytest.approx(end, abs=0.5),
        )


def test_the_drift_between_looks_goes_on_out_of_shift() -> None:
    rules = engine(shifts=MORNING)
    state, _ = run(rules, every(0.4, YES, TWELVE - 60, TWELVE))
    later, _ = run(rules, [(TWO - 1, None)], state)
    assert later.beliefs["phone"].p == pytest.approx(PLAIN.mean_yes_s / 640, abs=1e-6)
