"""Boxes, polygons and the mapping between a crop and its frame.

Boxes are arrays of shape (N, 4): x1, y1, x2, y2 in pixels, x to the right, y down, x2 and y2
exclusive. Polygons are arrays of shape (K, 2), K >= 3, in pixels, in either winding.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
Polygon = NDArray[np.float64]


def area(boxes: Boxes) -> NDArray[np.float32]:
    """Area of each box in square pixels, shape (N,); 0 for an inverted box."""
    size = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    product: NDArray[np.float32] = size[:, 0] * size[:, 1]
    return product


def intersection(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Shared area of every pair of boxes, shape (len(a), len(b)), in square pixels."""
    top_left = np.maximum(a[:, None, :2], b[None, :, :2])
    bottom_right = np.minimum(a[:, None, 2:], b[None, :, 2:])
    size = np.clip(bottom_right - top_left, 0, None)
    product: NDArray[np.float32] = size[..., 0] * size[..., 1]
    return product


def iou(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Intersection over union of every pair, shape (len(a), len(b)); 0 where both are empty."""
    shared = intersection(a, b)
    union = area(a)[:, None] + area(b)[None, :] - shared
    ratio: NDArray[np.float32] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return ratio


def inside_share(boxes: Boxes, container: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of each box's own area that lies in one container box of shape (4,): (N,), 0 to 1."""
    shared = intersection(boxes, container[None])[:, 0]
    own = area(boxes)
    share: NDArray[np.float32] = np.divide(shared, own, out=np.zeros_like(shared), where=own > 0)
    return share


def gaps(points: NDArray[np.floating], boxes: NDArray[np.floating]) -> NDArray[np.floating]:
    """Pixels from points to the nearest point of boxes, 0 inside: (..., 2) and (..., 4) of shapes that go
    together, as one point to N boxes or K points to one box.
    """
    nearest = np.clip(points, boxes[..., :2], boxes[..., 2:])
    distance: NDArray[np.floating] = np.linalg.norm(nearest - points, axis=-1)
    return distance


def centres(boxes: Boxes) -> NDArray[np.float32]:
    """Centre of each box, shape (N, 2), pixels."""
    middle: NDArray[np.float32] = (boxes[:, :2] + boxes[:, 2:]) * np.float32(0.5)
    return middle


def polygon_area(polygon: Polygon) -> float:
    """Area in square pixels by the shoelace formula; 0 for fewer than three points."""
    if len(polygon) < 3:
        return 0.0
    x, y = polygon[:, 0], polygon[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def crossing_sides(polygon: Polygon) -> tuple[int, int] | None:
    """The first two sides that cross, by the numbers of their first corners; None when none do.

    Sides that only touch, as where a corner stands twice, do not cross.
    """
    starts, ends = polygon, np.roll(polygon, -1, axis=0)

    def beside(points: Polygon) -> NDArray[np.float64]:
        """Of each side (rows) and point (columns): on which hand the point lies."""
        way, to = (ends - starts)[:, None], points[None] - starts[:, None]
        return np.asarray(way[..., 0] * to[..., 1] - way[..., 1] * to[..., 0])

    apart = beside(starts) * beside(ends) < 0
    pairs = np.argwhere(np.triu(apart & apart.T))
    return (int(pairs[0, 0]), int(pairs[0, 1])) if len(pairs) else None


_Corners = list[tuple[float, float]]


def _clip_side(polygon: _Corners, axis: int, limit: float, keep_above: bool) -> _Corners:
    """Plain numbers: NumPy is slow with a handful of corners."""
    kept: _Corners = []
    for start, end in zip([polygon[-1], *polygon[:-1]], polygon, strict=True):
        start_in = (start[axis] >= limit) == keep_above or start[axis] == limit
        end_in = (end[axis] >= limit) == keep_above or end[axis] == limit
        if start_in != end_in:
            share = (limit - start[axis]) / (end[axis] - start[axis])
            kept.append((start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
        if end_in:
            kept.append(end)
    return kept


def clip_polygon(polygon: Polygon, box: NDArray[np.float32]) -> Polygon:
    """The part of a polygon inside one box (Sutherland and Hodgman 1974); may be empty.

    A concave polygon may come back with edges along the box that cancel out; its area is right.
    """
    x1, y1, x2, y2 = (float(v) for v in box)
    corners: _Corners = [(float(x), float(y)) for x, y in polygon]
    for axis, limit, keep_above in ((0, x1, True), (0, x2, False), (1, y1, True), (1, y2, False)):
        if not corners:
            break
        corners = _clip_side(corners, axis, limit, keep_above)
    return np.array(corners, dtype=np.float64).reshape(-1, 2)


def coverage(boxes: Boxes, polygon: Polygon) -> NDArray[np.float32]:
    """Share of each box's area that lies in the polygon, shape (N,), 0 to 1; 0 for an empty box."""
    own = area(boxes)
    shares = [
        polygon_area(clip_polygon(polygon, box)) / float(size) if size > 0 else 0.0
        for box, size in zip(boxes, own, strict=True)
    ]
    return np.clip(np.array(shares, dtype=np.float32), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Placement:
    """How a crop of the frame lies in a model's input: ``input = (frame - offset) * scale + pad``.

    ``offset`` and ``pad`` are (x, y) in pixels of frame and input. ``stretch`` is the vertical scale over
    the horizontal: 1 keeps the aspect ratio (letterbox).
    """

    offset: tuple[float, float]
    scale: float
    pad: tuple[float, float]
    stretch: float = 1.0

    @property
    def _scales(self) -> NDArray[np.float32]:
        return np.array([self.scale, self.scale * self.stretch] * 2, dtype=np.float32)

    def to_frame(self, boxes: Boxes) -> Boxes:
        """Boxes of the model's input as boxes of the frame, shape (N, 4), not clipped."""
        shift = np.array(self.pad * 2, dtype=np.float32)
        origin = np.array(self.offset * 2, dtype=np.float32)
        mapped: Boxes = ((boxes - shift) / self._scales + origin).astype(np.float32)
        return mapped

    def to_input(self, boxes: Boxes) -> Boxes:
        """Boxes of the frame as boxes of the model's input, shape (N, 4), not clipped."""
        shift = np.array(self.pad * 2, dtype=np.float32)
        origin = np.array(self.offset * 2, dtype=np.float32)
        mapped: Boxes = ((boxes - origin) * self._scales + shift).astype(np.float32)
        return mapped
