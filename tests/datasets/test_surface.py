"""Points on a surface: close together, corners among them, thin parts counted for what they are."""

import numpy as np
import pytest

from datasets.synthetic_hall.surface import Surface, grid

BOARD = np.array([[[0, 0, 0], [0.36, 0, 0], [0.36, 0, 0.2]], [[0, 0, 0], [0.36, 0, 0.2], [0, 0, 0.2]]])
LETTER = np.array(
    [
        [[0.1 + i / 1000, -0.001, 0.1], [0.101 + i / 1000, -0.001, 0.1], [0.1, -0.001, 0.105]]
        for i in range(40)
    ]
)


def gaps(points: np.ndarray, asked: np.ndarray) -> float:
    """The farthest that any of `asked` is from the points, in metres."""
    return float(max(np.linalg.norm(points - p, axis=1).min() for p in asked))


@pytest.mark.parametrize("spacing", [0.01, 0.05, 1.0])
def test_a_triangle_has_its_corners_and_no_wide_gap(spacing: float) -> None:
    corners = np.array([[0, 0, 0], [0.3, 0, 0], [0, 0.1, 0.05]])
    points = grid(corners, spacing)
    assert gaps(points, corners) == pytest.approx(0, abs=1e-12)
    inside = np.random.default_rng(1).dirichlet((1, 1, 1), 50) @ corners
    assert gaps(points, inside) <= spacing


def test_a_board_of_four_vertices_is_asked_all_over() -> None:
    board = Surface.of(BOARD)
    asked = board.points[board.some(120)]
    assert 100 <= len(asked) <= 260
    anywhere = np.random.default_rng(2).uniform((0, 0, 0), (0.36, 0, 0.2), (50, 3))
    assert gaps(asked, anywhere) < 0.08


def test_many_small_faces_do_not_outweigh_a_large_one() -> None:
    board = Surface.of(np.concatenate([BOARD, LETTER]))
    share = np.mean(board.points[board.even, 1] < 0)
    assert len(board.points) > len(board.even)
    assert share < 0.05


def test_a_thing_is_carried_to_its_place() -> None:
    place = np.array([[0, -1, 0, 5], [1, 0, 0, 6], [0, 0, 1, 7], [0, 0, 0, 1]])
    placed = Surface.of(BOARD).placed(place)
    assert placed.min(0) == pytest.approx((5, 6, 7))
    assert placed.max(0) == pytest.approx((5, 6.36, 7.2))
