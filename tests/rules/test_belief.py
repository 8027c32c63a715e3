from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples_rules import PLAIN, STEADY

from pipelines.rules.belief import BRIDGE_S, CUSUM_CAP, SUREST, Belief, Run, drift, long_run_share
from pipelines.rules.regulation import Dynamics
from vision.calibration import sigmoid

durations = st.floats(1, 10_000)
gaps = st.floats(0, 2_000)
shares = st.floats(0.001, 0.999)
ratios = st.floats(-13.8, 13.8)
"""Calibrations hold probabilities and priors to log odds of 6.9, so no look says more than twice that."""
dynamics_of = st.builds(Dynamics, mean_yes_s=durations, mean_no_s=durations, correlation_s=st.floats(0, 5))
looks_of = st.lists(st.tuples(st.floats(0, 100), st.none() | ratios), max_size=40)


def after(looks: list[tuple[float, float | None]], dynamics: Dynamics) -> Belief:
    """The belief after looks given as (seconds since the one before, log ratio)."""
    belief, t = Belief.start(dynamics), 0.0
    for gap, ratio in looks:
        t += gap
        belief = belief.look(t, ratio, dynamics)
    return belief


def log_odds(p: float) -> float:
    return math.log(p / (1 - p))


def test_before_any_look_the_belief_is_the_long_run_share() -> None:
    assert Belief.start(PLAIN).p == pytest.approx(40 / 640)
    assert long_run_share(Dynamics(mean_yes_s=30, mean_no_s=10, correlation_s=1)) == 0.75


@STEADY
@given(looks_of, dynamics_of)
def test_the_belief_never_leaves_the_open_interval(
    looks: list[tuple[float, float | None]], dynamics: Dynamics
) -> None:
    assert 0 < after(looks, dynamics).p < 1


LEAST, MOST = sigmoid(-SUREST), sigmoid(SUREST)


@STEADY
@given(shares, st.floats(1, 5), st.integers(1, 400))
def test_however_long_it_lasted_a_minute_of_the_contrary_turns_it(p: float, sure: float, looks: int) -> None:
    dynamics = Dynamics(mean_yes_s=7200, mean_no_s=7200, correlation_s=1.5)
    belief = Belief(p, t=0.0, known_at=0.0)
    for i in range(looks):
        belief = belief.look(0.4 * (i + 1), sure, dynamics)
    assert belief.p <= MOST + 1e-9
    for i in range(150):
        belief = belief.look(0.4 * (looks + i + 1), -sure, dynamics)
    assert belief.p < 0.5


@STEADY
@given(shares, gaps, st.one_of(st.none(), st.just(0.0)), dynamics_of)
def test_a_look_that_says_nothing_leaves_the_drift_alone(
    p: float, gap: float, ratio: float | None, dynamics: Dynamics
) -> None:
    belief = Belief(p, t=50.0, known_at=50.0).look(50.0 + gap, ratio, dynamics)
    expected = drift(p, gap, dynamics)
    if ratio is not None:
        expected = min(max(expected, LEAST), MOST)
    assert belief.p == pytest.approx(expected, abs=1e-8)


@STEADY
@given(shares, gaps, gaps, dynamics_of)
def test_two_drifts_make_one(p: float, first: float, second: float, dynamics: Dynamics) -> None:
    once = drift(p, first + second, dynamics)
    assert drift(drift(p, first, dynamics), second, dynamics) == pytest.approx(once, abs=1e-9)


@STEADY
@given(shares, dynamics_of)
def test_drift_ends_at_the_long_run_share_and_never_passes_it(p: float, dynamics: Dynamics) -> None:
    share = long_run_share(dynamics)
    low, high = sorted((p, share))
    assert low - 1e-12 <= drift(p, 100, dynamics) <= high + 1e-12
    assert drift(p, 0, dynamics) == pytest.approx(p)
    assert drift(p, 1e7, dynamics) == pytest.approx(share)


def test_drift_goes_at_the_rates_of_the_two_durations() -> None:
    half = Dynamics(mean_yes_s=100, mean_no_s=100, correlation_s=0)
    assert drift(1.0, 50, half) == pytest.approx(0.5 + 0.5 * math.exp(-1))


@STEADY
@given(shares, gaps, ratios, dynamics_of)
def test_evidence_never_moves_the_belief_the_other_way(
    p: float, gap: float, ratio: float, dynamics: Dynamics
) -> None:
    drifted = min(max(drift(p, gap, dynamics), LEAST), MOST)
    belief = Belief(p, t=0.0, known_at=0.0).look(gap, ratio, dynamics)
    assert (belief.p - drifted) * ratio >= -1e-7


