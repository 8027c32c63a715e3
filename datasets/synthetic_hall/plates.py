"""Plate compositing: rectangles around people are rendered and laid over a still of the empty hall. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rect = tuple[int, int, int, int]
"""x1, y1, x2, y2 in pixels, y down; x2 and y2 are outside."""
Image = NDArray[np.uint8]
GRID = 16
FEATHER = 14
"""As wide as the margin around what is rendered: a person is never in it, the end of a shadow is."""


def snap(rect: Rect, width: int, height: int) -> Rect:
    """The rectangle grown to a grid of 16 pixels inside the picture, so that small movements keep it."""
    x1, y1, x2, y2 = rect
    return (
        max(0, x1 // GRID * GRID),
        max(0, y1 // GRID * GRID),
        min(width, -(-x2 // GRID) * GRID),
        min(height, -(-y2 // GRID) * GRID),
    )


def overlap(a: Rect, b: Rect) -> bool:
    """Whether two rectangles share a pixel."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def seen_together(name: str, rects: dict[str, Rect], ignore: set[str]) -> list[str]:
    """The named actor and those whose rectangles touch its own, sorted; what its picture depends on."""
    own = rects[name]
    return sorted(n for n, r in rects.items() if n == name or (n not in ignore and overlap(own, r)))


def feather(rect: Rect, width: int, height: int, pixels: int = FEATHER) -> NDArray[np.float32]:
    """Weights (h, w, 1) of a region: 1 inside, falling to 0 at edges that are not the picture's own."""
    x1, y1, x2, y2 = rect

    def ramp(length: int, soft_start: bool, soft_end: bool) -> NDArray[np.float32]:
        at = np.arange(length, dtype=np.float32) + 0.5
        first = np.minimum(1, at / pixels) if soft_start else np.ones(length, np.float32)
        last = np.minimum(1, (length - at) / pixels) if soft_end else np.ones(length, np.float32)
        return np.asarray(first * last, dtype=np.float32)

    weights = np.outer(ramp(y2 - y1, y1 > 0, y2 < height), ramp(x2 - x1, x1 > 0, x2 < width))
    return weights[..., None].astype(np.float32)


def lay(picture: Image, region: Image, rect: Rect) -> None:
    """Blend a region (BGR, of the rectangle's size) into the picture in place."""
    x1, y1, x2, y2 = rect
    if region.shape[:2] != (y2 - y1, x2 - x1):
        raise ValueError(f"region {rect}: expected {(y2 - y1, x2 - x1)} pixels, got {region.shape[:2]}")
    weights = feather(rect, picture.shape[1], picture.shape[0])
    below = picture[y1:y2, x1:x2].astype(np.float32)
    picture[y1:y2, x1:x2] = np.clip(
        below + (region.astype(np.float32) - below) * weights + 0.5, 0, 255
    ).astype(np.uint8)
