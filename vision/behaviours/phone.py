"""Phone use: a phone in the hands or at the head of a staff member. Clauses B15, A四1.

A phone that lies on the desk is furniture, a visitor's phone is the visitor's. Small phones from
above are often taken for a remote control, so one in the hand counts too, at a discount. A phone too small to
be seen shows in the posture.
"""

import numpy as np
from numpy.typing import NDArray

from vision.behaviours._body import Body, at_head, near_hands
from vision.behaviours._held import by_posture, nobody_to_judge, percent, strongest_held
from vision.cue import Cue, Reason
from vision.geometry import Boxes
from vision.view import PostView

NAME = "phone"
WEIGHTS = {"cell phone": 1.0, "remote": 0.6}
NEEDS = frozenset({"cell phone"})
POSTURES = {"call": "posture_call", "handling": "posture_handling"}


def _in_use(objects: Boxes, body: Body) -> NDArray[np.float32]:
    used: NDArray[np.float32] = np.maximum(near_hands(objects, body), at_head(objects, body))
    return used


def judge(view: PostView) -> Cue:
    """Score: the detector's score of the phone x how well it lies in the hands or at the head."""
    unknown = nobody_to_judge(view, NAME)
    if unknown is not None:
        return unknown
    if not view.can_show(NEEDS):
        return Cue.unknown(NAME, "detector_without_phone")
    held = strongest_held(view, WEIGHTS, _in_use)
    if held is None:
        return by_posture(view, Cue(NAME, 0.0, Reason("no_phone"), view.objects.of(())), POSTURES)
    code = "phone_at_head" if at_head(held.thing.boxes, held.holder)[0] else "phone_in_hand"
    cue = Cue(NAME, held.strength, Reason(code, {"percent": percent(held.strength)}), held.thing)
    return by_posture(view, cue, POSTURES)
