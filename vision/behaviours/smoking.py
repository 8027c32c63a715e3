"""Smoking: a cigarette near the mouth or in the hand of a staff member. Clauses A四1, B16(一)."""

from vision.behaviours._body import at_mouth_or_in_hand, near_mouth
from vision.behaviours._held import by_posture, nobody_to_judge, percent, strongest_held
from vision.cue import Cue, Reason
from vision.view import PostView

NAME = "smoking"
WEIGHTS = {"cigarette": 1.0}
NEEDS = frozenset(WEIGHTS)
POSTURES = {"smoking": "posture_smoking"}
IN_HAND = 0.8
"""A cigarette in the hand, away from the mouth, counts a little less: a pen looks like it."""
IN_IDLE_HAND = 0.3
"""And far less in a hand that has not been at the mouth for long: then it most likely is a pen."""


def judge(view: PostView) -> Cue:
    """Score: the detector's score of the cigarette x how close to mouth or hand it is."""
    unknown = nobody_to_judge(view, NAME)
    if unknown is not None:
        return unknown
    if not view.can_show(NEEDS):
        return Cue.unknown(NAME, "detector_without_cigarette")
    in_hand = IN_IDLE_HAND if view.mouth_visited is False else IN_HAND
    held = strongest_held(view, WEIGHTS, at_mouth_or_in_hand(in_hand))
    if held is None:
        return by_posture(view, Cue(NAME, 0.0, Reason("no_cigarette"), view.objects.of(())), POSTURES)
    at_mouth = near_mouth(held.thing.boxes, held.holder)[0] >= 0.5
    code = "cigarette_at_mouth" if at_mouth else "cigarette_in_hand"
    cue = Cue(NAME, held.strength, Reason(code, {"percent": percent(held.strength)}), held.thing)
    return by_posture(view, cue, POSTURES)
