"""Rendered crops (`datasets.synthetic_hall crops`): cigarettes at CCTV's size, and pens that are none.

The public pictures hold hardly a pen or straw at a mouth. Rendered ones do, with exact boxes; they are ours,
so no licence stands beside them. What the network makes of them is measured on people and halls that were
never rendered for training, and says nothing about real cameras.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .data import CIGARETTE, Boxes, Image
from .metrics import Judged, average_precision, recall_at

LEAST_VISIBLE = 0.25
"""Share of a cigarette that must be in view: less of it is neither an example nor a mistake."""


@dataclass(frozen=True)
class Crop:
    """One rendered person: BGR uint8 HxWx3, the true cigarettes (Nx5: class, x1, y1, x2, y2), the action.

    `sure` is false where a cigarette is there and mostly hidden.
    """

    image: Image
    boxes: Boxes
    action: str
    sure: bool


def read(folder: Path) -> list[Crop]:
    """The crops of a folder. Raises ValueError where it is none."""
    path = folder / "labels.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [_crop(folder, json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path}: expected labels as `synthetic_hall crops` writes them, {error}") from error


def _crop(folder: Path, label: dict[str, object]) -> Crop:
    image = cv2.imread(str(folder / str(label["image"])))
    if image is None:
        raise ValueError(f"{label['image']}: not a readable picture")
    things = label["objects"]
    if not isinstance(things, list):
        raise ValueError(f"{label['image']}: expected a list of objects")
    held = [thing for thing in things if thing["label"] == "cigarette"]
    rows = [[CIGARETTE, *thing["box"]] for thing in held if thing["visible"] >= LEAST_VISIBLE]
    boxes = np.array(rows, np.float32).reshape(-1, 5)
    return Crop(np.asarray(image, np.uint8), boxes, str(label["action"]), len(rows) == len(held))


def figures(judged: list[tuple[Crop, Judged]], score: float, size: int) -> dict[str, float]:
    """Average precision and recall of rendered cigarettes; false ones per crop by what is done instead."""
    smoking = [found for crop, found in judged if len(crop.boxes) > 0]
    name = f"rendered/{size}"
    told = {
        f"{name}/cigarette/ap50": average_precision(
            [found for crop, found in judged if crop.sure], CIGARETTE, 0.5
        ),
        f"{name}/cigarette/recall_at_{score}_iou30": recall_at(smoking, CIGARETTE, score, 0.3),
    }
    for action in sorted({crop.action for crop, _ in judged}):
        without = [
            found for crop, found in judged if crop.action == action and crop.sure and len(crop.boxes) == 0
        ]
        if without:
            wrong = [float(found.of_class(CIGARETTE)[1].max(initial=0.0) >= score) for found in without]
            told[f"{name}/{action}/crops_with_a_false_cigarette"] = float(np.mean(wrong))
    return told
