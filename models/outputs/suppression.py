"""Non-maximum suppression, class by class, by OpenCV."""

import cv2
import numpy as np

from models.outputs.form import MOST, Rows

MOST_BEFORE = 30_000
"""Boxes that suppression looks at, as in Ultralytics: on noise every place is a box."""


def suppressed(rows: Rows, overlap: float) -> Rows:
    """Rows (K, 6) without those that a surer one of their class overlaps with more than this IoU.

    Surest first, at most `MOST`.
    """
    if len(rows) == 0:
        return rows
    order = np.argsort(-rows[:, 4], kind="stable")[:MOST_BEFORE]
    rows = rows[order]
    # OpenCV keeps classes apart by moving each beyond the greatest coordinate, so none may be below 0.
    corner = rows[:, :2].astype(np.float64) - min(float(rows[:, :2].min()), 0.0)
    sized = np.column_stack([corner, (rows[:, 2:4] - rows[:, :2]).astype(np.float64)])
    kept = cv2.dnn.NMSBoxesBatched(
        sized.tolist(), rows[:, 4].tolist(), rows[:, 5].astype(int).tolist(), 0.0, overlap
    )
    return rows[np.sort(np.asarray(kept, dtype=np.intp).ravel())][:MOST]
