from __future__ import annotations

import pytest
from samples_vision import AT_THE_GLASS, DESK, LAP, MOUTH, NOBODY, VISITOR, Rect, people, view

from vision.behaviours.smoking import judge
from vision.cue import Reason
from vision.picture import Picture

HIS_MOUTH: Rect = (155, 350, 167, 356)


@pytest.mark.parametrize(
    ("label", "place", "score", "code"),
    [
        pytest.param("cigarette", MOUTH, 0.8, "cigarette_at_mouth", id="at the mouth"),
        pytest.param("cigarette", LAP, 0.64, "cigarette_in_hand", id="in the hand, at a discount"),
        pytest.param(
            "cigarette", (176, 140, 216, 146), 0.8, "cigarette_at_mouth", id="one end near the mouth"
        ),
        pytest.param("cigarette", DESK, 0.0, "no_cigarette", id="in the ashtray out of reach"),
        pytest.param("toothbrush", MOUTH, 0.0, "no_cigarette", id="a toothbrush is no cigarette"),
    ],
)
def test_one_cigarette_and_one_person(label: str, place: Rect, score: float, code: str) -> None:
    cue = judge(view((label, 0.8, place)))
    assert cue.behaviour == "smoking"
    assert cue.score == pytest.approx(score, abs=1e-6)
    assert cue.why == Reason(code, {"percent": round(100 * score)} if score else {})
    assert cue.evidence.labels == (("cigarette",) if score else ())


@pytest.mark.parametrize(
    ("place", "code"),
    [
        pytest.param(HIS_MOUTH, "no_cigarette", id="at the visitor's mouth"),
        pytest.param(AT_THE_GLASS, "no_cigarette", id="in the visitor's hand"),
        pytest.param(MOUTH, "cigarette_at_mouth", id="at the staff's mouth while a visitor waits"),
    ],
)
def test_whose_cigarette_it_is(place: Rect, code: str) -> None:
    assert judge(view(("cigarette", 0.8, place), visitors=people(VISITOR))).why.code == code


def test_a_cigarette_that_has_lain_there_untouched_is_not_smoked() -> None:
    assert judge(view(("cigarette", 0.8, LAP), furniture=[True])).score == 0.0


def test_nobody_smokes_at_an_empty_post_or_in_a_dark_picture() -> None:
    assert judge(view(("cigarette", 0.9, MOUTH), staff=NOBODY)).why.code == "nobody_to_judge"
    assert judge(view(("cigarette", 0.9, MOUTH), picture=Picture.DARK)).score is None
