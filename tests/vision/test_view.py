from __future__ import annotations

import numpy as np
import pytest
from samples_vision import ANNE, NOBODY, Rect, Thing, found, people, post

from vision.picture import Picture
from vision.view import PostView, person_in_the_middle, sort_people


def test_furniture_of_another_length_than_the_objects_is_refused_with_the_posts_name() -> None:
    with pytest.raises(ValueError, match=r"^post w01: expected furniture of shape \(1,\), got \(0,\)$"):
        PostView(post(), Picture.LIVE, NOBODY, NOBODY, found(("cup", 0.5, (0, 0, 1, 1))))


def test_people_are_sorted_into_staff_with_the_surest_first_and_visitors() -> None:
    zones = {
        "staff_zone": ((0, 0), (1, 0), (1, 0.5), (0, 0.5)),
        "visitor_zone": ((0, 0.5), (1, 0.5), (1, 1), (0, 1)),
    }
    faint: Thing = ("person", 0.25, (10, 10, 20, 40))
    visitor: Thing = ("person", 0.75, (30, 60, 40, 90))
    sure: Thing = ("person", 0.5, (50, 10, 60, 40))
    staff, visitors = sort_people(post(**zones), found(faint, visitor, sure), 100, 100)
    assert staff.scores.tolist() == [0.5, 0.25]
    assert visitors.scores.tolist() == [0.75]


@pytest.mark.parametrize(
    ("others", "chosen"),
    [
        pytest.param([], (80, 40, 120, 100), id="alone"),
        pytest.param([("person", 0.9, (0, 40, 40, 100))], (80, 40, 120, 100), id="an equal one at the edge"),
        pytest.param([("person", 0.9, (95, 60, 100, 68))], (80, 40, 120, 100), id="a tiny one in the middle"),
        pytest.param([("person", 0.1, (60, 30, 140, 110))], (80, 40, 120, 100), id="a faint, larger one"),
        pytest.param([("person", 0.9, (60, 20, 140, 120))], (60, 20, 140, 120), id="a larger one in front"),
    ],
)
def test_the_staff_member_of_a_single_crop_is_the_one_in_the_middle(
    others: list[Thing], chosen: Rect
) -> None:
    middle: Thing = ("person", 0.9, (80, 40, 120, 100))
    staff, rest = person_in_the_middle(found(middle, *others), 200, 140)
    assert [tuple(row) for row in staff.boxes.tolist()] == [chosen]
    assert len(rest) == len(others)


def test_a_crop_without_people_has_no_staff_and_no_others() -> None:
    staff, rest = person_in_the_middle(NOBODY, 200, 140)
    assert (len(staff), len(rest)) == (0, 0)


def test_views_start_without_furniture_clothing_or_enrolment() -> None:
    plain = PostView(post(), Picture.LIVE, people(ANNE), NOBODY, NOBODY)
    assert plain.furniture.dtype == np.bool_
    assert (plain.clothing, plain.enrolment, plain.drinking_counts) == (None, None, False)
