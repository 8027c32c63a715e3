"""The words that all families share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""An output as the runtime gives it."""
Rows = NDArray[np.float32]
"""Detections of one picture, (K, 6): x1, y1, x2, y2 in pixels of the model's input, score, class."""

STRIDES = ((8, 16, 32), (4, 8, 16, 32), (8, 16, 32, 64))
"""Strides of the levels that detectors without anchor boxes have: the usual three, with p2, with p6."""
MOST = 300
"""Detections kept of one picture, as Ultralytics keeps them."""


@dataclass(frozen=True, slots=True)
class Intake:
    """How a family wants a crop in its input.

    ``fit``: ``centre`` keeps the aspect, grey around; ``corner`` keeps it, grey to the right and below;
    ``stretch`` fills the input. ``bgr``: colour order. ``top``: value of a white pixel.
    """

    fit: Literal["centre", "corner", "stretch"] = "centre"
    bgr: bool = False
    top: Literal[1, 255] = 1


@dataclass(frozen=True, slots=True)
class Probe:
    """A run on one black picture of ``height`` x ``width``: what came out, and what else the model says.

    ``sized``: it has a second input, (N, 2) whole numbers, for the size of the picture.
    """

    outputs: tuple[Array, ...]
    height: int
    width: int
    sized: bool
    metadata: Mapping[str, str]

    @property
    def only(self) -> Array | None:
        """The output, when there is just one, of three dimensions and of numbers with a fraction."""
        if self.sized or len(self.outputs) != 1:
            return None
        (value,) = self.outputs
        return value if value.ndim == 3 and value.dtype.kind == "f" else None


def cells(height: int, width: int, strides: tuple[int, ...]) -> int:
    """How many places an input has at these strides together."""
    return sum((height // stride) * (width // stride) for stride in strides)


def corners(boxes: Rows) -> Rows:
    """Boxes (..., 4) given as centre and size, as x1, y1, x2, y2."""
    half = boxes[..., 2:] / 2
    turned: Rows = np.concatenate([boxes[..., :2] - half, boxes[..., :2] + half], axis=-1)
    return turned


def best_class(boxes: Rows, scores: Rows, least: float) -> Rows:
    """Rows of the boxes (A, 4) whose best class (A, C) has at least a score."""
    number = scores.argmax(axis=1)
    score = scores[np.arange(len(scores)), number]
    kept = score >= least
    chosen = np.column_stack([boxes[kept], score[kept], number[kept]])
    return chosen.astype(np.float32)
