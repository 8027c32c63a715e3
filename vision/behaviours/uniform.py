"""Uniform: does the staff member wear the prescribed clothes? Clauses A三1, B7.

The hall enrols its uniform with example crops (`vision.enrolment`). Without an enrolment the cue
is unknown, and so it is when the classifier cannot decide or when the look is unlike all it knows: a chair
taken for a person, a body behind a monitor.
"""

from vision.behaviours._held import nobody_to_judge, percent
from vision.cue import Cue, Reason
from vision.view import PERSON, PostView

NAME = "uniform"
NEEDS = frozenset({PERSON})
UNSURE = 0.2
"""Half-width of the band around 0.5 in which the classifier does not decide."""


def judge(view: PostView) -> Cue:
    """Score: probability that the uniform is worn."""
    unknown = nobody_to_judge(view, NAME)
    if unknown is not None:
        return unknown
    if view.enrolment is None:
        return Cue.unknown(NAME, "no_enrolment")
    if view.clothing is None:
        return Cue.unknown(NAME, "torso_not_seen")
    if not view.enrolment.knows(view.clothing):
        return Cue.unknown(NAME, "uniform_unlike")
    worn = view.enrolment.wears(view.clothing)
    if abs(worn - 0.5) < UNSURE:
        return Cue.unknown(NAME, "uniform_unsure", percent=percent(worn))
    code = "uniform_worn" if worn > 0.5 else "uniform_not_worn"
    return Cue(NAME, worn, Reason(code, {"percent": percent(max(worn, 1 - worn))}), view.staff)
