"""What /api/site/try takes and gives, and one example."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from pipelines.replay.trial import Outcome
from service.api.site_shapes import DraftIn
from service.sitefile.trying import WhyNot

EXAMPLE_TRIAL: dict[str, Any] = {
    "since": "2026-01-05T09:00:00+08:00",
    "until": "2026-01-05T10:00:00+08:00",
    "looks": 91250,
    "counts": [{"rule": "phone_use", "still": 3, "gone": 1, "new": 0}],
    "told": [
        {
            "outcome": "gone",
            "rule": "phone_use",
            "post": "w01",
            "start": "2026-01-05T09:41:07.200000+08:00",
            "end": "2026-01-05T09:41:31.400000+08:00",
            "event": "9f2c61d07a3be845",
        }
    ],
    "more": 0,
    "others": 0,
    "posts": [{"post": "w02", "why": "zones"}],
    "rules": [],
}


class TryIn(DraftIn):
    """A draft whose rules are to be tried."""

    span: Literal["hour", "day", "week"] = Field(description="How long before the newest look.")


class CountOut(BaseModel):
    """How many questions of one rule."""

    rule: str = Field(description="The rule.")
    still: int = Field(description="Asked by the rules as they are, and by the draft's.")
    gone: int = Field(description="No longer asked.")
    new: int = Field(description="Asked anew.")


class ToldOut(BaseModel):
    """One question."""

    outcome: Outcome = Field(description="still, gone (no longer), or new.")
    rule: str = Field(description="The rule.")
    post: str = Field(description="Id of the post.")
    start: datetime = Field(description="Since when; by the draft's rules unless it is gone.")
    end: datetime | None = Field(description="Until when; null: it goes on at the last look.")
    event: str | None = Field(description="Id of the event that was asked; null where there is none.")


class UnspokenPost(BaseModel):
    """A post of which the looks cannot speak."""

    post: str = Field(description="Id of the post.")
    why: WhyNot = Field(
        description="zones, or camera: another one than the looks saw; new: it is not watched yet; no_looks: "
        "there are none of that time."
    )


class TrialOut(BaseModel):
    """What a draft's rules would ask."""

    since: datetime = Field(description="Event time of the first look.")
    until: datetime = Field(description="Event time of the last look.")
    looks: int = Field(description="How many looks there are in between.")
    counts: list[CountOut] = Field(description="By rule.")
    told: list[ToldOut] = Field(description="What changes first, then the newest; 500 at most.")
    more: int = Field(description="How many more there are.")
    others: int = Field(description="Events of that time that neither rules ask about these looks.")
    posts: list[UnspokenPost] = Field(description="Posts that are left out.")
    rules: list[str] = Field(
        description="Rules that are left out: their looks were made with other settings."
    )
