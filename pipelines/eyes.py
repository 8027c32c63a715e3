"""From pixels to post views: the detector and the clothing features behind one door.

Looks of all cameras go through in one batch; what comes out for one look does not depend on which
others were beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detector import Crop, Detector
from models.manifest import Manifest
from models.person import Clothing, Postures
from models.session import DEFAULT, Runtime
from pipelines.rules.events import ModelRef
from vision.calibration import Calibration
from vision.cue import Cue
from vision.detections import Detections
from vision.enrolment import Enrolment, WeakEnrolmentError, enrol
from vision.frame import Image
from vision.geometry import iou
from vision.posture import Posture
from vision.view import PERSON

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})


SAME_THING_IOU = 0.45
CLOSE_MARGIN = (0.2, 0.1)
"""How far a close look reaches beyond a body, as shares of its width and height."""


class PictureError(Exception):
    """A picture or a folder of pictures cannot be used; one line that names it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the models make of one crop, in pixels of its whole picture."""

    people: Detections
    objects: Detections


class Eyes:
    """The models of a site, loaded once."""

    def __init__(self, manifest: Manifest, *, threads: int = 0, runtime: Runtime = DEFAULT) -> None:
        """Load the detector, to be run by ``runtime``, and the models of a person, which the default runs.

        Raises models.manifest.ModelError.
        """
        self.detector = Detector(manifest, threads=threads, runtime=runtime)
        self.clothing = Clothing(manifest, threads=threads)
        self.postures = Postures(manifest, threads=threads)
        self.calibrations: Mapping[str, Calibration] = {
            name: entry.calibration() for name, entry in self.detector.entry.calibration.items()
        }
        self.model = ModelRef(name=self.detector.name, sha256=self.detector.sha256)

    def see(self, crops: Sequence[Crop]) -> list[Seen]:
        """Look at crops of any number of frames."""
        return [
            Seen(found.of({PERSON}), found.take(~found.is_a({PERSON})))
            for found in self.detector.detect(crops)
        ]

    def see_closer(self, image: Image, seen: Seen, staff: Sequence[NDArray[np.float32]]) -> Seen:
        """Look again at staff members' bodies alone, enlarged, for what is small in their hands.

        ``staff`` are their boxes, each (4,). A post's crop shows a phone or a cigarette at a few
        pixels; the body's own crop shows it two to three times as large.
        """
        crops = [Crop(image, _around(box, image)) for box in staff]
        near = [found.take(~found.is_a({PERSON})) for found in self.detector.detect(crops)]
        return Seen(seen.people, merged([seen.objects, *near]))

    def dress(self, image: Image, staff: Detections) -> NDArray[np.float32] | None:
        """Clothing features of the first staff member of a frame, None when too little is seen."""
        return self.clothing.embed([(image, staff.boxes[0])])[0] if len(staff) else None

    def posture(self, image: Image, staff: Detections) -> Posture | None:
        """How the first staff member of a frame holds themselves, None when there is none."""
        return self.postures.look([(image, staff.boxes[0])])[0] if len(staff) else None

    def probability(self, cue: Cue) -> float | None:
        """A cue's score as a calibrated probability, None where it is unknown."""
        if cue.score is None:
            return None
        return self.calibrations[cue.behaviour].probability(cue.score, cue.posture)

    def enrol(self, wear: Path, other: Path) -> Enrolment:
        """Learn a uniform from two folders of crops of one person each.

        Raises PictureError when a folder is missing or too little in it can be used.
        """
        features = [self._features(folder) for folder in (wear, other)]
        try:
            return enrol(features[0], features[1])
        except WeakEnrolmentError as error:
            raise PictureError(f"uniform: {wear}: {error}") from error

    def _features(self, folder: Path) -> NDArray[np.float32]:
        if not folder.is_dir():
            raise PictureError(f"uniform: expected a folder with example pictures, {folder} is none")
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
        images = [read_picture(path) for path in paths]
        whole = [np.array([0, 0, image.shape[1], image.shape[0]], np.float32) for image in images]
        people = [self._person(image, fallback) for image, fallback in zip(images, whole, strict=True)]
        rows = [row for row in self.clothing.embed(list(zip(images, people, strict=True))) if row is not None]
        return np.stack(rows) if rows else np.zeros((0, 1), np.float32)

    def _person(self, image: Image, fallback: NDArray[np.float32]) -> NDArray[np.float32]:
        people = self.see([Crop.whole(image)])[0].people
        return people.boxes[int(people.scores.argmax())] if len(people) else fallback


def merged(parts: Sequence[Detections]) -> Detections:
    """Detections of several looks at one picture: of the same thing seen twice the surer one stays."""
    boxes = np.concatenate([part.boxes for part in parts])
    scores = np.concatenate([part.scores for part in parts])
    labels = [label for part in parts for label in part.labels]
    whole = Detections(boxes, scores, tuple(labels))
    kept: list[int] = []
    overlap = iou(boxes, boxes)
    for i in np.argsort(-scores, kind="stable"):
        if not any(labels[i] == labels[j] and overlap[i, j] > SAME_THING_IOU for j in kept):
            kept.append(int(i))
    return whole.take(np.array(sorted(kept), dtype=np.intp))


def _around(box: NDArray[np.float32], image: Image) -> tuple[int, int, int, int]:
    """A body and the reach of its hands, in whole pixels inside the picture."""
    x1, y1, x2, y2 = (float(v) for v in box)
    wide, high = (x2 - x1) * CLOSE_MARGIN[0], (y2 - y1) * CLOSE_MARGIN[1]
    left, top = max(int(x1 - wide), 0), max(int(y1 - high), 0)
    right, bottom = min(int(x2 + wide) + 1, image.shape[1]), min(int(y2 + high) + 1, image.shape[0])
    return left, top, max(right, left + 1), max(bottom, top + 1)


def read_picture(path: Path) -> Image:
    """A picture file as BGR uint8 (height, width, 3), whatever its own colours; PictureError if none."""
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise PictureError(f"{path}: expected a picture, {error.strerror}") from error
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    if image is None:
        raise PictureError(f"{path}: expected a picture (JPEG, PNG, ...), it cannot be decoded")
    return image.astype(np.uint8, copy=False)
