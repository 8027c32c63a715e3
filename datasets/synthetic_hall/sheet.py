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
FONT, SIZE, LINE, ROW = cv2.FONT_HERSHEY_SIMPLEX, 0.42, 1, 16
COLOURS = {"staff": (60, 220, 60), "visitor": (220, 160, 60)}
HELD, LYING, RULE, BACK = (90, 90, 255), (0, 200, 255), (80, 80, 255), (20, 20, 20)


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
    """One frame, 640 pixels wide, with boxes, joints, actions and the rules broken now drawn over it."""
    scale = WIDTH / picture.shape[1]
    size = (WIDTH, round(picture.shape[0] * scale))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    for thing in frame["objects"]:
        _box(small, thing["box"], scale, HELD if thing["holder"] else LYING, thing["label"])
    for person in frame["people"]:
        colour = COLOURS[person["role"]]
        _box(small, person["box"], scale, colour, f"{person['id']} {person['action']}")
        for x, y in person["joints"].values():
            cv2.circle(small, (round(x * scale), round(y * scale)), 2, colour, -1)
    now = [f"{i['post']} {i['rule']}" for i in intervals if i["start"] <= frame["t"] < i["end"]]
    lines = wrapped([f"{frame['t']:.1f} s", *now], small.shape[1] - 12)
    for row, line in enumerate(reversed(lines)):
        _text(small, line, (6, small.shape[0] - 8 - ROW * row), RULE)
    return small


def wrapped(words: list[str], width: int) -> list[str]:
    """The words in as few lines as fit into `width` pixels."""
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]}  {word}"
        if _wide(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def tile(pictures: list[Image]) -> Image:
    """Pictures of one size in rows of three."""
    full = [*pictures, *[np.zeros_like(pictures[0])] * (-len(pictures) % COLUMNS)]
    rows = [np.hstack(full[i : i + COLUMNS]) for i in range(0, len(full), COLUMNS)]
    return np.asarray(np.vstack(rows), dtype=np.uint8)


def _box(picture: Image, box: list[float], scale: float, colour: tuple[int, int, int], text: str) -> None:
    x1, y1, x2, y2 = (round(v * scale) for v in box)
    cv2.rectangle(picture, (x1, y1), (x2, y2), colour, 1)
    _text(picture, text, (max(2, min(x1, picture.shape[1] - _wide(text))), max(12, y1 - 4)), colour)


def _wide(text: str) -> int:
    return int(cv2.getTextSize(text, FONT, SIZE, LINE)[0][0])


def _text(picture: Image, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """Letters on a dark ground, legible on any picture."""
    x, y = at
    cv2.rectangle(picture, (x - 1, y - 11), (x + _wide(text) + 1, y + 3), BACK, -1)
    cv2.putText(picture, text, at, FONT, SIZE, colour, LINE, cv2.LINE_AA)
