"""Collect the training pictures, find near-duplicates, split them by group, and write the ledger.

A split by picture lets the same scene sit on both sides (the public sets hold frames of one video and
mirrored copies), so the split goes by *group*: pictures whose perceptual hashes differ in at most
`NEAR_DUPLICATE_BITS`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Boxes = NDArray[np.float32]
Split = Literal["train", "calibrate", "test", "coco_val"]

GREY = 114  # what a letterbox is padded with, as in COCO training
CIGARETTE = 80
CELL_PHONE = 67
PERSON = 0
LARGEST_BYTES = 12_000_000  # of a shipped file

# Chosen by looking at the groups at 4 to 14 bits: at 8 the largest is 32 frames of one room and no group
# mixes sets; at 12 groups begin to swallow pictures of other sets, and at 14 one holds 222 pictures of four
# sets.
NEAR_DUPLICATE_BITS = 8

# A border darker than this in all its pixels is letterbox padding of the publisher, not part of the scene.
BLACK_LEVEL = 14


@dataclass(frozen=True)
class SourceSet:
    """One folder of pictures with YOLO labels: where it is from, what its classes mean here, how it is split.

    `classes` maps the set's class ids to ours (0..79 COCO, 80 cigarette); ids left out are dropped.
    `fractions` are the shares of train and calibrate; the rest is test.
    `phones` says what the absence of a phone box means: "teacher" nothing, "some" probably no phone, "all" no
    phone.
    """

    folder: str
    licence: str
    source: str
    classes: dict[int, int]
    fractions: tuple[float, float] = (0.80, 0.08)
    phones: Literal["teacher", "some", "all"] = "teacher"


SOURCES: tuple[SourceSet, ...] = (
    SourceSet("cigarette", "CC BY 4.0", "muhammadahnaf24/cigarette-detection (rokok)", {0: CIGARETTE}),
    # These boxes enclose hand, phone and ear: no phone boxes. The pictures serve as scenes without cigarettes
    # only.
    SourceSet("driver_phone", "CC BY 4.0", "bsaisoumith/Driver-Seatbelt-and-Mobile-Phone-detection", {}),
    SourceSet(
        "phone",
        "CC BY 4.0",
        "joao-albano/farm-tech-rede-neural (Cellphone of lolli)",
        {0: CELL_PHONE},
        phones="some",
    ),
    SourceSet("desk_objects", "CC BY 4.0", "aitkherimed1228/Yolov10_project", {1: CELL_PHONE}, phones="all"),
    # Half of COCO's sample calibrates the scores of COCO's classes; there is no test share, coco_val is the
    # test.
    SourceSet(
        "coco_train",
        "annotations CC BY 4.0, pictures under their own terms",
        "COCO train2017, first 128",
        {i: i for i in range(80)},
        fractions=(0.5, 0.5),
    ),
    SourceSet(
        "coco_val",
        "annotations CC BY 4.0, pictures under their own terms",
        "COCO val2017, first 128",
        {i: i for i in range(80)},
    ),
)
SOURCE_OF = {source.folder: source for source in SOURCES}


@dataclass(frozen=True)
class Entry:
    """One picture of the ledger. `image` is `folder/file name`, relative to the data folder."""

    image: str
    folder: str
    licence: str
    source: str
    split: Split
    group: int
    phash: str


def image_path(data: Path, entry: Entry) -> Path:
    """Where the picture of a ledger entry lies under the data folder."""
    folder, name = entry.image.split("/", 1)
    return data / folder / "images" / name


def read_boxes(data: Path, entry: Entry, width: int, height: int) -> Boxes:
    """Boxes of one picture, float32 Nx5: our class, x1, y1, x2, y2 in pixels. No label file means no box."""
    path = image_path(data, entry)
    label = path.parent.parent / "labels" / (path.stem + ".txt")
    rows: list[list[float]] = []
    for line in label.read_text().splitlines() if label.exists() else ():
        parts = [float(part) for part in line.split()]
        if len(parts) != 5:
            raise ValueError(f"{label.name}: expected 'class x y w h', got {line!r}")
        ours = SOURCE_OF[entry.folder].classes.get(int(parts[0]))
        if ours is None:
            continue
        x, y, w, h = (parts[1] * width, parts[2] * height, parts[3] * width, parts[4] * height)
        rows.append([ours, x - w / 2, y - h / 2, x + w / 2, y + h / 2])
    return np.array(rows, np.float32).reshape(-1, 5)


def trim_black(image: Image, boxes: Boxes) -> tuple[Image, Boxes]:
    """Cut the publisher's black letterbox borders off, BGR uint8 HxWx3, and move the boxes along."""
    bright = image.max(axis=2) > BLACK_LEVEL
    rows, columns = np.flatnonzero(bright.mean(axis=1) > 0.02), np.flatnonzero(bright.mean(axis=0) > 0.02)
    if len(rows) < 32 or len(columns) < 32:
        return image, boxes
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    moved = boxes.copy()
    moved[:, [1, 3]] = np.clip(moved[:, [1, 3]] - left, 0, right - left)
    moved[:, [2, 4]] = np.clip(moved[:, [2, 4]] - top, 0, bottom - top)
    return np.ascontiguousarray(image[top:bottom, left:right]), moved


