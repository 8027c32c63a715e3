"""Presence: is the post staffed? As many people in the staff zone as the post must have.

Clauses B6, B5, A四1 (脱岗). A dead, dark or frozen picture is unknown, never an absence.
"""

from vision.behaviours._held import percent
from vision.cue import Cue, Reason
from vision.view import PERSON, PostView

NAME = "presence"
NEEDS = frozenset({PERSON})


def judge(view: PostView) -> Cue:
    """Score: how surely the last of the required staff was seen; 0 when fewer were."""
    if not view.can_show(NEEDS):
        return Cue.unknown(NAME, "detector_without_person")
    if not view.picture.tells:
        return Cue.unknown(NAME, f"picture_{view.picture.value}")
    needed, seen = view.post.staff, len(view.staff)
    if seen < needed:
        code = "nobody_seen" if seen == 0 else "too_few_seen"
        return Cue(NAME, 0.0, Reason(code, {"seen": seen, "needed": needed}), view.staff)
    score = float(view.staff.scores[needed - 1])
    return Cue(NAME, score, Reason("staff_seen", {"seen": seen, "percent": percent(score)}), view.staff)
