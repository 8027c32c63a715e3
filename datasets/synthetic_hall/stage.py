"""The hall with its people in Blender: puts everybody and everything where the timelines say."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy
from mathutils import Matrix, Vector

from datasets.synthetic_hall import camera, light, props, room
from datasets.synthetic_hall.body import HIDDEN, Body
from datasets.synthetic_hall.layout import ALWAYS_ON_DESK, DESK_SPOTS
from datasets.synthetic_hall.scenario import Person, Scenario
from datasets.synthetic_hall.surface import Surface
from datasets.synthetic_hall.timeline import Moment, Timeline

VISITOR_SPOTS = {"phone": (0.20, -0.78, 0.915)}


@dataclass(frozen=True)
class State:
    """What an actor's picture depends on; equal states give equal pictures."""

    moment: Moment
    chair: float

    def key(self) -> str:
        """Text that is equal for equal pictures and equal truth."""
        m = self.moment
        shown = replace(m, phase=0.0) if m.present else (m.wears, m.action, sorted(m.held), m.placard)
        return repr((shown, round(self.chair, 4)))


class Actor:
    """One person with outfits, things and, for the first at a post, the chair."""

    def __init__(self, scenario: Scenario, person: Person, avatars: Path, chair: Any | None) -> None:
        self.person, self.chair = person, chair
        self.timeline = Timeline(scenario, person)
        outfits = {b.wears for b in self.timeline.beats}
        self.bodies = {name: Body(avatars / f"{name}.glb", f"{person.id}_{name}") for name in sorted(outfits)}
        used = {prop for b in self.timeline.beats for prop in b.held} | set(person.on_desk)
        if person.role == "staff" and chair is not None:
            used |= set(ALWAYS_ON_DESK)
        if any(b.placard for b in self.timeline.beats):
            used.add("placard")
        if "cigarette" in used:
            used.add("smoke")
        if any(b.action == "writes" for b in self.timeline.beats):
            used.add("form")
        self.props = {prop: props.make(prop, person.id) for prop in sorted(used)}
        self.surfaces: dict[str, Surface] = {}
        self.moment: Moment | None = None
        self.placed = ""

    @property
    def id(self) -> str:
        """The person's id."""
        return self.person.id

    @property
    def body(self) -> Body:
        """The avatar with what the person wears now."""
        assert self.moment is not None
        return self.bodies[self.moment.wears]

    def place(self, state: State) -> None:
        """Pose the body, put things into hands or onto the desk; costs nothing when all is there already."""
        if self.placed == (key := state.key()):
            return
        self.placed = key
        self.moment = moment = state.moment
        for name, body in self.bodies.items():
            if name == moment.wears and moment.present:
                body.pose(moment.pose)
            else:
                body.hide()
        for prop, thing in self.props.items():
            thing.matrix_world = self._prop_place(prop, moment)
        self._move_chair(state.chair)

    def rest(self) -> None:
        """Nobody there, things where they lie, the chair at the desk: as in the plate."""
        self.placed = ""
        self.moment = None
        for body in self.bodies.values():
            body.hide()
        for prop, thing in self.props.items():
            thing.matrix_world = self.lying(prop)
        self._move_chair(0.0)

    def chair_at(self, away: float) -> Matrix:
        """Where the chair stands: 0 = at the desk, 1 = pushed back."""
        x = self.timeline.seat[0] - self.person.shift_x_m
        return Matrix.Translation((x + 0.10 * away, 0.07 + 0.45 * away, 0)) @ Matrix.Rotation(
            -0.5 * away, 4, "Z"
        )

    def _move_chair(self, away: float) -> None:
        if self.chair is not None:
            self.chair.matrix_world = self.chair_at(away)

    def surface(self, prop: str) -> Surface:
        """Points on a thing, found once: it is rigid."""
        if prop not in self.surfaces:
            self.surfaces[prop] = Surface.of(props.triangles(self.props[prop]))
        return self.surfaces[prop]

    def things(self) -> dict[str, Any]:
        """Props that are somewhere to be seen."""
        return {n: o for n, o in self.props.items() if o.matrix_world.translation.z > -1}

    def _prop_place(self, prop: str, moment: Moment) -> Matrix:
        if prop == "smoke" and "cigarette" in moment.held:
            ember = self._prop_place("cigarette", moment) @ Vector((0, 0, 0.045))
            return Matrix.Translation(ember) @ Matrix.Rotation(2 * math.pi * moment.phase, 4, "Z")
        if prop in moment.held and moment.present:
            bone, offset = props.in_hand(prop, moment.held[prop], moment.action)
            return self.body.world(bone, offset)
        laid_out = moment.placard if prop == "placard" else prop == "form" and moment.action == "writes"
        return self._at_seat(prop) if laid_out else self.lying(prop)

    def lying(self, prop: str) -> Matrix:
        """Where a thing lies while nobody uses it; out of sight when it is kept in a drawer or pocket."""
        return self._at_seat(prop) if prop in (*ALWAYS_ON_DESK, *self.person.on_desk) else HIDDEN

    def _at_seat(self, prop: str) -> Matrix:
        x, y, yaw = self.timeline.seat
        spots = DESK_SPOTS if self.person.role == "staff" else {**DESK_SPOTS, **VISITOR_SPOTS}
        seat = Matrix.Translation((x, y, 0)) @ Matrix.Rotation(yaw, 4, "Z")
        return seat @ Matrix.Translation(spots[prop]) @ props.on_desk(prop)


