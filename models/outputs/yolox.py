"""YOLOX as its own `tools/export_onnx.py` exports it.

One output (N, A, 5 + C), A places at strides 8, 16, 32 in this order, row by row: offset of the centre from
the place's cell and logarithm of the size, both in strides; objectness; a score for each class (the last
two after the sigmoid). The score is objectness times class; boxes of a class that overlap by more than IoU
0.45 are suppressed. Pictures are BGR from 0 to 255, in the upper left corner of the input, grey (114)
elsewhere. Source: YOLOX `yolox/utils/demo_utils.py`, `yolox/data/data_augment.py` (`preproc`),
`demo/ONNXRuntime`.

An export with ``--decode_in_inference`` has the same shape and other numbers; it is told by boxes that lie
all over the input, and decoded as what it is.
"""

from collections.abc import Sequence

import numpy as np

from models.outputs.form import Array, Intake, Probe, Rows, best_class, cells, corners
from models.outputs.suppression import suppressed

NAME = "YOLOX"
SHAPE = "(N, A, 5 + C) with offset and log size, objectness, scores; A places at strides 8, 16, 32"
INTAKE = Intake(fit="corner", bgr=True, top=255)
SCORES: tuple[int, int] | None = (2, 5)
LEVELS = (8, 16, 32)
OVERLAP = 0.45


def fits(probe: Probe) -> bool:
    """As many rows as the input has places, of six columns or more."""
    value = probe.only
    if value is None or value.shape[2] < 6:
        return False
    return bool(value.shape[1] == cells(probe.height, probe.width, LEVELS))


def decode(outputs: Sequence[Array], height: int, width: int, least: float) -> list[Rows]:
    """Boxes from the grid, the best class of each place, suppressed class by class."""
    cell, stride = grid(height, width)
    found = []
    for rows in outputs[0].astype(np.float32):
        boxes = rows[:, :4]
        if not is_decoded(boxes):
            # A size beyond e^10 strides is noise, and must not overflow.
            boxes = np.concatenate([boxes[:, :2] + cell, np.exp(np.minimum(boxes[:, 2:], 10))], 1) * stride
        scores = rows[:, 5:] * rows[:, 4:5]
        found.append(suppressed(best_class(corners(boxes), scores, least), OVERLAP))
    return found


def grid(height: int, width: int) -> tuple[Rows, Rows]:
    """Cell of each place (A, 2) as x, y, and its stride (A, 1) in pixels."""
    cells_, strides = [], []
    for stride in LEVELS:
        y, x = np.mgrid[: height // stride, : width // stride]
        cells_.append(np.stack([x.ravel(), y.ravel()], axis=1))
        strides.append(np.full((x.size, 1), stride))
    return np.concatenate(cells_).astype(np.float32), np.concatenate(strides).astype(np.float32)


def is_decoded(boxes: Rows) -> bool:
    """Whether centres (A, 2) are already in pixels: half of the places lie 8 pixels or more from the corner.

    An offset is about half a cell, however sure the box.
    """
    return bool(np.median(np.abs(boxes[:, :2]).max(axis=1)) >= LEVELS[0])
