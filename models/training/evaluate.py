"""Figures of an exported detector on held-out pictures. Every figure carries its split in its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import rendered
from .data import CELL_PHONE, CIGARETTE, Entry, Image, Split, read_ledger
from .infer import OnnxDetector, judge, load, shrunk_scenes
from .metrics import Floats, average_precision, false_per_picture, mean_precision, precision_over, recall_at

SIZES = (640, 416)
POST_SIZE = 416
BANDS = ((8, 16), (16, 24))
CLOSER_PX = 168
"""Side of what a closer look at a body shows: enlarged 2.5 times."""
FIXED_SCORE = 0.25
Scenes = list[tuple[Image, Floats]]


def scenes_of(data: Path, entries: list[Entry], folder: str) -> Scenes:
    """The pictures and boxes of one folder's entries."""
    return [load(data, entry) for entry in entries if entry.folder == folder]


def cigarette_figures(detector: OnnxDetector, scenes: Scenes, split: str) -> dict[str, float]:
    """Average precision on the pictures as published, and with the cigarettes shrunk to CCTV's sizes: as the
    post's crop shows them, and as a closer look does.
    """
    figures: dict[str, float] = {}
    for size in SIZES:
        judged = judge(detector, scenes, size)
        name = f"{split}/cigarette/{size}"
        figures[f"{name}/ap50"] = average_precision(judged, CIGARETTE, 0.5)
        figures[f"{name}/ap50_95"] = precision_over(judged, CIGARETTE)
        figures[f"{name}/recall_at_0.25"] = recall_at(judged, CIGARETTE, FIXED_SCORE, 0.5)
    for low, high in BANDS:
        name = f"{split}/cigarette/{POST_SIZE}/shrunk_to_{low}_{high}_px"
        for side, seen in ((POST_SIZE, name), (CLOSER_PX, f"{name}_enlarged")):
            judged = judge(detector, shrunk_scenes(scenes, low, high, side), POST_SIZE)
            figures[f"{seen}/ap50"] = average_precision(judged, CIGARETTE, 0.5)
            figures[f"{seen}/ap30"] = average_precision(judged, CIGARETTE, 0.3)
            figures[f"{seen}/recall_at_0.25"] = recall_at(judged, CIGARETTE, FIXED_SCORE, 0.5)
            figures[f"{seen}/recall_at_0.25_iou30"] = recall_at(judged, CIGARETTE, FIXED_SCORE, 0.3)
    return figures


def phone_figures(detector: OnnxDetector, scenes: Scenes, split: str) -> dict[str, float]:
    """Average precision of phones on phone/; some of its phones are unlabelled."""
    return {
        f"{split}/phone/{size}/ap50": average_precision(judge(detector, scenes, size), CELL_PHONE, 0.5)
        for size in SIZES
    }


def false_figures(detector: OnnxDetector, scenes: dict[str, Scenes], split: str) -> dict[str, float]:
    """False cigarettes per picture at the fixed score and the post's size, on pictures without any."""
    figures = {}
    for folder, pictures in scenes.items():
        empty = [scene for scene in pictures if not (scene[1][:, 0] == CIGARETTE).any()]
        judged = judge(detector, empty, POST_SIZE)
        figures[f"{split}/{folder}/{POST_SIZE}/false_cigarettes_per_picture"] = false_per_picture(
            judged, CIGARETTE, FIXED_SCORE
        )
    return figures


def coco_figures(detector: OnnxDetector, scenes: Scenes, split: str) -> dict[str, float]:
    """COCO's mAP50-95 over the classes present, and person and phone alone."""
    figures = {}
    for size in SIZES:
        judged = judge(detector, scenes, size)
        figures[f"{split}/{size}/map50_95"] = mean_precision(judged, range(CIGARETTE))
        figures[f"{split}/{size}/person_ap50_95"] = precision_over(judged, 0)
        figures[f"{split}/{size}/cell_phone_ap50"] = average_precision(judged, CELL_PHONE, 0.5)
    return figures


def evaluate_rendered(onnx: Path, folder: Path) -> dict[str, float]:
    """Figures on rendered crops of people whom no training saw: cigarettes found, and what passes for one."""
    detector = OnnxDetector(onnx)
    crops = rendered.read(folder)
    judged = judge(detector, [(crop.image, crop.boxes.astype(np.float64)) for crop in crops], POST_SIZE)
    figures = rendered.figures(list(zip(crops, judged, strict=True)), FIXED_SCORE, POST_SIZE)
    return {name: round(value, 4) for name, value in figures.items() if not np.isnan(value)}


def evaluate(onnx: Path, data: Path, ledger: Path, split: Split = "test") -> dict[str, float]:
    """All figures on one split. Split `calibrate` (with coco_train's share) is for choosing, `test` for
    reporting.

    `coco_val` belongs to the report only.
    """
    detector = OnnxDetector(onnx)
    entries = read_ledger(ledger, split)
    by_folder = {
        folder: scenes_of(data, entries, folder)
        for folder in ("cigarette", "phone", "desk_objects", "driver_phone")
    }
    coco_split = "coco_val" if split == "test" else "coco_train"
    coco = scenes_of(data, read_ledger(ledger, "coco_val") if split == "test" else entries, coco_split)
    figures = cigarette_figures(detector, by_folder["cigarette"], split)
    figures |= phone_figures(detector, by_folder["phone"], split)
    figures |= false_figures(detector, by_folder, split)
    figures |= false_figures(detector, {coco_split: coco}, "coco_val" if split == "test" else split)
    figures |= coco_figures(detector, coco, coco_split if split == "test" else f"{split}/{coco_split}")
    return {name: round(value, 4) for name, value in figures.items() if not np.isnan(value)}
