"""One post in one look: its crop's detections sorted into staff, visitors and objects."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vision.detections import Detections
from vision.enrolment import Enrolment, Wardrobe
from vision.geometry import Boxes, Polygon, area, centres
from vision.picture import Picture
from vision.posts import Post, staff_and_visitors
from vision.posture import Posture

PERSON = "person"
CUT_WITHIN = 0.01
"""How near a box must come to the crop's edge to be cut off by it, as a share of the picture's height."""


@dataclass(frozen=True, slots=True)
class PostView:
    """What a look knows before anything is judged. Boxes are in pixels of the frame.

    ``objects`` are all detections but people, and ``furniture`` (N,) says which of them lie still
    untouched. ``staff`` stands with the surest person first. ``clothing`` is the embedding of the
    first staff member's torso and ``posture`` that person's joints; None when not computed.
    ``mouth_visited`` says whether a hand was lately at the mouth (`vision.mouth`), None when not known.
    ``on_telephone`` says whether the first staff member holds the desk telephone's handset
    (`vision.telephone`), ``phone_picked_up`` whether a phone that lay on the desk is gone with a hand
    (`vision.pickup`).
    ``classes`` are those that the detector can find, None = all that are asked about.
    """

    post: Post
    picture: Picture
    staff: Detections
    visitors: Detections
    objects: Detections
    furniture: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    clothing: NDArray[np.float32] | None = None
    posture: Posture | None = None
    enrolment: Enrolment | Wardrobe | None = None
    drinking_counts: bool = False
    mouth_visited: bool | None = None
    on_telephone: bool = False
    phone_picked_up: bool = False
    classes: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if self.furniture.shape != (len(self.objects),):
            raise ValueError(
                f"post {self.post.id}: expected furniture of shape ({len(self.objects)},), "
                f"got {self.furniture.shape}"
            )

    def can_show(self, labels: Collection[str]) -> bool:
        """Whether the detector can find a thing of one of these classes: else its absence says nothing."""
        return self.classes is None or not self.classes.isdisjoint(labels)


def sort_people(post: Post, people: Detections, width: int, height: int) -> tuple[Detections, Detections]:
    """Staff (surest first) and visitors of a post among the people of a frame of that size."""
    visitor_zone = post.visitor_polygon(width, height)
    whole = people.boxes if visitor_zone is None else _uncut(people.boxes, post, visitor_zone, width, height)
    staff, visitors = staff_and_visitors(whole, post.staff_polygon(width, height), visitor_zone)
    found = people.take(staff)
    order = np.argsort(-found.scores, kind="stable")
    return found.take(order), people.take(visitors)


def _uncut(boxes: Boxes, post: Post, visitor_zone: Polygon, width: int, height: int) -> Boxes:
    """Boxes that the crop's lower edge cuts off, drawn on to the end of the visitor zone: who is seen
    down to there stands before the counter, and the look shows only the upper part."""
    edge = post.crop(width, height)[3]
    end = float(visitor_zone[:, 1].max())
    cut = (boxes[:, 3] >= edge - CUT_WITHIN * height) & (edge < end)
    whole = boxes.copy()
    whole[cut, 3] = end
    return whole


def person_in_the_middle(people: Detections, width: int, height: int) -> tuple[Detections, Detections]:
    """Staff and others in a picture that is one post's crop, the staff member in its middle.

    The staff member is the person who weighs most by score, size and nearness to the centre.
    """
    if len(people) == 0:
        return people, people
    middle = np.array([width / 2, height / 2], dtype=np.float32)
    off = np.abs(centres(people.boxes) - middle) / middle
    nearness = np.clip(1 - off.max(axis=1), 0.05, 1)
    weight = people.scores * nearness * np.sqrt(area(people.boxes))
    best = int(weight.argmax())
    chosen = np.arange(len(people)) == best
    return people.take(chosen), people.take(~chosen)


WHOLE_PICTURE = Post(id="crop", camera="image", staff_zone=((0, 0), (1, 0), (1, 1), (0, 1)))
"""A post whose staff zone is the whole picture: for single crops (`conduct look`)."""


def zone_in_pixels(post: Post, width: int, height: int) -> list[list[float]]:
    """The staff zone as plain lists, rounded to 0.1 pixel, for files."""
    polygon: Polygon = post.staff_polygon(width, height)
    return [[round(float(x), 1), round(float(y), 1)] for x, y in polygon]
