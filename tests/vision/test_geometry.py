from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from samples_vision import STEADY, Rect, boxes

from vision.geometry import (
    Placement,
    area,
    centres,
    clip_polygon,
    coverage,
    gaps,
    inside_share,
    intersection,
    iou,
    polygon_area,
)

pixels = st.integers(-500, 2500).map(float)
sides = st.integers(1, 900).map(float)


@st.composite
def rects(draw: st.DrawFn) -> Rect:
    x, y = draw(pixels), draw(pixels)
    return x, y, x + draw(sides), y + draw(sides)


def corners(rect: Rect) -> NDArray[np.float64]:
    x1, y1, x2, y2 = rect
    return np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], dtype=np.float64)


def shared_area(a: Rect, b: Rect) -> float:
    wide = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return wide * high


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        pytest.param((0, 0, 10, 10), (0, 0, 10, 10), 1.0, id="the same box"),
        pytest.param((0, 0, 10, 10), (20, 0, 30, 10), 0.0, id="apart"),
        pytest.param((0, 0, 10, 10), (10, 0, 20, 10), 0.0, id="touching at an edge"),
        pytest.param((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3, id="half over each other"),
        pytest.param((0, 0, 10, 10), (2, 2, 7, 7), 0.25, id="one inside the other"),
        pytest.param((0, 0, 0, 0), (0, 0, 0, 0), 0.0, id="two empty boxes share nothing"),
        pytest.param((10, 0, 0, 10), (0, 0, 10, 10), 0.0, id="an inverted box has no area"),
    ],
)
def test_iou_of_two_boxes(a: Rect, b: Rect, expected: float) -> None:
    assert iou(boxes(a), boxes(b))[0, 0] == pytest.approx(expected)


def test_no_boxes_give_an_empty_table_of_overlaps() -> None:
    assert iou(boxes(), boxes((0, 0, 1, 1), (0, 0, 2, 2))).shape == (0, 2)
    assert intersection(boxes((0, 0, 1, 1)), boxes()).shape == (1, 0)
    assert area(boxes()).shape == (0,)


@STEADY
@given(rects(), rects())
def test_iou_is_symmetric_and_between_0_and_1(a: Rect, b: Rect) -> None:
    there, back = iou(boxes(a), boxes(b))[0, 0], iou(boxes(b), boxes(a))[0, 0]
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there <= 1
    expected = shared_area(a, b) / float(area(boxes(a))[0] + area(boxes(b))[0] - shared_area(a, b))
    assert there == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        pytest.param((0, 0, 10, 10), 1.0, id="wholly inside"),
        pytest.param((-10, 0, 10, 10), 0.5, id="half of it inside"),
        pytest.param((-100, -100, 200, 200), 10_000 / 90_000, id="larger than the container"),
        pytest.param((300, 300, 310, 310), 0.0, id="outside"),
        pytest.param((5, 5, 5, 5), 0.0, id="an empty box"),
    ],
)
def test_share_of_a_box_inside_a_container(box: Rect, expected: float) -> None:
    container = np.array([0, 0, 100, 100], dtype=np.float32)
    assert inside_share(boxes(box), container)[0] == pytest.approx(expected)


def test_the_centre_lies_in_the_middle() -> None:
    assert centres(boxes((10, 20, 30, 60))).tolist() == [[20.0, 40.0]]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        pytest.param([[0, 0], [4, 0], [4, 3], [0, 3]], 12.0, id="rectangle"),
        pytest.param([[0, 3], [4, 3], [4, 0], [0, 0]], 12.0, id="the other way round"),
        pytest.param([[0, 0], [4, 0], [0, 3]], 6.0, id="triangle"),
        pytest.param([[0, 0], [4, 0]], 0.0, id="two points"),
        pytest.param([[0, 0], [1, 1], [2, 2]], 0.0, id="points on one line"),
        pytest.param([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]], 10.0, id="concave"),
    ],
)
def test_area_of_a_polygon(points: list[list[float]], expected: float) -> None:
    assert polygon_area(np.array(points, dtype=np.float64)) == pytest.approx(expected)


