"""People in a camera's picture, for picking examples of uniforms: found by the models, cut out one by one."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.choice import choose
from models.detector import Crop
from models.manifest import Manifest
from pipelines.looking.eyes import Eyes, merged
from pipelines.looking.uniform import SURE_PERSON, Lessons, learn
from vision.frame import Image
from vision.mistake import MistakeError
from vision.posts import Post

KEPT_S = 600.0
MOST_KEPT = 4
"""Pictures in memory: each is one that somebody is picking people from."""
MARGIN = 0.05
"""How far a crop reaches beyond a person's box, as a share of its sides."""
SMALLEST = 48
"""Pixels of a crop's shorter side, below which hardly any cloth is seen."""
MOST_SHARE = 0.5
"""Of the picture's area: a larger part is no crop of one person."""

Box = tuple[float, float, float, float]
"""x1, y1, x2, y2 as fractions of the picture's width and height."""


class CropRefusedError(MistakeError):
    """A part of a picture is no crop of one person."""


class UnknownPictureError(LookupError):
    """The picture is not kept any more."""


@dataclass(frozen=True, slots=True)
class Pickable:
    """A picture, BGR uint8 (H, W, 3), and the people in it."""

    camera: str
    image: Image
    people: tuple[Box, ...]


class Pictures:
    """The last pictures that people are being picked from, in memory only. Any thread may call it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._kept: dict[str, tuple[float, Pickable]] = {}

    def keep(self, picture: Pickable) -> str:
        """Keep one for some minutes; gives its id. The oldest goes when there are too many."""
        name = secrets.token_hex(8)
        with self._lock:
            self._forget()
            while len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[name] = (self._clock(), picture)
        return name

    def of(self, name: str) -> Pickable:
        """One that is still there. Raises UnknownPictureError."""
        with self._lock:
            self._forget()
            if name not in self._kept:
                raise UnknownPictureError(name)
            return self._kept[name][1]

    def _forget(self) -> None:
        since = self._clock() - KEPT_S
        self._kept = {name: one for name, one in self._kept.items() if one[0] >= since}


def cut(picture: Pickable, box: Box) -> Image:
    """The crop of one person. Raises CropRefusedError: too small, too large, or several people in it."""
    height, width = picture.image.shape[:2]
    inside = [person for person in picture.people if _has_middle_of(box, person)]
    if len(inside) > 1:
        told = "expected one person, got {count}"
        raise CropRefusedError("crop_several", told, count=len(inside))
    x1, y1, x2, y2 = _with_margin(box)
    if (x2 - x1) * (y2 - y1) > MOST_SHARE and not inside:
        raise CropRefusedError("crop_large", "expected one person, got most of the picture")
    left, top, right, bottom = round(x1 * width), round(y1 * height), round(x2 * width), round(y2 * height)
    if min(right - left, bottom - top) < SMALLEST:
        told = "expected a crop of at least {least} pixels a side, got {count}"
        count = min(right - left, bottom - top)
        raise CropRefusedError("crop_small", told, least=SMALLEST, count=count)
    return picture.image[top:bottom, left:right].copy()


def people_in(models: Path | None, provider: str, image: Image, posts: Sequence[Post]) -> tuple[Box, ...]:
    """Everybody in a picture, looked for in the whole and at each post. Raises ModelError."""
    height, width = image.shape[:2]
    crops = [Crop.whole(image), *(Crop(image, post.crop(width, height)) for post in posts)]
    found = merged([seen.people for seen in _eyes(models, provider).see(crops)])
    sure: NDArray[np.float64] = found.boxes[found.scores >= SURE_PERSON] / (width, height, width, height)
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in np.clip(sure, 0, 1))


def judged(models: Path | None, provider: str, wear: Path, other: Path | None) -> Lessons:
    """What the examples teach, as `conduct uniform enrol` finds it. Raises PictureError, ModelError."""
    return learn(_eyes(models, provider), wear, other)


def _eyes(models: Path | None, provider: str) -> Eyes:
    manifest = Manifest.load(models)
    return Eyes(manifest, runtime=choose(manifest, provider).runtime)


def _has_middle_of(box: Box, person: Box) -> bool:
    x, y = (person[0] + person[2]) / 2, (person[1] + person[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _with_margin(box: Box) -> Box:
    x, y = (box[2] - box[0]) * MARGIN, (box[3] - box[1]) * MARGIN
    return max(box[0] - x, 0.0), max(box[1] - y, 0.0), min(box[2] + x, 1.0), min(box[3] + y, 1.0)
