"""Ultralytics RT-DETR, exported by 8.4 and newer.

One output (N, K, 6): centre x, centre y, width, height as shares of the input's sides, score, class; best
first. The picture is stretched to the input. Source: `ultralytics/nn/modules/head.py` (`RTDETRDecoder`),
whose name stands in the file's metadata as ``head``; without metadata it is told from the end-to-end YOLO
by boxes that are shares. The shape says no number of classes.
"""

from collections.abc import Sequence

import numpy as np

from models.outputs.end_to_end import are_shares, has_class_column
from models.outputs.form import Array, Intake, Probe, Rows, corners

NAME = "Ultralytics RT-DETR (8.4)"
SHAPE = "(N, K, 6) with centre and size as shares, score, class"
INTAKE = Intake(fit="stretch")
SCORES: tuple[int, int] | None = None


def fits(probe: Probe) -> bool:
    """Six columns, the last of whole numbers, and boxes that are shares of the picture."""
    value = probe.only
    if value is None or not has_class_column(probe):
        return False
    return "RTDETR" in probe.metadata.get("head", "") or are_shares(value[..., :4])


def decode(outputs: Sequence[Array], height: int, width: int, least: float) -> list[Rows]:
    """Rows in pixels, from ``least`` on."""
    found = []
    for rows in outputs[0].astype(np.float32):
        chosen = rows[rows[:, 4] >= least]
        boxes = corners(chosen[:, :4]) * np.array([width, height] * 2, np.float32)
        found.append(np.concatenate([boxes, chosen[:, 4:]], axis=1))
    return found
