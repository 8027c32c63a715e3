"""Where a person's head, mouth and hands are: from the joints where they are seen, else from the visible box.

Without joints this is geometry: a head is about as wide as 0.45 of the visible shoulders, and
higher than 0.38 of a seated, half-hidden body it cannot be. Hands may then be anywhere in the box and a
little around it, on the near side of the counter too.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.geometry import Boxes, centres, gaps, inside_share
from vision.posture import Posture
from vision.view import PostView

Box = NDArray[np.float32]
Point = NDArray[np.float32]

IN_THE_HAND, OUT_OF_HAND = 0.4, 1.1
"""Distance from a hand's middle, in shoulder widths (40 cm), up to which a thing is surely in the hand, and
from which it surely is not: a joint may be off by a third of that, and a thing reaches beyond the hand."""
FAR_FROM_MOUTH, FAR_FROM_GUESSED_MOUTH = 1.0, 2.0
"""Heads from the mouth at which a thing is not at it."""
HEAD_HEIGHT = 0.65
"""Height of a head with its hair, in shoulder widths."""


@dataclass(frozen=True, slots=True)
class Body:
    """One person, in pixels of the frame.

    The visible ``box``, the ``head`` with the ears and a little air (4,), the ``mouth`` (2,), and the middles
    of the ``hands`` that are seen (K, 2). ``unit`` is the shoulders' width, 0 when joints are not known.
    """

    box: Box
    head: Box
    mouth: Point
    hands: NDArray[np.float32]
    unit: float = 0.0

    @classmethod
    def of(cls, person: Box, posture: Posture | None) -> "Body":
        """A person as the joints show them, or by their box where the joints say too little."""
        unit = posture.unit if posture is not None and posture.tells else 0.0
        if posture is None or unit < 1:
            return cls.by_box(person)
        half = 0.62 * HEAD_HEIGHT * unit
        x, y = (float(v) for v in posture.face)
        head = np.array([x - half, y - 1.1 * half, x + half, y + half], dtype=np.float32)
        return cls(person, head, posture.mouth, posture.hands, unit)

    @classmethod
    def by_box(cls, person: Box) -> "Body":
        """A person of whom only the visible box (4,) is known."""
        around = head(person)
        x1, y1, x2, y2 = (float(v) for v in around)
        mouth = np.array([(x1 + x2) / 2, y1 + 0.72 * (y2 - y1)], dtype=np.float32)
        return cls(person, around, mouth, np.zeros((0, 2), np.float32))


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


def near_hands(objects: Boxes, body: Body) -> NDArray[np.float32]:
    """How well each object lies in a hand, (N,), 1 to 0.

    With both hands seen, by the distance to the nearer one. A hand that is not seen may be anywhere: then 1
    in the body's box, 0 out of reach, and less where the other hand is seen.
    """
    in_body = inside_share(objects, body.box)
    in_reach = inside_share(objects, reach(body.box))
    anywhere: NDArray[np.float32] = np.maximum(in_body, 0.6 * in_reach)
    if len(body.hands) == 0:
        return anywhere
    # Pixels to the nearest point of an object: a cigarette is held at one end.
    nearest = gaps(body.hands[:, None], objects[None]).min(axis=0) / body.unit
    held: NDArray[np.float32] = np.clip((OUT_OF_HAND - nearest) / (OUT_OF_HAND - IN_THE_HAND), 0, 1)
    if len(body.hands) == 1:
        held = np.maximum(held, 0.6 * anywhere)
    return held


def near_mouth(objects: Boxes, body: Body) -> NDArray[np.float32]:
    """How close each object is to the mouth, (N,): 1 within half a head, falling to 0.

    It does at one head where joints say where the mouth is, else at two.
    """
    size = max(float(body.head[3] - body.head[1]), 1.0)
    far = FAR_FROM_MOUTH if body.unit else FAR_FROM_GUESSED_MOUTH
    heads = gaps(body.mouth, objects) / size
    closeness: NDArray[np.float32] = np.clip((far - heads) / (far - 0.5), 0, 1).astype(np.float32)
    return closeness


def at_mouth_or_in_hand(in_hand: float) -> Callable[[Boxes, Body], NDArray[np.float32]]:
    """The relation of a thing to its user's mouth, or to the hand, which counts ``in_hand`` as much."""

    def related(objects: Boxes, body: Body) -> NDArray[np.float32]:
        nearness: NDArray[np.float32] = np.maximum(
            near_mouth(objects, body), in_hand * near_hands(objects, body)
        )
        return nearness

    return related


def at_head(objects: Boxes, body: Body) -> NDArray[np.bool_]:
    """Which objects have their centre in the head's box, (N,)."""
    x1, y1, x2, y2 = body.head
    middle = centres(objects)
    mask: NDArray[np.bool_] = (
        (middle[:, 0] >= x1) & (middle[:, 0] <= x2) & (middle[:, 1] >= y1) & (middle[:, 1] <= y2)
    )
    return mask


def belongs_to_staff(view: PostView, objects: Boxes) -> NDArray[np.bool_]:
    """Which objects are nearer to a staff member than to any visitor, (N,)."""
    if len(view.visitors) == 0:
        return np.ones(len(objects), dtype=np.bool_)
    staff = np.max([near_hands(objects, Body.by_box(person)) for person in view.staff.boxes], axis=0)
    visitor = np.max([inside_share(objects, reach(person)) for person in view.visitors.boxes], axis=0)
    mask: NDArray[np.bool_] = staff >= visitor
    return mask
