from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples_vision import STEADY

from vision.calibration import Calibration, PostureEvidence, logit, sigmoid

shares = st.floats(0, 1)


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        pytest.param(0.5, 0.5, id="a score in the middle"),
        pytest.param(0.8, 0.8, id="a score inside the bounds is its own probability"),
        pytest.param(0.0, 0.02, id="no evidence is held at low"),
        pytest.param(1.0, 0.97, id="a sure look is held at high"),
    ],
)
def test_the_plain_calibration_only_holds_the_ends(score: float, expected: float) -> None:
    assert Calibration(slope=1, intercept=0, prior=0.5).probability(score) == pytest.approx(expected)


def test_slope_and_intercept_work_on_the_log_odds() -> None:
    calibration = Calibration(slope=2, intercept=-1, prior=0.5)
    assert calibration.probability(0.7) == pytest.approx(1 / (1 + math.exp(-(2 * math.log(7 / 3) - 1))))


@pytest.mark.parametrize(
    ("prior", "probability", "expected"),
    [
        pytest.param(0.1, 0.1, 0.0, id="as likely as in the fit says nothing"),
        pytest.param(0.1, 0.5, math.log(9), id="even odds where one in ten was positive speak for it"),
        pytest.param(0.9, 0.5, -math.log(9), id="even odds where nine in ten were positive speak against it"),
    ],
)
def test_the_likelihood_ratio_leaves_the_fits_own_share_out(
    prior: float, probability: float, expected: float
) -> None:
    calibration = Calibration(slope=1, intercept=0, prior=prior)
    assert calibration.log_likelihood_ratio(probability) == pytest.approx(expected)


@STEADY
@given(st.floats(0.1, 5), st.floats(-3, 3), shares, shares)
def test_more_score_is_never_less_probable(slope: float, intercept: float, a: float, b: float) -> None:
    calibration = Calibration(slope, intercept, prior=0.3)
    low, high = sorted((a, b))
    assert 0.02 <= calibration.probability(low) <= calibration.probability(high) <= 0.97


@STEADY
@given(st.floats(0.001, 0.999))
def test_sigmoid_undoes_logit(p: float) -> None:
    assert sigmoid(logit(p)) == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("slope", 0.0, id="flat"),
        pytest.param("slope", -1.0, id="falling"),
        pytest.param("prior", 0.0, id="a prior of nothing"),
        pytest.param("prior", 1.0, id="a prior of everything"),
        pytest.param("low", 0.0, id="low at 0"),
        pytest.param("low", 0.98, id="low above high"),
        pytest.param("high", 1.0, id="high at 1"),
    ],
)
def test_a_calibration_that_cannot_be_is_refused(field: str, value: float) -> None:
    fields = {"slope": 1.0, "intercept": 0.0, "prior": 0.5, "low": 0.02, "high": 0.97, field: value}
    with pytest.raises(ValueError, match=rf"^expected slope > 0, prior .*, got .*{field} {value}"):
        Calibration(**fields)


@pytest.mark.parametrize(
    ("posture", "more"),
    [
        pytest.param(None, 0.0, id="no posture, no change"),
        pytest.param(0.5, 0.0, id="a posture that looks like it as often as not says nothing"),
        pytest.param(0.75, 2 * math.log(3), id="a likely posture speaks for it"),
        pytest.param(0.25, -2 * math.log(3), id="an unlikely one against it"),
        pytest.param(0.999, 3.0, id="a sure posture says no more than its upper bound"),
        pytest.param(0.001, -2.5, id="nor less than its lower bound"),
    ],
)
def test_posture_and_object_add_up_as_log_odds(posture: float | None, more: float) -> None:
    calibration = Calibration(1, 0, 0.2, posture=PostureEvidence(slope=2, low=-2.5, high=3))
    alone = calibration.probability(0.4)
    assert logit(calibration.probability(0.4, posture)) == pytest.approx(logit(alone) + more, abs=1e-6)


def test_where_no_object_is_seen_posture_may_say_less() -> None:
    calibration = Calibration(1, 0, 0.2, posture=PostureEvidence(slope=1, high=2, alone=0.5))
    plain = Calibration(1, 0, 0.2)
    for score, more in ((0.0, 0.5), (0.1, 2.0)):
        told = calibration.probability(score, 0.99)
        assert logit(told) == pytest.approx(logit(plain.probability(score)) + more, abs=1e-6)


def test_the_centre_of_the_posture_is_where_it_says_nothing() -> None:
    calibration = Calibration(1, 0, 0.2, posture=PostureEvidence(slope=1, centre=logit(0.2)))
    assert calibration.probability(0.4, 0.2) == pytest.approx(0.4)
    assert calibration.probability(0.4, 0.3) > 0.4


@pytest.mark.parametrize(
    "fields", [{"slope": -1}, {"slope": 1, "low": 0.1}, {"slope": 1, "high": -0.1}], ids=str
)
def test_evidence_of_a_posture_that_is_none(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="low <= 0 <= high"):
        PostureEvidence(**fields)


def test_a_behaviour_without_evidence_of_postures_does_not_listen_to_posture() -> None:
    assert Calibration(1, 0, 0.5).probability(0.4, 0.99) == pytest.approx(0.4)
