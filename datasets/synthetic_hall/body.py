"""A rigged avatar that takes a pose: analytic inverse kinematics on a clean rig in metres.

The avatar's own frame: it stands at the origin, faces -Y, its left is +X, up is +Z; metres, radians.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import bpy
from mathutils import Matrix, Quaternion, Vector

from datasets.synthetic_hall.hands import Hand, HandLike, Mix
from datasets.synthetic_hall.poses import Pose

SIDES = (("Left", 1.0), ("Right", -1.0))
FINGERS = ("Index", "Middle", "Ring", "Pinky")
CURL_SHARE = (1.0, 1.15, 0.8, 0.0)
HIDDEN = Matrix.Translation((0.0, 0.0, -50.0))
UNSEEN_PARTS = ("Teeth", "gland")


def axes(along: Vector, across: Vector) -> Matrix:
    """Rotation whose x column is `along` and whose y column is `across` made perpendicular to it."""
    x = along.normalized()
    y = across - x * across.dot(x)
    y = y.normalized() if y.length > 1e-6 else x.orthogonal().normalized()
    return Matrix((x, y, x.cross(y))).transposed()


def turn(from_along: Vector, from_across: Vector, to_along: Vector, to_across: Vector) -> Matrix:
    """Rotation that carries the first pair of directions onto the second."""
    return axes(to_along, to_across) @ axes(from_along, from_across).transposed()


def twist_about(rotation: Quaternion, axis: Vector) -> float:
    """Angle of a rotation's component about an axis, in (-pi, pi]."""
    angle = 2 * math.atan2(Vector((rotation.x, rotation.y, rotation.z)).dot(axis), rotation.w)
    return (angle + math.pi) % (2 * math.pi) - math.pi


class Grip:
    """Where a hand is to be in the avatar's own frame: wrist, hand rotation, elbow direction, fingers."""

    def __init__(self, at: Vector, rotation: Quaternion, pole: Vector, curl: tuple[float, ...], thumb: float):
        self.at, self.rotation, self.pole, self.curl, self.thumb = at, rotation, pole, curl, thumb

    def toward(self, other: Grip, share: float) -> Grip:
        """Blend; the hand swings a little forward and up on its way, as a hand does over a desk."""
        arc = math.sin(math.pi * share) * min(1.0, (other.at - self.at).length * 3)
        return Grip(
            self.at.lerp(other.at, share) + Vector((0.0, -0.05, 0.03)) * arc,
            self.rotation.slerp(other.rotation, share),
            self.pole.lerp(other.pole, share),
            tuple(a + (b - a) * share for a, b in zip(self.curl, other.curl, strict=True)),
            self.thumb + (other.thumb - self.thumb) * share,
        )


