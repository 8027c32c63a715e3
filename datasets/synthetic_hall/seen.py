"""What the camera sees of an actor in the placed scene: boxes, joints, visible share. Pixels, y down."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Vector
from numpy.typing import NDArray

from datasets.synthetic_hall import camera, props
from datasets.synthetic_hall.layout import DESK_TOP
from datasets.synthetic_hall.plates import Rect
from datasets.synthetic_hall.scenario import Scenario
from datasets.synthetic_hall.stage import Actor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
JOINTS: dict[str, tuple[str, tuple[float, float, float]]] = {
    "nose": ("Head", (0.0, -0.115, 0.02)),
    "left_eye": ("LeftEye", (0.0, -0.01, 0.0)),
    "right_eye": ("RightEye", (0.0, -0.01, 0.0)),
    "left_ear": ("Head", (0.075, 0.0, 0.02)),
    "right_ear": ("Head", (-0.075, 0.0, 0.02)),
    "left_shoulder": ("LeftArm", (0.0, 0.0, 0.0)),
    "right_shoulder": ("RightArm", (0.0, 0.0, 0.0)),
    "left_elbow": ("LeftForeArm", (0.0, 0.0, 0.0)),
    "right_elbow": ("RightForeArm", (0.0, 0.0, 0.0)),
    "left_wrist": ("LeftHand", (0.0, 0.0, 0.0)),
    "right_wrist": ("RightHand", (0.0, 0.0, 0.0)),
    "left_hip": ("LeftUpLeg", (0.0, 0.0, 0.0)),
    "right_hip": ("RightUpLeg", (0.0, 0.0, 0.0)),
}
BODY_STEP = 60
THING_POINTS = 120
EDGE_TRIES = 30
SEE_THROUGH = ("divider", "smoke")


def points_of(objects: list[Any], step: int = 1) -> Floats:
    """Room positions (N, 3) of every `step`-th vertex as it now stands."""
    graph = bpy.context.evaluated_depsgraph_get()
    found = []
    for thing in objects:
        evaluated = thing.evaluated_get(graph)
        flat = np.empty(len(evaluated.data.vertices) * 3, np.float32)
        evaluated.data.vertices.foreach_get("co", flat)
        place = np.array(evaluated.matrix_world)
        found.append(flat.reshape(-1, 3)[::step] @ place[:3, :3].T + place[:3, 3])
    return np.concatenate(found).astype(np.float64) if found else np.empty((0, 3))


def _moved(now: Matrix, resting: Matrix) -> list[Matrix]:
    """Places that a moved thing takes up and leaves empty; none when it lies where it lies."""
    same = (now.translation - resting.translation).length < 1e-5 and now.to_quaternion().dot(
        resting.to_quaternion()
    ) > 0.99999
    return [] if same else [m for m in (now, resting) if m.translation.z > -1]


class Eye:
    """The camera's view of a scenario's stage."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.location = Vector(camera.placement(scenario.camera)[0])

    def pixels(self, points: Floats) -> tuple[Floats, Floats]:
        """Pixels and depth of room points."""
        return camera.project(self.scenario.camera, self.scenario.width, self.scenario.height, points)

    def rect(self, actor: Actor, margin: int) -> Rect | None:
        """Pixels in which the placed actor differs from the plate, with a margin; None when nowhere."""
        objects = actor.body.parts if actor.moment is not None and actor.moment.present else []
        points = [self._not_under_desk(points_of(objects, 4))]
        for name, thing in actor.props.items():
            moved = _moved(thing.matrix_world, actor.lying(name))
            points += [self._box_points(thing, place) for place in moved]
        if actor.chair is not None:
            resting = actor.chair_at(0.0)
            points += [
                self._box_points(actor.chair, place) for place in _moved(actor.chair.matrix_world, resting)
            ]
        return self._around(np.concatenate(points), margin)

    def _around(self, points: Floats, margin: int) -> Rect | None:
        pixels, depth = self.pixels(points)
        pixels = pixels[depth > 0.2]
        if len(pixels) == 0:
            return None
        low, high = pixels.min(0) - margin, pixels.max(0) + margin
        x1, y1 = max(0, int(low[0])), max(0, int(low[1]))
        x2, y2 = min(self.scenario.width, int(high[0])), min(self.scenario.height, int(high[1]))
        return (x1, y1, x2, y2) if x2 - x1 > 2 and y2 - y1 > 2 else None

    def _box_points(self, root: Any, place: Matrix) -> Floats:
        """Corners of a thing's meshes if it stood at `place`, those under the desk left out."""
        corners = [
            place @ c.matrix_local @ Vector(v) for c in root.children if c.type == "MESH" for v in c.bound_box
        ]
        return self._not_under_desk(np.array(corners, np.float64).reshape(-1, 3))

    def _not_under_desk(self, points: Floats) -> Floats:
        """Points that the desk does not hide: where the line of sight passes its rear edge above its top."""
        edge = -0.28
        behind = np.maximum(points[:, 1] - edge, 0)
        high = points[:, 2] + (self.location.z - points[:, 2]) * behind / (points[:, 1] - self.location.y)
        hidden = (points[:, 1] > -0.95) & (high < DESK_TOP - 0.03)
        return np.asarray(points[~hidden], np.float64)

    def person(self, actor: Actor) -> dict[str, Any] | None:
        """Ground truth of a present person."""
        moment = actor.moment
        if moment is None or not moment.present:
            return None
        own = {p.name for p in actor.body.parts} | {
            c.name for t in actor.things().values() for c in t.children
        }
        points = points_of(actor.body.parts)
        box, visible = self._seen(points, np.arange(0, len(points), BODY_STEP), own)
        if box is None:
            return None
        joints, _ = self.pixels(np.array([actor.body.joint(*JOINTS[name]) for name in JOINTS]))
        return {
            "id": actor.id,
            "post": actor.person.post,
            "role": actor.person.role,
            "action": moment.action,
            "box": box,
            "visible": visible,
            "joints": {
                n: [round(float(x), 1), round(float(y), 1)] for n, (x, y) in zip(JOINTS, joints, strict=True)
            },
        }

    def objects(self, actor: Actor) -> list[dict[str, Any]]:
        """Ground truth of the actor's things, in a hand or on the desk."""
        found = []
        for name, thing in actor.things().items():
            if name == "smoke":
                continue
            surface, own = actor.surface(name), {p.name for p in props.parts(thing)}
            box, visible = self._seen(surface.placed(thing.matrix_world), surface.some(THING_POINTS), own)
            if box is not None and visible > 0.02:
                held = actor.moment is not None and actor.moment.present and name in actor.moment.held
                label = props.LABELS.get(name, name)
                found.append(
                    {"label": label, "box": box, "holder": actor.id if held else None, "visible": visible}
                )
        return found

    def sees(self, points: Floats, own: set[str]) -> list[bool]:
        """Which room points (N, 3) nothing hides but the things named in `own`."""
        return [self._free(Vector(point), own) for point in points]

    def _seen(self, points: Floats, asked: Ints, own: set[str]) -> tuple[list[float] | None, float]:
        """Box of the visible points, from the outermost of all; visible share of those `asked` (indices)."""
        pixels, depth = self.pixels(points)
        width, height = self.scenario.width, self.scenario.height
        inside = (depth > 0.1) & (pixels >= 0).all(1) & (pixels[:, 0] < width) & (pixels[:, 1] < height)
        free = [i for i in asked if inside[i] and self._free(Vector(points[i]), own)]
        if len(free) < 3:
            return None, 0.0
        shown = pixels[free]
        low, high = shown.min(0), shown.max(0)
        for axis, sign in ((0, -1), (0, 1), (1, -1), (1, 1)):
            edge = low if sign < 0 else high
            edge[axis] = self._outermost(points, pixels, inside, own, axis, sign, float(edge[axis]))
        return [round(float(v), 1) for v in (*low, *high)], round(len(free) / len(asked), 2)

    def _outermost(
        self, points: Floats, pixels: Floats, inside: Any, own: set[str], axis: int, sign: int, edge: float
    ) -> float:
        """The outermost visible coordinate in one direction, from `edge` on, at a few tries."""
        beyond = np.flatnonzero(inside & ((pixels[:, axis] - edge) * sign > 0))
        order = beyond[np.argsort(-sign * pixels[beyond, axis])]
        for i in order[:: max(1, len(order) // EDGE_TRIES)]:
            if self._free(Vector(points[i]), own):
                return float(pixels[i, axis])
        return edge

    def _free(self, point: Vector, own: set[str]) -> bool:
        """Whether nothing opaque but the thing itself stands between the camera and a point."""
        graph, start = bpy.context.evaluated_depsgraph_get(), self.location.copy()
        way = (point - start).normalized()
        for _ in range(12):
            left = (point - start).length - 0.006
            if left <= 0:
                return True
            hit, at, _, _, thing, _ = bpy.context.scene.ray_cast(graph, start, way, distance=left)
            if not hit or thing.name in own:
                return True
            if thing.data.materials[0].name.split(".")[0] not in SEE_THROUGH:
                return False
            start = at + way * 0.002
        return False
