from __future__ import annotations

import pytest
from samples_vision import AT_THE_GLASS, DESK, LAP, MOUTH, NOBODY, VISITOR, Rect, Thing, people, view

from vision.behaviours.eating import judge
from vision.cue import Reason
from vision.picture import Picture


@pytest.mark.parametrize(
    ("label", "place", "score", "code"),
    [
        pytest.param("sandwich", MOUTH, 0.8, "food_at_mouth", id="a sandwich at the mouth"),
        pytest.param("sandwich", LAP, 0.56, "food_in_hand", id="a sandwich in the hand, at a discount"),
        pytest.param("bowl", MOUTH, 0.4, "food_at_mouth", id="a bowl at the mouth may hold anything"),
        pytest.param("bowl", LAP, 0.28, "food_in_hand", id="a bowl in the hand counts little"),
        pytest.param("spoon", MOUTH, 0.48, "food_at_mouth", id="a spoon at the mouth"),
    ],
)
def test_food_with_the_one_who_eats_it(label: str, place: Rect, score: float, code: str) -> None:
    cue = judge(view((label, 0.8, place)))
    assert cue.behaviour == "eating"
    assert cue.score == pytest.approx(score, abs=1e-6)
    assert cue.why == Reason(code, {"object": label, "percent": round(100 * score)})
    assert cue.evidence.labels == (label,)


@pytest.mark.parametrize(
    ("thing", "code", "shown"),
    [
        pytest.param(("sandwich", 0.8, DESK), "no_food", (), id="a sandwich on the desk, out of reach"),
        pytest.param(("book", 0.8, MOUTH), "no_food", (), id="a book before the face"),
        pytest.param(("bottle", 0.8, MOUTH), "only_drinking", ("bottle",), id="a bottle at the mouth"),
        pytest.param(("cup", 0.8, DESK), "no_food", (), id="a cup on the desk"),
    ],
)
def test_what_is_no_eating(thing: Thing, code: str, shown: tuple[str, ...]) -> None:
    cue = judge(view(thing))
    assert (cue.score, cue.why, cue.evidence.labels) == (0.0, Reason(code), shown)


@pytest.mark.parametrize(
    ("thing", "score", "code"),
    [
        pytest.param(("bottle", 0.8, MOUTH), 0.8, "food_at_mouth", id="a bottle at the mouth"),
        pytest.param(("cup", 0.8, LAP), 0.56, "food_in_hand", id="a cup in the hand"),
        pytest.param(("wine glass", 0.8, DESK), 0.0, "no_food", id="a glass out of reach"),
    ],
)
def test_drinking_where_the_site_counts_it(thing: Thing, score: float, code: str) -> None:
    cue = judge(view(thing, drinking_counts=True))
    assert cue.score == pytest.approx(score)
    assert cue.why.code == code


def test_one_who_eats_and_drinks_eats() -> None:
    cue = judge(view(("cup", 0.9, MOUTH), ("donut", 0.5, LAP)))
    assert cue.score == pytest.approx(0.35)
    assert cue.why == Reason("food_in_hand", {"object": "donut", "percent": 35})


def test_food_that_has_lain_there_untouched_is_not_eaten() -> None:
    assert judge(view(("apple", 0.8, LAP), furniture=[True])).why.code == "no_food"


def test_the_visitors_food_is_the_visitors() -> None:
    assert judge(view(("sandwich", 0.8, AT_THE_GLASS), visitors=people(VISITOR))).why.code == "no_food"


def test_nobody_eats_at_an_empty_post_or_in_a_frozen_picture() -> None:
    assert judge(view(("apple", 0.9, MOUTH), staff=NOBODY)).why.code == "nobody_to_judge"
    assert judge(view(("apple", 0.9, MOUTH), picture=Picture.FROZEN)).why.code == "picture_frozen"
