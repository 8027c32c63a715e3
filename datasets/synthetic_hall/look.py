"""The CCTV look: a soft, over-sharpened picture with weak colours, sensor noise and a time stamp. Pure."""

from __future__ import annotations

from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthetic_hall.scenario import Look

Image = NDArray[np.uint8]
TILES = 8


class Cctv:
    """Applies a look to frames of one size; the same seed and frame number give the same noise."""

    def __init__(self, look: Look, width: int, height: int, seed: int) -> None:
        self.look, self.width, self.height = look, width, height
        random = np.random.default_rng(seed)
        self.grain = [self._tile(random, 0.7, 1.0) for _ in range(TILES)]
        self.stain = [self._tile(random, 1.6, 0.7) for _ in range(TILES)]
        self.seed = seed

    def _tile(self, random: np.random.Generator, blur: float, share: float) -> NDArray[np.float32]:
        noise = cv2.GaussianBlur(
            random.standard_normal((self.height, self.width)).astype(np.float32), (0, 0), blur
        )
        return np.asarray(noise / noise.std() * self.look.noise * share, dtype=np.float32)

    def apply(self, picture: Image, index: int, when: datetime) -> Image:
        """A frame as the recorder would get it; BGR in and out."""
        out = self.soften(picture, index)
        self._stamp(out, when)
        return out

    def soften(self, picture: Image, index: int) -> Image:
        """What lens, sensor and sharpening do, without the time stamp."""
        random = np.random.default_rng((self.seed, index))
        planes = cv2.cvtColor(picture, cv2.COLOR_BGR2YCrCb).astype(np.float32)
        luma: NDArray[np.float32] = planes[..., 0]
        chroma = planes[..., 1:]
        if self.look.blur_px:
            luma = np.asarray(cv2.GaussianBlur(luma, (0, 0), self.look.blur_px), dtype=np.float32)
            luma = luma + 0.4 * (luma - cv2.GaussianBlur(luma, (0, 0), 1.6))
        luma = luma * 0.94 + 7 + self._shifted(self.grain, random) * (1.2 - luma / 400)
        for plane in range(2):
            soft = cv2.GaussianBlur(chroma[..., plane], (0, 0), 1.2)
            chroma[..., plane] = 128 + (soft - 128) * 0.82 + self._shifted(self.stain, random)
        planes[..., 0] = luma
        bgr = cv2.cvtColor(np.clip(planes, 0, 255).astype(np.uint8), cv2.COLOR_YCrCb2BGR)
        return np.asarray(bgr, dtype=np.uint8)

    def _shifted(self, tiles: list[NDArray[np.float32]], random: np.random.Generator) -> NDArray[np.float32]:
        tile = tiles[int(random.integers(len(tiles)))]
        shift = (int(random.integers(self.height)), int(random.integers(self.width)))
        return np.roll(tile, shift, (0, 1))

    def _stamp(self, picture: Image, when: datetime) -> None:
        scale = self.height / 720
        size, line = 0.8 * scale + 0.1, max(1, round(2 * scale))
        stamp, label = when.strftime("%Y-%m-%d %H:%M:%S"), self.look.label
        (wide, _), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, size, line)
        corners = (
            (stamp, (round(16 * scale), round(34 * scale))),
            (label, (self.width - wide - 14, self.height - round(16 * scale))),
        )
        for text, at in corners:
            for colour, width in (((20, 20, 20), line + 2), ((245, 245, 245), line)):
                cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, width, cv2.LINE_AA)
