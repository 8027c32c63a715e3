from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from samples_vision import ANNE, BEN, EAR, LAP, MOUTH, Thing, people, posture, view

from vision.behaviours import eating, phone, smoking
from vision.cue import Cue
from vision.posture import ACTS, JOINTS, Posture
from vision.view import PostView


@pytest.mark.parametrize(
    ("judge", "acts", "share", "code"),
    [
        pytest.param(phone.judge, {"call": 0.7}, 0.7, "posture_call", id="a hand at the ear"),
        pytest.param(phone.judge, {"handling": 0.8}, 0.8, "posture_handling", id="bent over the hands"),
        pytest.param(
            phone.judge, {"call": 0.3, "handling": 0.4}, 0.7, "posture_handling", id="one or the other"
        ),
        pytest.param(phone.judge, {"call": 0.2}, 0.2, "no_phone", id="hardly like a call"),
        pytest.param(phone.judge, {"smoking": 0.9}, 0.0, "no_phone", id="smoking is no phone"),
        pytest.param(smoking.judge, {"smoking": 0.6}, 0.6, "posture_smoking", id="as in smoking"),
        pytest.param(eating.judge, {"eating": 0.6}, 0.6, "posture_eating", id="as in eating"),
        pytest.param(eating.judge, {"drinking": 0.9}, 0.0, "no_food", id="as in drinking"),
    ],
)
def test_what_a_posture_says_when_no_object_is_seen(
    judge: Callable[[PostView], Cue], acts: dict[str, float], share: float, code: str
) -> None:
    cue = judge(view(posture=posture(**acts)))
    assert cue.score == 0.0
    assert cue.posture == pytest.approx(share)
    assert cue.why.code == code
    if code.startswith("posture"):
        assert cue.why.args == {"percent": round(100 * share)}
        assert cue.evidence.boxes.tolist() == [list(ANNE)]


@pytest.mark.parametrize(
    ("judge", "thing", "acts", "code"),
    [
        (phone.judge, ("cell phone", 0.4, EAR), {"call": 0.9}, "phone_at_head"),
        (smoking.judge, ("cigarette", 0.4, MOUTH), {"smoking": 0.9}, "cigarette_at_mouth"),
        (eating.judge, ("donut", 0.4, MOUTH), {"eating": 0.9}, "food_at_mouth"),
    ],
)
def test_an_object_that_is_seen_is_the_reason_and_the_posture_comes_beside_it(
    judge: Callable[[PostView], Cue], thing: Thing, acts: dict[str, float], code: str
) -> None:
    cue = judge(view(thing, posture=posture(**acts)))
    assert (cue.why.code, cue.posture) == (code, pytest.approx(0.9))
    assert cue.score == pytest.approx(0.4)


def test_who_drinks_is_not_said_to_eat_by_posture() -> None:
    cue = eating.judge(view(("cup", 0.6, MOUTH), posture=posture(eating=0.9)))
    assert (cue.why.code, cue.posture) == ("only_drinking", None)


def test_the_posture_is_the_first_staff_members() -> None:
    cue = phone.judge(view(staff=people(ANNE, BEN), posture=posture(handling=0.9)))
    assert cue.evidence.boxes.tolist() == [list(ANNE)]


def test_without_a_posture_nothing_changes() -> None:
    assert phone.judge(view(("cell phone", 0.4, LAP))).posture is None


@pytest.mark.parametrize(
    ("unseen", "tells"),
    [
        pytest.param((), True, id="all is seen"),
        pytest.param(("left_wrist", "right_wrist", "left_hip", "right_hip"), True, id="hands are hidden"),
        pytest.param(("left_shoulder",), False, id="a shoulder is hidden"),
        pytest.param(JOINTS[:5], False, id="the head is hidden"),
        pytest.param(JOINTS[:4], True, id="one ear is enough of a head"),
    ],
)
def test_a_posture_tells_only_when_shoulders_and_head_are_seen(unseen: tuple[str, ...], tells: bool) -> None:
    joints = posture().joints.copy()
    joints[[JOINTS.index(name) for name in unseen], 2] = 0.1
    found = Posture(joints, posture(call=0.9).acts)
    assert found.tells is tells
    assert found.share("call") == (pytest.approx(0.9) if tells else None)
    assert phone.judge(view(posture=found)).posture == (pytest.approx(0.9) if tells else None)


@pytest.mark.parametrize(
    ("joints", "acts", "told"),
    [
        (np.zeros((17, 3), np.float32), dict.fromkeys(ACTS, 0.1), "shape"),
        (np.zeros((13, 3)), dict.fromkeys(ACTS, 0.1), "float32"),
        (np.zeros((13, 3), np.float32), {"call": 1.0}, "shares of call, handling"),
    ],
)
def test_a_wrong_posture_is_refused(joints: np.ndarray, acts: dict[str, float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Posture(joints, acts)
