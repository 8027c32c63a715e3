"""A phone that lay on the desk and is gone with a hand."""

from __future__ import annotations

import pytest
from samples_vision import LAP, Thing, found, posture, view
from test_telephone import hands

from vision.behaviours.phone import judge
from vision.pickup import PickedUp
from vision.posture import Posture

LIES: Thing = ("cell phone", 0.3, (50, 280, 70, 292))
ELSEWHERE: Thing = ("cell phone", 0.3, (250, 280, 270, 292))
AT_WORK, REACHES = hands(), hands(right=(62, 286))
Step = tuple[float, Thing | None, Posture | None]


def over(
    seconds: tuple[float, float], thing: Thing | None, seen: Posture | None, every: int = 1
) -> list[Step]:
    """Looks each 0.4 s; the thing is seen in one of `every`."""
    count = round((seconds[1] - seconds[0]) / 0.4)
    return [(seconds[0] + 0.4 * i, None if i % every else thing, seen) for i in range(count)]


def picked_up(*looks: list[Step]) -> bool:
    memory, said = PickedUp(), False
    for t, thing, seen in (step for part in looks for step in part):
        memory, said = memory.look(found(*([thing] if thing else [])), seen, t)
    return said


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        pytest.param([over((0, 20), LIES, AT_WORK)], False, id="it lies there"),
        pytest.param(
            [over((0, 20), LIES, AT_WORK), over((20, 21), LIES, REACHES), over((21, 25), None, AT_WORK)],
            True,
            id="a hand came and it is gone",
        ),
        pytest.param(
            [over((0, 20), LIES, AT_WORK), over((20, 25), None, AT_WORK)], False, id="gone without a hand"
        ),
        pytest.param(
            [over((0, 20), LIES, AT_WORK), over((20, 25), None, REACHES)], False, id="a hand hides it"
        ),
        pytest.param(
            [over((0, 20), LIES, AT_WORK), over((20, 21), LIES, REACHES), over((21, 22), None, AT_WORK)],
            False,
            id="not gone for long enough to say",
        ),
        pytest.param(
            [over((0, 6), LIES, AT_WORK), over((6, 7), LIES, REACHES), over((7, 11), None, AT_WORK)],
            False,
            id="it had not lain there for long",
        ),
        pytest.param(
            [over((0, 30), LIES, AT_WORK, 4), over((30, 31), LIES, REACHES), over((31, 35), None, AT_WORK)],
            False,
            id="it was seen only now and then",
        ),
        pytest.param(
            [
                over((0, 20), LIES, AT_WORK),
                over((20, 21), LIES, REACHES),
                over((21, 25), None, AT_WORK),
                over((25, 27), LIES, AT_WORK),
            ],
            False,
            id="laid down again",
        ),
        pytest.param(
            [
                over((0, 20), LIES, AT_WORK),
                over((20, 21), LIES, REACHES),
                over((21, 25), None, AT_WORK),
                over((25, 36), ELSEWHERE, AT_WORK),
            ],
            False,
            id="laid down at another place",
        ),
        pytest.param(
            [over((0, 20), LIES, AT_WORK), over((20, 21), LIES, REACHES), over((21, 160), None, AT_WORK)],
            False,
            id="gone for so long that nobody knows",
        ),
        pytest.param([over((0, 20), LIES, None), over((20, 25), None, None)], False, id="no joints, no hand"),
    ],
)
def test_whether_the_phone_was_picked_up(looks, said: bool) -> None:
    assert picked_up(*looks) is said


@pytest.mark.parametrize(
    ("things", "score", "code"),
    [
        pytest.param([], 0.1, "phone_picked_up", id="not seen"),
        pytest.param([("cell phone", 0.2, LAP)], 0.4, "phone_in_hand_picked_up", id="a faint one counts"),
        pytest.param([("cell phone", 0.8, LAP)], 1.0, "phone_in_hand_picked_up", id="at most certain"),
        pytest.param([("cup", 0.8, LAP)], 0.1, "phone_picked_up", id="a cup stays a cup"),
    ],
)
def test_phone_use_while_a_phone_is_picked_up(things: list[Thing], score: float, code: str) -> None:
    cue = judge(view(*things, posture=posture(), phone_picked_up=True))
    assert (cue.score, cue.why.code) == (pytest.approx(score), code)
