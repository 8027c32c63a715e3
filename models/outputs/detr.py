"""Ultralytics RT-DETR, exported by a release before its decoder chose the best classes itself (8.3 and
older).

One output (N, Q, 4 + C): centre x, centre y, width, height as shares of the input's sides, then a score of
0 to 1 for each class. Queries are a set: nothing to suppress. The picture is stretched to the input, as
Ultralytics does for it (`models/rtdetr/predict.py`, ``scale_fill``). A query counts for its best class.
"""

from collections.abc import Sequence

import numpy as np

from models.outputs import yolox
from models.outputs.end_to_end import has_class_column
from models.outputs.form import MOST, STRIDES, Array, Intake, Probe, Rows, best_class, cells, corners

NAME = "Ultralytics RT-DETR (8.3)"
SHAPE = "(N, Q, 4 + C) with centre and size as shares, scores"
INTAKE = Intake(fit="stretch")
SCORES: tuple[int, int] | None = (2, 4)
MOST_QUERIES = 1000


def fits(probe: Probe) -> bool:
    """Up to a thousand rows of shares and scores, neither rows nor columns as many as the places."""
    value = probe.only
    if value is None or value.shape[2] < 5 or value.shape[1] > MOST_QUERIES:
        return False
    places = {cells(probe.height, probe.width, strides) for strides in STRIDES}
    if yolox.fits(probe) or value.shape[2] in places or has_class_column(probe):
        return False
    return bool(value.min() >= 0 and value.max() <= 1)


def decode(outputs: Sequence[Array], height: int, width: int, least: float) -> list[Rows]:
    """The best class of each query, surest first."""
    found = []
    for rows in outputs[0].astype(np.float32):
        boxes = corners(rows[:, :4]) * np.array([width, height] * 2, np.float32)
        chosen = best_class(boxes, rows[:, 4:], least)
        found.append(chosen[np.argsort(-chosen[:, 4], kind="stable")][:MOST])
    return found
