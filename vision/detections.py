"""What a detector found in one picture: a struct of arrays, validated on construction."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.geometry import Boxes


@dataclass(frozen=True, slots=True)
class Detections:
    """N boxes with their classes and scores. N = 0 is a normal value (`Detections.none()`).

    ``boxes`` float32 (N, 4) x1, y1, x2, y2 in pixels of the picture asked about; ``scores``
    float32 (N,) from 0 to 1; ``labels`` N class names (COCO's, and our own).

    Raises ValueError when a shape, a type or a range is wrong, saying which.
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        n = len(self.labels)
        if self.boxes.shape != (n, 4) or self.boxes.dtype != np.float32:
            raise ValueError(
                f"expected float32 boxes of shape ({n}, 4) for {n} labels, "
                f"got {self.boxes.dtype} {self.boxes.shape}"
            )
        if self.scores.shape != (n,) or self.scores.dtype != np.float32:
            raise ValueError(
                f"expected float32 scores of shape ({n},), got {self.scores.dtype} {self.scores.shape}"
            )
        if not (np.isfinite(self.boxes).all() and np.isfinite(self.scores).all()):
            raise ValueError("expected finite boxes and scores, got NaN or infinity")
        if n and (self.scores.min() < 0 or self.scores.max() > 1):
            raise ValueError(
                f"expected scores from 0 to 1, got {self.scores.min():g} to {self.scores.max():g}"
            )

    @classmethod
    def none(cls) -> "Detections":
        """No detection."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), ())

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: NDArray[np.bool_] | NDArray[np.intp]) -> "Detections":
        """The chosen detections: a mask of shape (N,) or indices."""
        chosen = np.arange(len(self))[index]
        return Detections(self.boxes[chosen], self.scores[chosen], tuple(self.labels[i] for i in chosen))

    def of(self, labels: Collection[str]) -> "Detections":
        """The detections whose class is one of ``labels``."""
        return self.take(self.is_a(labels))

    def is_a(self, labels: Collection[str]) -> NDArray[np.bool_]:
        """Mask of shape (N,): whose class is one of ``labels``."""
        return np.array([label in labels for label in self.labels], dtype=np.bool_)
