"""Clothes in other light."""

from __future__ import annotations

import numpy as np
import pytest

from models.relit import MOST_CUT, Light, at_another_hour, relit

AS_IS = Light(1.0, 1.0, (1.0, 1.0, 1.0), 1.0)


def patch(*bgr: int) -> np.ndarray:
    return np.full((40, 30, 3), bgr, np.uint8)


@pytest.mark.parametrize(
    ("light", "expected"),
    [
        pytest.param(AS_IS, (50, 100, 150), id="as it is"),
        pytest.param(Light(1.0, 0.5, (1.0, 1.0, 1.0), 1.0), (25, 50, 75), id="half as bright"),
        pytest.param(Light(1.0, 2.0, (1.0, 1.0, 1.0), 1.0), (100, 200, 255), id="too bright: held"),
        pytest.param(Light(1.0, 1.0, (1.2, 1.0, 0.8), 1.0), (60, 100, 120), id="blue light"),
        pytest.param(Light(1.0, 1.0, (1.0, 1.0, 1.0), 0.0), (100, 100, 100), id="no colour"),
        pytest.param(Light(0.5, 1.0, (1.0, 1.0, 1.0), 1.0), (112, 159, 195), id="lifted shadows"),
    ],
)
def test_light_changes_colours(light: Light, expected: tuple[int, int, int]) -> None:
    assert relit(patch(50, 100, 150), light)[0, 0] == pytest.approx(expected, abs=1)


def test_another_hour_shows_most_of_the_same_torso() -> None:
    torso = np.zeros((40, 30, 3), np.uint8)
    torso[:, 15:] = 200
    seen = [at_another_hour(torso, np.random.default_rng(seed)) for seed in range(40)]
    assert all(40 * (1 - 2 * MOST_CUT) <= one.shape[0] <= 40 for one in seen)
    bright_left = {bool(one[:, :3].mean() > one[:, -3:].mean()) for one in seen}
    assert bright_left == {True, False}
    assert len({one.tobytes() for one in seen}) == 40


def test_the_smallest_torso_has_other_hours_too() -> None:
    for seed in range(20):
        assert at_another_hour(np.zeros((16, 12, 3), np.uint8), np.random.default_rng(seed)).size > 0
