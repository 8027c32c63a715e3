"""Objects in crops of frames: letterbox, batch, decode, boxes back in pixels of the frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.manifest import Manifest, ModelError
from models.session import DEFAULT, Runtime, Session, Tensor
from vision.detections import Detections
from vision.frame import Image
from vision.geometry import Placement

GREY = 114
"""Padding of the letterbox, as in training."""
BEST_BATCH = 2
"""Crops in one call of the runtime. On two CPU cores more gain nothing: one crop fills both cores, and
a larger batch only leaves the cache (`conduct bench looks`)."""

# OpenCV's own threads would compete with the runtime's for the same cores.
cv2.setNumThreads(1)


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of a picture to look at: ``region`` x1, y1, x2, y2 in whole pixels of ``image`` (BGR)."""

    image: Image
    region: tuple[int, int, int, int]

    @classmethod
    def whole(cls, image: Image) -> "Crop":
        """All of a picture."""
        return cls(image, (0, 0, image.shape[1], image.shape[0]))


def letterbox(crop: Crop, out: NDArray[np.uint8]) -> Placement:
    """Scale a crop into the square ``out`` (S, S, 3), aspect kept, grey around; says where it went."""
    size = out.shape[0]
    x1, y1, x2, y2 = crop.region
    scale = min(size / (x2 - x1), size / (y2 - y1))
    width, height = max(round((x2 - x1) * scale), 1), max(round((y2 - y1) * scale), 1)
    left, top = (size - width) // 2, (size - height) // 2
    out[:] = GREY
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    out[top : top + height, left : left + width] = cv2.resize(
        crop.image[y1:y2, x1:x2], (width, height), interpolation=method
    )
    return Placement((float(x1), float(y1)), scale, (float(left), float(top)))


class Detector:
    """The hall detector: COCO's classes and our own, end to end (no NMS needed).

    Its output is (N, K, 6): x1, y1, x2, y2 in pixels of the input, score, class.
    """

    def __init__(self, manifest: Manifest, *, threads: int = 0, runtime: Runtime = DEFAULT) -> None:
        """Load the manifest's first model of task ``detect``; ModelError when it does not fit."""
        self.name, self.entry = manifest.of_task("detect")
        self._session = Session(manifest, self.entry, threads=threads, runtime=runtime)
        self.sha256 = self._session.sha256
        self.size = self.entry.input[0]
        probe = self._session.probe(self.size, self.size)
        if probe.ndim != 3 or probe.shape[2] != 6:
            raise ModelError(
                f"{self._session.path}: expected an output of shape (N, K, 6), got {probe.shape}"
            )

    def detect(
        self, crops: Sequence[Crop], *, size: int | None = None, min_score: float = 0.05
    ) -> list[Detections]:
        """Detections of each crop in pixels of its whole picture, clipped to the crop.

        ``size`` is the side of the square input in pixels, a multiple of 32 (default: the
        manifest's). Any number of crops, of any size of at least 1 x 1.
        """
        side = size or self.size
        found: list[Detections] = []
        for first in range(0, len(crops), BEST_BATCH):
            part = crops[first : first + BEST_BATCH]
            batch, placements = prepare(part, side)
            output = self.raw(batch)
            found.extend(
                self._decode(rows, crop, placement, min_score)
                for rows, crop, placement in zip(output, part, placements, strict=True)
            )
        return found

    def raw(self, batch: Tensor) -> Tensor:
        """The network alone, for benchmarks: float32 (N, 3, S, S) as `prepare` makes it to (N, K, 6)."""
        return self._session.run(batch)

    def _decode(self, rows: Tensor, crop: Crop, placement: Placement, min_score: float) -> Detections:
        rows = rows[rows[:, 4] >= min_score]
        x1, y1, x2, y2 = crop.region
        boxes = placement.to_frame(rows[:, :4])
        boxes = np.clip(boxes, (x1, y1, x1, y1), (x2, y2, x2, y2)).astype(np.float32)
        kept = ((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])).nonzero()[0]
        labels = tuple(self.entry.classes[int(rows[i, 5])] for i in kept)
        return Detections(boxes[kept], np.clip(rows[kept, 4], 0, 1), labels)


def prepare(crops: Sequence[Crop], side: int) -> tuple[Tensor, list[Placement]]:
    """Crops as one network input, float32 (N, 3, side, side), RGB, 0 to 1, and where each lies."""
    pixels = np.empty((len(crops), side, side, 3), np.uint8)
    placements = [letterbox(crop, out) for crop, out in zip(crops, pixels, strict=True)]
    batch = np.ascontiguousarray(pixels[:, :, :, ::-1].transpose(0, 3, 1, 2), dtype=np.float32)
    batch /= 255
    return batch, placements
