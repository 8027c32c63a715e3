"""/api/covers and /api/covered-absences"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from pipelines.hall.covers import CoverEntry, EnteredCover, entered
from pipelines.rules.events import CoveredAbsence
from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayCover, MayRead
from service.api.context import Context, ContextDep
from service.api.moments import moment_in
from service.api.problems import documented
from service.api.schemas import answered
from service.audit import Act
from service.auth.roles import Caller
from service.store.covers import MOST_ABSENCES, UnknownCoverError

router = APIRouter(tags=["covers"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

EXAMPLE_ENTRY: dict[str, Any] = {
    "kind": "leave",
    "posts": ["w01"],
    "from": "2026-01-05T10:00",
    "to": "2026-01-05T11:30",
    "note": "培训",
}
EXAMPLE_COVER: dict[str, Any] = {
    "id": "5be9a1f0c3d27e46",
    "kind": "leave",
    "posts": ["w01"],
    "start": "2026-01-05T10:00:00+08:00",
    "end": "2026-01-05T11:30:00+08:00",
    "note": "培训",
}
EXAMPLE_ABSENCE: dict[str, Any] = {
    "id": "06df7b1c8e894c51",
    "rule": "absent",
    "post": "w01",
    "camera": "east",
    "start": "2026-01-05T09:00:47.250000+08:00",
    "end": "2026-01-05T09:01:09.625000+08:00",
    "cover": "placard",
    "cover_id": "1767574847.250",
    "note": "暂停服务",
}
_UNKNOWN = (404, "No cover has this id.", "no cover has the id 5be9a1f0c3d27e46", "cover_id")

CoverId = Annotated[
    str,
    Path(
        description="Id of a cover: 16 hexadecimal digits.",
        pattern="^[0-9a-f]{16}$",
        examples=["5be9a1f0c3d27e46"],
    ),
]
PostQuery = Annotated[str | None, Query(description="Only of this post.", examples=["w01"])]
FromQuery = Annotated[
    str | None,
    Query(
        alias="from",
        description="Only what lasts until then or longer.",
        examples=["2026-01-05T09:00:00+08:00"],
    ),
]


class CoversOut(BaseModel):
    """Covers that people entered."""

    covers: list[EnteredCover] = Field(description="By start.")


class AbsencesOut(BaseModel):
    """Absences that a cover allowed."""

    absences: list[CoveredAbsence] = Field(description="Newest first.")


class EndIn(BaseModel):
    """When a cover ends."""

    model_config = ConfigDict(extra="forbid")

    at: str | None = Field(
        default=None, description="ISO 8601, the hall's zone without an offset; null = now."
    )


@router.get(
    "/covers",
    summary="List covers",
    responses={
        200: answered("The covers.", {"covers": [EXAMPLE_COVER]}),
        **documented((422, "A filter is not understood.", "from: expected an ISO 8601 time", "from")),
    },
)
def list_covers(
    context: ContextDep,
    caller: MayRead,
    post: PostQuery = None,
    since: FromQuery = None,
    until: Annotated[
        str | None,
        Query(alias="to", description="Only what begins before then.", examples=["2026-01-06"]),
    ] = None,
) -> CoversOut:
    """The covers that people entered: breaks, leave, substitutes, closed windows, pauses."""
    zone = context.store.hall().zone
    found = context.store.covers.find(
        post=post, since=moment_in("from", since, zone), until=moment_in("to", until, zone)
    )
    return CoversOut(covers=[cover for cover in found if _touches(caller, cover)])


@router.post(
    "/covers",
    status_code=201,
    summary="Enter a cover",
    responses={
        201: answered("The cover as it holds.", EXAMPLE_COVER),
        **documented(
            (409, "Another cover begins then for the same posts.", "a cover of this kind is there", "from"),
            (422, "A part is not acceptable.", "posts: expected ids of posts (w01), got 'w9'", "posts"),
        ),
    },
)
def enter_cover(
    context: ContextDep, caller: MayCover, entry: Annotated[CoverEntry, Body(examples=[EXAMPLE_ENTRY])]
) -> EnteredCover:
    """Allow posts to be without staff for a while. A running engine knows it within two seconds.

    Times without an offset are the hall's own; `to` as a date alone includes that day. Entered twice, word
    for word, it is one.
    """
    store = context.store
    posts = [post.id for post in store.posts() if caller.sees(post.id)]
    cover = entered(entry, store.hall().zone, posts)
    _check_whole(caller, cover)
    now = context.now()
    return store.covers.add(cover, at=now, act=_act(caller, now, "cover.entered", cover))


@router.post(
    "/covers/{cover_id}/end",
    summary="End a cover",
    responses={
        200: answered("The cover with its new end.", EXAMPLE_COVER),
        **documented(_UNKNOWN, (422, "It had not begun.", "at: expected a time after its start", "at")),
    },
)
def end_cover(
    context: ContextDep,
    caller: MayCover,
    cover_id: CoverId,
    wanted: Annotated[EndIn, Body(examples=[{"at": "2026-01-05T11:00"}, {}])],
) -> EnteredCover:
    """Move the end of a cover: to now, or to a time given. From then on absences count again."""
    now = context.now()
    at = moment_in("at", wanted.at, context.store.hall().zone, place="body") or now
    cover = _own(context, caller, cover_id)
    return context.store.covers.end(cover_id, at, at=now, act=_act(caller, now, "cover.ended", cover))


@router.delete(
    "/covers/{cover_id}",
    summary="Withdraw a cover",
    responses={
        200: answered("The cover that was withdrawn.", EXAMPLE_COVER),
        **documented(_UNKNOWN, (422, "It looks like no id.", "cover_id: no id", "cover_id")),
    },
)
def delete_cover(context: ContextDep, caller: MayCover, cover_id: CoverId) -> EnteredCover:
    """Take a cover back that was entered by mistake.

    Absences count from now on; those that were already taken as covered stay recorded so.
    """
    cover = _own(context, caller, cover_id)
    return context.store.covers.delete(cover_id, act=_act(caller, context.now(), "cover.withdrawn", cover))


@router.get(
    "/covered-absences",
    summary="List covered absences",
    responses={
        200: answered("The absences.", {"absences": [EXAMPLE_ABSENCE]}),
        **documented((422, "A filter is not understood.", "from: expected an ISO 8601 time", "from")),
    },
)
def list_absences(
    context: ContextDep,
    caller: MayRead,
    post: PostQuery = None,
    since: FromQuery = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ABSENCES, description="How many at most.", examples=[50])] = 50,
) -> AbsencesOut:
    """Absences that a placard or another cover allowed. They are recorded, and nobody is asked about them."""
    at = moment_in("from", since, context.store.hall().zone)
    return AbsencesOut(
        absences=context.store.covers.absences(post=post, since=at, limit=limit, posts=caller.posts)
    )


def _touches(caller: Caller, cover: EnteredCover) -> bool:
    """Whether a cover is of any post that exists for the caller."""
    return caller.posts is None or any(cover.is_of(post) for post in caller.posts)


def _own(context: Context, caller: Caller, cover_id: str) -> EnteredCover:
    """A cover that the caller may change. Raises UnknownCoverError for one of other posts only."""
    cover = context.store.covers.get(cover_id)
    if not _touches(caller, cover):
        raise UnknownCoverError(cover_id)
    _check_whole(caller, cover)
    return cover


def _check_whole(caller: Caller, cover: EnteredCover) -> None:
    whole = caller.posts is None or (cover.posts is not None and set(cover.posts) <= caller.posts)
    if not whole:
        raise HTTPException(403, "expected a cover of your own posts only, this one is of others too")


def _act(caller: Caller, now: datetime, action: str, cover: EnteredCover) -> Act:
    posts = None if cover.posts is None else list(cover.posts)
    return caller.act(now, action, cover.id, kind=cover.kind, posts=posts)
