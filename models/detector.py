"""Objects in crops of frames: letterbox, batch, decode, boxes back in pixels of the frame.

The hall detector is one of many: `models.outputs` knows what other families of detectors want and give.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models import outputs
from models.classes import named_in
from models.manifest import Manifest, ModelError
from models.outputs.form import Array, Intake, Probe, Rows
from models.pixels import levels, write
from models.scaling import planes
from models.session import DEFAULT, Runtime, Session, Tensor
from vision.detections import Detections
from vision.frame import Image
from vision.geometry import Placement

GREY = 114
"""Padding of the letterbox, as in training."""
CENTRED = Intake()
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


def letterbox(crop: Crop, out: Tensor, intake: Intake = CENTRED) -> Placement:
    """Scale a crop into ``out``, float32 (3, H, W), grey around; says where it went."""
    high, wide = out.shape[1:]
    x1, y1, x2, y2 = crop.region
    scale = min(wide / (x2 - x1), high / (y2 - y1))
    width, height = max(round((x2 - x1) * scale), 1), max(round((y2 - y1) * scale), 1)
    left, top, stretch = (wide - width) // 2, (high - height) // 2, 1.0
    if intake.fit != "centre":
        left = top = 0
    if intake.fit == "stretch":
        width, height, scale = wide, high, wide / (x2 - x1)
        stretch = high / (y2 - y1) / scale
    if (width, height) != (wide, high):
        out[:] = levels(intake.top)[GREY]
    inner = out[:, top : top + height, left : left + width]
    write(planes(crop.image[y1:y2, x1:x2], width, height), inner, bgr=intake.bgr, top=intake.top)
    return Placement((float(x1), float(y1)), scale, (float(left), float(top)), stretch)


class Detector:
    """A detector of any family that `models.outputs` knows.

    ``classes`` are its class names by number, ``size`` is the height and width of its input.
    """

    def __init__(self, manifest: Manifest, *, threads: int = 0, runtime: Runtime = DEFAULT) -> None:
        """Load the manifest's first model of task ``detect``; ModelError when it does not fit."""
        self.name, self.entry = manifest.of_task("detect")
        self._session = Session(manifest, self.entry, threads=threads, runtime=runtime)
        self._path, self.sha256 = self._session.path, self._session.sha256
        batch, _, *sides = self._session.inputs[0].shape
        self._batch = batch if isinstance(batch, int) else None
        self._sides = tuple(side if isinstance(side, int) else None for side in sides)
        self.size: tuple[int, int] = self._checked_size(self.entry.input)
        self._family, known = self._find()
        self.classes = self._named(known)

    @property
    def family(self) -> str:
        """What the users of the model's family call it."""
        return self._family.NAME

    @property
    def any_size(self) -> bool:
        """Whether the model takes pictures of other sizes than its usual one."""
        return self._sides == (None, None)

    @property
    def together(self) -> int:
        """Crops in one call of the runtime."""
        return self._batch or BEST_BATCH

    def detect(
        self, crops: Sequence[Crop], *, size: int | None = None, min_score: float = 0.05
    ) -> list[Detections]:
        """Detections of each crop in pixels of its whole picture, clipped to the crop.

        ``size`` is the side of the square input in pixels, a multiple of 32 (default: the
        manifest's height and width). Any number of crops, of any size of at least 1 x 1. Raises ModelError
        when the model takes no such size, or finds a class that has no name.
        """
        height, width = self.size if size is None else self._checked_size((size, size))
        found: list[Detections] = []
        for first in range(0, len(crops), self.together):
            part = crops[first : first + self.together]
            batch, placements = prepare(part, (height, width), self._family.INTAKE)
            decoded = self._family.decode(self.raw(batch), height, width, min_score)
            found.extend(
                self._detections(rows, crop, placement)
                for rows, crop, placement in zip(decoded, part, placements, strict=False)
            )
        return found

    def raw(self, batch: Tensor) -> tuple[Array, ...]:
        """The network alone: all its outputs for a batch as `prepare` makes it, float32 (N, 3, H, W).

        A batch is filled up for a model that takes no smaller one, so there may be more than N.
        """
        if self._batch is not None and len(batch) < self._batch:
            filler = np.zeros((self._batch - len(batch), *batch.shape[1:]), np.float32)
            batch = np.concatenate([batch, filler])
        more = {
            port.name: np.full(
                (len(batch), 2), (batch.shape[3], batch.shape[2]), _WHOLE.get(port.kind, np.int64)
            )
            for port in self._session.inputs[1:]
        }
        return self._session.run_all(batch, more)

    def _find(self) -> tuple[outputs.Family, int | None]:
        """The output's family and its number of classes, by a run on a black picture."""
        height, width = self.size
        given = self.raw(np.zeros((1, 3, height, width), np.float32))
        self._session.check_finite(given)
        sized = [port.shape[1:] for port in self._session.inputs[1:]] == [(2,)]
        probe = Probe(given, height, width, sized, self._session.metadata)
        try:
            family = outputs.find(probe)
        except ValueError as error:
            raise ModelError(f"{self._path}: {error}") from error
        return family, outputs.class_count(family, probe)

    def _named(self, known: int | None) -> tuple[str, ...]:
        """The class names: the manifest's, or those that stand in the file."""
        written = named_in(self._session.metadata)
        names = self.entry.classes or written
        if not names:
            raise ModelError(f"{self._path}: expected classes in the manifest, for the file names none")
        count = known or len(written) or len(names)
        if count != len(names):
            raise ModelError(
                f"{self._path}: expected names of {count} classes, which the model has, "
                f"got {len(names)} in the manifest"
            )
        return names

    def _checked_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """A height and width that the model takes; ModelError when its own are fixed and others."""
        fixed = (self._sides[0] or size[0], self._sides[1] or size[1])
        if fixed != size:
            raise ModelError(
                f"{self._path}: expected an input of {fixed[0]} x {fixed[1]} (height x width), the only size "
                f"the model takes, got {size[0]} x {size[1]}"
            )
        return size

    def _detections(self, rows: Rows, crop: Crop, placement: Placement) -> Detections:
        x1, y1, x2, y2 = crop.region
        boxes = placement.to_frame(rows[:, :4])
        boxes = np.clip(boxes, (x1, y1, x1, y1), (x2, y2, x2, y2)).astype(np.float32)
        kept = ((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])).nonzero()[0]
        labels = tuple(self._label(int(rows[i, 5])) for i in kept)
        return Detections(boxes[kept], np.clip(rows[kept, 4], 0, 1), labels)

    def _label(self, number: int) -> str:
        if not 0 <= number < len(self.classes):
            raise ModelError(
                f"{self._path}: expected classes 0 to {len(self.classes) - 1}, for {len(self.classes)} names "
                f"are given, the model found class {number}"
            )
        return self.classes[number]


_WHOLE = {"tensor(int32)": np.int32, "tensor(float)": np.float32}


def prepare(
    crops: Sequence[Crop], size: tuple[int, int], intake: Intake = CENTRED
) -> tuple[Tensor, list[Placement]]:
    """Crops as one network input, float32 (N, 3, height, width), and where each lies.

    RGB from 0 to 1, or as ``intake`` says.
    """
    batch = np.empty((len(crops), 3, *size), np.float32)
    return batch, [letterbox(crop, out, intake) for crop, out in zip(crops, batch, strict=True)]
