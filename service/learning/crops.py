"""Looks of an answered event as pictures: the post's crop out of the clip, and the boxes in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from vision.posts import Post

LOOKS_EACH = 8
"""Looks of one event that are exported, spread over it."""
APART_S = 2.0
"""Looks nearer to each other than this show the same."""
LEAST_INSIDE = 0.5
"""A box of which less lies in the crop is none of it."""
JPEG_QUALITY = 92
Region = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class BoxLabel:
    """A thing in a crop: its class, and centre, width and height as fractions of the crop (YOLO's form)."""

    name: str
    x: float
    y: float
    width: float
    height: float

    def line(self, classes: Sequence[str]) -> str:
        """The line of a label file."""
        numbers = " ".join(f"{v:.6f}" for v in (self.x, self.y, self.width, self.height))
        return f"{classes.index(self.name)} {numbers}"


def chosen_looks(timeline: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Looks of a timeline between the event's start and end that could tell something, spread over it."""
    found: list[dict[str, Any]] = []
    for look in timeline["looks"]:
        inside = timeline["event_start"] <= look["t"] <= timeline["event_end"]
        if inside and look["score"] is not None and (not found or look["t"] - found[-1]["t"] >= APART_S):
            found.append(look)
    which = np.unique(np.linspace(0, len(found) - 1, min(len(found), LOOKS_EACH)).astype(int))
    return [found[i] for i in which] if found else []


def region_of(post: Post, timeline: Mapping[str, Any]) -> Region:
    """The post's crop in pixels of the timeline's picture."""
    return post.crop(timeline["width"], timeline["height"])


def labels_of(
    look: Mapping[str, Any], region: Region, classes: Sequence[str], *, evidence: bool
) -> list[BoxLabel]:
    """The boxes of a look in a crop; without ``evidence`` those on which the event rested are left out."""
    corner = np.array(region[:2], float)
    size = np.array(region[2:], float) - corner
    found = []
    for box in look["boxes"]:
        if box["label"] not in classes or (box["role"] == "evidence" and not evidence):
            continue
        given = np.array(box["box"], float)
        low, high = np.maximum(given[:2], corner), np.minimum(given[2:], corner + size)
        if (low >= high).any() or np.prod(high - low) < LEAST_INSIDE * np.prod(given[2:] - given[:2]):
            continue
        x, y = ((low + high) / 2 - corner) / size
        width, height = (high - low) / size
        found.append(BoxLabel(box["label"], float(x), float(y), float(width), float(height)))
    return found


def crops(clip: Path, times: Sequence[float], region: Region) -> Iterator[bytes]:
    """The region at each time of a clip's own clock, as JPEG. Raises av.FFmpegError, ValueError."""
    x1, y1, x2, y2 = region
    with av.open(str(clip)) as container:
        for t in times:
            picture = _picture_at(container, t)
            done, jpeg = cv2.imencode(".jpg", picture[y1:y2, x1:x2], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
            if not done:
                raise ValueError(f"{clip.name}: expected a picture at {t:.3f} s that can be cut to {region}")
            yield jpeg.tobytes()


def _picture_at(container: av.container.InputContainer, t: float) -> NDArray[np.uint8]:
    """The picture nearest to a time, BGR (height, width, 3)."""
    if not container.streams.video:
        raise ValueError("no video in it")
    video = container.streams.video[0]
    container.seek(max(0, round(t * av.time_base)), backward=True)
    nearest = None
    for frame in container.decode(video):
        if nearest is None or abs(frame.time - t) <= abs(nearest.time - t):
            nearest = frame
        if frame.time >= t:
            break
    if nearest is None:
        raise ValueError(f"no picture at {t:.3f} s")
    return nearest.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