class Body:
    """One avatar of the VALID library, decoded to a plain GLB, on a rig of its own."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        imported = _import(path)
        armature = next(o for o in imported if o.type == "ARMATURE")
        self.parts = [
            o
            for o in imported
            if o.type == "MESH" and o.parent is not None and not any(w in o.name for w in UNSEEN_PARTS)
        ]
        self.rest, self.parent = _joints(armature)
        _bake(self.parts)
        self._lower_to_floor()
        for other in [o for o in imported if o not in self.parts]:
            bpy.data.objects.remove(other, do_unlink=True)
        self.rig = _new_rig(name, self.rest, self.parent, self.parts)
        self.bones = [b.name for b in self.rig.data.bones]
        self.bone_rest = {b.name: b.matrix_local.copy() for b in self.rig.data.bones}
        self.moved: dict[str, Matrix] = {}
        _cloth_and_skin(self.parts)

    @property
    def skin(self) -> Any:
        """The mesh that carries body, hair and clothes (the largest one)."""
        return max(self.parts, key=lambda o: len(o.data.vertices))

    def _lower_to_floor(self) -> None:
        floor = min(v.co.z for v in self.skin.data.vertices)
        for part in self.parts:
            for vertex in part.data.vertices:
                vertex.co.z -= floor
        for joint in self.rest.values():
            joint.z -= floor

    def hide(self) -> None:
        """Put the avatar out of every picture (hiding by flag would rebuild the scene)."""
        self.rig.matrix_world = HIDDEN

    def pose(self, pose: Pose) -> None:
        """Take a pose; `world` and `joint` answer for it afterwards."""
        self.moved = {}
        self._trunk(pose)
        for side, sign in SIDES:
            self._arm(side, sign, pose.left if sign > 0 else pose.right)
            self._leg(side, sign, pose)
        for bone in self.bones:
            if bone not in self.moved:
                self._swing(bone, Matrix.Identity(3))
        x, y, yaw = pose.base
        self.rig.matrix_world = Matrix.Translation((x, y, 0)) @ Matrix.Rotation(yaw, 4, "Z")
        self._write()

    def world(self, bone: str, offset: Matrix) -> Matrix:
        """World matrix of a thing placed at `offset` from a bone's joint in the rest pose."""
        return self.rig.matrix_world @ self.moved[bone] @ Matrix.Translation(self.rest[bone]) @ offset

    def joint(self, bone: str, offset: tuple[float, float, float] = (0, 0, 0)) -> Vector:
        """World position of a point given in metres from a bone's joint in the rest pose."""
        return self.rig.matrix_world @ (self.moved[bone] @ (self.rest[bone] + Vector(offset)))

    def _trunk(self, pose: Pose) -> None:
        hips = Matrix.Rotation(pose.hip_lean, 4, "X") @ Matrix.Rotation(pose.hip_yaw, 4, "Z")
        self.moved["Hips"] = Matrix.Translation(pose.hip) @ hips @ Matrix.Translation(-self.rest["Hips"])
        for bone, share in (("Spine", 0.3), ("Spine1", 0.35), ("Spine2", 0.35)):
            self._swing(bone, _zxy(pose.twist * share, pose.lean * share, pose.side * share))
        pitch, yaw, roll = pose.head
        for bone, share in (("Neck", 0.4), ("Head", 0.6)):
            self._swing(bone, _zxy(yaw * share, pitch * share, roll * share))

    def _arm(self, side: str, sign: float, hand: HandLike) -> None:
        grip = self._grip(hand)
        self._shoulder(side, sign, grip)
        rotation = grip.rotation.to_matrix()
        self._limb(
            side + "Arm", side + "ForeArm", side + "Hand", grip.at, grip.pole, Vector((0, -1, 0)), rotation
        )
        self._place(side + "Hand", rotation)
        self._swing(side + "FingerBase", Matrix.Identity(3))
        for finger, curl in zip(FINGERS, grip.curl, strict=True):
            for link, share in enumerate(CURL_SHARE, 1):
                self._swing(f"{side}Hand{finger}{link}", Matrix.Rotation(sign * curl * share, 3, "Y"))
        for link, share in enumerate((0.7, 0.6, 0.6, 0.0), 1):
            opposed = Matrix.Rotation(sign * grip.thumb * 0.6 * (link == 1), 3, "Y")
            self._swing(
                f"{side}HandThumb{link}", Matrix.Rotation(sign * grip.thumb * share, 3, "Z") @ opposed
            )

    def _shoulder(self, side: str, sign: float, grip: Grip) -> None:
        """The collar bone follows the arm: about a third of the lift, and forward when reaching."""
        start = self.moved["Spine2"] @ self.rest[side + "Arm"]
        reach = grip.at - start
        lift = max(-0.10, min(0.38, 0.55 * (reach.z + 0.25)))
        forward = max(0.0, min(0.30, 0.45 * (-reach.y - 0.25)))
        self._swing(side + "Shoulder", _zxy(-sign * forward, 0.0, -sign * lift))

    def _leg(self, side: str, sign: float, pose: Pose) -> None:
        foot, toe = (pose.foot_left, pose.toe_left) if sign > 0 else (pose.foot_right, pose.toe_right)
        knee = Vector((sign * 0.12, -1, 0.15))
        self._limb(side + "UpLeg", side + "Leg", side + "Foot", Vector(foot), knee, Vector((0, 1, 0)), None)
        self._place(side + "Foot", _zxy(pose.hip_yaw * 0.7, toe, 0.0))

    def _grip(self, hand: HandLike) -> Grip:
        if isinstance(hand, Mix):
            return self._grip(hand.start).toward(self._grip(hand.end), hand.share)
        return self._resolve(hand)

    def _resolve(self, hand: Hand) -> Grip:
        sign = 1.0 if hand.side == "left" else -1.0
        at, fingers, palm = Vector(hand.at), Vector(hand.fingers), Vector(hand.palm)
        bone = {"head": "Head", "chest": "Spine2", "hips": "Hips"}.get(hand.frame)
        if bone:
            at = self.moved[bone] @ (self.rest[bone] + at)
        if hand.frame == "head":
            turned = self.moved["Head"].to_3x3()
            fingers, palm = turned @ fingers, turned @ palm
        rotation = turn(Vector((sign, 0, 0)), Vector((0, 0, -1)), fingers, palm).to_quaternion()
        return Grip(at, rotation, Vector(hand.pole), hand.curl, hand.thumb)

    def _limb(
        self,
        upper: str,
        lower: str,
        end: str,
        target: Vector,
        pole: Vector,
        bends: Vector,
        last: Matrix | None,
    ) -> None:
        """Two-bone inverse kinematics; `bends` is where the lower bone folds to in the rest pose."""
        start = self.moved[self.parent[upper]] @ self.rest[upper]
        bone1, bone2 = self.rest[lower] - self.rest[upper], self.rest[end] - self.rest[lower]
        a, b = bone1.length, bone2.length
        way = target - start
        reach = max(abs(a - b) * 1.05 + 0.02, min(way.length, (a + b) * 0.995))
        way.normalize()
        cosine = max(-1.0, min(1.0, (a * a + reach * reach - b * b) / (2 * a * reach)))
        out = (pole - way * pole.dot(way)).normalized()
        middle = start + way * (a * cosine) + out * (a * math.sqrt(1 - cosine * cosine))
        first, second = (middle - start).normalized(), (start + way * reach - middle).normalized()
        hinge = first.cross(-out)
        turn2 = turn(bone2, bends, second, hinge.cross(second))
        if last is not None:  # the forearm carries most of the wrist's twist, or the wrist would pinch
            axis = bone2.normalized()
            turn2 = turn2 @ Matrix.Rotation(
                twist_about((turn2.transposed() @ last).to_quaternion(), axis) * 0.6, 3, axis
            )
        self._place(upper, turn(bone1, bends, first, -out))
        self._place(lower, turn2)

    def _swing(self, bone: str, rotation: Matrix) -> None:
        """Rotate a bone relative to its parent, about its joint."""
        joint = self.rest[bone]
        about = Matrix.Translation(joint) @ rotation.to_4x4() @ Matrix.Translation(-joint)
        self.moved[bone] = self.moved[self.parent[bone]] @ about

    def _place(self, bone: str, rotation: Matrix) -> None:
        """Give a bone a rotation in the avatar's frame; its joint stays on the parent."""
        joint = self.rest[bone]
        at = self.moved[self.parent[bone]] @ joint
        self.moved[bone] = Matrix.Translation(at) @ rotation.to_4x4() @ Matrix.Translation(-joint)

    def _write(self) -> None:
        for bone in self.bones:
            parent = self.parent[bone]
            relative = self.moved[parent].inverted() @ self.moved[bone] if parent else self.moved[bone]
            rest = self.bone_rest[bone]
            basis = rest.inverted() @ relative @ rest
            channel = self.rig.pose.bones[bone]
            channel.location, channel.rotation_quaternion = basis.to_translation(), basis.to_quaternion()


