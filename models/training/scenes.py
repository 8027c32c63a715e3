"""Compose training scenes: pictures shrunk, tiled and degraded until they look like a crop of a hall's CCTV.

The public pictures show cigarettes 100 px long, sharp and lit; a post's crop of 416 x 416 shows 8 to 24 px,
dark and compressed. So every scene draws its own scale (down to 0.2), light, blur, noise and JPEG quality.
"""

# Checked with torch and without it; without, its classes are Any and need none of the excuses below.
# mypy: disallow-subclassing-any=False, warn-unused-ignores=False

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from . import rendered
from .data import GREY, SOURCE_OF, Boxes, Entry, Image, image_path, read_boxes, trim_black

POLICY = {"teacher": 0, "some": 1, "all": 2}
POLICY_STRIDE = 8
LONGEST_SIDE = 640
# A box of which less than this share of the area stays visible is no longer an example of its class.
VISIBLE_SHARE = 0.4
SMALLEST_SIDE = 5.0

# How often a picture of each kind is drawn; "smoking" are the pictures of cigarette/ with a box.
DRAW = {
    "smoking": 0.60,
    "cigarette": 0.09,
    "phone": 0.11,
    "desk_objects": 0.06,
    "driver_phone": 0.08,
    "coco_train": 0.06,
}
RENDERED_SHARE = 0.2


@dataclass(frozen=True)
class Picture:
    """A decoded picture: BGR uint8 HxWx3, boxes Nx5 (class, x1, y1, x2, y2 in pixels), phone policy."""

    image: Image
    boxes: Boxes
    policy: int


