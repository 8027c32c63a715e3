"""Points all over a thing: a hand may hide every vertex of a board and not the board. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SPACING_M = 0.01

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Surface:
    """Points (N, 3), metres in the thing's own frame; `even` are indices of about one a square centimetre."""

    points: Floats
    even: Ints

    @classmethod
    def of(cls, triangles: Floats) -> Surface:
        """The surface that triangles (N, 3, 3) make."""
        points = np.concatenate([grid(t, SPACING_M) for t in triangles])
        _, first = np.unique(np.floor(points / SPACING_M), axis=0, return_index=True)
        return cls(points, np.sort(first))

    def placed(self, place: Any) -> Floats:
        """The points in the room when the thing stands at `place` (4x4)."""
        return moved(self.points, np.array(place))

    def some(self, count: int) -> Ints:
        """Indices of about `count` points, evenly."""
        return self.even[:: max(1, len(self.even) // count)]


def moved(points: Floats, place: Floats) -> Floats:
    """Points (..., 3) carried along by a 4x4 matrix."""
    return np.asarray(points @ place[:3, :3].T + place[:3, 3], np.float64)


def grid(triangle: Floats, spacing: float) -> Floats:
    """Corners, edges and inside of a triangle (3, 3) as points (N, 3) at most `spacing` metres apart."""
    a, b, c = triangle
    longest = max(np.linalg.norm(a - b), np.linalg.norm(b - c), np.linalg.norm(c - a))
    n = max(1, math.ceil(longest / spacing))
    shares = np.array([(i / n, j / n) for i in range(n + 1) for j in range(n + 1 - i)])
    return np.asarray(a + shares[:, :1] * (b - a) + shares[:, 1:] * (c - a), np.float64)
