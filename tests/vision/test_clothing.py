from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.clothing import CommonClothes, nearest, within_person_whitening

D = 6


def people(
    count: int, each: int, spread: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Looks at people who differ alike in all features and whose own looks scatter by ``spread`` (D,)."""
    random = np.random.default_rng(1)
    person = np.repeat(np.arange(count), each)
    looks = random.normal(0, 1, (count, D))[person] + random.normal(0, 1, (len(person), D)) * spread
    return looks.astype(np.float32), person


def test_what_changes_between_looks_at_one_person_counts_less_than_what_does_not() -> None:
    whitening, _ = within_person_whitening(*people(200, 6, np.array([3.0, 0.1, 1, 1, 1, 1])))
    assert whitening[1, 1] > 5 * whitening[2, 2] > 10 * whitening[0, 0]


def test_looks_at_one_person_scatter_alike_in_all_directions_afterwards() -> None:
    looks, person = people(300, 8, np.array([3.0, 0.3, 1, 1, 2, 0.5]))
    whitening, same = within_person_whitening(looks, person, shrinkage=0.0)
    means = np.stack([looks[person == i].mean(axis=0) for i in range(300)])
    off = (looks - means[person]) @ whitening
    scatter = off.T @ off / (len(looks) - 300)
    assert scatter == pytest.approx(np.eye(D) * scatter[0, 0], abs=1e-3 * scatter[0, 0])
    assert same == pytest.approx(np.sqrt(2 * np.trace(scatter)), rel=1e-4)


def test_the_scale_is_that_people_lie_at_distance_one_from_their_middle() -> None:
    looks, person = people(300, 8, np.full(D, 0.5))
    whitening, _ = within_person_whitening(looks, person)
    means = np.stack([looks[person == i].mean(axis=0) for i in range(300)])
    gaps = np.linalg.norm((means - means.mean(axis=0)) @ whitening, axis=1)
    assert np.sqrt(np.square(gaps).mean()) == pytest.approx(1, rel=1e-4)


def test_one_look_at_a_person_says_nothing_of_how_looks_differ() -> None:
    with pytest.raises(ValueError, match="at least two looks at each person, got one at 1"):
        within_person_whitening(np.zeros((3, D), np.float32), np.array([0, 0, 1]))


def test_the_nearest_of_others() -> None:
    looks = np.array([[0, 0], [3, 4]], np.float32)
    assert nearest(looks, np.array([[0, 1], [3, 2]], np.float32)).tolist() == pytest.approx([1, 2])


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"got \(3, 4\) and \(5, 5\)"):
        CommonClothes(np.eye(5), np.zeros((3, 4), np.float32), 1.0, 1.0)
