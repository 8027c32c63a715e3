"""The scenario language: a YAML file that says who sits where, what the camera sees, and who does what when.

Pure: reads one file, returns one validated object. Seconds from the start of the clip, metres in the room.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from datasets.synthetic_hall.actions import ACTIONS, MOVES

Point2 = tuple[float, float]
Side = Literal["left", "right"]
Rule = Literal["absent", "phone_use", "smoking", "eating", "out_of_uniform"]
HOLDS: dict[Rule, float] = {"absent": 10, "phone_use": 5, "smoking": 4, "eating": 5, "out_of_uniform": 8}


class ScenarioError(ValueError):
    """A scenario file that cannot be used; the message names file and field."""


class Strict(BaseModel):
    """Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Camera(Strict):
    """A fixed camera in front of the counter (staff sit at y = 0 and face it)."""

    height_m: float = Field(2.8, ge=2.0, le=4.0)
    x_m: float = -0.9
    distance_m: float = Field(4.9, gt=0.3, lt=6.5)
    aim_x_m: float = 0.0
    tilt_deg: float = Field(20.0, ge=5, le=70, description="downwards from the horizon")
    lens_mm: float = Field(45.0, gt=10, lt=120, description="for a sensor 36 mm wide")


class Light(Strict):
    """What lights the hall."""

    kind: Literal["day", "lamp"] = "day"
    strength: float = Field(1.0, gt=0, le=3)


class Look(Strict):
    """What the camera and its encoder do to the picture."""

    noise: float = Field(3.0, ge=0, le=30, description="standard deviation in grey levels")
    blur_px: float = Field(0.5, ge=0, le=3)
    crf: int = Field(23, ge=10, le=45)
    label: str = "CAM 03 HALL"


class Post(Strict):
    """A staffed place; `exit` is the way out from the seat, in room coordinates."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    exit: list[Point2] = Field(min_length=1)


class Entry(Strict):
    """From `at` on the person does `action`, until the next entry."""

    at: float = Field(ge=0)
    action: str
    hand: Side = "right"
    wears: str | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.action not in ACTIONS and self.action not in MOVES:
            raise ValueError(
                f"action {self.action!r} is unknown; expected one of {sorted(set(ACTIONS) | set(MOVES))}"
            )
        if self.wears and self.action != "comes_back":
            raise ValueError(f"only 'comes_back' can change what somebody wears, not {self.action!r}")
        return self


class Person(Strict):
    """One person, bound to a post as its staff or as a visitor before it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    post: str
    role: Literal["staff", "visitor"]
    wears: str = Field(description="avatar, the file name without .glb")
    uniform: bool = True
    starts: Literal["seated", "standing", "away"] = "seated"
    shift_x_m: float = 0.0
    on_desk: list[Literal["phone", "cup", "pen", "paper"]] = []
    do: list[Entry] = []

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for one, next_ in pairwise(self.do):
            if next_.at <= one.at:
                raise ValueError(
                    f"person {self.id!r}: {next_.action!r} at {next_.at} s does not come after {one.at} s"
                )
        away = self.starts == "away"
        for entry in self.do:
            if away != (entry.action == "comes_back"):
                state = "away" if away else "at the post"
                raise ValueError(
                    f"person {self.id!r} is {state} at {entry.at} s and cannot do {entry.action!r}"
                )
            away = entry.action == "leaves"
        return self


class Scenario(Strict):
    """A whole clip."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    hall: str = "政务服务大厅"
    start: AwareDatetime
    duration_s: float = Field(gt=0, le=3600)
    fps: float = Field(10, gt=0, le=30)
    width: int = Field(1280, ge=160, multiple_of=2)
    height: int = Field(720, ge=90, multiple_of=2)
    seed: int = 0
    samples: int = Field(6, ge=1, le=512)
    step_s: float = Field(0.1, gt=0, description="movement inside an action advances in steps of this")
    cycle_s: float = Field(6.0, gt=0.5, description="movement inside an action repeats after this")
    camera: Camera = Camera()
    light: Light = Light()
    look: Look = Look()
    uniform: list[str] = Field(min_length=1, description="avatars that wear the prescribed uniform")
    holds: dict[Rule, Annotated[float, Field(ge=0)]] = Field(
        default_factory=lambda: dict(HOLDS), description="a shorter breach than this many seconds is none"
    )
    posts: list[Post] = Field(min_length=1)
    people: list[Person]

    @model_validator(mode="after")
    def _references(self) -> Self:
        _unique("post", [p.id for p in self.posts])
        _unique("person", [p.id for p in self.people])
        posts = {p.id for p in self.posts}
        for person in self.people:
            if person.post not in posts:
                raise ValueError(
                    f"person {person.id!r}: post {person.post!r} is unknown; expected one of {sorted(posts)}"
                )
            for entry in person.do:
                if entry.at >= self.duration_s:
                    raise ValueError(
                        f"person {person.id!r}: {entry.at} s lies after the clip's end, {self.duration_s} s"
                    )
        return self

    @property
    def frames(self) -> int:
        """Number of frames in the clip."""
        return round(self.duration_s * self.fps)

    def post_index(self, post: str) -> int:
        """Place of a post in the row, from the left, 0 first."""
        return [p.id for p in self.posts].index(post)


def _unique(kind: str, ids: list[str]) -> None:
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise ValueError(f"{kind} ids must be unique; given twice: {twice}")


def load(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        ScenarioError: naming file, field, what was expected and what came.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path.name}: not YAML: {error}") from error
    return parse(data, path.name)


def parse(data: object, source: str = "scenario") -> Scenario:
    """Validate what a scenario file contains; see `load`."""
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        lines = [f"{source}: {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors()]
        raise ScenarioError("\n".join(lines)) from error


def clock(scenario: Scenario, seconds: float) -> datetime:
    """Wall time of a moment of the clip, in the scenario's own offset."""
    return datetime.fromtimestamp(scenario.start.timestamp() + seconds, scenario.start.tzinfo)
