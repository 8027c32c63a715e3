"""Figures of the packaged person network on people it was not trained on, rendered and real.

Real pictures: `driver_phone` says which drivers call or text, `cigarette` which pictures hold a cigarette.
The acts have never seen a photograph and MoveNet none of these, so every split counts.
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
from models.person import Postures
from vision.posture import ACTS, JOINTS, Posture

from ..metrics import auc
from .actions import ACT_OF
from .people import Someone, read_people

Floats = NDArray[np.float32]
PHONE = ("call", "handling")
CALLING, TEXTING = 0, 1
EVERY_FRAMES = 8


def _share(posture: Posture, acts: tuple[str, ...]) -> float:
    return sum(posture.acts[act] for act in acts)


def _whole(someone: Someone) -> Floats:
    return np.array(someone.box, np.float32)


def drivers(eyes: Postures, people: Path, data: Path) -> dict[str, Any]:
    """Photographs of drivers: AUC of phone use, and of calls and texting alone, against no phone."""
    acts, kinds = _photographs(eyes, people, data, "driver_phone")
    none = [not (kind & {CALLING, TEXTING}) for kind in kinds]
    call, text = [CALLING in kind for kind in kinds], [TEXTING in kind for kind in kinds]
    phone = [not no for no in none]
    return {
        "phone": _told(acts, PHONE, phone, none),
        "call": _told(acts, ("call",), call, none),
        "texting": _told(acts, ("handling",), text, none),
    }


def smokers(eyes: Postures, people: Path, data: Path) -> dict[str, Any]:
    """AUC of smoking, pictures with a cigarette against those without: the sets differ in more than that."""
    acts, kinds = _photographs(eyes, people, data, "cigarette")
    smoking = [bool(kind) for kind in kinds]
    return _told(acts, ("smoking",), smoking, [not yes for yes in smoking])


def _photographs(
    eyes: Postures, people: Path, data: Path, folder: str
) -> tuple[list[Posture], list[set[int]]]:
    """The surest person's posture in each picture of a set, and the classes its label file names."""
    found, kinds = [], []
    everyone = [one for split in ("train", "calibrate", "test") for one in read_people(people, split)]
    for someone in _one_each(everyone, folder):
        stem = Path(someone.image).stem.rsplit("_", 1)[0].removeprefix(f"{folder}_")
        label = data / folder / "labels" / f"{stem}.txt"
        lines = label.read_text().splitlines() if label.exists() else []
        kinds.append({int(line.split()[0]) for line in lines if line.strip()})
        image = np.asarray(cv2.imread(str(people / someone.image)), np.uint8)
        found.append(eyes.look([(image, _whole(someone))])[0])
    return found, kinds


def _told(postures: list[Posture], acts: tuple[str, ...], yes: list[bool], no: list[bool]) -> dict[str, Any]:
    shares = np.array([_share(posture, acts) for posture in postures])
    return {"auc": auc(shares[np.array(yes)], shares[np.array(no)]), "yes": sum(yes), "no": sum(no)}


def _one_each(people: list[Someone], source: str) -> list[Someone]:
    """The surest person of each picture of a source."""
    return [one for one in people if one.source == source and one.image.endswith("_0.jpg")]


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


def evaluate(people: Path, data: Path, demo: Path) -> dict[str, Any]:
    """All figures."""
    eyes = Postures(Manifest.load())
    return {
        "drivers": drivers(eyes, people, data),
        "smokers": smokers(eyes, people, data),
        "rendered_clips": clips(eyes, demo, ["hall_day", "hall_clean", "hall_night_lamp"]),
    }
