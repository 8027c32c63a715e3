from __future__ import annotations

import numpy as np
import pytest
from samples_vision import MOUTH, Rect, posture, view

from vision.behaviours import eating, smoking
from vision.mouth import WATCHED_S, HandToMouth
from vision.posture import JOINTS, Posture

KNEES: Rect = (140, 270, 155, 290)


def with_hand_at_mouth() -> Posture:
    """Anne with her right hand at the mouth."""
    joints = posture().joints.copy()
    joints[JOINTS.index("right_wrist"), :2] = (143, 165)
    joints[JOINTS.index("right_elbow"), :2] = (120, 215)
    return Posture(joints, posture().acts)


def hidden_hand() -> Posture:
    joints = posture().joints.copy()
    joints[JOINTS.index("right_wrist"), 2] = 0.1
    return Posture(joints, posture().acts)


def after(*looks: tuple[float, Posture | None]) -> bool | None:
    memory, said = HandToMouth(), None
    for t, seen in looks:
        memory, said = memory.look(seen, t)
    return said


def every(seconds: float, seen: Posture | None, start: float = 0.0, step: float = 0.4) -> list:
    return [(start + float(t), seen) for t in np.arange(0, seconds, step)]


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        pytest.param([(0.0, posture())], None, id="one look says nothing"),
        pytest.param(every(20, posture()), None, id="not watched for long enough"),
        pytest.param(every(27, posture()), False, id="hands below all the time"),
        pytest.param([(0.0, with_hand_at_mouth())], True, id="at the mouth now"),
        pytest.param(
            [(0.0, with_hand_at_mouth()), *every(20, posture(), 0.4)], True, id="at the mouth a while ago"
        ),
        pytest.param(
            [(0.0, with_hand_at_mouth()), *every(27, posture(), 0.4)], False, id="at the mouth long ago"
        ),
        pytest.param(every(60, hidden_hand()), None, id="one hand is hidden: it may be anywhere"),
        pytest.param(every(60, None), None, id="no posture at all"),
        pytest.param(every(60, posture(seen=0.2)), None, id="joints that are not seen"),
        pytest.param(
            [(0.0, posture()), (200.0, posture())], None, id="nobody watched in between: two looks only"
        ),
        pytest.param(
            [*every(27, posture()), (27.2, with_hand_at_mouth())], True, id="one bite ends the doubt"
        ),
    ],
)
def test_whether_a_hand_was_lately_at_the_mouth(looks: list, said: bool | None) -> None:
    assert after(*looks) is said


def test_a_look_more_or_less_changes_nothing() -> None:
    often = after(*every(WATCHED_S + 2, posture(), step=0.2))
    seldom = after(*every(WATCHED_S + 2, posture(), step=1.0))
    assert often is seldom is False


@pytest.mark.parametrize(("judge", "label"), [(smoking.judge, "cigarette"), (eating.judge, "donut")])
def test_a_thing_in_an_idle_hand_counts_little_and_at_the_mouth_in_full(judge, label: str) -> None:
    in_hand = [judge(view((label, 0.8, KNEES), mouth_visited=said)).score for said in (True, None, False)]
    assert in_hand[0] == in_hand[1]
    assert in_hand[2] < 0.5 * in_hand[0]
    at_mouth = [judge(view((label, 0.8, MOUTH), mouth_visited=said)).score for said in (None, False)]
    assert at_mouth[0] == at_mouth[1] == pytest.approx(0.8)
