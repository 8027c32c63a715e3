from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from samples_vision import STEADY, Rect, boxes, post

from vision.detections import Detections
from vision.posts import Post, staff_and_visitors
from vision.view import WHOLE_PICTURE, sort_people, zone_in_pixels

STAFF_ZONE = np.array([[0, 0], [100, 0], [100, 100], [0, 100]], dtype=np.float64)
VISITOR_ZONE = STAFF_ZONE + np.array([0, 90])


def rectangle(x1: float, y1: float, x2: float, y2: float) -> tuple[tuple[float, float], ...]:
    return (x1, y1), (x2, y1), (x2, y2), (x1, y2)


@pytest.mark.parametrize(
    ("person", "staff", "visitor"),
    [
        pytest.param((20, 10, 60, 90), True, False, id="sits in the staff zone"),
        pytest.param((20, 120, 60, 180), False, True, id="stands in the visitor zone"),
        pytest.param((20, 50, 60, 170), False, True, id="reaches over the counter, more outside than in"),
        pytest.param((20, 10, 60, 130), True, False, id="leans over the counter, more inside than out"),
        pytest.param((20, 5, 60, 160), False, True, id="stands before the counter and hides half the post"),
        pytest.param((60, 0, 140, 100), True, False, id="leans out of the zone by half"),
        pytest.param((70, 0, 170, 100), False, False, id="sits at the next post, with an elbow here"),
        pytest.param((300, 300, 320, 340), False, False, id="passes by far away"),
        pytest.param((20, 90, 60, 100), True, False, id="wholly in both zones counts as staff"),
        pytest.param((50, 50, 50, 50), False, False, id="an empty box is nobody"),
    ],
)
def test_who_is_staff_and_who_is_a_visitor(person: Rect, staff: bool, visitor: bool) -> None:
    is_staff, is_visitor = staff_and_visitors(boxes(person), STAFF_ZONE, VISITOR_ZONE)
    assert (bool(is_staff[0]), bool(is_visitor[0])) == (staff, visitor)


def test_a_post_without_a_visitor_zone_has_no_visitors() -> None:
    staff, visitors = staff_and_visitors(boxes((20, 120, 60, 180), (20, 10, 60, 90)), STAFF_ZONE, None)
    assert (staff.tolist(), visitors.tolist()) == ([False, True], [False, False])


@pytest.mark.parametrize(
    ("zone", "crop"),
    [
        pytest.param(rectangle(0.4, 0.4, 0.6, 0.6), (350, 175, 650, 325), id="a quarter more on every side"),
        pytest.param(rectangle(0.0, 0.0, 0.2, 0.2), (0, 0, 250, 125), id="cut off at the picture's corner"),
        pytest.param(rectangle(0, 0, 1, 1), (0, 0, 1000, 500), id="the whole picture"),
    ],
)
def test_the_crop_reaches_beyond_the_staff_zone(
    zone: tuple[tuple[float, float], ...], crop: tuple[int, int, int, int]
) -> None:
    assert post(staff_zone=zone).crop(1000, 500) == crop


@STEADY
@given(
    st.tuples(st.floats(0, 0.8), st.floats(0, 0.8), st.floats(0.05, 0.2), st.floats(0.05, 0.2)),
    st.integers(1, 4000),
    st.integers(1, 4000),
)
def test_a_crop_is_never_empty_and_never_leaves_the_picture(
    place: tuple[float, float, float, float], width: int, height: int
) -> None:
    x, y, wide, high = place
    x1, y1, x2, y2 = post(staff_zone=rectangle(x, y, x + wide, y + high)).crop(width, height)
    assert 0 <= x1 < x2 <= width
    assert 0 <= y1 < y2 <= height
    assert x1 <= x * width
    assert x2 >= (x + wide) * width - 1


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        pytest.param({"id": "w 01"}, "id", "should match pattern", id="a space in the id"),
        pytest.param(
            {"staff_zone": rectangle(0.1, 0.1, 1.2, 0.2)},
            "staff_zone",
            "from 0 to 1",
            id="beyond the picture",
        ),
        pytest.param(
            {"staff_zone": ((0.1, 0.1), (0.2, 0.2))},
            "staff_zone",
            "at least 3 points, got 2",
            id="two points",
        ),
        pytest.param(
            {"visitor_zone": ((0, 0), (0.5, 0.5), (1, 1))}, "visitor_zone", "with an area", id="a line"
        ),
        pytest.param({"staff": 0}, "staff", "greater than or equal to 1", id="a post for nobody"),
        pytest.param({"stuff": 1}, "stuff", "Extra inputs", id="a misspelt key"),
    ],
)
def test_a_post_that_cannot_be_is_refused_at_its_field(
    changes: dict[str, object], field: str, message: str
) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        post(**changes)
    assert caught.value.errors()[0]["loc"][0] == field


def test_a_post_is_called_by_its_name_or_else_by_its_id() -> None:
    assert (post(name="1号窗口").title, post().title) == ("1号窗口", "w01")


def test_zones_in_pixels() -> None:
    drawn = post(staff_zone=rectangle(0.1, 0.2, 0.5, 0.6), visitor_zone=rectangle(0, 0.5, 1, 1))
    assert drawn.staff_polygon(200, 100).tolist() == [[20, 20], [100, 20], [100, 60], [20, 60]]
    visitors = drawn.visitor_polygon(200, 100)
    assert visitors is not None
    assert visitors.tolist() == [[0, 50], [200, 50], [200, 100], [0, 100]]
    assert zone_in_pixels(drawn, 333, 100)[0] == [33.3, 20.0]
    assert post().visitor_polygon(200, 100) is None


def test_the_post_of_a_single_picture_is_all_of_it() -> None:
    assert isinstance(WHOLE_PICTURE, Post)
    assert WHOLE_PICTURE.crop(64, 48) == (0, 0, 64, 48)


def test_a_visitor_of_whom_the_look_shows_only_the_upper_part_is_no_staff() -> None:
    zones = {"staff_zone": rectangle(0.3, 0.1, 0.6, 0.5), "visitor_zone": rectangle(0.2, 0.5, 0.7, 1.0)}
    seen = post(**zones)
    edge = seen.crop(1000, 1000)[3]
    upper_part, seated = (350.0, 150.0, 550.0, float(edge)), (350.0, 150.0, 550.0, 520.0)
    found = Detections(boxes(upper_part, seated), np.array([0.9, 0.8], np.float32), ("person", "person"))
    staff, visitors = sort_people(seen, found, 1000, 1000)
    assert (staff.scores.tolist(), visitors.scores.tolist()) == ([pytest.approx(0.8)], [pytest.approx(0.9)])
