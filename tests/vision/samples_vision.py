"""Hand-made looks: a person, things around them, and the view of a post that holds them.

Drawn for `ANNE`, pixels of the frame::

        100        200
     100 ┌──────────┐
         │  (head)  │   mouth near (150, 143), head about 67 tall
         │          │
         │   body   │
     300 └──────────┘   hands reach 15 wider to each side and 24 lower
"""

from collections.abc import Sequence

import numpy as np
from hypothesis import settings
from numpy.typing import NDArray

from vision.detections import Detections
from vision.enrolment import Enrolment, Wardrobe
from vision.picture import Picture
from vision.posts import Post
from vision.posture import ACTS, JOINTS, Posture
from vision.view import PostView

Rect = tuple[float, float, float, float]
Thing = tuple[str, float, Rect]

STEADY = settings(deadline=None, derandomize=True, max_examples=100)
"""Hypothesis on a shared machine: no deadline, and the same examples in every run."""

ANNE: Rect = (100, 100, 200, 300)
BEN: Rect = (400, 100, 500, 300)
VISITOR: Rect = (90, 310, 230, 480)

EAR: Rect = (175, 120, 187, 145)
MOUTH: Rect = (146, 138, 158, 148)
LAP: Rect = (140, 230, 155, 250)
BESIDE: Rect = (202, 250, 212, 270)
DESK: Rect = (260, 280, 280, 300)
ANNES_JOINTS = {
    "nose": (150, 134),
    "left_eye": (156, 126),
    "right_eye": (144, 126),
    "left_ear": (165, 130),
    "right_ear": (135, 130),
    "left_shoulder": (190, 175),
    "right_shoulder": (110, 175),
    "left_elbow": (195, 225),
    "right_elbow": (105, 225),
    "left_wrist": (160, 240),
    "right_wrist": (140, 240),
    "left_hip": (165, 290),
    "right_hip": (135, 290),
}
AT_THE_GLASS: Rect = (140, 311, 155, 321)

SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def boxes(*rects: Rect) -> NDArray[np.float32]:
    return np.array(rects, dtype=np.float32).reshape(-1, 4)


def found(*things: Thing) -> Detections:
    scores = np.array([score for _, score, _ in things], dtype=np.float32)
    return Detections(boxes(*(rect for _, _, rect in things)), scores, tuple(label for label, _, _ in things))


def people(*rects: Rect, score: float = 0.9) -> Detections:
    return found(*(("person", score, rect) for rect in rects))


def post(staff: int = 1, **changes: object) -> Post:
    fields: dict[str, object] = {"id": "w01", "camera": "east", "staff_zone": SQUARE, "staff": staff}
    return Post.model_validate({**fields, **changes})


def posture(seen: float = 0.9, **acts: float) -> Posture:
    """Anne's joints, all seen alike, hands in the lap, and the given shares of acts; the rest is `desk`."""
    joints = np.array([(*ANNES_JOINTS[name], seen) for name in JOINTS], np.float32)
    shares = {**dict.fromkeys(ACTS, 0.0), "desk": 1 - sum(acts.values()), **acts}
    return Posture(joints, shares)


def view(
    *things: Thing,
    staff: Detections | None = None,
    visitors: Detections | None = None,
    picture: Picture = Picture.LIVE,
    furniture: Sequence[bool] | None = None,
    needed: int = 1,
    drinking_counts: bool = False,
    clothing: NDArray[np.float32] | None = None,
    enrolment: Enrolment | Wardrobe | None = None,
    posture: Posture | None = None,
    mouth_visited: bool | None = None,
    on_telephone: bool = False,
    phone_picked_up: bool = False,
) -> PostView:
    """One look; Anne is at the post unless ``staff`` says otherwise, and nothing is furniture."""
    still = [False] * len(things) if furniture is None else list(furniture)
    return PostView(
        post(needed),
        picture,
        people(ANNE) if staff is None else staff,
        Detections.none() if visitors is None else visitors,
        found(*things),
        np.array(still, dtype=np.bool_),
        clothing=clothing,
        enrolment=enrolment,
        posture=posture,
        drinking_counts=drinking_counts,
        mouth_visited=mouth_visited,
        on_telephone=on_telephone,
        phone_picked_up=phone_picked_up,
    )


NOBODY = Detections.none()
DEAD_PICTURES = (Picture.STILL, Picture.FROZEN, Picture.DARK, Picture.BLANK, Picture.CORRUPT)
