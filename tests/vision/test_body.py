from __future__ import annotations

import numpy as np
import pytest
from samples_vision import ANNE, Rect, boxes, posture

from vision.behaviours._body import Body, near_hands, near_mouth
from vision.posture import JOINTS, Posture

PERSON = np.array(ANNE, np.float32)


@pytest.mark.parametrize(
    ("thing", "hands", "mouth"),
    [
        pytest.param((140, 240, 160, 250), 1.0, 0.0, id="between the hands"),
        pytest.param((110, 180, 118, 190), 0.45, 0.51, id="on the upper arm, 63 pixels from a hand"),
        pytest.param((105, 280, 112, 290), 0.68, 0.0, id="in the box, but beside the hands"),
        pytest.param((230, 300, 240, 310), 0.0, 0.0, id="beyond a hand's reach"),
        pytest.param((146, 138, 158, 148), 0.0, 1.0, id="at the mouth"),
    ],
)
def test_with_joints_the_hands_and_the_mouth_are_where_they_are_seen(
    thing: Rect, hands: float, mouth: float
) -> None:
    body = Body.of(PERSON, posture())
    assert near_hands(boxes(thing), body)[0] == pytest.approx(hands, abs=0.02)
    assert near_mouth(boxes(thing), body)[0] == pytest.approx(mouth, abs=0.02)


def test_a_body_is_judged_by_its_box_where_joints_say_too_little() -> None:
    by_box = Body.by_box(PERSON)
    for told in (None, posture(seen=0.1)):
        body = Body.of(PERSON, told)
        assert body.unit == 0
        assert body.head.tolist() == by_box.head.tolist()
        assert body.mouth.tolist() == by_box.mouth.tolist()
        assert len(body.hands) == 0


def test_a_hand_that_is_not_seen_may_be_anywhere_but_counts_less() -> None:
    joints = posture().joints.copy()
    joints[JOINTS.index("left_wrist"), 2] = 0.1
    body = Body.of(PERSON, Posture(joints, posture().acts))
    far = boxes((190, 292, 199, 299))
    assert len(body.hands) == 1
    assert near_hands(far, Body.of(PERSON, posture()))[0] < near_hands(far, body)[0] == pytest.approx(0.6)
