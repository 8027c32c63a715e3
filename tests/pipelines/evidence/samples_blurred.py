"""A clip in which staff and a visitor carry patterns that can be found again, with its timeline."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

WIDE, HIGH, FPS = 640, 360, 10
SECONDS = 4
STAFF = (220, 60, 340, 240)
VISITOR = (400, 120, 520, 340)
STRANGER = (20, 40, 120, 220)
"""Somebody of whom the post's looks know nothing."""
ZONE = [[180, 30], [460, 30], [460, 250], [180, 250]]
Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]


def checked(box: Box, size: int = 4) -> Pixels:
    """A chequered pattern, black and white, for a box: what a blur must not leave."""
    x1, y1, x2, y2 = box
    rows, columns = np.indices((y2 - y1, x2 - x1)) // size
    return np.repeat((((rows + columns) % 2) * 255).astype(np.uint8)[..., None], 3, axis=2)


def make_scene(path: Path, *, codec: str = "libx264", seconds: float = SECONDS) -> Path:
    """Staff, a visitor who overlaps the staff zone, and a stranger, all chequered and still."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.full((HIGH, WIDE, 3), 90, np.uint8)
    for box in (STAFF, VISITOR, STRANGER):
        x1, y1, x2, y2 = box
        picture[y1:y2, x1:x2] = checked(box)
    options = {"crf": "12", "preset": "ultrafast", "g": "10", "bf": "0"} if codec == "libx264" else {}
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDE, HIGH, "yuv420p"
        for index in range(round(seconds * FPS)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def person(box: Box | tuple[float, ...], role: str, **more: Any) -> dict[str, Any]:
    return {"box": list(box), "label": "person", "role": role, "score": 0.9, **more}


def a_look(t: float, *boxes: dict[str, Any], presence: bool | None = True, score: float | None = 0.5) -> Any:
    why = {"code": "phone_in_hand", "args": {"percent": 90}}
    return {"t": t, "presence": presence, "score": score, "belief": 0.9, "why": why, "boxes": list(boxes)}


BOTH = (person(STAFF, "staff"), person(VISITOR, "visitor"))


def told(event: str, looks: list[Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A timeline; without looks of its own staff and visitor are seen once a second."""
    whole: dict[str, Any] = {
        "event": event,
        "clip": f"clips/{event}.mp4",
        "t0": "2026-01-05T09:00:00+08:00",
        "duration": SECONDS,
        "width": WIDE,
        "height": HIGH,
        "behaviour": "phone",
        "event_start": 1.0,
        "event_end": 3.0,
        "truncated": False,
        "open_at": 0.9,
        "close_at": 0.4,
        "zone": ZONE,
        "looks": [a_look(float(t), *BOTH) for t in range(SECONDS + 1)] if looks is None else looks,
    }
    return {**whole, **changes}


def file_scene(folder: Path, event: str, timeline: dict[str, Any] | str | None = None) -> dict[str, str]:
    """Clip, snapshot and timeline of an event below a data folder; gives their names."""
    clip = folder / "clips" / f"{event}.mp4"
    clip.parent.mkdir(parents=True, exist_ok=True)
    for end, content in zip((".mp4", ".jpg"), _scene(), strict=True):
        clip.with_suffix(end).write_bytes(content)
    said = told(event) if timeline is None else timeline
    clip.with_suffix(".json").write_text(said if isinstance(said, str) else json.dumps(said))
    ends = {"clip": "mp4", "snapshot": "jpg", "timeline": "json"}
    return {kind: f"clips/{event}.{end}" for kind, end in ends.items()}


@cache
def _scene() -> tuple[bytes, bytes]:
    """Clip and snapshot, encoded once for all tests."""
    with TemporaryDirectory() as folder:
        clip = make_scene(Path(folder) / "scene.mp4")
        with av.open(str(clip)) as container:
            return clip.read_bytes(), _jpeg(next(container.decode(video=0)))


def _jpeg(frame: av.VideoFrame) -> bytes:
    _, content = cv2.imencode(".jpg", frame.to_ndarray(format="bgr24"), [cv2.IMWRITE_JPEG_QUALITY, 95])
    return content.tobytes()


def pattern_left(picture: Pixels, box: Box) -> float:
    """How much of the chequers is left in a box of a picture, whatever its size: correlation from 0 to 1."""
    wide = picture.shape[1]
    whole = cv2.resize(picture, (WIDE, HIGH), interpolation=cv2.INTER_LINEAR) if wide != WIDE else picture
    x1, y1, x2, y2 = box
    found = whole[y1:y2, x1:x2].mean(axis=2)
    wanted = checked(box).mean(axis=2)
    if found.std() < 1e-6:
        return 0.0
    return float(abs(np.corrcoef(found.ravel(), wanted.ravel())[0, 1]))