@dataclass
class Scene:
    """A canvas being composed: BGR uint8 SxSx3, boxes so far, and the phone policy of every 8 px cell."""

    image: Image
    boxes: list[Boxes]
    policy: NDArray[np.uint8]

    @classmethod
    def blank(cls, size: int) -> Scene:
        """An empty grey scene of size x size pixels."""
        cells = size // POLICY_STRIDE
        return cls(np.full((size, size, 3), GREY, np.uint8), [], np.zeros((cells, cells), np.uint8))

    def place(self, picture: Picture, zoom: float, tile: tuple[int, int, int, int], rng: Generator) -> None:
        """Draw `picture` scaled by `zoom` at a random place of `tile` (x1, y1, x2, y2), cut at its edges."""
        x1, y1, x2, y2 = tile
        height, width = (max(8, round(side * zoom)) for side in picture.image.shape[:2])
        method = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
        scaled = cv2.resize(picture.image, (width, height), interpolation=method)
        boxes = picture.boxes.copy()
        boxes[:, 1:] *= zoom
        if rng.random() < 0.5:
            scaled = scaled[:, ::-1]
            boxes[:, [1, 3]] = width - boxes[:, [3, 1]]
        left, top = (_offset(rng, room) for room in (x2 - x1 - width, y2 - y1 - height))
        a, b = x1 + max(left, 0), y1 + max(top, 0)
        c, d = min(x1 + left + width, x2), min(y1 + top + height, y2)
        self.image[b:d, a:c] = scaled[b - y1 - top : d - y1 - top, a - x1 - left : c - x1 - left]
        step = POLICY_STRIDE
        self.policy[b // step : -(-d // step), a // step : -(-c // step)] = picture.policy
        self._hide(np.array([a, b, c, d], np.float32))
        boxes[:, 1:] += np.array([x1 + left, y1 + top] * 2, np.float32)
        self.boxes.append(visible(boxes, np.array([a, b, c, d], np.float32)))

    def _hide(self, drawn: NDArray[np.float32]) -> None:
        """Forget earlier boxes whose middle the newly drawn rectangle covers."""
        for i, boxes in enumerate(self.boxes):
            middle = (boxes[:, 1:3] + boxes[:, 3:5]) / 2
            covered = ((middle >= drawn[:2]) & (middle <= drawn[2:])).all(axis=1)
            self.boxes[i] = boxes[~covered]


def _offset(rng: Generator, room: int) -> int:
    return int(rng.integers(min(room, 0), max(room, 0) + 1))


def visible(boxes: Boxes, window: NDArray[np.float32]) -> Boxes:
    """Boxes (Nx5) cut at the window (x1, y1, x2, y2); those mostly outside or tiny are dropped."""
    cut = boxes.copy()
    cut[:, 1:3], cut[:, 3:5] = np.maximum(cut[:, 1:3], window[:2]), np.minimum(cut[:, 3:5], window[2:])
    sides, before = (np.maximum(b[:, 3:5] - b[:, 1:3], 0) for b in (cut, boxes))
    share = sides.prod(axis=1) / np.maximum(before.prod(axis=1), 1e-6)
    return np.asarray(cut[(share >= VISIBLE_SHARE) & (sides.max(axis=1, initial=0) >= SMALLEST_SIDE)])


def log_uniform(rng: Generator, low: float, high: float) -> float:
    """A number between low and high, uniform in its logarithm (scales are ratios)."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def degrade(image: Image, rng: Generator) -> Image:
    """What CCTV does to a picture: light, colour, blur, lost resolution, noise, compression (BGR uint8)."""
    size = image.shape[1]
    x: NDArray[Any] = _colours(image, rng).astype(np.float32)
    dark = rng.random() < 0.35
    if dark:
        x = 255 * (x / 255) ** rng.uniform(1.2, 2.5) * rng.uniform(0.4, 1.0)
    if rng.random() < 0.25:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 1.4))
    if rng.random() < 0.10:
        x = cv2.filter2D(x, -1, _motion(rng))
    if rng.random() < 0.30:
        small = max(32, round(size * rng.uniform(0.45, 0.9)))
        x = cv2.resize(cv2.resize(x, (small, small), interpolation=cv2.INTER_AREA), (size, size))
    if rng.random() < 0.35:
        coarse = rng.standard_normal((size, size, 1), np.float32) * rng.uniform(1, 14 if dark else 7)
        x = x + coarse
    y = np.clip(x, 0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        _, code = cv2.imencode(".jpg", y, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 91))])
        y = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(y, np.uint8)


def _colours(image: Image, rng: Generator) -> Image:
    if rng.random() < 0.12:  # infrared light at night
        return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)
    gain = rng.uniform(0.85, 1.15, 3) * rng.uniform(0.7, 1.25)
    tables = np.clip(np.arange(256)[:, None] * gain, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, tables.reshape(1, 256, 3)), np.uint8)


def _motion(rng: Generator) -> NDArray[np.float32]:
    length = int(rng.choice([3, 5, 7]))
    kernel = np.zeros((length, length), np.float32)
    if rng.random() < 0.7:
        kernel[length // 2] = 1 / length
    else:
        np.fill_diagonal(kernel, 1 / length)
    return kernel


class Scenes(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """An endless, deterministic stream of composed scenes: item `i` depends on (seed, i) only, so a run can
    resume.

    An item is: image uint8 SxSx3 RGB; boxes float32 Nx5 (class, x1, y1, x2, y2 in pixels); phone policy uint8
    per 8 px cell (0 ask the teacher, 1 label or teacher, 2 label). `magnified` is the share of scenes that
    are small ones enlarged, as the monitor's closer look at a person is. Of the pictures, `RENDERED_SHARE`
    are rendered crops if there are any.
    """

    def __init__(
        self,
        data: Path,
        entries: list[Entry],
        sizes: tuple[int, ...],
        batch: int,
        seed: int,
        magnified: float = 0.0,
        crops: Sequence[rendered.Crop] = (),
    ) -> None:
        self.sizes, self.batch, self.seed, self.share = sizes, batch, seed, magnified
        self.kinds: dict[str, list[Picture]] = {kind: [] for kind in DRAW}
        for entry in entries:
            picture = load_picture(data, entry)
            smoking = entry.folder == "cigarette" and len(picture.boxes) > 0
            self.kinds["smoking" if smoking else entry.folder].append(picture)
        self.draw = np.array(list(DRAW.values())) / sum(DRAW.values())
        self.rendered = [Picture(crop.image, crop.boxes, POLICY["teacher"]) for crop in crops if crop.sure]

    def __len__(self) -> int:
        return 2**31

    def pick(self, rng: Generator) -> Picture:
        """A random picture, its kind drawn first."""
        if self.rendered and rng.random() < RENDERED_SHARE:
            return self.rendered[int(rng.integers(len(self.rendered)))]
        pictures = self.kinds[str(rng.choice(list(DRAW), p=self.draw))]
        return pictures[int(rng.integers(len(pictures)))]

    def compose(self, size: int, rng: Generator) -> Scene:
        """One scene: a grid of pictures, or one picture alone, or one on top of another."""
        scene = Scene.blank(size)
        form = rng.random()
        if form < 0.60:
            for tile in grid(size, 2 if form < 0.36 else 3, rng):
                picture = self.pick(rng)
                fit = max(tile[2] - tile[0], tile[3] - tile[1]) / max(picture.image.shape)
                scene.place(picture, fit * log_uniform(rng, 0.6, 1.8), tile, rng)
            return scene
        whole, low = (0, 0, size, size), 0.6
        if form < 0.85:  # a small picture on an empty canvas would waste the look: another one is its ground
            ground, low = self.pick(rng), 0.2
            scene.place(ground, size / min(ground.image.shape[:2]), whole, rng)
        picture = self.pick(rng)
        scene.place(picture, size / max(picture.image.shape) * log_uniform(rng, low, 1.4), whole, rng)
        return scene

    def magnified(self, size: int, rng: Generator) -> Scene:
        """A scene as a closer look shows it: degraded when small, then enlarged, soft edges and all."""
        small = round(size / log_uniform(rng, 1.4, 3.2) / POLICY_STRIDE) * POLICY_STRIDE
        scene = self.compose(small, rng)
        factor = size / small
        image = cv2.resize(degrade(scene.image, rng), (size, size), interpolation=cv2.INTER_LINEAR)
        boxes = [part * np.array([1, *[factor] * 4], np.float32) for part in scene.boxes]
        cells = size // POLICY_STRIDE
        policy = cv2.resize(scene.policy, (cells, cells), interpolation=cv2.INTER_NEAREST)
        return Scene(np.asarray(image, np.uint8), boxes, np.asarray(policy, np.uint8))

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        rng = np.random.default_rng((self.seed, index))
        size = self.sizes[(index // self.batch) % len(self.sizes)]
        if self.share > 0 and rng.random() < self.share:
            scene = self.magnified(size, rng)
            image = scene.image
        else:
            scene = self.compose(size, rng)
            image = degrade(scene.image, rng) if rng.random() < 0.85 else scene.image
        rgb = np.ascontiguousarray(image[:, :, ::-1])
        boxes = np.concatenate([np.zeros((0, 5), np.float32), *scene.boxes])
        return torch.from_numpy(rgb), torch.from_numpy(boxes), torch.from_numpy(scene.policy)


def grid(size: int, cells: int, rng: Generator) -> list[tuple[int, int, int, int]]:
    """Tiles of a cells x cells grid with jittered lines, covering size x size."""
    lines = []
    for _ in range(2):
        inner = [round(size * (i + rng.uniform(-0.2, 0.2)) / cells) for i in range(1, cells)]
        lines.append([0, *inner, size])
    across, down = lines
    return [(across[i], down[j], across[i + 1], down[j + 1]) for i in range(cells) for j in range(cells)]


def load_picture(data: Path, entry: Entry) -> Picture:
    """Decode one picture of the ledger, without black borders, at most 640 px on its longer side."""
    raw = cv2.imread(str(image_path(data, entry)))
    if raw is None:
        raise ValueError(f"{entry.image}: not a readable picture")
    image, boxes = np.asarray(raw, np.uint8), read_boxes(data, entry, raw.shape[1], raw.shape[0])
    image, boxes = trim_black(image, boxes)
    ratio = min(1.0, LONGEST_SIDE / max(image.shape[:2]))
    if ratio < 1:
        image = np.asarray(
            cv2.resize(image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA), np.uint8
        )
        boxes[:, 1:] *= ratio
    return Picture(image, boxes, POLICY[SOURCE_OF[entry.folder].phones])


def collate(items: list[tuple[Tensor, Tensor, Tensor]]) -> tuple[Tensor, Tensor, Tensor]:
    """Images NxSxSx3 uint8; boxes padded to NxMx5 with class -1; policies NxPxP."""
    images, boxes, policies = zip(*items, strict=True)
    most = max(1, max(len(b) for b in boxes))
    padded = torch.full((len(boxes), most, 5), 0.0)
    padded[:, :, 0] = -1
    for row, b in zip(padded, boxes, strict=True):
        row[: len(b)] = b
    return torch.stack(images), padded, torch.stack(policies)
