"""Two exported detectors side by side: AP50 of the classes that the behaviours rest on, at the post's size.

`coco_val` holds 6 phones and few cups, so a phone is also judged on phone/ and desk_objects/ of the test
split, and on all held-out pictures together; food is pooled. Neither training nor calibration has seen them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .calibrate import FOOD
from .data import CELL_PHONE, CIGARETTE, PERSON, read_ledger
from .evaluate import BANDS, POST_SIZE, Scenes, scenes_of
from .infer import OnnxDetector, judge, shrunk_scenes
from .metrics import mean_precision, pooled_precision

BOTTLE, CUP = 39, 41
COCO_CLASSES = {
    "person": (PERSON,),
    "cell phone": (CELL_PHONE,),
    "bottle": (BOTTLE,),
    "cup": (CUP,),
    "food": FOOD,
}


def pictures(data: Path, ledger: Path) -> dict[str, Scenes]:
    """The held-out pictures by set; cigarettes also shrunk to the larger of CCTV's sizes."""
    test, val = read_ledger(ledger, "test"), read_ledger(ledger, "coco_val")
    sets = {folder: scenes_of(data, test, folder) for folder in ("cigarette", "phone", "desk_objects")}
    low, high = BANDS[-1]
    sets["shrunk"] = shrunk_scenes(sets["cigarette"], low, high, POST_SIZE)
    sets["coco_val"] = scenes_of(data, val, "coco_val")
    return sets


def class_figures(onnx: Path, provider: str, sets: dict[str, Scenes]) -> dict[str, float]:
    """AP50 by class and set of one file, with the number of true boxes in the name; and COCO's mAP50-95."""
    detector = OnnxDetector(onnx, provider)
    judged = {name: judge(detector, scenes, POST_SIZE) for name, scenes in sets.items()}
    asked = [(f"coco_val/{name}", judged["coco_val"], numbers) for name, numbers in COCO_CLASSES.items()]
    asked += [
        (f"test/{folder}/cell phone", judged[folder], (CELL_PHONE,)) for folder in ("phone", "desk_objects")
    ]
    every = [*judged["coco_val"], *judged["phone"], *judged["desk_objects"]]
    asked += [
        ("all held-out pictures/cell phone", every, (CELL_PHONE,)),
        ("test/cigarette", judged["cigarette"], (CIGARETTE,)),
        (f"test/cigarette shrunk to {BANDS[-1][0]}-{BANDS[-1][1]} px", judged["shrunk"], (CIGARETTE,)),
    ]
    figures = {
        f"{name} ({sum(int(np.isin(picture.truth[:, 0], numbers).sum()) for picture in found)} boxes)": (
            pooled_precision(found, numbers, 0.5)
        )
        for name, found, numbers in asked
    }
    figures["coco_val/map50_95"] = mean_precision(judged["coco_val"], range(CIGARETTE))
    return figures


def compare(
    first: Path, second: Path, data: Path, ledger: Path, providers: tuple[str, str]
) -> dict[str, dict[str, float]]:
    """Figures of both files at 416, each by its provider; ``difference`` is what the second gains."""
    sets = pictures(data, ledger)
    one, other = (
        class_figures(file, provider, sets) for file, provider in zip((first, second), providers, strict=True)
    )
    told = (f"{first.stem} {providers[0]}", f"{second.stem} {providers[1]}")
    return {
        name: {
            told[0]: round(value, 4),
            told[1]: round(other[name], 4),
            "difference": round(other[name] - value, 4),
        }
        for name, value in one.items()
    }
