"""One person's crop: the posture, and what the clothes look like.

Clothes are the detector's own early stages, pooled, together with a colour histogram, standardised over
people in general: together they told uniforms better than either (models/cards/clothing_embed.md).
Posture is a small network of its own: joints, and the act they look like.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from models.common_clothes import load_common_clothes
from models.detector import GREY
from models.manifest import Manifest, ModelError
from models.pixels import tensor
from models.relit import at_another_hour
from models.scaling import scaled
from models.session import DEFAULT, Runtime, Session
from vision.clothing import Features
from vision.frame import Image
from vision.posture import ACTS, JOINTS, Posture

MIN_TORSO = (16, 12)
"""Smallest torso, height and width in pixels, that shows clothes at all."""
HUES, SATURATIONS = 12, 4
OTHER_HOURS = 2
"""Views of an example beside the picture itself. Four were no better (models/cards/clothing_embed.md)."""

Dressed = tuple[Image, NDArray[np.float32], Posture | None]
"""A look at somebody's clothes: the frame (BGR), the person's box (4,), and the posture where it is known."""


SHOULDER_SEEN = 0.45
"""Height of both shoulders' peaks from which the torso is measured by them."""
SHORTEST_TORSO = 0.5
"""Height over width of what hangs from the shoulders; less, and they are not where they seem."""

Region = tuple[int, int, int, int]


def torso(person: NDArray[np.float32], posture: Posture | None = None) -> Region:
    """The clothed part of a visible upper body, without the face: x1, y1, x2, y2, whole pixels.

    ``person`` is a box of shape (4,) in pixels of the frame. What hangs from the shoulders where the
    ``posture`` shows both: there is less of what stands behind in it. Else a part of the box.
    """
    hung = None if posture is None else _from_shoulders(person, posture)
    if hung is not None:
        return hung
    x1, y1, x2, y2 = (float(v) for v in person)
    width, height = x2 - x1, y2 - y1
    top = y1 + min(0.36 * height, 0.62 * width)
    bottom = min(y2, top + 1.3 * width)
    return round(x1 + 0.12 * width), round(top), round(x2 - 0.12 * width), round(bottom)


def _from_shoulders(person: NDArray[np.float32], posture: Posture) -> Region | None:
    """None where a shoulder is not seen. From the side they are close: then a part of the box is as wide."""
    left, right = (posture.joints[JOINTS.index(name)] for name in ("left_shoulder", "right_shoulder"))
    if min(left[2], right[2]) < SHOULDER_SEEN:
        return None
    width = max(abs(float(left[0] - right[0])), 0.4 * float(person[2] - person[0]))
    middle, shoulders = float(left[0] + right[0]) / 2, float(min(left[1], right[1]))
    top, bottom = shoulders - 0.02 * width, min(float(person[3]), shoulders + 1.35 * width)
    if bottom - top < SHORTEST_TORSO * width:
        return None
    return round(middle - width / 2), round(top), round(middle + width / 2), round(bottom)


POSTURE_MARGIN = 1.4
"""Side of a posture's crop over the longer side of the person's box."""


class Postures:
    """Joints and acts of people."""

    def __init__(self, manifest: Manifest, *, threads: int = 0, runtime: Runtime = DEFAULT) -> None:
        """Load the manifest's first model of task ``posture``; ModelError when it does not fit."""
        self.name, self.entry = manifest.of_task("posture")
        self._session = Session(manifest, self.entry, threads=threads, runtime=runtime)
        height, width = self.entry.input
        probe = self._session.probe(height, width)
        expected = 3 * len(JOINTS) + len(ACTS)
        if probe.ndim != 2 or probe.shape[1] != expected:
            path = manifest.folder / self.entry.file
            raise ModelError(f"{path}: expected an output of shape (N, {expected}), got {probe.shape}")

    def look(self, pictures: Sequence[tuple[Image, NDArray[np.float32]]]) -> list[Posture]:
        """The posture of each (frame BGR, person box (4,)), joints in pixels of the frame."""
        if not pictures:
            return []
        height, width = self.entry.input
        regions = [upright(box, height, width) for _, box in pictures]
        cuts = [
            padded(image, region, (width, height))
            for (image, _), region in zip(pictures, regions, strict=True)
        ]
        rows = self._session.run(tensor(cuts))
        return [_posture(row, region) for row, region in zip(rows, regions, strict=True)]


def upright(box: NDArray[np.float32], height: int, width: int) -> tuple[float, float, float, float]:
    """The region around a person that has the crop's form: x, y, width, height in pixels of the frame."""
    x1, y1, x2, y2 = (float(v) for v in box)
    high = POSTURE_MARGIN * max(y2 - y1, (x2 - x1) * height / width, 8.0)
    wide = high * width / height
    return (x1 + x2 - wide) / 2, (y1 + y2 - high) / 2, wide, high


