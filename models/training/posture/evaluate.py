"""Figures of the packaged person network on people it was not trained on, rendered and real.

Real pictures: `driver_phone` says which drivers call or text. The acts have never seen a photograph, so every
split counts for them; the joints were distilled on the train split's pictures (without labels), so the splits
are told apart.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from models.manifest import Manifest
from models.person import Postures, padded, upright
from vision.posture import ACTS, JOINTS, Posture

from ..data import Image
from ..metrics import auc
from .people import Someone, read_people
from .rendered import ACT_OF
from .teacher import Teacher

Floats = NDArray[np.float32]
PHONE = ("call", "handling")
CALLING, TEXTING = 0, 1
EVERY_FRAMES = 8


def _share(posture: Posture, acts: tuple[str, ...]) -> float:
    return sum(posture.acts[act] for act in acts)


def _whole(someone: Someone) -> Floats:
    return np.array(someone.box, np.float32)


def drivers(eyes: Postures, people: Path, data: Path) -> dict[str, Any]:
    """AUC of phone use on photographs of drivers, by split."""
    scores: dict[str, tuple[list[float], list[float]]] = {}
    for split in ("train", "calibrate", "test"):
        for someone in _one_each(read_people(people, split), "driver_phone"):
            stem = Path(someone.image).stem.rsplit("_", 1)[0].removeprefix("driver_phone_")
            label = data / "driver_phone" / "labels" / f"{stem}.txt"
            kinds = {int(line.split()[0]) for line in label.read_text().splitlines() if line.strip()}
            image = np.asarray(cv2.imread(str(people / someone.image)), np.uint8)
            share = _share(eyes.look([(image, _whole(someone))])[0], PHONE)
            for name in (split, "all"):
                using, not_using = scores.setdefault(name, ([], []))
                (using if kinds & {CALLING, TEXTING} else not_using).append(share)
    return {
        name: {"auc": auc(np.array(a), np.array(b)), "using": len(a), "not": len(b)}
        for name, (a, b) in scores.items()
    }


def _one_each(people: list[Someone], source: str) -> list[Someone]:
    """The surest person of each picture of a source."""
    return [one for one in people if one.source == source and one.image.endswith("_0.jpg")]


def agreement(eyes: Postures, teacher: Teacher, people: Path, high: int) -> dict[str, Any]:
    """How far joints are from the teacher's, in shoulder widths, on test people shrunk to `high` pixels."""
    errors: dict[str, list[float]] = {name: [] for name in JOINTS}
    found: dict[str, list[bool]] = {name: [] for name in JOINTS}
    for someone in read_people(people, "test"):
        image = np.asarray(cv2.imread(str(people / someone.image)), np.uint8)
        box = _whole(someone)
        taught = taught_joints(teacher, image, box)
        scale = min(high / float(box[3] - box[1]), 1.0)
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        joints = eyes.look([(np.asarray(small, np.uint8), (box * scale).astype(np.float32))])[0].joints
        unit = float(np.linalg.norm(taught[5, :2] - taught[6, :2]))
        if unit < 8 or taught[5:7, 2].min() < 0.4:
            continue
        for k, name in enumerate(JOINTS):
            if taught[k, 2] >= 0.4:
                errors[name].append(float(np.linalg.norm(joints[k, :2] / scale - taught[k, :2])) / unit)
                found[name].append(bool(joints[k, 2] >= 0.3))
    return {
        name: {
            "n": len(errors[name]),
            "median": round(float(np.median(errors[name])), 3),
            "within_0.3": round(float((np.array(errors[name]) < 0.3).mean()), 3),
            "seen": round(float(np.mean(found[name])), 3),
        }
        for name in JOINTS
        if errors[name]
    }


def taught_joints(teacher: Teacher, image: Image, box: Floats) -> Floats:
    """The teacher's joints, 13x3, in pixels of the picture."""
    region = upright(box, 256, 192)
    heat = teacher.heat(padded(image, region, (192, 256)))
    flat = heat.reshape(len(JOINTS), -1)
    y, x = np.divmod(flat.argmax(1), heat.shape[2])
    left, top, wide, tall = region
    return np.stack(
        [
            left + (x + 0.5) / heat.shape[2] * wide,
            top + (y + 0.5) / heat.shape[1] * tall,
            flat.max(1),
        ],
        1,
    ).astype(np.float32)


def clips(eyes: Postures, demo: Path, names: list[str]) -> dict[str, Any]:
    """Per rendered clip: joint errors against the exact joints, and AUC of each act over staff looks."""
    return {name: _clip(eyes, demo / f"{name}.mp4", demo / f"{name}.truth.json") for name in names}


def _clip(eyes: Postures, video: Path, truth: Path) -> dict[str, Any]:
    frames = json.loads(truth.read_text(encoding="utf-8"))["frames"]
    shares, acts, errors = [], [], []
    with av.open(str(video)) as opened:
        for index, decoded in enumerate(opened.decode(video=0)):
            if index % EVERY_FRAMES:
                continue
            image = decoded.to_ndarray(format="bgr24").astype(np.uint8)
            for person in frames[index]["people"]:
                act = ACT_OF.get(person["action"])
                if person["role"] != "staff" or act is None or person["visible"] < 0.3:
                    continue
                posture = eyes.look([(image, np.array(person["box"], np.float32))])[0]
                shares.append([posture.acts[name] for name in ACTS])
                acts.append(act)
                exact = np.array([person["joints"][name] for name in JOINTS], np.float32)
                unit = max(float(np.linalg.norm(exact[5] - exact[6])), 1.0)
                errors.append(np.linalg.norm(posture.joints[:, :2] - exact, axis=1) / unit)
    table, is_act = np.array(shares, np.float32), np.array(acts)
    phone = table[:, [ACTS.index(name) for name in PHONE]].sum(1)
    using = np.isin(is_act, PHONE)
    return {
        "looks": len(acts),
        "joint_error": {n: round(float(e), 3) for n, e in zip(JOINTS, np.median(errors, 0), strict=True)},
        "auc": {
            "phone": auc(phone[using], phone[~using]),
            **{name: auc(table[is_act == name, k], table[is_act != name, k]) for k, name in enumerate(ACTS)},
        },
    }


def evaluate(people: Path, teacher: Path | None, data: Path, demo: Path) -> dict[str, Any]:
    """All figures; without a teacher all but the agreement with it."""
    eyes = Postures(Manifest.load())
    figures: dict[str, Any] = {"drivers_phone_use": drivers(eyes, people, data)}
    if teacher is not None:
        master = Teacher(teacher)
        heights = (256, 120, 70)
        figures["joints_against_teacher"] = {str(h): agreement(eyes, master, people, h) for h in heights}
    return {**figures, "rendered_clips": clips(eyes, demo, ["hall_day", "hall_clean", "hall_night_lamp"])}
