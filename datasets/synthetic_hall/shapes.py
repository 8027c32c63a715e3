"""Blender building blocks: materials, boxes, cylinders, letters, lights. Metres, watts, linear RGB."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

Colour = tuple[float, float, float]
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "C:/Windows/Fonts")
FONT_NAMES = (
    "NotoSansCJK-Bold.*",
    "NotoSansCJK-Regular.*",
    "SourceHanSans*.*",
    "wqy-*.tt*",
    "msyh*.tt*",
    "PingFang*.*",
)


class Shapes:
    """Makes objects under one parent; materials are shared by name."""

    def __init__(self, parent: Any | None = None) -> None:
        self.parent = parent

    @property
    def name(self) -> str:
        """The group's name, empty for the room itself."""
        return self.parent.name if self.parent is not None else ""

    def group(self, name: str, at: Sequence[float] = (0, 0, 0), yaw: float = 0.0) -> Shapes:
        """A child group that moves as one."""
        empty = bpy.data.objects.new(name, None)
        self._link(empty, at, (0, 0, yaw))
        return Shapes(empty)

    def box(
        self,
        size: Sequence[float],
        at: Sequence[float],
        material: Any,
        bevel: float = 0.004,
        turn: Sequence[float] = (0, 0, 0),
    ) -> Any:
        """A box with softened edges."""
        x, y, z = (s / 2 for s in size)
        points = [(a * x, b * y, c * z) for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]
        faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
        made = self._mesh("box", points, faces, material, at, turn)
        if bevel:
            edge = made.modifiers.new("edge", "BEVEL")
            edge.width, edge.segments = min(bevel, min(size) * 0.4), 2
        return made

    def cylinder(
        self,
        radius: float,
        height: float,
        at: Sequence[float],
        material: Any,
        top: float | None = None,
        turn: Sequence[float] = (0, 0, 0),
        sides: int = 20,
    ) -> Any:
        """An upright cylinder, or a cone frustum when `top` gives another radius."""
        top = radius if top is None else top
        ring = [(math.cos(2 * math.pi * i / sides), math.sin(2 * math.pi * i / sides)) for i in range(sides)]
        points = [(radius * c, radius * s, -height / 2) for c, s in ring] + [
            (top * c, top * s, height / 2) for c, s in ring
        ]
        faces: list[tuple[int, ...]] = [
            (i, (i + 1) % sides, sides + (i + 1) % sides, sides + i) for i in range(sides)
        ]
        faces += [tuple(range(sides))[::-1], tuple(range(sides, 2 * sides))]
        made = self._mesh("cylinder", points, faces, material, at, turn)
        for face in made.data.polygons:
            face.use_smooth = len(face.vertices) == 4
        return made

    def ball(
        self, radii: Sequence[float], at: Sequence[float], material: Any, turn: Sequence[float] = (0, 0, 0)
    ) -> Any:
        """An ellipsoid."""
        rings, sides = 9, 16
        points, faces = [], []
        for r in range(rings + 1):
            polar = math.pi * r / rings
            for s in range(sides):
                around = 2 * math.pi * s / sides
                x, y = math.sin(polar) * math.cos(around), math.sin(polar) * math.sin(around)
                points.append((radii[0] * x, radii[1] * y, radii[2] * math.cos(polar)))
        for r in range(rings):
            for s in range(sides):
                a, b = r * sides + s, r * sides + (s + 1) % sides
                faces.append((a, a + sides, b + sides, b))
        made = self._mesh("ball", points, faces, material, at, turn)
        made.data.polygons.foreach_set("use_smooth", [True] * len(faces))
        return made

    def letters(
        self,
        text: str,
        height: float,
        at: Sequence[float],
        material: Any,
        turn: Sequence[float] = (math.pi / 2, 0, 0),
        depth: float = 0.002,
    ) -> Any:
        """Centred letters, by default on a wall that faces -Y."""
        curve = bpy.data.curves.new("letters", "FONT")
        curve.body, curve.size, curve.extrude = text, height, depth
        curve.align_x, curve.align_y, curve.resolution_u = "CENTER", "CENTER", 3
        curve.font = font()
        curve.materials.append(material)
        made = bpy.data.objects.new("letters", curve)
        self._link(made, at, turn)
        return made

    def light(
        self,
        at: Sequence[float],
        size: tuple[float, float],
        watts: float,
        colour: Colour = (1, 0.97, 0.92),
        turn: Sequence[float] = (0, 0, 0),
    ) -> Any:
        """A rectangular lamp that shines down (before `turn`)."""
        lamp = bpy.data.lights.new("lamp", "AREA")
        lamp.shape, lamp.size, lamp.size_y = "RECTANGLE", size[0], size[1]
        lamp.energy, lamp.color = watts, colour
        made = bpy.data.objects.new("lamp", lamp)
        self._link(made, at, turn)
        return made

    def _mesh(
        self,
        name: str,
        points: list[Any],
        faces: list[Any],
        material: Any,
        at: Sequence[float],
        turn: Sequence[float],
    ) -> Any:
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata(points, [], faces)
        mesh.update()
        mesh.materials.append(material)
        made = bpy.data.objects.new(name, mesh)
        self._link(made, at, turn)
        return made

    def _link(self, made: Any, at: Sequence[float], turn: Sequence[float]) -> None:
        bpy.context.scene.collection.objects.link(made)
        made.location, made.rotation_euler, made.parent = at, turn, self.parent


