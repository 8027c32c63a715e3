"""The desk telephone: where the hand at the ear came from."""

from __future__ import annotations

import numpy as np
import pytest
from samples_vision import EAR, LAP, post, posture, view

from vision.behaviours.phone import judge
from vision.posture import JOINTS, Posture
from vision.telephone import DeskTelephone

PLACE = np.array([40.0, 280.0, 70.0, 300.0])
"""Left of Anne, on the desk."""


def hands(right: tuple[float, float] = (140, 240), left: tuple[float, float] = (160, 240)) -> Posture:
    """Anne with her hands at these places: wrist and elbow as one, so that the hand is just there."""
    joints = posture().joints.copy()
    for side, spot in (("right", right), ("left", left)):
        for joint in ("wrist", "elbow"):
            joints[JOINTS.index(f"{side}_{joint}"), :2] = spot
    return Posture(joints, posture().acts)


AT_WORK, AT_THE_TELEPHONE, LISTENS = hands(), hands(right=(60, 285)), hands(right=(132, 138))
DIALS = hands(right=(60, 285), left=(168, 138))


def held(*looks: tuple[float, Posture | None], place=PLACE) -> list[bool]:
    memory, said = DeskTelephone(), []
    for t, seen in looks:
        memory, on = memory.look(seen, place, t)
        said.append(on)
    return said


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        pytest.param([(0, AT_WORK), (1, LISTENS)], [False, False], id="a hand at the ear from nowhere"),
        pytest.param([(0, AT_THE_TELEPHONE), (1, LISTENS)], [False, True], id="lifted, and at the ear"),
        pytest.param([(0, AT_THE_TELEPHONE), (6, LISTENS)], [False, False], id="touched too long ago"),
        pytest.param(
            [(0, AT_THE_TELEPHONE), *((float(t), LISTENS) for t in range(1, 90))],
            [False, *[True] * 89],
            id="a long call",
        ),
        pytest.param(
            [(0, AT_THE_TELEPHONE), (1, LISTENS), (3, AT_WORK), (5, LISTENS)],
            [False, True, True, True],
            id="the hand seems away for a moment",
        ),
        pytest.param(
            [(0, AT_THE_TELEPHONE), (1, LISTENS), (3, None), (5, LISTENS)],
            [False, True, True, True],
            id="nothing is seen for a moment",
        ),
        pytest.param(
            [(0, AT_THE_TELEPHONE), (1, LISTENS), (3, AT_WORK), (7, AT_WORK), (8, LISTENS)],
            [False, True, True, False, False],
            id="let go, and then another hand at the ear",
        ),
        pytest.param(
            [(0, AT_THE_TELEPHONE), (1, LISTENS), (9, AT_THE_TELEPHONE), (10, AT_WORK)],
            [False, True, False, False],
            id="hung up ends it at once",
        ),
        pytest.param(
            [(0, AT_THE_TELEPHONE), (1, LISTENS), (2, DIALS), (3, DIALS)],
            [False, True, True, True],
            id="dials with the other hand",
        ),
        pytest.param(
            [(0, AT_THE_TELEPHONE), (1, posture(seen=0.2))], [False, False], id="joints that are not seen"
        ),
    ],
)
def test_who_holds_the_handset(looks, said: list[bool]) -> None:
    assert held(*looks) == said


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        pytest.param(
            [(0, AT_WORK), (1, LISTENS), (2, LISTENS)], [False, True, False], id="from nowhere, once"
        ),
        pytest.param([(0, LISTENS), (1, LISTENS)], [True, False], id="at the first look"),
        pytest.param([(0, AT_THE_TELEPHONE), (1, LISTENS)], [False, False], id="from the telephone"),
        pytest.param([(0, AT_THE_TELEPHONE), (6, LISTENS)], [False, True], id="long after the telephone"),
        pytest.param([(0, LISTENS), (1, None), (2, LISTENS)], [True, False, False], id="unseen for a moment"),
        pytest.param(
            [(0, LISTENS), (1, AT_WORK), (2, LISTENS)], [True, False, True], id="away, and there once more"
        ),
    ],
)
def test_a_hand_has_come_to_the_ear_from_nowhere(looks, said: list[bool]) -> None:
    memory, found = DeskTelephone(), []
    for t, seen in looks:
        memory, _ = memory.look(seen, PLACE, t)
        found.append(memory.unexplained)
    assert found == said


def test_a_telephone_that_is_not_marked_is_never_held() -> None:
    assert held((0, AT_THE_TELEPHONE), (1, LISTENS), place=None) == [False, False]


def test_the_place_is_the_zone_in_pixels() -> None:
    zone = [[0.1, 0.5], [0.2, 0.5], [0.2, 0.75], [0.1, 0.75]]
    box = post(telephone_zone=zone).telephone_box(640, 480)
    assert box is not None
    assert box.tolist() == [64.0, 240.0, 128.0, 360.0]
    assert post().telephone_box(640, 480) is None


@pytest.mark.parametrize(
    ("things", "acts", "score", "share", "code"),
    [
        pytest.param([], {"call": 0.9}, 0.0, 0.0, "desk_telephone", id="a hand at the ear is no call"),
        pytest.param(
            [("cell phone", 0.8, EAR)], {"call": 0.9}, 0.0, 0.0, "desk_telephone", id="nor is what it holds"
        ),
        pytest.param(
            [("cell phone", 0.8, LAP)], {"call": 0.6}, 0.8, 0.0, "phone_in_hand", id="a phone in the lap"
        ),
        pytest.param(
            [], {"handling": 0.7}, 0.0, 0.7, "posture_handling", id="bent over a phone with the other hand"
        ),
    ],
)
def test_phone_use_while_on_the_desk_telephone(things, acts, score, share, code) -> None:
    cue = judge(view(*things, posture=posture(**acts), on_telephone=True))
    assert (cue.score, cue.posture, cue.why.code) == (
        pytest.approx(score, abs=1e-6),
        pytest.approx(share, abs=1e-6),
        code,
    )
