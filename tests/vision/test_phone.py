from __future__ import annotations

import pytest
from samples_vision import (
    ANNE,
    AT_THE_GLASS,
    BEN,
    BESIDE,
    DEAD_PICTURES,
    DESK,
    EAR,
    LAP,
    NOBODY,
    VISITOR,
    Rect,
    found,
    people,
    view,
)

from vision.behaviours.phone import judge
from vision.cue import Reason
from vision.detections import Detections
from vision.picture import Picture


@pytest.mark.parametrize(
    ("label", "place", "score", "code"),
    [
        pytest.param("cell phone", EAR, 0.8, "phone_at_head", id="at the ear"),
        pytest.param("cell phone", LAP, 0.8, "phone_in_hand", id="in the hand before the body"),
        pytest.param("cell phone", BESIDE, 0.48, "phone_in_hand", id="in a hand held out to the side"),
        pytest.param("remote", LAP, 0.48, "phone_in_hand", id="taken for a remote control, at a discount"),
        pytest.param("remote", EAR, 0.48, "phone_at_head", id="a remote control at the head, at a discount"),
        pytest.param("cell phone", DESK, 0.0, "no_phone", id="on the desk, out of reach"),
        pytest.param("cup", EAR, 0.0, "no_phone", id="a cup is no phone"),
        pytest.param("cell phone", (104, 200, 196, 220), 0.0, "no_phone", id="too large to be held"),
        pytest.param("cell phone", (195, 200, 205, 220), 0.48, "phone_in_hand", id="half before the body"),
        pytest.param("cell phone", (210, 200, 220, 220), 0.24, "phone_in_hand", id="half in reach"),
    ],
)
def test_one_phone_and_one_person(label: str, place: Rect, score: float, code: str) -> None:
    cue = judge(view((label, 0.8, place)))
    assert cue.behaviour == "phone"
    assert cue.score == pytest.approx(score, abs=1e-6)
    assert cue.why == Reason(code, {"percent": round(100 * score)} if score else {})
    assert cue.evidence.boxes.tolist() == ([list(place)] if score else [])


def test_a_phone_that_is_furniture_is_not_used_but_the_one_in_the_hand_is() -> None:
    lying, held = ("cell phone", 0.9, LAP), ("cell phone", 0.5, EAR)
    assert judge(view(lying, furniture=[True])).why.code == "no_phone"
    cue = judge(view(lying, held, furniture=[True, False]))
    assert (cue.score, cue.why.code) == (0.5, "phone_at_head")


@pytest.mark.parametrize(
    ("place", "code"),
    [
        pytest.param(AT_THE_GLASS, "no_phone", id="in the visitor's hand is the visitor's"),
        pytest.param(LAP, "phone_in_hand", id="in the staff's hand is the staff's"),
        pytest.param((140, 290, 155, 300), "phone_in_hand", id="nearer to the staff than to the visitor"),
    ],
)
def test_whose_phone_it_is_when_a_visitor_stands_there(place: Rect, code: str) -> None:
    assert judge(view(("cell phone", 0.8, place), visitors=people(VISITOR))).why.code == code


def test_without_a_visitor_the_phone_at_the_glass_is_in_the_staffs_reach() -> None:
    assert judge(view(("cell phone", 0.8, AT_THE_GLASS))).why.code == "phone_in_hand"


@pytest.mark.parametrize(
    ("staff", "score"),
    [
        pytest.param(people(ANNE, BEN), 0.8, id="the second of two staff"),
        pytest.param(found(("person", 0.9, ANNE), ("person", 0.2, BEN)), 0.0, id="one who is hardly seen"),
    ],
)
def test_a_phone_in_the_hand_of_the_one_further_on(staff: Detections, score: float) -> None:
    assert judge(view(("cell phone", 0.8, (440, 230, 455, 250)), staff=staff)).score == pytest.approx(score)


def test_the_strongest_of_several_phones_is_shown() -> None:
    cue = judge(view(("cell phone", 0.4, EAR), ("remote", 0.9, LAP), ("cell phone", 0.5, BESIDE)))
    assert cue.score == pytest.approx(0.54)
    assert cue.evidence.labels == ("remote",)


@pytest.mark.parametrize(
    "staff",
    [
        pytest.param(NOBODY, id="nobody"),
        pytest.param(people(ANNE, score=0.25), id="a person too faint to be judged"),
    ],
)
def test_with_nobody_to_judge_a_phone_says_nothing(staff: Detections) -> None:
    cue = judge(view(("cell phone", 0.9, LAP), staff=staff))
    assert (cue.score, cue.why.code) == (None, "nobody_to_judge")


@pytest.mark.parametrize("picture", [pytest.param(p, id=f"{p.value} picture") for p in DEAD_PICTURES])
def test_a_dead_picture_says_nothing_about_phones(picture: Picture) -> None:
    cue = judge(view(("cell phone", 0.9, LAP), picture=picture))
    assert (cue.score, cue.why.code) == (None, f"picture_{picture.value}")