@STEADY
@given(rects(), rects())
def test_a_rectangle_covers_a_box_by_the_share_that_arithmetic_gives(box: Rect, zone: Rect) -> None:
    expected = shared_area(box, zone) / ((box[2] - box[0]) * (box[3] - box[1]))
    assert coverage(boxes(box), corners(zone))[0] == pytest.approx(expected, abs=1e-5)
    assert coverage(boxes(box), corners(zone)[::-1])[0] == pytest.approx(expected, abs=1e-5)


@STEADY
@given(st.lists(st.tuples(pixels, pixels), min_size=3, max_size=3), rects())
def test_clipping_never_makes_a_polygon_larger_and_keeps_it_in_the_box(
    points: list[tuple[float, float]], box: Rect
) -> None:
    triangle = np.array(points, dtype=np.float64)
    part = clip_polygon(triangle, boxes(box)[0])
    assert polygon_area(part) <= polygon_area(triangle) + 1e-3
    assert polygon_area(part) <= (box[2] - box[0]) * (box[3] - box[1]) + 1e-3
    if len(part):
        assert (part >= np.array(box[:2]) - 1e-6).all()
        assert (part <= np.array(box[2:]) + 1e-6).all()


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        pytest.param((0, 0, 10, 10), 0.5, id="a triangle over half of the box"),
        pytest.param((0, 0, 5, 5), 1.0, id="a box inside the triangle"),
        pytest.param((9, 9, 10, 10), 0.0, id="a box in the corner that the triangle leaves free"),
        pytest.param((3, 3, 3, 3), 0.0, id="an empty box"),
    ],
)
def test_coverage_by_a_triangle(box: Rect, expected: float) -> None:
    triangle = np.array([[0, 0], [10, 0], [0, 10]], dtype=np.float64)
    assert coverage(boxes(box), triangle)[0] == pytest.approx(expected)


def test_coverage_by_a_concave_zone_leaves_the_notch_out() -> None:
    notched = np.array(
        [[0, 0], [10, 0], [10, 10], [6, 10], [6, 4], [4, 4], [4, 10], [0, 10]], dtype=np.float64
    )
    assert coverage(boxes((0, 0, 10, 10)), notched)[0] == pytest.approx(0.88)
    assert coverage(boxes((4, 5, 6, 9)), notched)[0] == pytest.approx(0.0)


def test_no_boxes_have_no_coverage() -> None:
    assert coverage(boxes(), corners((0, 0, 1, 1))).shape == (0,)


@STEADY
@given(
    rects(),
    st.tuples(pixels, pixels),
    st.floats(0.05, 20, allow_nan=False),
    st.tuples(st.integers(0, 200), st.integers(0, 200)),
)
def test_a_box_comes_back_from_the_models_input_to_where_it_was(
    box: Rect, offset: tuple[float, float], scale: float, pad: tuple[int, int]
) -> None:
    placement = Placement(offset, scale, pad)
    there = placement.to_input(boxes(box))
    assert placement.to_frame(there) == pytest.approx(boxes(box), abs=0.05)
    assert placement.to_frame(there).dtype == np.float32


def test_a_crop_at_half_size_with_a_border_lies_where_the_formula_says() -> None:
    placement = Placement(offset=(100, 50), scale=0.5, pad=(8, 0))
    assert placement.to_input(boxes((100, 50, 300, 250))).tolist() == [[8, 0, 108, 100]]
    assert placement.to_frame(boxes((8, 0, 108, 100))).tolist() == [[100, 50, 300, 250]]


@pytest.mark.parametrize(
    ("point", "gap"),
    [
        pytest.param((15, 15), 0, id="inside"),
        pytest.param((20, 15), 0, id="on the edge"),
        pytest.param((25, 15), 5, id="beside"),
        pytest.param((23, 24), 5, id="off a corner"),
    ],
)
def test_the_gap_from_a_point_to_a_box(point: tuple[float, float], gap: float) -> None:
    box = np.array([10, 10, 20, 20], np.float32)
    at = np.array(point, np.float32)
    assert gaps(at, box) == pytest.approx(gap)
    assert gaps(at, np.stack([box, box + 100])).shape == (2,)
    assert gaps(np.stack([at, at + 100]), box)[0] == pytest.approx(gap)
