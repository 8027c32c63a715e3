"""A closer look at one body instead of the whole post, where all was settled.

A full look asks the detector twice: for the post, and for the staff member's body, enlarged. While one person
sits where they sat and nothing is going on, the second alone tells as much: the person is in it, and so is
what is small in their hands. Whatever is not as it was brings the full look back.
"""

import numpy as np
from numpy.typing import NDArray

from vision.detections import Detections
from vision.geometry import Boxes

Region = tuple[int, int, int, int]
Box = NDArray[np.float32]

MARGIN = (0.2, 0.1)
"""How far a closer look reaches beyond a body, as shares of its width and height."""
ENLARGES = 0.75
"""A region whose longer side is more than so much of the post's shows nothing larger than the post's crop."""
AT_EDGE_PX = 2.0


def around(box: Box, width: int, height: int) -> Region:
    """A body ``box`` (4,) and the reach of its hands, in whole pixels inside a picture of that size."""
    x1, y1, x2, y2 = (float(v) for v in box)
    wide, high = (x2 - x1) * MARGIN[0], (y2 - y1) * MARGIN[1]
    left, top = max(int(x1 - wide), 0), max(int(y1 - high), 0)
    right, bottom = min(int(x2 + wide) + 1, width), min(int(y2 + high) + 1, height)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def near_region(body: Box, things: Boxes, whole: Region, size: tuple[int, int]) -> Region | None:
    """What a closer look shows: the ``body`` and ``things`` (N, 4) that must not get out of sight.

    ``whole`` is the post's crop, ``size`` the picture's width and height. None where it would hardly enlarge.
    """
    left, top, right, bottom = around(body, *size)
    if len(things):
        x1, y1 = np.floor(things[:, :2].min(axis=0)).astype(int) - 1
        x2, y2 = np.ceil(things[:, 2:].max(axis=0)).astype(int) + 1
        left, top = max(min(left, int(x1)), 0), max(min(top, int(y1)), 0)
        right, bottom = min(max(right, int(x2)), size[0]), min(max(bottom, int(y2)), size[1])
    longest = max(whole[2] - whole[0], whole[3] - whole[1])
    return (left, top, right, bottom) if max(right - left, bottom - top) <= ENLARGES * longest else None


def is_alone(region: Region, people: Detections, staff: Detections, sure: float) -> bool:
    """Whether a closer look shows just one person, a staff member who is not cut off below.

    Who is cut off by the region's lower edge may stand before the counter: a visitor. ``sure`` is the score
    from which a person counts.
    """
    cut = people.boxes[:, 3] >= region[3] - AT_EDGE_PX
    there = people.scores >= sure
    return bool((staff.scores >= sure).sum() == 1 and not (cut & there).any())


def lone_body(people: Detections, staff: Detections, sure: float, size: tuple[int, int]) -> Box | None:
    """The box (4,) of the one staff member, with nobody else about; None when there are none or several.

    ``people`` of the whole post, ``size`` the picture's width and height.
    """
    if len(staff) != 1 or staff.scores[0] < sure:
        return None
    left, top, right, bottom = around(staff.boxes[0], *size)
    boxes = people.boxes[people.scores >= sure]
    near = (boxes[:, 0] < right) & (boxes[:, 2] > left) & (boxes[:, 1] < bottom) & (boxes[:, 3] > top)
    return staff.boxes[0] if near.sum() == 1 else None
