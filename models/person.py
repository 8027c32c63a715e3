"""What the clothes of a person look like: features of the torso for the uniform's enrolment.

The detector's own early stages, pooled, together with a colour histogram: on real CCTV the two
together told a uniform better than either (AUC 0.93 with ten examples each).
"""

from collections.abc import Sequence

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from models.manifest import Manifest
from models.session import Session
from vision.frame import Image

MIN_TORSO = (16, 12)
"""Smallest torso, height and width in pixels, that shows clothes at all."""
HUES, SATURATIONS = 12, 4
HISTOGRAM_WEIGHT = 3.0


def torso(person: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """The clothed part of a visible upper body, without the face: x1, y1, x2, y2, whole pixels.

    ``person`` is a box of shape (4,) in pixels of the frame.
    """
    x1, y1, x2, y2 = (float(v) for v in person)
    width, height = x2 - x1, y2 - y1
    top = y1 + min(0.36 * height, 0.62 * width)
    bottom = min(y2, top + 1.3 * width)
    return round(x1 + 0.12 * width), round(top), round(x2 - 0.12 * width), round(bottom)


class Clothing:
    """Clothing features of torsos."""

    def __init__(self, manifest: Manifest, *, threads: int = 0) -> None:
        """Load the manifest's first model of task ``clothing``; ModelError when it does not fit."""
        self.name, self.entry = manifest.of_task("clothing")
        self._session = Session(manifest, self.entry, threads=threads)

    def embed(
        self, pictures: Sequence[tuple[Image, NDArray[np.float32]]]
    ) -> list[NDArray[np.float32] | None]:
        """Features of shape (D,) for each (frame BGR, person box (4,)); None where too little shows."""
        cuts = [_cut(image, torso(box)) for image, box in pictures]
        seen = [cut for cut in cuts if cut is not None]
        if not seen:
            return [None] * len(cuts)
        height, width = self.entry.input
        resized = [cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA) for cut in seen]
        batch = np.stack(resized)[:, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 255
        deep = self._session.run(np.ascontiguousarray(batch))
        features = iter(
            np.concatenate([row, HISTOGRAM_WEIGHT * _histogram(cut)]).astype(np.float32)
            for row, cut in zip(deep, resized, strict=True)
        )
        return [None if cut is None else next(features) for cut in cuts]


def _cut(image: Image, region: tuple[int, int, int, int]) -> Image | None:
    x1, y1 = max(region[0], 0), max(region[1], 0)
    x2, y2 = min(region[2], image.shape[1]), min(region[3], image.shape[0])
    if y2 - y1 < MIN_TORSO[0] or x2 - x1 < MIN_TORSO[1]:
        return None
    return image[y1:y2, x1:x2]


def _histogram(torso_bgr: MatLike) -> NDArray[np.float32]:
    """Hue by saturation, and brightness: square roots of shares (Hellinger), shape (60,)."""
    hsv = cv2.cvtColor(torso_bgr, cv2.COLOR_BGR2HSV)
    colour = cv2.calcHist([hsv], [0, 1], None, [HUES, SATURATIONS], [0, 180, 0, 256]).ravel()
    light = cv2.calcHist([hsv], [2], None, [HUES], [0, 256]).ravel()
    histogram: NDArray[np.float32] = np.sqrt(np.concatenate([colour, light]) / hsv[..., 0].size)
    return histogram.astype(np.float32)
