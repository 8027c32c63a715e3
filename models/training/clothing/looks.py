"""Looks by outfit, folders OUTFIT/OCCASION_NN.jpg: read as features, or cut from the demo's clips."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import yaml

from models.detector import Crop, Detector
from models.manifest import Manifest
from models.person import Clothing, Postures
from vision.clothing import CommonClothes, Features

from ..data import Image

WORN_BY_SEVERAL = {
    "suit": (
        *("Asian_M_1_Busi", "Asian_M_2_Busi", "Asian_M_3_Busi", "Hispanic_M_2_Busi", "White_M_1_Busi"),
        *("Asian_F_2_Busi", "Asian_F_3_Busi"),
    ),
    "suit, men's": (
        *("Asian_M_1_Busi", "Asian_M_2_Busi", "Asian_M_3_Busi", "Hispanic_M_2_Busi", "White_M_1_Busi"),
    ),
    "scrubs": ("Asian_F_1_Medi", "Asian_M_1_Medi"),
    "work jacket": ("Asian_F_2_Util", "Asian_M_2_Util", "Asian_M_3_Util"),
    "grey polo": ("Asian_M_3_Casual", "White_M_1_Casual"),
}
"""Clothes that several rendered people wear alike, by looking at them. Any other outfit is one person's."""
SURE_PERSON = 0.25
CLIPS = ("hall_day", "hall_clean", "hall_night_lamp")
EVERY_S, LEAST_VISIBLE = 2.0, 0.45
CHANGING_S = (4.0, 10.0)
"""Seconds after and before clothes are changed in which the truth of the clothes is not sure."""


@dataclass(frozen=True)
class Looks:
    """Features (N, V, D), what each shows, and how many pictures could not be used."""

    clothing: Features
    outfits: tuple[str, ...]
    unused: int
    common: CommonClothes

    def uniforms(self) -> dict[str, Sequence[str]]:
        """What is taken for the uniform, each in turn."""
        there = set(self.outfits)
        several = {
            name: [outfit for outfit in worn if outfit in there] for name, worn in WORN_BY_SEVERAL.items()
        }
        several = {name: worn for name, worn in several.items() if len(worn) > 1}
        alone = there - {outfit for worn in several.values() for outfit in worn}
        return {**several, **{name: [name] for name in alone}}


def read(folders: Sequence[Path]) -> Looks:
    """Look at every picture as an enrolment does: find the person, take the torso by the joints."""
    manifest = Manifest.load()
    detector, clothing, postures = Detector(manifest), Clothing(manifest), Postures(manifest)
    rows, outfits, unused = [], [], 0
    for path in sorted(path for folder in folders for path in folder.glob("*/*.jpg")):
        row = _row(detector, clothing, postures, np.asarray(cv2.imread(str(path)), np.uint8))
        if row is None:
            unused += 1
            continue
        rows.append(row)
        outfits.append(path.parent.name)
    return Looks(np.stack(rows), tuple(outfits), unused, clothing.common)


def _row(detector: Detector, clothing: Clothing, postures: Postures, picture: Image) -> Features | None:
    people = detector.detect([Crop.whole(picture)])[0].of({"person"})
    if not len(people) or people.scores.max() < SURE_PERSON:
        return None
    box = people.boxes[int(people.scores.argmax())]
    return clothing.views((picture, box, postures.look([(picture, box)])[0]))


def cut_clips(demo: Path, scenarios: Path, out: Path) -> int:
    """Cut a crop of everybody in the demo's clips every two seconds; returns how many."""
    count = 0
    for name in CLIPS:
        truth = json.loads((demo / f"{name}.truth.json").read_text(encoding="utf-8"))
        play = yaml.safe_load((scenarios / f"{name}.yaml").read_text(encoding="utf-8"))
        wardrobe = {person["id"]: _changes(person) for person in play["people"]}
        for picture, frame in _frames(demo / f"{name}.mp4", truth):
            for person in frame["people"]:
                worn = _worn(wardrobe[person["id"]], frame["t"])
                if worn is None or person["visible"] < LEAST_VISIBLE:
                    continue
                (out / worn).mkdir(parents=True, exist_ok=True)
                path = out / worn / f"{name}-{person['id']}_{frame['i']:04d}.jpg"
                cut = _with_margin(picture, person["box"])
                cv2.imwrite(str(path), cut, [cv2.IMWRITE_JPEG_QUALITY, 95])
                count += 1
    return count


def _frames(clip: Path, truth: dict[str, Any]) -> Iterator[tuple[Image, dict[str, Any]]]:
    every = round(EVERY_S * truth["fps"])
    told = {frame["i"]: frame for frame in truth["frames"]}
    with av.open(str(clip)) as container:
        for i, frame in enumerate(container.decode(video=0)):
            if i % every == 0:
                yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8), told[i]


def _changes(person: dict[str, Any]) -> list[tuple[float, str]]:
    """From when on a person of a scenario wears what."""
    later = [(float(entry["at"]), entry["wears"]) for entry in person.get("do", ()) if "wears" in entry]
    return [(-CHANGING_S[0] - 1, person["wears"]), *later]


def _worn(changes: list[tuple[float, str]], t: float) -> str | None:
    """What is worn at a time; None while it is being changed."""
    if any(at - CHANGING_S[1] < t < at + CHANGING_S[0] for at, _ in changes):
        return None
    return [name for at, name in changes if at <= t][-1]


def _with_margin(picture: Image, box: list[float]) -> Image:
    x1, y1, x2, y2 = box
    pad = 0.06 * (y2 - y1)
    return picture[max(int(y1 - pad), 0) : int(y2 + pad) + 1, max(int(x1 - pad), 0) : int(x2 + pad) + 1]