@STEADY
@given(shares, st.floats(-6, 6), st.floats(0, 100), st.floats(0, 1), dynamics_of)
def test_an_unknown_look_in_between_makes_no_difference(
    p: float, ratio: float, gap: float, where: float, dynamics: Dynamics
) -> None:
    before = Belief(p, t=0.0, known_at=0.0)
    straight = before.look(gap, ratio, dynamics)
    divided = before.look(gap * where, None, dynamics).look(gap, ratio, dynamics)
    assert divided.p == pytest.approx(straight.p, abs=1e-9)
    assert (divided.yes, divided.no) == (straight.yes, straight.no)


@STEADY
@given(
    st.floats(0.1, 5), st.floats(0.1, 5), st.lists(st.floats(0.01, 1), min_size=1, max_size=60), st.booleans()
)
def test_many_looks_close_together_say_no_more_than_the_correlation_allows(
    ratio: float, correlation_s: float, looks: list[float], against: bool
) -> None:
    slow = Dynamics(mean_yes_s=1e9, mean_no_s=1e9, correlation_s=correlation_s)
    side = -1 if against else 1
    belief = after([(0.0, side * ratio), *((gap, side * ratio) for gap in looks)], slow)
    allowed = ratio * (1 + min(len(looks), sum(looks) / correlation_s))
    assert side * log_odds(belief.p) <= min(allowed, 35) + 1e-4


def test_the_same_second_looked_at_ten_times_as_often_says_nearly_the_same() -> None:
    slow = Dynamics(mean_yes_s=1e9, mean_no_s=1e9, correlation_s=1)
    often = after([(0.0, 0.5)] + [(0.02, 0.5)] * 50, slow)
    seldom = after([(0.0, 0.5)] + [(0.2, 0.5)] * 5, slow)
    assert log_odds(often.p) == pytest.approx(log_odds(seldom.p), abs=0.06)
    assert log_odds(often.p) < 1.01


def test_without_correlation_every_look_counts_in_full() -> None:
    slow = Dynamics(mean_yes_s=1e9, mean_no_s=1e9, correlation_s=0)
    assert log_odds(after([(0.0, 0.5)] * 4, slow).p) == pytest.approx(2.0, abs=1e-6)


def test_a_second_look_at_the_same_moment_says_nothing_new() -> None:
    once = after([(0.0, 2.0)], PLAIN)
    assert once.look(0.0, 2.0, PLAIN).p == pytest.approx(once.p)


def test_a_look_that_comes_too_late_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a look at 4\.000 s came after one at 5\.000 s$"):
        after([(5.0, 1.0)], PLAIN).look(4.0, 1.0, PLAIN)


FAST = Dynamics(mean_yes_s=1e6, mean_no_s=1e6, correlation_s=0)


@pytest.mark.parametrize(
    ("looks", "yes_since", "no_since"),
    [
        pytest.param([(0, 1.0), (1, 1.0)], 0, None, id="since the first look for it"),
        pytest.param([(0, -1.0), (1, 2.0), (1, 1.0)], 1, None, id="since the evidence turned"),
        pytest.param(
            [(0, 1.0), (1, -0.5), (1, 1.0)], 0, None, id="one faint look against it does not end it"
        ),
        pytest.param([(0, 1.0), (1, -2.0)], None, 1, id="one sure look against it does"),
        pytest.param([(0, 9.0), (1, -2.0), (1, -2.0)], None, 1, id="no run weighs more than the cap"),
        pytest.param([(0, 1.0), (BRIDGE_S, 1.0)], 0, None, id="over as long as a bridge reaches"),
        pytest.param(
            [(0, 1.0), (BRIDGE_S + 0.1, 1.0)],
            BRIDGE_S + 0.1,
            None,
            id="what nobody saw does not belong to it",
        ),
        pytest.param([(0, 1.0), (1, None), (1, None), (1, 1.0)], 0, None, id="unknown looks within a bridge"),
        pytest.param([(0, 1.0), (2, None), (2, 1.0)], 4, None, id="unknown looks do not carry a bridge"),
    ],
)
def test_since_when_the_evidence_points_this_way(
    looks: list[tuple[float, float | None]], yes_since: float | None, no_since: float | None
) -> None:
    belief = after(looks, FAST)
    assert (belief.yes.since, belief.no.since) == (yes_since, no_since)


def test_a_run_ends_with_the_evidence_that_outweighs_it() -> None:
    whole = Run().take(10, 1.0)
    assert whole == Run(CUSUM_CAP, 1.0)
    assert whole.take(-2, 2.0) == Run(CUSUM_CAP - 2, 1.0)
    assert whole.take(-CUSUM_CAP, 2.0) == Run()
