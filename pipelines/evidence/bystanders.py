"""Where in a clip's picture the post's own staff is, by its timeline: all else is made unrecognisable.

What is shown is what is known to be the post's: its staff zone, and the boxes of its staff where they reach
beyond. Everything else goes, because a timeline knows only the people of its own post and nobody else in the
picture. Of what is shown, the visitor zone and the boxes of everybody who is not staff go as well. Where the
looks do not tell, nothing is shown.
"""

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vision.frame import Image
from vision.view import PERSON

MOST_APART_S = 3.0
"""Between looks that lie further apart nobody knows who came and went."""
AROUND_S = 1.5
"""A box hides for so long before and after its look: a detector may miss somebody now and then."""
MARGIN = 0.15
"""By how much a box of somebody who is not staff is enlarged, on each side, as a share of its own."""
SAME = 0.3
"""Least IoU of one staff member's boxes in two looks."""
COARSE = 32
"""What is not shown is left so many pixels wide, and in so few shades: a face has one or two of them."""
SHADES = 16

Mask = NDArray[np.uint8]
"""(height, width): 255 where the picture is shown, 0 elsewhere."""
Rect = tuple[float, float, float, float]
Fractions = Sequence[tuple[float, float]]
"""A polygon in shares of the picture's width and height."""
_Finite = Annotated[float, Field(allow_inf_nan=False)]


class TimelineDamagedError(ValueError):
    """A timeline cannot be relied on; one line."""


class _Box(BaseModel):
    model_config = ConfigDict(frozen=True)

    box: tuple[_Finite, _Finite, _Finite, _Finite]
    label: str
    role: str
    who: str | None = None

    @property
    def is_staff(self) -> bool:
        return (self.who if self.role == "evidence" else self.role) == "staff"


class _Look(BaseModel):
    t: _Finite
    presence: bool | None
    score: _Finite | None
    boxes: tuple[_Box, ...]

    @property
    def tells(self) -> bool:
        """Whether the picture was looked at: one that told nothing has neither an answer nor boxes."""
        return self.presence is not None or bool(self.boxes)

    @property
    def staff(self) -> list[Rect]:
        return [one.box for one in self.boxes if one.label == PERSON and one.is_staff]

    @property
    def others(self) -> list[Rect]:
        return [one.box for one in self.boxes if one.label == PERSON and not one.is_staff]


