"""The wall: of each post what its newest look tells, how old that is, and what is being asked there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines.looking.looks import BOUND_S
from pipelines.rules.events import HealthEntry, RuleEvent
from pipelines.rules.schedule import Schedule
from service.store import LastLook, StoredPost

WAY_S = 3.0
"""How long a look takes to the eyes of who sits before the wall: models, store, and a page that asks every
two seconds."""
OLD_S = BOUND_S + WAY_S
"""An older look tells nothing of now."""
PRESENT_AT = 0.5
"""Belief in presence from which a post is shown as staffed: a single look that misses somebody is nothing."""

State = Literal["present", "absent", "covered", "off", "unknown"]
"""off: nobody there, out of shift. covered: nobody there, and that is allowed."""
Unknown = Literal[
    "dark",
    "blank",
    "frozen",
    "corrupt",
    "moved",
    "gap",
    "unauthorised",
    "clock",
    "ended",
    "model",
    "old",
    "never",
]
"""Why nothing can be told: what is wrong with the camera (`HealthEntry`); model: it finds no people; old: the
last look is too old; never: there was none."""
_BLIND: Mapping[str, Unknown] = {
    "picture_dark": "dark",
    "picture_blank": "blank",
    "picture_frozen": "frozen",
    "picture_corrupt": "corrupt",
    "picture_moved": "moved",
    "detector_without_person": "model",
}


class NoPictureError(LookupError):
    """There is no picture of this post, or no such post."""


class Asked(BaseModel):
    """One open question about a post."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="Id of the event.")
    rule: str = Field(description="The rule that seems broken.")
    since: datetime = Field(description="Since when.")


class Tile(BaseModel):
    """One post on the wall."""

    model_config = ConfigDict(frozen=True)

    post: str = Field(description="Id of the post.")
    name: str = Field(description="Its name.")
    camera: str = Field(description="Id of the camera that sees it.")
    state: State = Field(
        description="present; absent; covered: nobody is there, which is allowed; off: nobody is there, out "
        "of shift; unknown."
    )
    why: Unknown | None = Field(description="Why it is unknown; null when it is not.")
    cover: str | None = Field(description="Kind of the cover that allows an absence now; null = none.")
    looked_at: datetime | None = Field(description="Event time of the last look; null = there was none.")
    age_s: float | None = Field(description="Seconds since then; of a video since its newest look.")
    recorded: bool = Field(description="Its camera is a video, whose time is not the clock's.")
    asked: tuple[Asked, ...] = Field(description="What is being asked there now, the oldest first.")
    picture: str | None = Field(
        description="Address of the picture of the staff zone, another one with each look; null when there "
        "is none, or the caller may not see it."
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest look at a post, as far as the wall shows it; ``blind`` is the reason of one that could not
    tell, ``picture`` the address of what it saw."""

    look: LastLook
    blind: str | None = None
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the wall's posts have in common: the clock, the shifts, which cameras are videos, what is wrong
    with cameras."""

    now: datetime
    calendar: Schedule
    recorded: frozenset[str]
    health: tuple[HealthEntry, ...]

    def wrong_with(self, camera: str) -> Unknown | None:
        """Why a camera gives no pictures now."""
        wrong = (one for one in self.health if one.camera == camera and one.end is None)
        return next((one.state for one in wrong if one.state != "unrecorded"), None)


def tiles(
    posts: Iterable[StoredPost], looks: Mapping[str, Shown], asked: Iterable[RuleEvent], around: Circumstances
) -> list[Tile]:
    """The tiles of active ``posts``, in order; ``looks`` are by post, ``asked`` the open events there."""
    wanted = [post for post in posts if post.active]
    of_videos = [looks[p.id].look.t for p in wanted if p.id in looks and p.camera in around.recorded]
    by_post: dict[str, list[Asked]] = {}
    for event in sorted(asked, key=lambda event: event.start):
        by_post.setdefault(event.post, []).append(Asked(id=event.id, rule=event.rule, since=event.start))
    return [
        _tile(
            post,
            looks.get(post.id),
            tuple(by_post.get(post.id, ())),
            max(of_videos, default=around.now) if post.camera in around.recorded else around.now,
            around,
        )
        for post in wanted
    ]


def _tile(
    post: StoredPost, shown: Shown | None, asked: tuple[Asked, ...], now: datetime, around: Circumstances
) -> Tile:
    look = None if shown is None else shown.look
    age = None if look is None else max((now - look.t).total_seconds(), 0.0)
    why = _unknown(shown, age, around.wrong_with(post.camera))
    return Tile(
        post=post.id,
        name=post.name,
        camera=post.camera,
        state=_state(look, why, around.calendar),
        why=why,
        cover=None if look is None else look.cover,
        looked_at=None if look is None else look.t,
        age_s=age,
        recorded=post.camera in around.recorded,
        asked=asked,
        picture=None if shown is None else shown.picture,
    )


def _unknown(shown: Shown | None, age: float | None, wrong: Unknown | None) -> Unknown | None:
    if shown is None or age is None:
        return wrong or "never"
    if age > OLD_S:
        return wrong or "old"
    if shown.look.presence is None:
        return _BLIND.get(shown.blind or "") or wrong or "old"
    return None


def _state(look: LastLook | None, why: Unknown | None, calendar: Schedule) -> State:
    if look is None or why is not None:
        return "unknown"
    if (look.beliefs.get("presence") or 0.0) >= PRESENT_AT:
        return "present"
    if calendar.shift_at(look.t.timestamp()) is None:
        return "off"
    return "absent" if look.cover is None else "covered"
