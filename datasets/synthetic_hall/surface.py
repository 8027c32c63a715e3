"""Points all over a thing's surface: of a board with eight vertices a hand may hide all and not the board."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import bpy
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

    def placed(self, place: Any) -> Floats:
        """The points in the room when the thing stands at `place` (4x4)."""
        matrix = np.array(place)
        return np.asarray(self.points @ matrix[:3, :3].T + matrix[:3, 3], np.float64)

    def some(self, count: int) -> Ints:
        """Indices of about `count` points, evenly."""
        return self.even[:: max(1, len(self.even) // count)]


def surface_of(root: Any, pieces: list[Any]) -> Surface:
    """The surface of a rigid thing made of `pieces` (meshes, letters) below its `root` object."""
    graph = bpy.context.evaluated_depsgraph_get()
    home = np.linalg.inv(np.array(root.matrix_world))
    found = []
    for piece in pieces:
        evaluated = piece.evaluated_get(graph)
        place = home @ np.array(evaluated.matrix_world)
        found.append(_sampled(evaluated) @ place[:3, :3].T + place[:3, 3])
    points = np.concatenate(found)
    _, first = np.unique(np.floor(points / SPACING_M), axis=0, return_index=True)
    return Surface(points, np.sort(first))


def _sampled(evaluated: Any) -> Floats:
    mesh = evaluated.to_mesh()
    mesh.calc_loop_triangles()
    corners = np.array([v.co for v in mesh.vertices], np.float64).reshape(-1, 3)
    faces = [grid(corners[list(t.vertices)], SPACING_M) for t in mesh.loop_triangles]
    evaluated.to_mesh_clear()
    return np.concatenate(faces)


def grid(triangle: Floats, spacing: float) -> Floats:
    """Corners, edges and inside of a triangle (3, 3) as points (N, 3) at most `spacing` metres apart."""
    a, b, c = triangle
    longest = max(np.linalg.norm(a - b), np.linalg.norm(b - c), np.linalg.norm(c - a))
    n = max(1, math.ceil(longest / spacing))
    shares = np.array([(i / n, j / n) for i in range(n + 1) for j in range(n + 1 - i)])
    return np.asarray(a + shares[:, :1] * (b - a) + shares[:, 1:] * (c - a), np.float64)
