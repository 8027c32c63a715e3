"""/api/wall"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from pipelines.hall.holidays import calendar_of
from pipelines.looking.newest import NewestLook, NewestLooks
from pipelines.rules.events import RuleEvent, at
from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayLook, MayRead
from service.api.context import Context, ContextDep
from service.api.problems import documented
from service.api.schemas import answered
from service.auth.roles import Caller
from service.progress import RunState
from service.store import EventFilter, Hall, LastLook
from service.wall import OLD_S, Circumstances, NoPictureError, Shown, Tile, tiles

router = APIRouter(tags=["wall"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

ASKED_WITHIN = timedelta(days=1)
"""How long before the newest look a question may have begun: a day's are found quickly among a million."""
MOST_ASKED = 200

EXAMPLE_TILE: dict[str, Any] = {
    "post": "w01",
    "name": "1号窗口 社会保障",
    "camera": "east",
    "state": "present",
    "why": None,
    "cover": None,
    "looked_at": "2026-01-05T09:41:52.600000+08:00",
    "age_s": 0.8,
    "recorded": False,
    "asked": [{"id": "9f2c61d07a3be845", "rule": "phone_use", "since": "2026-01-05T09:41:07.200000+08:00"}],
    "picture": "/api/wall/w01/picture?look=1767577312600",
}


PostId = Annotated[str, Path(description="Id of a post.", pattern="^[A-Za-z0-9_-]{1,40}$", examples=["w01"])]


class WallOut(BaseModel):
    """The posts of a hall as they are now."""

    hall: str = Field(description="Name of the hall.")
    run: RunState = Field(description="The run in this process; idle: there is none.")
    old_s: float = Field(description="Seconds from which a look is too old to tell of now.")
    pictures: bool = Field(description="Whether the caller may see pictures.")
    posts: list[Tile] = Field(description="The active posts, by id.")


@router.get(
    "/wall",
    summary="Show every post as it is now",
    response_model=WallOut,
    responses={
        200: answered(
            "The posts.",
            {
                "hall": "福田区行政服务大厅",
                "run": "running",
                "old_s": 5.8,
                "pictures": True,
                "posts": [EXAMPLE_TILE],
            },
        ),
        304: {"description": "Nothing but the looks' age has changed since the ETag that was sent."},
    },
)
def get_wall(
    context: ContextDep, caller: MayRead, request: Request, response: Response
) -> WallOut | Response:
    """Each post's newest look: whether it is staffed, why that cannot be told, what is being asked there.

    With the `ETag` of the answer before in `If-None-Match`, what has not changed is not sent again. Whoever
    looks on is in the audit log, once an hour.
    """
    now = context.now()
    context.views.watched(caller, now)
    wall = _wall(context, caller, now)
    told = wall.model_dump_json(exclude={"posts": {"__all__": {"age_s"}}})
    headers = {
        "ETag": f'W/"{hashlib.sha256(told.encode()).hexdigest()[:32]}"',
        "Cache-Control": "private, no-store",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return wall


@router.get(
    "/wall/{post_id}/picture",
    summary="Show the staff zone of a post as it is now",
    response_class=Response,
    responses={
        200: answered("The picture.", "(bytes)", "image/jpeg"),
        **documented(
            (404, "No such post, or no picture of it.", "there is no picture of this post", "post_id"),
            (422, "The id does not look like one.", "post_id: String should match pattern", "post_id"),
        ),
    },
)
def get_picture(
    context: ContextDep,
    caller: MayLook,
    post_id: PostId,
) -> Response:
    """The rectangle around the staff zone in the newest look; outside the zone there are but coarse blocks.

    At most 400 pixels. Only the newest is ever there, whatever `look` says in the address, and browsers are
    told not to keep it.
    """
    newest = context.newest.of(post_id) if caller.sees(post_id) else None
    content = None if newest is None else newest.jpeg()
    if content is None:
        raise NoPictureError(post_id)
    context.views.watched(caller, context.now())
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


def _wall(context: Context, caller: Caller, now: datetime) -> WallOut:
    store, hall = context.store, context.store.hall()
    posts = [post for post in store.posts() if caller.sees(post.id)]
    stored = {look.post: look for look in store.last_looks()}
    pictures = caller.may("live")
    looks = {
        post.id: shown
        for post in posts
        if (shown := _shown(context.newest, stored, post.id, hall, pictures)) is not None
    }
    newest = max((shown.look.t for shown in looks.values()), default=now)
    engine = context.progress.engine
    around = Circumstances(
        now,
        calendar_of(hall.schedule, hall.zone),
        frozenset() if engine is None else engine.recorded,
        tuple(store.health()),
    )
    return WallOut(
        hall=hall.name,
        run=context.progress.now().state,
        old_s=OLD_S,
        pictures=pictures,
        posts=tiles(posts, looks, _asked(context, caller, newest - ASKED_WITHIN), around),
    )


def _shown(
    newest: NewestLooks, stored: dict[str, LastLook], post: str, hall: Hall, pictures: bool
) -> Shown | None:
    """The newest look at a post: this process's own, else the one in the store."""
    here = newest.of(post)
    if here is None:
        return Shown(stored[post]) if post in stored else None
    look = here.look
    told = LastLook(
        post=post,
        t=at(look.t, hall.zone),
        presence=look.presence,
        beliefs=dict(look.beliefs),
        cover=look.cover,
    )
    return Shown(told, look.why["presence"].code, _address(post, here) if pictures else None)


def _address(post: str, newest: NewestLook) -> str | None:
    if newest.picture is None:
        return None
    return f"/api/wall/{post}/picture?look={round(newest.look.t * 1000)}"


def _asked(context: Context, caller: Caller, since: datetime) -> list[RuleEvent]:
    """What is open and has no answer yet."""
    wanted = EventFilter(state="open", verdict="none", start_from=since, posts=caller.posts)
    page = context.store.events(wanted, limit=MOST_ASKED, reader=caller.reader)
    return [judged.event for judged in page.events]
