"""RT-DETR, D-FINE and DEIM as their own `tools/export_onnx.py` export them.

Two inputs: the picture and ``orig_target_sizes`` (N, 2), width and height to which boxes are scaled; we
give the input's own size. Three outputs: labels (N, K) whole numbers, boxes (N, K, 4) as x1, y1, x2, y2,
scores (N, K); told by type and shape, whatever their order. The picture is stretched to the input, RGB from
0 to 1, as in their training. Source: RT-DETR `rtdetr_pytorch/tools/export_onnx.py`, D-FINE
`tools/deployment/export_onnx.py` and `src/zoo/dfine/postprocessor.py`. The shapes say no number of classes.
"""

from collections.abc import Sequence

import numpy as np

from models.outputs.form import Array, Intake, Probe, Rows

NAME = "RT-DETR, D-FINE (official)"
SHAPE = "labels (N, K), boxes (N, K, 4), scores (N, K), with a second input (N, 2) for the picture's size"
INTAKE = Intake(fit="stretch")
SCORES: tuple[int, int] | None = None


def fits(probe: Probe) -> bool:
    """Labels, boxes and scores of as many detections, and an input for the size."""
    return probe.sized and _sorted(probe.outputs) is not None


def decode(outputs: Sequence[Array], height: int, width: int, least: float) -> list[Rows]:
    """Rows from ``least`` on."""
    del height, width
    parts = _sorted(outputs)
    if parts is None:
        raise ValueError(f"expected labels, boxes and scores, got {[value.shape for value in outputs]}")
    labels, boxes, scores = parts
    rows = np.concatenate([boxes, scores[..., None], labels[..., None]], axis=2).astype(np.float32)
    return [each[each[:, 4] >= least] for each in rows]


def _sorted(outputs: Sequence[Array]) -> tuple[Array, Array, Array] | None:
    """Labels, boxes and scores, or None when the outputs are not these three."""
    labels = [value for value in outputs if value.ndim == 2 and value.dtype.kind in "iu"]
    boxes = [value for value in outputs if value.ndim == 3 and value.dtype.kind == "f"]
    scores = [value for value in outputs if value.ndim == 2 and value.dtype.kind == "f"]
    if len(outputs) != 3 or not (len(labels) == len(boxes) == len(scores) == 1):
        return None
    same = labels[0].shape == scores[0].shape == boxes[0].shape[:2] and boxes[0].shape[2] == 4
    return (labels[0], boxes[0], scores[0]) if same else None
