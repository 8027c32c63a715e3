"""What lies still while nobody touches it is furniture, and furniture is no misconduct.

A phone on the desk, a bottle by the monitor: seen again and again at the same place while the
staff member moves (or is away). A held object moves with the hand that holds it. The memory
keeps, for each place where such an object was seen, how long it has lain there; it never judges
by itself.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vision.detections import Detections
from vision.geometry import Boxes, centres, iou

SAME_PLACE_IOU = 0.5
SETTLES_AFTER_S = 8.0
"""An untouched object that has lain still this long is furniture."""
FORGOTTEN_AFTER_S = 120.0
"""A place where nothing was seen for this long is forgotten."""
STAFF_MOVES = 0.06
"""Movement of the staff member's box that shows a still object is not in the hand, as a share of
the box's height."""


@dataclass(frozen=True, slots=True)
class Place:
    """One still thing: its box when first seen there, and what the staff did meanwhile."""

    label: str
    box: NDArray[np.float32]
    since: float
    seen: float
    untouched: bool
    staff_at: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Furniture:
    """All still things of one post. `Furniture()` is the empty memory."""

    places: tuple[Place, ...] = ()

    def look(self, objects: Detections, staff: Boxes, t: float) -> tuple["Furniture", NDArray[np.bool_]]:
        """Take in one look; gives the next memory and, per object, whether it is furniture.

        ``objects`` and ``staff`` (M, 4) in frame pixels, ``t`` event time in seconds.
        """
        places = [place for place in self.places if t - place.seen <= FORGOTTEN_AFTER_S]
        still = np.zeros(len(objects), dtype=np.bool_)
        for i, label in enumerate(objects.labels):
            index = _find(places, label, objects.boxes[i])
            if index is None:
                places.append(_new_place(label, objects.boxes[i], staff, t))
                continue
            places[index] = _seen_again(places[index], staff, t)
            still[i] = places[index].untouched and (t - places[index].since >= SETTLES_AFTER_S)
        return Furniture(tuple(places)), still


def _find(places: list[Place], label: str, box: NDArray[np.float32]) -> int | None:
    same = [i for i, place in enumerate(places) if place.label == label]
    if not same:
        return None
    overlap = iou(box[None], np.stack([places[i].box for i in same]))[0]
    best = int(overlap.argmax())
    return same[best] if overlap[best] >= SAME_PLACE_IOU else None


def _new_place(label: str, box: NDArray[np.float32], staff: Boxes, t: float) -> Place:
    return Place(label, box, t, t, untouched=len(staff) == 0, staff_at=staff[0] if len(staff) else None)


def _seen_again(place: Place, staff: Boxes, t: float) -> Place:
    return replace(place, seen=t, untouched=place.untouched or _staff_moved(place.staff_at, staff))


def _staff_moved(before: NDArray[np.float32] | None, staff: Boxes) -> bool:
    """True when the staff member went away, or moved while the object lay where it was."""
    if len(staff) == 0 or before is None:
        return True
    moved = np.linalg.norm(centres(staff[:1])[0] - centres(before[None])[0])
    return bool(moved >= STAFF_MOVES * max(float(before[3] - before[1]), 1.0))
