"""Where things stand in every hall. Metres; staff sit at y = 0 and face -Y, towards the camera. Pure."""

from __future__ import annotations

PITCH = 1.45
"""From post to post."""
DESK_TOP = 0.755
LEDGE_TOP = 0.905
VISITOR_Y = -1.78
VISITOR_STANDING_Y = -1.60

Point = tuple[float, float, float]

TELEPHONE: Point = (-0.58, -0.50, DESK_TOP)
"""Where the desk telephone stands, from the seat."""

DESK_SPOTS: dict[str, Point] = {
    "phone": (-0.43, -0.42, 0.762),
    "cup": (0.30, -0.50, 0.815),
    "pen": (-0.16, -0.60, 0.76),
    "paper": (0.05, -0.42, 0.762),
    "form": (-0.02, -0.46, 0.781),
    "handset": (-0.62, -0.50, 0.80),
    "cigarette": (-0.25, -0.55, 0.77),
    "food": (-0.22, -0.55, 0.79),
    "bottle": (0.30, -0.50, 0.855),
    "lipstick": (-0.16, -0.58, 0.79),
    "headset": (-0.20, -0.55, 0.79),
    "placard": (0.30, -1.02, 1.011),
}
"""Where things lie, from the seat, in metres; z of their middle."""
ALWAYS_ON_DESK = ("handset",)
DRAWER: Point = (0.30, -0.14, 0.66)
LIFTED: Point = (0.30, -0.30, 1.02)
"""Where the left hand finds a placard, and where it lifts it to, clear of the desk's edge."""
PLACARD_GRIP: Point = (0.0, 0.06, 0.09)
"""Where a hand takes a placard from behind, from its middle."""


def post_x(index: int, count: int) -> float:
    """x of a post's seat; the row's middle is at 0."""
    return PITCH * (index - (count - 1) / 2)
