"""The part that behaviours about a held object share: whose it is, and how it is held."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vision.behaviours._body import Body, belongs_to_staff
from vision.cue import Cue, Reason
from vision.detections import Detections
from vision.geometry import Boxes
from vision.view import PERSON, PostView

Relation = Callable[[Boxes, Body], NDArray[np.float32]]

SURE_PERSON = 0.3
"""Score from which a person is there to be judged. A fainter one only counts for presence."""
MAX_SIZE = 0.9
"""Longest side of a held object as a share of its holder's width: more is a piece of furniture."""


@dataclass(frozen=True, slots=True)
class Held:
    """The strongest object of its kind: the detection, its holder, and how strong the two are."""

    thing: Detections
    holder: Body
    strength: float

    @property
    def label(self) -> str:
        """Class name of the object."""
        return self.thing.labels[0]


def nobody_to_judge(view: PostView, behaviour: str) -> Cue | None:
    """The unknown cue when the picture is dead or no staff member is surely seen; None otherwise."""
    if not view.can_show({PERSON}):
        return Cue.unknown(behaviour, "detector_without_person")
    if not view.picture.tells:
        return Cue.unknown(behaviour, f"picture_{view.picture.value}")
    if len(view.staff) == 0 or view.staff.scores[0] < SURE_PERSON:
        return Cue.unknown(behaviour, "nobody_to_judge")
    return None


def strongest_held(view: PostView, weights: Mapping[str, float], relation: Relation) -> Held | None:
    """The object with the greatest score x weight x relation to a staff member, or None.

    ``weights`` gives the classes that count and how much. Furniture, visitors' things and what is
    too big to be held do not count.
    """
    loose = view.objects.take(view.objects.is_a(weights) & ~view.furniture)
    loose = loose.take(belongs_to_staff(view, loose.boxes))
    best: Held | None = None
    for i, (person, sure) in enumerate(zip(view.staff.boxes, view.staff.scores, strict=True)):
        if sure < SURE_PERSON or len(loose) == 0:
            continue
        holder = Body.of(person, view.posture if i == 0 else None)
        longest = (loose.boxes[:, 2:] - loose.boxes[:, :2]).max(axis=1)
        fits = longest <= MAX_SIZE * float(person[2] - person[0])
        weight = np.array([weights[label] for label in loose.labels], dtype=np.float32)
        strength = loose.scores * weight * relation(loose.boxes, holder) * fits
        k = int(strength.argmax())
        if strength[k] > (best.strength if best else 0.0):
            best = Held(loose.take(np.arange(len(loose)) == k), holder, float(strength[k]))
    return best


def by_posture(view: PostView, cue: Cue, codes: Mapping[str, str]) -> Cue:
    """The cue with what the first staff member's posture says; ``codes`` gives the reason for each act.

    Where no object is seen and the posture looks like one of the acts rather than not, it is the reason.
    """
    share = view.posture.share(*codes) if view.posture is not None else None
    if view.posture is None or share is None:
        return cue
    likest = max(codes, key=view.posture.acts.__getitem__)
    if cue.score or share < 0.5:
        return replace(cue, posture=share)
    reason = Reason(codes[likest], {"percent": percent(share)})
    return replace(cue, posture=share, why=reason, evidence=view.staff.take(np.arange(len(view.staff)) == 0))


def percent(score: float) -> int:
    """A score as whole per cent, for a reason's text."""
    return round(100 * score)
