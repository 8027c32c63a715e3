"""Where a person's head and hands are likely to be, from the visible box alone.

Without joints this is geometry: a head is about as wide as 0.45 of the visible shoulders, and
higher than 0.38 of a seated, half-hidden body it cannot be. Hands may be anywhere in the box and a
little around it, on the near side of the counter too.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vision.geometry import Boxes, centres, inside_share
from vision.view import PostView

Box = NDArray[np.float32]


def head(person: Box) -> Box:
    """Box of the head with the ears and a little air, shape (4,), frame pixels."""
    x1, y1, x2, y2 = (float(v) for v in person)
    width, height = x2 - x1, y2 - y1
    tall = min(0.38 * height, 0.62 * width)
    half = min(0.5 * width, 0.62 * tall)
    middle = (x1 + x2) / 2
    return np.array([middle - half, y1 - 0.08 * tall, middle + half, y1 + tall], dtype=np.float32)


def reach(person: Box) -> Box:
    """Box in which the hands can hold something: the body's and a margin around it, (4,)."""
    x1, y1, x2, y2 = (float(v) for v in person)
    width, height = x2 - x1, y2 - y1
    return np.array(
        [x1 - 0.15 * width, y1 - 0.02 * height, x2 + 0.15 * width, y2 + 0.12 * height], dtype=np.float32
    )


def near_hands(objects: Boxes, person: Box) -> NDArray[np.float32]:
    """How well each object lies in the hands' reach, (N,): 1 in the body's box, 0 out of reach."""
    in_body = inside_share(objects, person)
    in_reach = inside_share(objects, reach(person))
    nearness: NDArray[np.float32] = np.maximum(in_body, 0.6 * in_reach)
    return nearness


def near_mouth(objects: Boxes, person: Box) -> NDArray[np.float32]:
    """How close each object is to the mouth, (N,): 1 within half a head, falling to 0 at two."""
    x1, y1, x2, y2 = (float(v) for v in head(person))
    mouth = np.array([(x1 + x2) / 2, y1 + 0.72 * (y2 - y1)], dtype=np.float32)
    size = max(y2 - y1, 1.0)
    # The nearest point of the object counts: a cigarette is held at one end.
    nearest = np.clip(mouth, objects[:, :2], objects[:, 2:])
    heads = np.linalg.norm(nearest - mouth, axis=1) / size
    closeness: NDArray[np.float32] = np.clip((2 - heads) / 1.5, 0, 1).astype(np.float32)
    return closeness


def at_mouth_or_in_hand(in_hand: float) -> Callable[[Boxes, Box], NDArray[np.float32]]:
    """The relation of a thing to its user's mouth, or to the hand, which counts ``in_hand`` as much."""

    def related(objects: Boxes, person: Box) -> NDArray[np.float32]:
        nearness: NDArray[np.float32] = np.maximum(
            near_mouth(objects, person), in_hand * near_hands(objects, person)
        )
        return nearness

    return related


def at_head(objects: Boxes, person: Box) -> NDArray[np.bool_]:
    """Which objects have their centre in the head's box, (N,)."""
    x1, y1, x2, y2 = head(person)
    middle = centres(objects)
    mask: NDArray[np.bool_] = (
        (middle[:, 0] >= x1) & (middle[:, 0] <= x2) & (middle[:, 1] >= y1) & (middle[:, 1] <= y2)
    )
    return mask


def belongs_to_staff(view: PostView, objects: Boxes) -> NDArray[np.bool_]:
    """Which objects are nearer to a staff member than to any visitor, (N,)."""
    if len(view.visitors) == 0:
        return np.ones(len(objects), dtype=np.bool_)
    staff = np.max([near_hands(objects, person) for person in view.staff.boxes], axis=0)
    visitor = np.max([inside_share(objects, reach(person)) for person in view.visitors.boxes], axis=0)
    mask: NDArray[np.bool_] = staff >= visitor
    return mask
