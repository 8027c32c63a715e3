"""From pixels to post views: the detector and the clothing features behind one door.

Looks of all cameras go through in one batch; what comes out for one look does not depend on which
others were beside it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detector import Crop, Detector
from models.manifest import Manifest, ModelEntry
from models.person import Clothing, Postures
from models.reader import Reader
from models.session import DEFAULT, Runtime, cores
from pipelines.looking.near import around
from pipelines.rules.events import ModelRef
from vision.calibration import Calibration
from vision.cue import Cue
from vision.detections import Detections
from vision.frame import Image
from vision.geometry import iou
from vision.posture import Posture
from vision.view import PERSON

Answer = TypeVar("Answer")
Part = TypeVar("Part")
Box = NDArray[np.float32]
"""A box, (4,): x1, y1, x2, y2 in pixels of its picture."""
SAME_THING_IOU = 0.45

TINY = frozenset({"cigarette"})
"""What a closer look at a person adds to a whole picture."""
SEARCHED_PERSON = 0.25
"""Score from which a person is looked at closely."""
MOST_SEARCHED = 12
ENLARGES_FROM = 1.3
"""A closer look that shows things less than so much larger is not taken."""


MOST_LANES = 2
"""More threads than this gain little: a network's calls fill the cores themselves."""


class PictureError(Exception):
    """A picture or a folder of pictures cannot be used; one line that names it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the models make of one crop, in pixels of its whole picture."""

    people: Detections
    objects: Detections


