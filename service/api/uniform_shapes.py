"""What /api/site/uniform takes and gives, and one example of each."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from service.api.site_shapes import EXAMPLE_PICTURE, PictureOut
from service.sitefile.examples import Kind

EXAMPLE_ID = "5f0c2b7d91e4a386"
EXAMPLE_UNIFORM: dict[str, Any] = {
    "named": True,
    "folders": {"wear": "uniform/wear", "other": "uniform/other"},
    "least": 5,
    "enough": 10,
    "most": 50,
    "wear": [{"id": EXAMPLE_ID}],
    "other": [],
}
EXAMPLE_PEOPLE: dict[str, Any] = {
    **EXAMPLE_PICTURE,
    "picture": "c4d1f09a7b3e2865",
    "people": [[0.21, 0.18, 0.34, 0.61]],
}
EXAMPLE_JUDGED: dict[str, Any] = {
    "usable": True,
    "error": None,
    "weak": ["7 usable pictures in uniform; better 10 or more"],
    "recognised": 0.9,
    "other_recognised": 0.8,
    "unused": [{"kind": "wear", "id": EXAMPLE_ID, "why": "shows nearly the same as another"}],
}

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class ExampleOut(BaseModel):
    """One example picture."""

    id: str = Field(description="Its id in its folder; it is shown at /api/site/uniform/{kind}/{example_id}.")


class UniformOut(BaseModel):
    """The examples that were gathered."""

    named: bool = Field(description="Whether the saved site file names the folders: then they are used.")
    folders: dict[str, str] = Field(description="The folders, relative to the site file.")
    least: int = Field(description="So many of each are needed.")
    enough: int = Field(description="So many are better.")
    most: int = Field(description="So many are used.")
    wear: list[ExampleOut] = Field(description="People in uniform.")
    other: list[ExampleOut] = Field(description="People in other clothes.")


class PeopleOut(PictureOut):
    """A picture that a camera sent just now, and the people in it."""

    picture: str = Field(description="Its id for some minutes, to pick people from it.")
    people: list[tuple[float, float, float, float]] = Field(
        description="Their boxes x1, y1, x2, y2 as fractions of width and height."
    )


class PickIn(BaseModel):
    """One person of a picture."""

    model_config = ConfigDict(extra="forbid")

    picture: str = Field(pattern="^[0-9a-f]{16}$", description="Id of the picture.")
    kind: Kind = Field(description="wear: in uniform; other: in other clothes.")
    box: tuple[Share, Share, Share, Share] = Field(
        description="x1, y1, x2, y2 around the person, as fractions of width and height."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not (self.box[0] < self.box[2] and self.box[1] < self.box[3]):
            raise ValueError("expected x1 < x2 and y1 < y2")
        return self


class UnusedOut(BaseModel):
    """An example that teaches nothing."""

    kind: Kind = Field(description="Its folder.")
    id: str = Field(description="Its id there.")
    why: str = Field(description="Why, in the language asked for.")


class JudgedOut(BaseModel):
    """What the examples teach, as `conduct uniform enrol` says it."""

    usable: bool = Field(description="Whether a hall can be watched with them.")
    error: str | None = Field(description="Why not; null when it can.")
    weak: list[str] = Field(description="Why what was learnt is weak; none is a good sign.")
    recognised: float | None = Field(description="Share of the pictures in uniform known when left out.")
    other_recognised: float | None = Field(description="The same of other clothes; null without any.")
    unused: list[UnusedOut] = Field(description="Pictures that are left out.")
