"""Ultralytics without NMS: YOLOv8, YOLO11, YOLO26 with ``end2end=False``.

One output (N, 4 + C, A): centre x, centre y, width, height in pixels of the input, then a score of 0 to 1
for each class; A places at strides 8, 16, 32 (with p2 from 4, with p6 to 64). A box counts for its best
class; boxes of a class that overlap by more than IoU 0.7 are suppressed. Source:
`ultralytics/nn/modules/head.py` (`Detect._inference`), `utils/nms.py`; IoU as in `cfg/default.yaml`.
"""

from collections.abc import Sequence

from models.outputs.form import STRIDES, Array, Intake, Probe, Rows, best_class, cells, corners
from models.outputs.suppression import suppressed

NAME = "Ultralytics without NMS (YOLOv8, 11)"
SHAPE = "(N, 4 + C, A) with centre and size in pixels, scores; A places at strides 8, 16, 32"
INTAKE = Intake()
SCORES: tuple[int, int] | None = (1, 4)
OVERLAP = 0.7


def fits(probe: Probe) -> bool:
    """As many columns as the input has places, and fewer rows, five or more."""
    value = probe.only
    if value is None or not 5 <= value.shape[1] < value.shape[2]:
        return False
    return value.shape[2] in {cells(probe.height, probe.width, strides) for strides in STRIDES}


def decode(outputs: Sequence[Array], height: int, width: int, least: float) -> list[Rows]:
    """The best class of each place, suppressed class by class."""
    del height, width
    found = []
    for columns in outputs[0]:
        likely = columns[:, columns[4:].max(axis=0) >= least].T
        found.append(suppressed(best_class(corners(likely[:, :4]), likely[:, 4:], least), OVERLAP))
    return found