class Eyes:
    """The models of a site, loaded once. Several threads may look with them at once."""

    lanes = 1
    """How many do."""

    def __init__(self, manifest: Manifest, *, threads: int = 0, runtime: Runtime = DEFAULT) -> None:
        """Load the detector, to be run by ``runtime``, and the models of a person, run by the same library:
        two would have threads that wait for each other's cores. Those are run in floats: in 16 bits joints
        move by 2 % of the body's height, and one act in a hundred becomes another.

        Raises models.manifest.ModelError.
        """
        self.detector = Detector(manifest, threads=threads, runtime=runtime)
        beside = Runtime(runtime.provider)
        self.clothing = Clothing(manifest, threads=threads, runtime=beside)
        self.postures = Postures(manifest, threads=threads, runtime=beside)
        self.calibrations = _with_postures(self.detector.entry.calibrations(), self.postures.entry)
        self.reader = Reader()
        self.lanes = min(threads or cores(), MOST_LANES)
        self._beside = ThreadPoolExecutor(self.lanes, "looks")
        self.classes = frozenset(self.detector.classes)
        self.runtime = runtime.name
        self.model = ModelRef(name=self.detector.name, sha256=self.detector.sha256)

    def beside(self, work: Callable[[Part], Answer], parts: Sequence[Part]) -> list[Answer]:
        """Do some work on all parts beside each other; gives its answers in their order."""
        if self.lanes == 1 or len(parts) == 1:
            return [work(part) for part in parts]
        return list(self._beside.map(work, parts))

    def shares(self, items: Sequence[Part]) -> list[Sequence[Part]]:
        """All items, in their order, as one share for each lane."""
        share = -(-len(items) // self.lanes)
        return [items[first : first + share] for first in range(0, len(items), max(share, 1))]

    def see(self, crops: Sequence[Crop]) -> list[Seen]:
        """Look at crops of any number of frames."""
        return [
            Seen(found.of({PERSON}), found.take(~found.is_a({PERSON})))
            for found in self.detector.detect(crops)
        ]

    def see_closer(self, looks: Sequence[tuple[Image, Detections, Sequence[Box]]]) -> list[Detections]:
        """Look again at staff members' bodies alone, enlarged, for what is small in their hands.

        For each look its picture, the objects seen so far, and the bodies' boxes, each (4,); gives all
        objects. A post's crop shows a phone or a cigarette at a few pixels; the body's own crop shows it two
        to three times as large.
        """
        crops = [Crop(image, around(box, *_size(image))) for image, _, bodies in looks for box in bodies]
        found = iter(self.detector.detect(crops))
        near = [[next(found) for _ in bodies] for _, _, bodies in looks]
        return [
            merged([objects, *(part.take(~part.is_a({PERSON})) for part in parts)]) if parts else objects
            for (_, objects, _), parts in zip(looks, near, strict=True)
        ]

    def search(self, image: Image, *, size: int | None, min_score: float) -> Detections:
        """Everything in a whole picture, and what is tiny in hands from a closer look at each person.

        ``size`` is the side of the network's input for the whole picture (None: the manifest's). A cigarette
        of 14 pixels in a picture of 1920 is 5 pixels wide in the first look and some 30 in the second. Only
        `TINY` things are taken from there: all else is seen better, and counted once, in the whole picture.
        """
        found = self.detector.detect(
            [Crop.whole(image)], size=size, min_score=min(min_score, SEARCHED_PERSON)
        )[0]
        people = found.take(found.is_a({PERSON}) & (found.scores >= SEARCHED_PERSON))
        surest = np.argsort(-people.scores, kind="stable")[:MOST_SEARCHED]
        regions = [around(people.boxes[i], *_size(image)) for i in surest]
        crops = [Crop(image, region) for region in regions if _enlarges(region, image)]
        near = [part.of(TINY) for part in self.detector.detect(crops, min_score=min_score)]
        found = found.take(found.scores >= min_score)
        return together([found.take(~found.is_a(TINY)), merged([found.of(TINY), *near])])

    def clothes_of(
        self, looks: Sequence[tuple[Image, Detections, Posture | None]]
    ) -> list[NDArray[np.float32] | None]:
        """Clothing features of the first staff member of each picture, whose posture is beside it; None when
        too little is seen."""
        asked = [(image, staff.boxes[0], posture) for image, staff, posture in looks if len(staff)]
        return _of_first([staff for _, staff, _ in looks], self.clothing.embed(asked))

    def postures_of(self, looks: Sequence[tuple[Image, Detections]]) -> list[Posture | None]:
        """How the first staff member of each picture holds themselves, None when there is none."""
        asked = [(image, staff.boxes[0]) for image, staff in looks if len(staff)]
        return _of_first([staff for _, staff in looks], self.postures.look(asked))

    def probability(self, cue: Cue) -> float | None:
        """A cue's score as a calibrated probability, None where it is unknown."""
        if cue.score is None:
            return None
        return self.calibrations[cue.behaviour].probability(cue.score, cue.posture)


def _of_first(staff: Sequence[Detections], answers: Iterable[Answer]) -> list[Answer | None]:
    """What a network says of the first person of each picture, None where there is none."""
    given = iter(answers)
    return [next(given) if len(those) else None for those in staff]


def _with_postures(
    calibrations: Mapping[str, Calibration], postures: ModelEntry
) -> Mapping[str, Calibration]:
    """The detector's calibrations, each with what the posture model's acts add to it."""
    said = {name: entry.evidence() for name, entry in postures.posture.items()}
    return {name: replace(made, posture=said.get(name)) for name, made in calibrations.items()}


def together(parts: Sequence[Detections]) -> Detections:
    """All detections of several looks at one picture."""
    return Detections(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        tuple(label for part in parts for label in part.labels),
    )


def merged(parts: Sequence[Detections]) -> Detections:
    """Detections of several looks at one picture: of the same thing seen twice the surer one stays."""
    whole = together(parts)
    labels = whole.labels
    kept: list[int] = []
    overlap = iou(whole.boxes, whole.boxes)
    for i in np.argsort(-whole.scores, kind="stable"):
        if not any(labels[i] == labels[j] and overlap[i, j] > SAME_THING_IOU for j in kept):
            kept.append(int(i))
    return whole.take(np.array(sorted(kept), dtype=np.intp))


def _size(image: Image) -> tuple[int, int]:
    """Width and height of a picture."""
    return image.shape[1], image.shape[0]


def _enlarges(region: tuple[int, int, int, int], image: Image) -> bool:
    longest = max(region[2] - region[0], region[3] - region[1])
    return bool(max(image.shape[:2]) >= ENLARGES_FROM * longest)


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
