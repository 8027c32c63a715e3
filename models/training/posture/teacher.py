"""PP-TinyPose's heat maps of a person crop (Apache-2.0; PaddleDetection). Not shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from vision.posture import JOINTS

from ..data import Image

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


class Teacher:
    """Heat maps of the first thirteen joints."""

    def __init__(self, path: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def heat(self, crop: Image) -> NDArray[np.float32]:
        """13x64x48 of a BGR crop of 256 x 192."""
        tensor = ((crop[:, :, ::-1] / np.float32(255) - MEAN) / DEVIATION).transpose(2, 0, 1)[None]
        out = self._session.run(None, {self._input: np.ascontiguousarray(tensor, np.float32)})[0]
        maps: NDArray[np.float32] = np.asarray(out[0, : len(JOINTS)], np.float32)
        return maps
