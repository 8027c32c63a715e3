"""The newest look at each post, with the picture of its staff zone: what a wall of posts shows.

A look costs no more for it than a copy of some pixels. Nothing is encoded until somebody asks to see it,
and nothing older than the newest look is kept anywhere.
"""

import threading
from dataclasses import dataclass, field

import cv2
import numpy as np

from pipelines.observations import Look
from vision.frame import Frame, Image
from vision.geometry import Polygon
from vision.posts import Post

SIDE = 400
"""Longest side of a picture that is shown, in pixels; of one that is kept less than twice as much."""
QUALITY = 80
COARSE = 24
"""What lies outside the staff zone is left so many pixels wide."""
SAYS_NOTHING = "picture_still"
"""The reason of looks at the same picture again."""
ANOTHER_VIEW = "picture_moved"
"""The reason of looks at a place that is not the post."""


@dataclass(frozen=True, slots=True)
class StaffPicture:
    """The rectangle around a post's staff zone: BGR uint8 (height, width, 3), and the zone in its pixels."""

    image: Image
    zone: Polygon

    def jpeg(self) -> bytes:
        """As JPEG; outside the zone only coarse blocks are left, for whoever is there is not staff."""
        height, width = self.image.shape[:2]
        scale = min(1.0, SIDE / max(height, width))
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        image = cv2.resize(self.image, size)
        inside = np.zeros(image.shape[:2], np.uint8)
        cv2.fillPoly(inside, [np.round(self.zone * scale).astype(np.int32)], 1)
        few = COARSE, max(round(COARSE * size[1] / size[0]), 1)
        blocks = cv2.resize(cv2.resize(image, few, interpolation=cv2.INTER_AREA), size, interpolation=0)
        shown = np.where(inside[..., None] > 0, image, blocks)
        _, content = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        return content.tobytes()


@dataclass(slots=True)
class NewestLook:
    """A post's newest look; ``picture`` is None when the camera showed something else than the post."""

    look: Look
    picture: StaffPicture | None
    _jpeg: bytes | None = field(default=None, repr=False)

    def jpeg(self) -> bytes | None:
        """The picture as JPEG, made when it is asked for first."""
        if self._jpeg is None and self.picture is not None:
            self._jpeg = self.picture.jpeg()
        return self._jpeg


class NewestLooks:
    """By post. The thread that looks writes, any thread reads."""

    def __init__(self) -> None:
        """No post was looked at yet."""
        self._lock = threading.Lock()
        self._by_post: dict[str, NewestLook] = {}

    def take(self, post: Post, look: Look, frame: Frame) -> None:
        """A post was looked at in a frame. A picture that is the same as before says nothing new."""
        why = look.why["presence"].code
        if why == SAYS_NOTHING:
            return
        newest = NewestLook(look, None if why == ANOTHER_VIEW else _staff_picture(post, frame))
        with self._lock:
            self._by_post[post.id] = newest

    def of(self, post: str) -> NewestLook | None:
        """The newest look at a post, None when this process has not looked at it."""
        with self._lock:
            return self._by_post.get(post)


def _staff_picture(post: Post, frame: Frame) -> StaffPicture:
    zone = post.staff_polygon(frame.width, frame.height)
    x1, y1 = np.floor(np.clip(zone.min(axis=0), 0, (frame.width - 1, frame.height - 1))).astype(int)
    x2, y2 = np.ceil(zone.max(axis=0)).astype(int)
    image = frame.image[y1:y2, x1:x2]
    step = max(image.shape[:2]) // SIDE
    if step < 2:
        return StaffPicture(image.copy(), zone - (x1, y1))
    # A whole step is OpenCV's fast way; no side may become nothing.
    size = max(image.shape[1] // step, 1), max(image.shape[0] // step, 1)
    image = image[: size[1] * step, : size[0] * step]
    smaller = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return StaffPicture(smaller, (zone - (x1, y1)) / step)
