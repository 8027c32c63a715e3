from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.clothing import CommonClothes, nearest, within_person_distance

D = 6


def people(
    count: int, each: int, spread: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Looks at people who differ alike in all features and whose own looks scatter by ``spread`` (D,)."""
    random = np.random.default_rng(1)
    person = np.repeat(np.arange(count), each)
    looks = random.normal(0, 1, (count, D))[person] + random.normal(0, 1, (len(person), D)) * spread
    return looks.astype(np.float32), person


def test_how_far_looks_at_one_person_lie_apart() -> None:
    looks, person = people(400, 6, np.full(D, 0.5))
    pairs = np.linalg.norm(looks[0::6] - looks[1::6], axis=1)
    found = within_person_distance(looks.astype(np.float64), person)
    assert found == pytest.approx(np.sqrt(np.square(pairs).mean()), rel=0.05)


def test_one_look_at_a_person_says_nothing_of_how_looks_differ() -> None:
    with pytest.raises(ValueError, match="at least two looks at each person, got one at 1"):
        within_person_distance(np.zeros((3, D)), np.array([0, 0, 1]))


def test_the_nearest_of_others() -> None:
    looks = np.array([[0, 0], [3, 4]], np.float32)
    assert nearest(looks, np.array([[0, 1], [3, 2]], np.float32)).tolist() == pytest.approx([1, 2])


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"got \(3, 4\) and \(5, 5\)"):
        CommonClothes(np.eye(5), np.zeros((3, 4), np.float32), 1.0, 1.0)