class Stage:
    """A built scene."""

    def __init__(self, scenario: Scenario, avatars: Path) -> None:
        self.scenario = scenario
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.chairs = room.build([p.name for p in scenario.posts], scenario.hall, scenario.seed)
        light.build(scenario.light, len(scenario.posts))
        self.camera = _camera(scenario)
        self.actors = [Actor(scenario, p, avatars, self._chair_of(p)) for p in scenario.people]

    def _chair_of(self, person: Person) -> Any | None:
        first = next((p for p in self.scenario.people if p.post == person.post and p.role == "staff"), None)
        return self.chairs[self.scenario.post_index(person.post)] if first is person else None

    def states(self, t: float) -> dict[str, State]:
        """Everybody's state at `t` seconds."""
        moments = {a.id: a.timeline.at(t) for a in self.actors}
        return {a.id: State(moments[a.id], self._chair(a, moments)) for a in self.actors}

    def _chair(self, actor: Actor, moments: dict[str, Moment]) -> float:
        if actor.chair is None:
            return 0.0
        users = [a.id for a in self.actors if a.person.post == actor.person.post and a.person.role == "staff"]
        return min(moments[u].chair for u in users)

    def place(self, states: dict[str, State], staff: bool = True) -> None:
        """Put everybody into their state; without `staff` only the visitors, staff seats empty."""
        for actor in self.actors:
            if staff or actor.person.role == "visitor":
                actor.place(states[actor.id])
            else:
                actor.rest()
        bpy.context.view_layer.update()

    def aim(self, scenario: Scenario) -> None:
        """Look with another camera and picture size."""
        self.scenario = scenario
        _place_camera(self.camera, scenario)

    def rest(self) -> None:
        """Nobody there: the scene of the still plate."""
        for actor in self.actors:
            actor.rest()
        bpy.context.view_layer.update()


def _camera(scenario: Scenario) -> Any:
    data = bpy.data.cameras.new("camera")
    made = bpy.data.objects.new("camera", data)
    bpy.context.scene.collection.objects.link(made)
    _place_camera(made, scenario)
    bpy.context.scene.camera = made
    return made


def _place_camera(made: Any, scenario: Scenario) -> None:
    data = made.data
    data.lens, data.sensor_width, data.sensor_fit = scenario.camera.lens_mm, camera.SENSOR_MM, "HORIZONTAL"
    made.location, made.rotation_euler = camera.placement(scenario.camera)