class _Timeline(BaseModel):
    event: str
    width: int = Field(gt=0, le=20_000)
    height: int = Field(gt=0, le=20_000)
    zone: tuple[tuple[_Finite, _Finite], ...] = Field(min_length=3)
    looks: tuple[_Look, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        times = [look.t for look in self.looks]
        if times != sorted(times):
            raise ValueError("expected looks in the order of time")
        return self


@dataclass(frozen=True, slots=True)
class Scene:
    """One clip's post and who was seen there when."""

    timeline: _Timeline
    visitor_zone: Fractions | None

    @classmethod
    def read(cls, content: bytes, event: str, visitor_zone: Fractions | None) -> Self:
        """The scene of an event's timeline. Raises TimelineDamagedError."""
        try:
            found = _Timeline.model_validate(json.loads(content))
        except (ValidationError, ValueError, RecursionError) as error:
            raise TimelineDamagedError(f"event {event}: the timeline is damaged") from error
        if found.event != event:
            raise TimelineDamagedError(f"event {event}: the timeline is another event's")
        return cls(found, visitor_zone)

    @property
    def best_t(self) -> float:
        """When the look was that said most surely that the rule is broken."""
        return max(self.timeline.looks, key=lambda look: -1.0 if look.score is None else look.score).t

    def fits(self, width: int, height: int) -> bool:
        """Whether a picture has this timeline's shape: boxes of another stream would lie elsewhere."""
        return abs(width / height - self.timeline.width / self.timeline.height) < 0.03

    def shown(self, t: float, width: int, height: int) -> Mask:
        """What of the picture at second ``t`` is shown, in a rendition of that size."""
        mask: Mask = np.zeros((height, width), np.uint8)
        around = self._around(t)
        if around is None:
            return mask
        before, after = around
        scale = width / self.timeline.width, height / self.timeline.height
        _fill(mask, np.array(self.timeline.zone) * scale, 255)
        for rect in _moved_staff(before, after, t):
            _fill_rect(mask, rect, scale, 255)
        if self.visitor_zone is not None:
            _fill(mask, np.array(self.visitor_zone) * (width, height), 0)
        for rect in self._hidden(before, after, t):
            _fill_rect(mask, rect, scale, 0)
        return mask

    def _around(self, t: float) -> tuple[_Look, _Look] | None:
        """The looks before and after a time, None where they do not tell."""
        looks = self.timeline.looks
        i = bisect_right([look.t for look in looks], t)
        before, after = looks[max(i - 1, 0)], looks[min(i, len(looks) - 1)]
        apart = max(after.t, t) - min(before.t, t)
        return (before, after) if apart <= MOST_APART_S and before.tells and after.tells else None

    def _hidden(self, before: _Look, after: _Look, t: float) -> list[Rect]:
        """Rectangles of everybody who is not staff, wherever they may be at a time."""
        near = [look for look in self.timeline.looks if abs(look.t - t) <= AROUND_S]
        found = [_enlarged(rect) for look in (*near, before, after) for rect in look.others]
        if before is after:
            return found
        earlier = [before, *(look for look in near if look.t <= t)]
        later = [after, *(look for look in near if look.t > t)]
        for here, there in ((before, later), (after, earlier)):
            others = [_enlarged(rect) for look in there for rect in look.others]
            found += [self._way(_enlarged(rect), others) for rect in here.others]
        return found

    def _way(self, rect: Rect, others: list[Rect]) -> Rect:
        """Where somebody is between two looks: on the way to where they are found, or to the nearer side."""
        met = [other for other in others if _overlap(rect, other) > 0]
        if met:
            x1, y1, x2, y2 = np.array([rect, *met]).T
            return float(x1.min()), float(y1.min()), float(x2.max()), float(y2.max())
        left = (rect[0] + rect[2]) / 2 < np.mean([x for x, _ in self.timeline.zone])
        return (0.0, *rect[1:]) if left else (rect[0], rect[1], float(self.timeline.width), rect[3])


def coarse(image: Image) -> Image:
    """A picture (BGR uint8) in which nobody can be recognised: few large spots, of few shades."""
    height, width = image.shape[:2]
    few = COARSE, max(round(COARSE * height / width), 1)
    spots = cv2.resize(image, few, interpolation=cv2.INTER_AREA)
    step = 256 // SHADES
    spots = (spots // step * step + step // 2).astype(np.uint8)
    return np.asarray(cv2.resize(spots, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def composed(image: Image, spots: Image, mask: Mask) -> Image:
    """The picture where the mask shows it, and ``spots`` elsewhere."""
    return np.asarray(cv2.copyTo(image, mask, spots.copy()), np.uint8)


def _moved_staff(before: _Look, after: _Look, t: float) -> list[Rect]:
    """Boxes of staff at a time between two looks that both have them."""
    if before is after:
        return before.staff
    share = min(max((t - before.t) / (after.t - before.t), 0.0), 1.0)
    found: list[Rect] = []
    for rect in before.staff:
        best = max(after.staff, key=lambda other: _overlap(rect, other), default=None)
        if best is not None and _overlap(rect, best) >= SAME:
            x1, y1, x2, y2 = (a + (b - a) * share for a, b in zip(rect, best, strict=True))
            found.append((x1, y1, x2, y2))
    return found


def _enlarged(rect: Rect) -> Rect:
    x1, y1, x2, y2 = rect
    across, down = MARGIN * (x2 - x1), MARGIN * (y2 - y1)
    return x1 - across, y1 - down, x2 + across, y2 + down


def _overlap(a: Rect, b: Rect) -> float:
    """IoU of two rectangles."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def _fill(mask: Mask, polygon: NDArray[Any], value: int) -> None:
    cv2.fillPoly(mask, [np.round(polygon).astype(np.int32)], value)


def _fill_rect(mask: Mask, rect: Rect, scale: tuple[float, float], value: int) -> None:
    """What is shown never grows by rounding, what is hidden does."""
    x1, y1, x2, y2 = (side * scale[i % 2] for i, side in enumerate(rect))
    low, high = (np.ceil, np.floor) if value else (np.floor, np.ceil)
    left, top = (max(int(low(side)), 0) for side in (x1, y1))
    right, bottom = (max(int(high(side)), 0) for side in (x2, y2))
    mask[top:bottom, left:right] = value
