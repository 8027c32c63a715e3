"""Where things stand in every hall. Metres; staff sit at y = 0 and face -Y, towards the camera. Pure."""

from __future__ import annotations

PITCH = 1.45
"""From post to post."""
DESK_TOP = 0.755
LEDGE_TOP = 0.905
VISITOR_Y = -1.78
VISITOR_STANDING_Y = -1.60


def post_x(index: int, count: int) -> float:
    """x of a post's seat; the row's middle is at 0."""
    return PITCH * (index - (count - 1) / 2)