def font() -> Any:
    """A font with Chinese letters if the machine has one, else Blender's own (Latin letters, digits)."""
    loaded = [f for f in bpy.data.fonts if f.name != "Bfont Regular" and f.filepath != "<builtin>"]
    if loaded:
        return loaded[0]
    for folder in FONT_FOLDERS:
        for name in FONT_NAMES:
            for found in sorted(Path(folder).rglob(name)) if Path(folder).is_dir() else ():
                return bpy.data.fonts.load(str(found))
    return bpy.data.fonts.load("<builtin>")


def _shader(name: str, roughness: float, metal: float = 0.0) -> tuple[Any, Any, Any]:
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    shader = made.node_tree.nodes["Principled BSDF"]
    shader.inputs["Roughness"].default_value, shader.inputs["Metallic"].default_value = roughness, metal
    return made, made.node_tree, shader


def paint(
    name: str,
    colour: Colour,
    roughness: float = 0.6,
    glow: float = 0.0,
    grain: float = 0.0,
    scale: float = 8.0,
    metal: float = 0.0,
) -> Any:
    """Plain material; `grain` 0..1 darkens it by noise of `scale` per metre, `glow` is emission strength."""
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    made, tree, shader = _shader(name, roughness, metal)
    shader.inputs["Base Color"].default_value = (*colour, 1)
    if glow:
        shader.inputs["Emission Color"].default_value = (*colour, 1)
        shader.inputs["Emission Strength"].default_value = glow
    if grain:
        noise = _noise(tree, (scale, scale, scale))
        mixed = tree.nodes.new("ShaderNodeMixRGB")
        mixed.blend_type, mixed.inputs[0].default_value = "MULTIPLY", grain
        mixed.inputs[1].default_value = (*colour, 1)
        tree.links.new(noise, mixed.inputs[2])
        tree.links.new(mixed.outputs[0], shader.inputs["Base Color"])
    return made


def wood(name: str, dark: Colour, bright: Colour, roughness: float = 0.45, upright: bool = False) -> Any:
    """Veneer with its grain along x, or along z when upright."""
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    made, tree, shader = _shader(name, roughness)
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    for stop, position, colour in zip(ramp.color_ramp.elements, (0.3, 0.7), (dark, bright), strict=True):
        stop.position, stop.color = position, (*colour, 1)
    tree.links.new(_noise(tree, (30, 30, 2.2) if upright else (2.2, 30, 30)), ramp.inputs[0])
    tree.links.new(ramp.outputs[0], shader.inputs["Base Color"])
    return made


def tiles(name: str, colour: Colour, joint: Colour, size: float = 0.8, roughness: float = 0.15) -> Any:
    """Polished floor tiles of `size` metres."""
    made, tree, shader = _shader(name, roughness)
    brick = tree.nodes.new("ShaderNodeTexBrick")
    brick.offset = 0
    brick.inputs["Color1"].default_value = (*colour, 1)
    brick.inputs["Color2"].default_value = (*(c * 0.94 for c in colour), 1)
    brick.inputs["Mortar"].default_value = (*joint, 1)
    for key, value in (("Scale", 1), ("Brick Width", size), ("Row Height", size), ("Mortar Size", 0.004)):
        brick.inputs[key].default_value = value
    place = tree.nodes.new("ShaderNodeTexCoord")
    tree.links.new(place.outputs["Object"], brick.inputs["Vector"])
    tree.links.new(brick.outputs["Color"], shader.inputs["Base Color"])
    return made


def clear(name: str, colour: Colour = (0.75, 0.85, 0.88), share: float = 0.75) -> Any:
    """A clear pane that also reflects: `share` of the light passes straight through."""
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    made, _, shader = _shader(name, 0.05)
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Alpha"].default_value = 1 - share
    return made


def _noise(tree: Any, scale: tuple[float, float, float]) -> Any:
    place, mapped = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeMapping")
    noise = tree.nodes.new("ShaderNodeTexNoise")
    mapped.inputs["Scale"].default_value = scale
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = 1.0, 6
    tree.links.new(place.outputs["Object"], mapped.inputs["Vector"])
    tree.links.new(mapped.outputs[0], noise.inputs["Vector"])
    return noise.outputs["Fac"]