def perceptual_hash(image: Image) -> np.uint64:
    """64-bit pHash (Zauner 2010) of a BGR picture: signs of its 8x8 lowest DCT terms against their median."""
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (32, 32), interpolation=cv2.INTER_AREA)
    low = cv2.dct(grey.astype(np.float32))[:8, :8].ravel()
    bits = np.packbits(low > np.median(low[1:]))
    return np.uint64(int.from_bytes(bits.tobytes(), "big"))


def near_duplicate_groups(hashes: NDArray[np.uint64], mirrored: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Group numbers by union-find over pairs at most `NEAR_DUPLICATE_BITS` apart, as they are or mirrored."""
    parent = np.arange(len(hashes))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    for i in range(len(hashes)):
        rest = (hashes[i + 1 :], mirrored[i + 1 :])
        distance = np.min([np.bitwise_count(others ^ hashes[i]) for others in rest], axis=0)
        for j in np.flatnonzero(distance <= NEAR_DUPLICATE_BITS) + i + 1:
            a, b = root(i), root(int(j))
            parent[max(a, b)] = min(a, b)
    return np.array([root(i) for i in range(len(hashes))], np.int64)


def split_of(members: list[str]) -> Split:
    """The split of a group, from its members' names alone: a rebuilt ledger agrees with the old one."""
    first = min(members)
    if any(name.startswith("coco_val/") for name in members):
        return "coco_val"
    draw = int.from_bytes(hashlib.sha256(first.encode()).digest()[:8], "big") / 2**64
    train, calibrate = SOURCE_OF[first.split("/", 1)[0]].fractions
    return "train" if draw < train else "calibrate" if draw < train + calibrate else "test"


def hash_all(data: Path) -> Iterator[tuple[str, np.uint64, np.uint64]]:
    """Name, hash and hash of the mirror image of every picture, black borders cut off.

    Raises ValueError for a picture that cannot be read, or when there is none at all.
    """
    if not any((data / source.folder / "images").is_dir() for source in SOURCES):
        folders = ", ".join(source.folder for source in SOURCES)
        raise ValueError(f"{data}: expected folders of pictures, FOLDER/images with FOLDER of {folders}")
    for source in SOURCES:
        for path in sorted((data / source.folder / "images").glob("*.jpg")):
            image = cv2.imread(str(path))
            if image is None:
                raise ValueError(f"{source.folder}/{path.name}: not a readable picture")
            bare, _ = trim_black(np.asarray(image, np.uint8), np.zeros((0, 5), np.float32))
            yield f"{source.folder}/{path.name}", perceptual_hash(bare), perceptual_hash(bare[:, ::-1])


def build_ledger(data: Path) -> list[Entry]:
    """Hash every picture under `data`, group near-duplicates over all sets, and split by group."""
    names, hashes, mirrored = zip(*hash_all(data), strict=True)
    groups = near_duplicate_groups(np.array(hashes, np.uint64), np.array(mirrored, np.uint64))
    members: dict[int, list[str]] = {}
    for name, group in zip(names, groups, strict=True):
        members.setdefault(int(group), []).append(name)
    splits = {group: split_of(inside) for group, inside in members.items()}
    entries = []
    for name, group, value in zip(names, groups, hashes, strict=True):
        source = SOURCE_OF[name.split("/", 1)[0]]
        entries.append(
            Entry(
                name,
                source.folder,
                source.licence,
                source.source,
                splits[int(group)],
                int(group),
                f"{int(value):016x}",
            )
        )
    return entries


def write_ledger(entries: list[Entry], path: Path) -> Counter[tuple[str, str]]:
    """Write the ledger as JSON and return the number of pictures per (folder, split)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(entry) for entry in entries], indent=0))
    return Counter((entry.folder, entry.split) for entry in entries)


def read_all(path: Path) -> list[Entry]:
    """Every entry of a ledger, in its order. Raises ValueError when it is no ledger."""
    try:
        return [Entry(**row) for row in json.loads(path.read_text())]
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{path}: expected a ledger as build-data writes it, {error}") from error


def read_ledger(path: Path, *splits: Split) -> list[Entry]:
    """Entries of the ledger in the given splits, in its order."""
    return [entry for entry in read_all(path) if entry.split in splits]
