"""Run the exported ONNX file as it is shipped: letterbox, a provider, boxes in the picture's pixels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from models import providers
from models.pixels import tensor
from models.session import Runtime

from .data import GREY, Entry, Image, image_path, read_boxes
from .metrics import Floats, Judged

THREADS = 1


class OnnxDetector:
    """The exported hall detector on one thread. `names` are its class names by class number."""

    def __init__(self, path: Path, provider: str = "onnxruntime") -> None:
        """``provider`` is a name as in CONDUCT_PROVIDER; what is `-int8` of it is the file's affair."""
        runtime = Runtime.parse(provider)
        runs = providers.find(runtime.provider)
        if runs is None:
            raise ValueError(f"provider {provider}: expected its package, it is not installed")
        self.network = runs.load(path.read_bytes(), THREADS, sixteen_bits=runtime.precision == "bf16")
        self.names = cast(list[str], json.loads(self.network.metadata["names"]))

    def detect(self, image: Image, size: int) -> Floats:
        """Detections Nx6 (x1, y1, x2, y2 in pixels of `image`, score, class) of a BGR uint8 HxWx3 picture."""
        height, width = image.shape[:2]
        ratio = size / max(height, width)
        fitted = (max(1, round(width * ratio)), max(1, round(height * ratio)))
        canvas = np.full((size, size, 3), GREY, np.uint8)
        left, top = (size - fitted[0]) // 2, (size - fitted[1]) // 2
        method = cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
        canvas[top : top + fitted[1], left : left + fitted[0]] = cv2.resize(
            image, fitted, interpolation=method
        )
        found = self.network.run(tensor([canvas]), {})[0][0].astype(np.float64)
        found[:, :4] = (found[:, :4] - [left, top, left, top]) / ratio
        found[:, [0, 2]] = found[:, [0, 2]].clip(0, width)
        found[:, [1, 3]] = found[:, [1, 3]].clip(0, height)
        return cast(Floats, found)


def load(data: Path, entry: Entry) -> tuple[Image, Floats]:
    """A picture of the ledger as published (BGR uint8 HxWx3) and its boxes, float Mx5."""
    raw = cv2.imread(str(image_path(data, entry)))
    if raw is None:
        raise ValueError(f"{entry.image}: not a readable picture")
    image = np.asarray(raw, np.uint8)
    return image, read_boxes(data, entry, image.shape[1], image.shape[0]).astype(np.float64)


def judge(detector: OnnxDetector, scenes: list[tuple[Image, Floats]], size: int) -> list[Judged]:
    """Detect on every (picture, truth) pair at one letterbox size."""
    return [Judged(detector.detect(image, size), truth) for image, truth in scenes]


def shrunk(image: Image, truth: Floats, longest: float, size: int) -> tuple[Image, Floats] | None:
    """The picture made so small that its median cigarette is `longest` px long, on a grey size x size canvas.

    Compressed as JPEG of quality 50. None if the picture has no cigarette or would have to be enlarged. Where
    the shrunk picture is larger than the canvas, the part around its first cigarette is taken.
    """
    if len(truth) == 0:
        return None
    sides = (truth[:, 3:5] - truth[:, 1:3]).max(axis=1)
    ratio = longest / float(np.median(sides))
    if ratio >= 1:
        return None
    small = np.asarray(cv2.resize(image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA), np.uint8)
    _, code = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 50])
    small = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
    boxes = truth.copy()
    boxes[:, 1:] *= ratio
    canvas = np.full((size, size, 3), GREY, np.uint8)
    shift = np.zeros(2)
    starts: list[int] = []
    for axis, side in enumerate((small.shape[1], small.shape[0])):
        middle = float(boxes[0, 1 + axis] + boxes[0, 3 + axis]) / 2
        starts.append(int(np.clip(middle - size / 2, 0, max(side - size, 0))))
        shift[axis] = max(size - side, 0) // 2 - starts[axis]
    part = small[starts[1] : starts[1] + size, starts[0] : starts[0] + size]
    left, top = (size - part.shape[1]) // 2, (size - part.shape[0]) // 2
    canvas[top : top + part.shape[0], left : left + part.shape[1]] = part
    boxes[:, 1:] += np.tile(shift, 2)
    inside = ((boxes[:, 1:3] + boxes[:, 3:5]) / 2 >= 0).all(1) & (
        (boxes[:, 1:3] + boxes[:, 3:5]) / 2 <= size
    ).all(1)
    return canvas, boxes[inside]


def shrunk_scenes(
    scenes: list[tuple[Image, Floats]], low: float, high: float, size: int
) -> list[tuple[Image, Floats]]:
    """All scenes with cigarettes shrunk to lengths spread evenly over low..high px; others are left out."""
    lengths = np.linspace(low, high, len(scenes))
    small = (
        shrunk(image, truth, float(length), size)
        for (image, truth), length in zip(scenes, lengths, strict=True)
    )
    return [scene for scene in small if scene is not None]