def padded(image: Image, region: tuple[float, float, float, float], size: tuple[int, int]) -> Image:
    """A region of a picture, grey where it reaches beyond, scaled to ``size`` (width, height)."""
    x, y, wide, high = region
    scale = size[0] / wide
    if scale < 1:
        # Shrinking straight to the crop would skip pixels: the part is made small first.
        x1, y1 = max(int(x), 0), max(int(y), 0)
        part = image[y1 : max(int(y + high) + 1, y1 + 1), x1 : max(int(x + wide) + 1, x1 + 1)]
        if part.size == 0:
            return np.full((size[1], size[0], 3), GREY, np.uint8)
        small = (max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1))
        factor = (small[0] / part.shape[1], small[1] / part.shape[0])
        part = scaled(part, *small)
        matrix = np.array(
            [
                [scale / factor[0], 0, (x1 - x) * scale],
                [0, scale / factor[1], (y1 - y) * scale],
            ]
        )
    else:
        part = image
        matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
    cut = cv2.warpAffine(part, matrix, size, flags=cv2.INTER_LINEAR, borderValue=(GREY, GREY, GREY))
    return cut.astype(np.uint8, copy=False)


def _posture(row: NDArray[np.float32], region: tuple[float, float, float, float]) -> Posture:
    x, y, wide, high = region
    count = 3 * len(JOINTS)
    joints = row[:count].reshape(len(JOINTS), 3) * np.array([wide, high, 1], np.float32)
    joints = (joints + np.array([x, y, 0], np.float32)).astype(np.float32)
    return Posture(joints, {act: float(share) for act, share in zip(ACTS, row[count:], strict=True)})


class TorsoFeatures:
    """What a torso looks like, as the network and a histogram give it: not yet standardised."""

    def __init__(self, manifest: Manifest, *, threads: int = 0, runtime: Runtime = DEFAULT) -> None:
        """Load the manifest's first model of task ``clothing``; ModelError when it does not fit."""
        self.name, self.entry = manifest.of_task("clothing")
        self._session = Session(manifest, self.entry, threads=threads, runtime=runtime)

    def of(self, torsos: Sequence[MatLike]) -> NDArray[np.float32]:
        """Features (N, D) of N > 0 torsos, BGR of any size."""
        height, width = self.entry.input
        sized = [cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA) for cut in torsos]
        deep = self._session.run(tensor(sized))
        return np.concatenate([deep, np.stack([_colours(cut) for cut in sized])], axis=1)


class Clothing:
    """Clothing features of torsos, standardised over people in general."""

    def __init__(self, manifest: Manifest, *, threads: int = 0, runtime: Runtime = DEFAULT) -> None:
        """Load TorsoFeatures' model and the manifest's first file of task ``common-clothes``.

        ModelError when either cannot be used or they do not fit each other.
        """
        self._torsos = TorsoFeatures(manifest, threads=threads, runtime=runtime)
        self._scale, self.common = load_common_clothes(manifest)
        found = self._torsos.of([np.zeros((*MIN_TORSO, 3), np.uint8)]).shape[1]
        if found != self.common.size:
            raise ModelError(
                f"{manifest.folder / self._torsos.entry.file}: expected {self.common.size} features, "
                f"colours included, as the common-clothes file has, got {found}"
            )

    def embed(self, looks: Sequence[Dressed]) -> list[Features | None]:
        """Standardised features (D,) for each look; None where too little shows."""
        cuts = [torso_of(look) for look in looks]
        seen = [cut for cut in cuts if cut is not None]
        if not seen:
            return [None] * len(cuts)
        features = iter(self._scale.standardised(self._torsos.of(seen)))
        return [None if cut is None else next(features) for cut in cuts]

    def views(self, look: Dressed) -> Features | None:
        """Standardised features (V, D) of one look, first as it is, then as other hours would show it.

        Always the same for the same look. None where too little shows.
        """
        cut = torso_of(look)
        if cut is None:
            return None
        random = np.random.default_rng(len(cut))
        others = [at_another_hour(cut, random) for _ in range(OTHER_HOURS)]
        return self._scale.standardised(self._torsos.of([cut, *others]))


def torso_of(look: Dressed) -> Image | None:
    """The torso of somebody in a frame, None when too little shows."""
    image, box, posture = look
    return cut_torso(image, torso(box, posture))


def cut_torso(image: Image, region: Region) -> Image | None:
    """What of a torso's region lies in the picture, None when too little does."""
    x1, y1 = max(region[0], 0), max(region[1], 0)
    x2, y2 = min(region[2], image.shape[1]), min(region[3], image.shape[0])
    if y2 - y1 < MIN_TORSO[0] or x2 - x1 < MIN_TORSO[1]:
        return None
    return image[y1:y2, x1:x2]


def _colours(torso_bgr: MatLike) -> NDArray[np.float32]:
    """Histograms of the upper half, with collar and tie, and of the lower one, shape (120,)."""
    middle = torso_bgr.shape[0] // 2
    return np.concatenate([_histogram(torso_bgr[:middle]), _histogram(torso_bgr[middle:])])


def _histogram(part_bgr: MatLike) -> NDArray[np.float32]:
    """Hue by saturation, and brightness: square roots of shares (Hellinger), shape (60,)."""
    hsv = cv2.cvtColor(part_bgr, cv2.COLOR_BGR2HSV)
    colour = cv2.calcHist([hsv], [0, 1], None, [HUES, SATURATIONS], [0, 180, 0, 256]).ravel()
    light = cv2.calcHist([hsv], [2], None, [HUES], [0, 256]).ravel()
    histogram: NDArray[np.float32] = np.sqrt(np.concatenate([colour, light]) / hsv[..., 0].size)
    return histogram.astype(np.float32)
