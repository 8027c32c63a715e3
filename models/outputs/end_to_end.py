"""Ultralytics end to end: YOLO26, YOLOv10, our own, and any export with ``nms=True``.

One output (N, K, 6): x1, y1, x2, y2 in pixels of the input, score, class; nothing is left to suppress. Rows
of zeros fill up. Source: `ultralytics/nn/modules/head.py` (`Detect.postprocess`) and `engine/exporter.py`
(`NMSModel`). The shape says no number of classes.
"""

from collections.abc import Sequence

import numpy as np

from models.outputs.form import Array, Intake, Probe, Rows

NAME = "Ultralytics end to end (YOLO26, v10, nms=True)"
SHAPE = "(N, K, 6) with x1, y1, x2, y2 in pixels, score, class"
INTAKE = Intake()
SCORES: tuple[int, int] | None = None


def fits(probe: Probe) -> bool:
    """Six columns, the last of whole numbers, and boxes that are not shares of the picture."""
    value = probe.only
    if value is None or not has_class_column(probe):
        return False
    return "RTDETR" not in probe.metadata.get("head", "") and not are_shares(value[..., :4])


def has_class_column(probe: Probe) -> bool:
    """Whether the one output has rows of six whose last number is a class.

    A score of six columns may stand there too (two classes); it is no whole number in every row.
    """
    value = probe.only
    if value is None or value.shape[2] != 6:
        return False
    return bool((value[..., 5] == np.round(value[..., 5])).all())


def are_shares(boxes: Array) -> bool:
    """Whether boxes are shares of the picture's sides: none beyond 2, and some that is not 0."""
    greatest = float(np.abs(boxes).max(initial=0))
    return 0 < greatest <= 2


def decode(outputs: Sequence[Array], height: int, width: int, least: float) -> list[Rows]:
    """Rows as they are, from ``least`` on."""
    del height, width
    return [rows[rows[:, 4] >= least] for rows in outputs[0]]
