"""Phone use: a phone in the hands or at the head of a staff member. Clauses B15, A四1.

A phone that lies on the desk is furniture, a visitor's phone is the visitor's. Small phones from
above are often taken for a remote control, so one in the hand counts too, at a discount. A phone too small to
be seen shows in the posture. The desk telephone's handset is work: while it is at the ear, neither a thing
there nor a hand there counts, but a phone in the other hand does. While a phone that lay on the desk is gone
with a hand, a faint one in the hand is credible, and not to see it in a look says little.
"""

import numpy as np
from numpy.typing import NDArray

from vision.behaviours._body import Body, at_head, near_hands
from vision.behaviours._held import Held, by_posture, nobody_to_judge, percent, strongest_held
from vision.cue import Cue, Reason
from vision.geometry import Boxes, centres
from vision.view import PostView

NAME = "phone"
WEIGHTS = {"cell phone": 1.0, "remote": 0.6}
NEEDS = frozenset({"cell phone"})
POSTURES = {"call": "posture_call", "handling": "posture_handling"}
POSTURES_ON_TELEPHONE = {"handling": "posture_handling"}
PICKED_UP_GAIN, PICKED_UP_LEAST = 2.0, 0.1
"""While a phone is picked up, what is seen in the hand counts so much more, and no look counts as less."""
HANDSET_REACH = 1.4
"""Heads from the middle of the head within which a thing may be the desk telephone's handset."""


def _in_use(objects: Boxes, body: Body) -> NDArray[np.float32]:
    used: NDArray[np.float32] = np.maximum(near_hands(objects, body), at_head(objects, body))
    return used


def _in_use_on_telephone(objects: Boxes, body: Body) -> NDArray[np.float32]:
    head = (body.head[:2] + body.head[2:]) / 2
    heads = np.linalg.norm(centres(objects) - head, axis=1) / max(float(body.head[3] - body.head[1]), 1.0)
    used: NDArray[np.float32] = near_hands(objects, body) * (heads > HANDSET_REACH)
    return used


def judge(view: PostView) -> Cue:
    """Score: the detector's score of the phone x how well it lies in the hands or at the head."""
    unknown = nobody_to_judge(view, NAME)
    if unknown is not None:
        return unknown
    if not view.can_show(NEEDS):
        return Cue.unknown(NAME, "detector_without_phone")
    postures = POSTURES_ON_TELEPHONE if view.on_telephone else POSTURES
    relation = _in_use_on_telephone if view.on_telephone else _in_use
    held = strongest_held(view, WEIGHTS, relation)
    return by_posture(view, _nothing_held(view) if held is None else _held(view, held), postures)


def _nothing_held(view: PostView) -> Cue:
    if view.phone_picked_up:
        return Cue(NAME, PICKED_UP_LEAST, Reason("phone_picked_up"), view.objects.of(()))
    reason = Reason("desk_telephone" if view.on_telephone else "no_phone")
    return Cue(NAME, 0.0, reason, view.objects.of(()))


def _held(view: PostView, held: Held) -> Cue:
    at_the_head = bool(at_head(held.thing.boxes, held.holder)[0])
    score = held.strength
    code = "phone_at_head" if at_the_head else "phone_in_hand"
    if view.phone_picked_up:
        score = min(max(PICKED_UP_GAIN * score, PICKED_UP_LEAST), 1.0)
        code = "phone_at_head_picked_up" if at_the_head else "phone_in_hand_picked_up"
    return Cue(NAME, score, Reason(code, {"percent": percent(held.strength)}), held.thing)
