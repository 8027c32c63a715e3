"""Crops of people from the ledger's pictures, found by the hall detector.

Each is saved as a square JPEG with the person's box in its middle and room around it; `people.json` names
split and source.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detector import Crop, Detector
from models.manifest import Manifest

from ..data import Image, image_path, read_ledger, trim_black

SIDE = 384
ROOM = 1.9
"""Side of a saved crop over the longer side (as 3:4) of the person's box."""
LEAST_SCORE = 0.35
LEAST_HEIGHT = 60
FOLDERS = ("cigarette", "driver_phone", "phone", "desk_objects", "coco_train")


@dataclass(frozen=True)
class Someone:
    """One saved crop. `box` is the person's box in pixels of the crop."""

    image: str
    split: str
    source: str
    box: tuple[float, float, float, float]


def square_around(image: Image, box: NDArray[np.float32]) -> tuple[Image, tuple[float, float, float, float]]:
    """A SIDE x SIDE picture with the person's box in its middle, grey outside, and the box in it."""
    x1, y1, x2, y2 = (float(v) for v in box)
    side = ROOM * max(y2 - y1, (x2 - x1) * 4 / 3)
    scale = SIDE / side
    shift = (SIDE / 2 - scale * (x1 + x2) / 2, SIDE / 2 - scale * (y1 + y2) / 2)
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    if scale < 0.5:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.4 / scale), np.uint8)
    cut = cv2.warpAffine(image, matrix, (SIDE, SIDE), flags=method, borderValue=(114, 114, 114))
    placed = (x1 * scale + shift[0], y1 * scale + shift[1], x2 * scale + shift[0], y2 * scale + shift[1])
    return np.asarray(cut, np.uint8), placed


def _of_ledger(data: Path, ledger: Path, folders: Collection[str]) -> Iterator[tuple[str, str, str, Image]]:
    for entry in read_ledger(ledger, "train", "calibrate", "test"):
        if entry.folder in folders:
            image = cv2.imread(str(image_path(data, entry)))
            bare, _ = trim_black(np.asarray(image, np.uint8), np.zeros((0, 5), np.float32))
            yield entry.image.replace("/", "_").rsplit(".", 1)[0], entry.split, entry.folder, bare


def collect(data: Path, ledger: Path, out: Path, folders: Collection[str] = FOLDERS) -> int:
    """Find people in all pictures of some folders, save their crops and `people.json`; returns how many."""
    (out / "crops").mkdir(parents=True, exist_ok=True)
    detector = Detector(Manifest.load())
    found: list[Someone] = []
    for name, split, source, image in _of_ledger(data, ledger, folders):
        people = detector.detect([Crop.whole(image)], min_score=LEAST_SCORE)[0].of({"person"})
        for k, box in enumerate(people.boxes[:4]):
            if box[3] - box[1] < LEAST_HEIGHT:
                continue
            cut, placed = square_around(image, box)
            file = f"crops/{name}_{k}.jpg"
            cv2.imwrite(str(out / file), cut, [cv2.IMWRITE_JPEG_QUALITY, 92])
            found.append(Someone(file, split, source, placed))
    (out / "people.json").write_text(json.dumps([asdict(one) for one in found], indent=0))
    return len(found)


def read_people(folder: Path, split: str) -> list[Someone]:
    """The saved crops of a split."""
    rows = json.loads((folder / "people.json").read_text())
    return [Someone(**{**row, "box": tuple(row["box"])}) for row in rows if row["split"] == split]
