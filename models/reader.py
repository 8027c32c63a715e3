"""Text in a picture: RapidOCR (Apache-2.0) with the PP-OCRv6 models that its wheel carries.

The library and its models are loaded at the first reading: a hall whose posts are staffed never needs
them. The models are named by their files, so nothing is ever fetched from a network.
"""

import threading
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from models.manifest import ModelError
from vision.frame import Image

DETECTOR, RECOGNISER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
LEAST_SIDE = 320
"""Smaller pictures are enlarged to this shorter side before text is looked for, in pixels: characters
from some 9 pixels of height are then read."""
LEAST_SCORE = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text: its score from 0 to 1, and its box x1, y1, x2, y2 in pixels of the picture."""

    text: str
    score: float
    box: tuple[float, float, float, float]


class Reader:
    """Reads short texts in small pictures. Any thread may call it."""

    def __init__(self, threads: int = 1) -> None:
        """Nothing is loaded yet; ``threads`` is how many the models may use."""
        self._threads = threads
        self._engine: Any = None
        self._lock = threading.Lock()

    def read(self, part: Image, corner: tuple[int, int] = (0, 0)) -> list[Line]:
        """The lines of text in a part of a BGR picture, from top to bottom.

        Boxes are in pixels of the whole picture, in which ``corner`` (x, y) is the part's upper left one.
        Raises ModelError when the models are not there.
        """
        if part.size == 0:
            return []
        x1, y1 = corner
        with self._lock:
            if self._engine is None:
                self._engine = self._load()
            found = self._engine(np.ascontiguousarray(part))
        lines = []
        for text, score, corners in zip(found.txts or (), found.scores or (), _corners(found), strict=True):
            low, high = corners.min(axis=0), corners.max(axis=0)
            box = (x1 + float(low[0]), y1 + float(low[1]), x1 + float(high[0]), y1 + float(high[1]))
            lines.append(Line(str(text), float(score), box))
        return sorted(lines, key=lambda line: (line.box[1], line.box[0]))

    def _load(self) -> Any:
        folder = model_folder()
        from rapidocr import RapidOCR  # 1 s to import: only who reads pays it

        return RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.use_cls": False,
                "Global.text_score": LEAST_SCORE,
                "Det.limit_side_len": LEAST_SIDE,
                "Det.model_path": str(folder / DETECTOR),
                "Rec.model_path": str(folder / RECOGNISER),
                "EngineConfig.onnxruntime.intra_op_num_threads": self._threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )


def model_folder() -> Path:
    """Where RapidOCR's wheel has put its models. Raises ModelError when they are not there."""
    spec = find_spec("rapidocr")
    folder = Path(spec.origin).parent / "models" if spec is not None and spec.origin else None
    if folder is None or not all((folder / name).is_file() for name in (DETECTOR, RECOGNISER)):
        raise ModelError(f"placards: expected the package rapidocr with {DETECTOR} and {RECOGNISER} in it")
    return folder


def _corners(found: Any) -> Any:
    return () if found.boxes is None else np.asarray(found.boxes, dtype=np.float64)
