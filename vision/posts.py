"""A post: a fixed, staffed place in a fixed camera's picture, and who in it is staff.

Zones are polygons in fractions of the picture's width and height, drawn once::

        (0,0) ────────────────────────► x = 1
          │    ┌──────────────┐
          │    │  staff zone  │   people here are staff of this post
          │    └──────────────┘
          │   ═══ counter ═════
          │    ┌──────────────┐
          │    │ visitor zone │   people here are visitors: never judged
          ▼    └──────────────┘
        y = 1

Whose lower end is in the visitor zone is a visitor, however far the body reaches up into the staff
zone: a standing visitor hides the staff member behind the counter. Otherwise a person belongs to the
zone that covers more of the visible box. Below `MIN_COVERAGE` they belong to neither: they pass by,
or sit at the next post.
"""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from vision.geometry import Boxes, Polygon, coverage, crossing_sides, polygon_area
from vision.mistake import MistakeError

MIN_COVERAGE = 0.4
"""Least share of a person's box in a zone for the person to belong to it: less than half, so that
one who leans out of the zone or stands up beyond its edge stays."""

STANDS_ABOVE = 0.35
"""Where a person stands: this share of the box's height above its lower edge, so that staff who lean
forward over the counter still belong behind it."""

CROP_MARGIN = 0.25
"""How far the crop of a post reaches beyond its staff zone, as a share of the zone's size: what
is held in front of the body, and the hair of one who stands up."""

COUNTER_REACH = 0.25
"""How far above and below the staff zone's lower edge a placard is looked for, as a share of the zone's
height, where no placard zone is drawn."""


MOST_CORNERS = 1000
"""Of a polygon whose sides are compared with each other."""


def _inside_picture(point: tuple[float, float]) -> tuple[float, float]:
    if not all(0.0 <= value <= 1.0 for value in point):
        raise MistakeError(
            "fractions", "expected fractions of width and height from 0 to 1, got {got}", got=list(point)
        )
    return point


def _has_area(zone: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    if len(zone) < 3:
        raise MistakeError(
            "few_points", "expected a polygon of at least 3 points, got {count}", count=len(zone)
        )
    corners = np.array(zone, dtype=np.float64)
    if len(zone) <= MOST_CORNERS and (crossing := crossing_sides(corners)) is not None:
        raise MistakeError(
            "crossing_sides",
            "expected a polygon whose sides do not cross, those from points {first} and {second} do",
            first=crossing[0] + 1,
            second=crossing[1] + 1,
        )
    if polygon_area(corners) < 1e-4:
        raise MistakeError("no_area", "expected a polygon with an area, got points on one line")
    return zone


Point = Annotated[tuple[float, float], AfterValidator(_inside_picture)]
Zone = Annotated[tuple[Point, ...], AfterValidator(_has_area)]


class Post(BaseModel):
    """One post of a hall, as the site file gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="short name, unique in the hall")
    name: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(
        default="", description="what people call it, in any language"
    )
    camera: str = Field(description="id of the camera that sees it")
    staff_zone: Zone = Field(description="polygon, fractions of width and height")
    visitor_zone: Zone | None = Field(default=None, description="polygon; none = no visitors")
    telephone_zone: Zone | None = Field(
        default=None, description="where the desk telephone stands; none = a call on it is asked about"
    )
    placard_zone: Zone | None = Field(
        default=None,
        description="polygon; the counter, where a placard stands; none = about the counter's edge",
    )
    staff: int = Field(default=1, ge=1, le=20, description="how many staff the post must have")

    @property
    def title(self) -> str:
        """The name, or the id where none was given."""
        return self.name or self.id

    def staff_polygon(self, width: int, height: int) -> Polygon:
        """The staff zone in pixels of a picture of that size, shape (K, 2)."""
        return np.array(self.staff_zone, dtype=np.float64) * (width, height)

    def visitor_polygon(self, width: int, height: int) -> Polygon | None:
        """The visitor zone in pixels, or None when the post has none."""
        if self.visitor_zone is None:
            return None
        return np.array(self.visitor_zone, dtype=np.float64) * (width, height)

    def telephone_box(self, width: int, height: int) -> NDArray[np.float64] | None:
        """x1, y1, x2, y2 in pixels around the telephone's zone, or None when it is not marked."""
        if self.telephone_zone is None:
            return None
        polygon = np.array(self.telephone_zone, dtype=np.float64) * (width, height)
        return np.concatenate([polygon.min(axis=0), polygon.max(axis=0)])

    def placard_region(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Where a placard is read: x1, y1, x2, y2 in whole pixels, never empty.

        The rectangle around the placard zone; without one a band around the staff zone's lower edge,
        where the counter is.
        """
        zone = self.staff_zone if self.placard_zone is None else self.placard_zone
        corners = np.array(zone, dtype=np.float64) * (width, height)
        low, high = corners.min(axis=0), corners.max(axis=0)
        if self.placard_zone is None:
            reach = (high[1] - low[1]) * COUNTER_REACH
            low, high = np.array([low[0], high[1] - reach]), np.array([high[0], high[1] + reach])
        x1, y1 = np.floor(np.clip(low, 0, (width - 1, height - 1))).astype(int)
        x2, y2 = np.ceil(np.minimum(high, (width, height))).astype(int)
        return int(x1), int(y1), max(int(x2), int(x1) + 1), max(int(y2), int(y1) + 1)

    def crop(self, width: int, height: int) -> tuple[int, int, int, int]:
        """The part of the picture to look at: x1, y1, x2, y2 in whole pixels, never empty."""
        polygon = self.staff_polygon(width, height)
        low, high = polygon.min(axis=0), polygon.max(axis=0)
        margin = (high - low) * CROP_MARGIN
        x1, y1 = np.floor(np.maximum(low - margin, 0)).astype(int)
        x2, y2 = np.ceil(np.minimum(high + margin, (width, height))).astype(int)
        return int(x1), int(y1), max(int(x2), int(x1) + 1), max(int(y2), int(y1) + 1)


def staff_and_visitors(
    people: Boxes, staff_zone: Polygon, visitor_zone: Polygon | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who is staff and who is a visitor: two masks of shape (N,), never both true for one person."""
    in_staff = coverage(people, staff_zone)
    in_visitor = (
        coverage(people, visitor_zone) if visitor_zone is not None else np.zeros(len(people), np.float32)
    )
    stands_with_visitors = _stand_in(people, visitor_zone) & ~_stand_in(people, staff_zone)
    staff: NDArray[np.bool_] = (in_staff >= MIN_COVERAGE) & (in_staff >= in_visitor) & ~stands_with_visitors
    visitors: NDArray[np.bool_] = ((in_visitor >= MIN_COVERAGE) | stands_with_visitors) & ~staff
    return staff, visitors


def _stand_in(people: Boxes, zone: Polygon | None) -> NDArray[np.bool_]:
    """Whose lower end lies in a zone, (N,): some way above the box's edge, in its middle."""
    if zone is None:
        return np.zeros(len(people), dtype=np.bool_)
    middle = (people[:, 0] + people[:, 2]) / 2
    foot = people[:, 3] - STANDS_ABOVE * (people[:, 3] - people[:, 1])
    spots = np.stack([middle - 0.5, foot - 0.5, middle + 0.5, foot + 0.5], axis=1).astype(np.float32)
    inside: NDArray[np.bool_] = coverage(spots, zone) > 0.5
    return inside
