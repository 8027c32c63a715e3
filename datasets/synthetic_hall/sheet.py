"""A contact sheet: twelve random frames of a clip with its truth drawn in, to see whether both agree."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
COUNT, COLUMNS, WIDTH = 12, 3, 640
COLOURS = {"staff": (60, 220, 60), "visitor": (220, 160, 60)}
HELD, LYING, RULE = (40, 40, 255), (0, 200, 255), (0, 0, 255)


def draw(clip: Path, out: Path, seed: int = 0) -> None:
    """Write the sheet of `clip` (an MP4 with NAME.truth.json beside it) as a picture file."""
    truth = json.loads(clip.with_name(clip.stem + ".truth.json").read_text("utf-8"))
    frames = truth["frames"]
    chosen = set(sorted(random.Random(seed).sample(range(len(frames)), min(COUNT, len(frames)))))
    with av.open(str(clip)) as container:
        pictures = [
            overlay(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8), frames[i], truth["intervals"])
            for i, frame in enumerate(container.decode(video=0))
            if i in chosen
        ]
    cv2.imwrite(str(out), tile(pictures))


def overlay(picture: Image, frame: dict[str, Any], intervals: list[dict[str, Any]]) -> Image:
    """Boxes, joints, actions and the rules broken now, drawn over one frame."""
    for person in frame["people"]:
        colour = COLOURS[person["role"]]
        _box(picture, person["box"], colour, f"{person['id']} {person['action']}")
        for x, y in person["joints"].values():
            cv2.circle(picture, (round(x), round(y)), 2, colour, -1)
    for thing in frame["objects"]:
        _box(picture, thing["box"], HELD if thing["holder"] else LYING, thing["label"])
    now = [f"{i['post']} {i['rule']}" for i in intervals if i["start"] <= frame["t"] < i["end"]]
    text = f"{frame['t']:.1f} s  " + ", ".join(now)
    cv2.putText(picture, text, (10, picture.shape[0] - 12), cv2.FONT_HERSHEY_SIMPLEX, 0.8, RULE, 2)
    return picture


def tile(pictures: list[Image]) -> Image:
    """Pictures in rows of three, each 640 pixels wide."""
    height = round(WIDTH * pictures[0].shape[0] / pictures[0].shape[1])
    small = [cv2.resize(p, (WIDTH, height), interpolation=cv2.INTER_AREA) for p in pictures]
    small += [np.zeros_like(small[0])] * (-len(small) % COLUMNS)
    rows = [np.hstack(small[i : i + COLUMNS]) for i in range(0, len(small), COLUMNS)]
    return np.asarray(np.vstack(rows), dtype=np.uint8)


def _box(picture: Image, box: list[float], colour: tuple[int, int, int], text: str) -> None:
    x1, y1, x2, y2 = (round(v) for v in box)
    cv2.rectangle(picture, (x1, y1), (x2, y2), colour, 1)
    cv2.putText(picture, text, (x1, max(12, y1 - 4)), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