def _zxy(z: float, x: float, y: float) -> Matrix:
    return Matrix.Rotation(z, 3, "Z") @ Matrix.Rotation(x, 3, "X") @ Matrix.Rotation(y, 3, "Y")


def _import(path: Path) -> list[Any]:
    if not path.is_file():
        raise FileNotFoundError(f"avatar {path.stem!r}: no decoded file {path.name} in the --avatars folder")
    before = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=str(path), import_shading="NORMALS")
    return [o for o in bpy.data.objects if o not in before]


def _joints(armature: Any) -> tuple[dict[str, Vector], dict[str, str]]:
    """Joint positions in metres and each bone's parent ('' for the root); end markers left out."""
    bones = [b for b in armature.pose.bones if not b.name.endswith("_end")]
    rest = {b.name: (armature.matrix_world @ b.head).copy() for b in bones}
    return rest, {b.name: b.parent.name if b.parent else "" for b in bones}


def _bake(parts: list[Any]) -> None:
    """Freeze the imported rest pose into the vertices, without shape keys and modifiers."""
    graph = bpy.context.evaluated_depsgraph_get()
    for part in parts:
        evaluated = part.evaluated_get(graph)
        shape = evaluated.to_mesh()
        points = [c for v in shape.vertices for c in part.matrix_world @ v.co]
        evaluated.to_mesh_clear()
        part.shape_key_clear()
        part.modifiers.clear()
        part.parent, part.matrix_world = None, Matrix.Identity(4)
        part.data.vertices.foreach_set("co", points)
        part.data.update()


def _new_rig(name: str, rest: dict[str, Vector], parent: dict[str, str], parts: list[Any]) -> Any:
    data = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for bone, joint in rest.items():
        edit = data.edit_bones.new(bone)
        edit.head, edit.tail = joint, joint + Vector((0, 0, 0.03))
    for bone, above in parent.items():
        if above:
            data.edit_bones[bone].parent = data.edit_bones[above]
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in rig.pose.bones:
        bone.rotation_mode = "QUATERNION"
    for part in parts:
        part.modifiers.new("rig", "ARMATURE").object = rig
        part.parent = rig
    return rig


def _cloth_and_skin(parts: list[Any]) -> None:
    for part in parts:
        part.data.polygons.foreach_set("use_smooth", [True] * len(part.data.polygons))
    shaders = [
        n for p in parts for m in p.data.materials for n in m.node_tree.nodes if n.type == "BSDF_PRINCIPLED"
    ]
    for shader in shaders:
        shader.inputs["Metallic"].default_value = 0.0
        shader.inputs["Roughness"].default_value = 0.70
        shader.inputs["Specular IOR Level"].default_value = 0.18
