"""Eating: food at the mouth or in the hand of a staff member. Clauses A四1, B16(一).

Drinking is seen but is no violation unless the site says so (`rules: {eating: {drinking: true}}`).
Food that lies on the desk, away from the hands' reach or untouched, is no eating.
"""

from vision.behaviours._body import at_mouth_or_in_hand, near_mouth
from vision.behaviours._held import by_posture, nobody_to_judge, percent, strongest_held
from vision.cue import Cue, Reason
from vision.view import PostView

NAME = "eating"
FOOD = {
    "banana": 1.0,
    "apple": 1.0,
    "sandwich": 1.0,
    "orange": 1.0,
    "broccoli": 0.8,
    "carrot": 0.8,
    "hot dog": 1.0,
    "pizza": 1.0,
    "donut": 1.0,
    "cake": 1.0,
    "bowl": 0.5,
    "fork": 0.6,
    "spoon": 0.6,
}
DRINK = {"bottle": 1.0, "cup": 1.0, "wine glass": 1.0}
NEEDS = frozenset(FOOD)
POSTURES = {"eating": "posture_eating"}
IN_HAND = 0.7
"""Food in the hand away from the mouth counts less: it may be put away, not eaten."""
IN_IDLE_HAND = 0.3
"""And far less in a hand that has not been at the mouth for long."""


def judge(view: PostView) -> Cue:
    """Score: the detector's score of the food x how close to mouth or hand it is."""
    unknown = nobody_to_judge(view, NAME)
    if unknown is not None:
        return unknown
    if not view.can_show(NEEDS):
        return Cue.unknown(NAME, "detector_without_food")
    counted = {**FOOD, **DRINK} if view.drinking_counts else FOOD
    in_hand = IN_IDLE_HAND if view.mouth_visited is False else IN_HAND
    held = strongest_held(view, counted, at_mouth_or_in_hand(in_hand))
    if held is None:
        drink = strongest_held(view, DRINK, near_mouth)
        code = "only_drinking" if drink is not None else "no_food"
        nothing = Cue(NAME, 0.0, Reason(code), drink.thing if drink else view.objects.of(()))
        return nothing if drink else by_posture(view, nothing, POSTURES)
    at_mouth = near_mouth(held.thing.boxes, held.holder)[0] >= 0.5
    code = "food_at_mouth" if at_mouth else "food_in_hand"
    reason = Reason(code, {"object": held.label, "percent": percent(held.strength)})
    return by_posture(view, Cue(NAME, held.strength, reason, held.thing), POSTURES)
