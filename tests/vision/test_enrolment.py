from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.enrolment import WeakEnrolmentError, enrol

Features = NDArray[np.float32]
D = 16


def clothes(n: int, seed: int, shift: float, spread: float = 1.0) -> Features:
    """``n`` torsos whose features lie around ``shift``."""
    drawn = np.random.default_rng(seed).normal(shift, spread, (n, D))
    return drawn.astype(np.float32)


def test_new_people_are_told_apart_by_a_clear_uniform() -> None:
    uniform = enrol(clothes(8, 1, 1.0), clothes(12, 2, -1.0))
    assert min(uniform.wears(torso) for torso in clothes(50, 3, 1.0)) > 0.65
    assert max(uniform.wears(torso) for torso in clothes(50, 4, -1.0)) < 0.35


def test_a_torso_half_way_between_is_undecided() -> None:
    wear, other = clothes(8, 1, 1.0), clothes(8, 2, -1.0)
    middle = ((wear.mean(axis=0) + other.mean(axis=0)) / 2).astype(np.float32)
    assert enrol(wear, other).wears(middle) == pytest.approx(0.5, abs=1e-3)


def test_probabilities_stay_inside_0_and_1_however_far_the_torso_lies() -> None:
    uniform = enrol(clothes(8, 1, 1.0), clothes(8, 2, -1.0))
    far = np.full(D, 1e6, np.float32)
    assert 0 < uniform.wears(-far) < 1e-9
    assert 1 - 1e-9 < uniform.wears(far) <= 1


def test_a_feature_that_never_varies_does_no_harm() -> None:
    wear, other = clothes(8, 1, 1.0), clothes(8, 2, -1.0)
    wear[:, 0] = other[:, 0] = 0
    assert enrol(wear, other).wears(wear[0]) > 0.5


def test_an_example_of_median_margin_is_as_sure_as_examples_are_often_right() -> None:
    wear, other = clothes(40, 1, 2.0), clothes(40, 2, -2.0)
    sure = np.median([enrol(wear, other).wears(torso) for torso in wear])
    assert sure == pytest.approx(0.98, abs=0.01)


@pytest.mark.parametrize(
    ("wear", "other", "message"),
    [
        pytest.param(
            clothes(4, 1, 1),
            clothes(9, 2, -1),
            "at least 5 examples in uniform, got 4",
            id="too few in uniform",
        ),
        pytest.param(
            clothes(5, 1, 1),
            clothes(0, 2, -1),
            "at least 5 examples in other clothes, got 0",
            id="none in others",
        ),
        pytest.param(
            clothes(30, 1, 0),
            clothes(30, 2, 0),
            r"do not tell the uniform from other clothes: \d+% of them are recognised",
            id="everybody wears the same",
        ),
    ],
)
def test_examples_that_cannot_teach_are_refused(wear: Features, other: Features, message: str) -> None:
    with pytest.raises(WeakEnrolmentError, match=message):
        enrol(wear, other)


def test_what_only_fits_the_examples_themselves_is_refused() -> None:
    """With many features any few examples can be told apart, until each is left out in turn."""
    random = np.random.default_rng(2)
    wear, other = (random.normal(0, 1, (6, 300)).astype(np.float32) for _ in range(2))
    with pytest.raises(WeakEnrolmentError, match="58% of them are recognised when left out"):
        enrol(wear, other)


def test_five_of_each_are_enough() -> None:
    assert enrol(clothes(5, 1, 2), clothes(5, 2, -2)).wears(clothes(1, 3, 2)[0]) > 0.65


@pytest.mark.parametrize(
    ("torso", "came"),
    [
        pytest.param(np.zeros(D + 1, np.float32), r"\(17,\)", id="one feature too many"),
        pytest.param(np.zeros((1, D), np.float32), r"\(1, 16\)", id="a row too many"),
    ],
)
def test_features_of_another_length_are_refused(torso: Features, came: str) -> None:
    uniform = enrol(clothes(8, 1, 1.0), clothes(8, 2, -1.0))
    with pytest.raises(ValueError, match=rf"^expected 16 clothing features, got shape {came}$"):
        uniform.wears(torso)
