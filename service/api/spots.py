"""/api/spot-checks"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayReview
from service.api.claims import EXAMPLE_CLAIM, ClaimIn, ClaimOut
from service.api.context import Context, ContextDep
from service.api.evidence import RANGES, file_response
from service.api.problems import documented
from service.api.schemas import answered
from service.api.showing import sees_clear
from service.auth.roles import Caller
from service.evidence.media import EvidenceMissingError
from service.evidence.renditions import NotBlurredError
from service.review.spots import Spot, SpotAnswer, UnknownSpotError
from service.store.spots import SpotFilter, State

router = APIRouter(tags=["spot checks"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

MOST = 200
_TEXT = "^[^\\x00]*$"  # a database of texts takes no null
EXAMPLE_SPOT: dict[str, Any] = {
    "id": "4be8459f2c61d07a",
    "post": "w01",
    "camera": "east",
    "start": "2026-01-05T10:12:20+08:00",
    "end": "2026-01-05T10:12:40+08:00",
    "lead_s": 1.28,
    "chance": 0.0034,
    "rules": ["absent", "phone_use", "smoking", "eating", "out_of_uniform"],
    "clip": True,
    "said": {
        "answer": "seen",
        "rules": ["phone_use"],
        "at": "2026-01-05T11:02:00+08:00",
        "by": "li.na",
    },
    "claim": None,
}
EXAMPLE_ANSWER: dict[str, Any] = {"answer": "seen", "rules": ["phone_use"]}
_UNKNOWN = (404, "No spot check has this id.", "no spot check has the id 4be8459f2c61d07a", "spot_id")
_BAD_ID = (
    422,
    "The id does not look like one, or the answer does not go together.",
    "rules: expected what was seen, got nothing",
    "rules",
)
_CLASH = (
    409,
    "Somebody else does it now (field claim), or has answered it (field verdict).",
    "verdict: the question has been answered meanwhile",
    "verdict",
)

SpotId = Annotated[
    str,
    Path(
        description="Id of a spot check: 16 hexadecimal digits.",
        pattern="^[0-9a-f]{16}$",
        examples=["4be8459f2c61d07a"],
    ),
]


class SpotAnswerIn(BaseModel):
    """What somebody saw in a clip."""

    model_config = ConfigDict(extra="forbid")

    answer: SpotAnswer = Field(
        description="nothing: nothing that the rules ask for; seen: some of it; unclear: it cannot be told."
    )
    rules: list[Annotated[str, Field(max_length=64)]] = Field(
        default=[], max_length=32, description="With seen: the rules whose behaviour was seen."
    )


class SpotsOut(BaseModel):
    """Some spot checks."""

    spot_checks: list[Spot] = Field(description="The oldest first.")
    more: bool = Field(description="Whether there are more behind the last one.")
    waiting: int = Field(description="How many wait for an answer at the posts that exist for the caller.")


@router.get(
    "/spot-checks",
    summary="List spot checks",
    responses={
        200: answered("The spot checks.", {"spot_checks": [EXAMPLE_SPOT], "more": False, "waiting": 3}),
        **documented(
            (
                404,
                "after: no spot check has this id.",
                "no spot check has the id 4be8459f2c61d07a",
                "spot_id",
            ),
            (422, "A filter is not understood.", "limit: Input should be greater than 0", "limit"),
        ),
    },
)
def list_spots(
    context: ContextDep,
    caller: MayReview,
    state: Annotated[
        State | None, Query(description="Only those that wait, or that were answered.", examples=["waiting"])
    ] = None,
    post: Annotated[
        str | None, Query(description="Only at this post.", max_length=64, pattern=_TEXT, examples=["w01"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most.", examples=[50])] = 50,
    after: Annotated[
        str | None,
        Query(
            description="The last one of the page before.",
            pattern="^[0-9a-f]{16}$",
            examples=["4be8459f2c61d07a"],
        ),
    ] = None,
) -> SpotsOut:
    """Clips of times in which the monitor flagged nothing, drawn at random, to estimate what it misses.

    They are no events and accuse nobody. They are only shown to those who review.
    """
    now = context.now()
    wanted = SpotFilter(state=state, post=post, posts=caller.posts)
    last = _own(context, caller, after) if after is not None else None
    found = context.store.spots.find(wanted, now, limit=limit + 1, after=last)
    waiting = context.store.spots.waiting(caller.posts)
    return SpotsOut(spot_checks=found[:limit], more=len(found) > limit, waiting=waiting)


@router.get(
    "/spot-checks/{spot_id}",
    summary="Get one spot check",
    responses={200: answered("The spot check.", EXAMPLE_SPOT), **documented(_UNKNOWN, _BAD_ID)},
)
def get_spot(context: ContextDep, caller: MayReview, spot_id: SpotId) -> Spot:
    """One stretch in which nothing was flagged, and what was said to it."""
    return _own(context, caller, spot_id)


@router.get(
    "/spot-checks/{spot_id}/clip",
    summary="Play the clip of a spot check",
    response_class=FileResponse,
    responses={
        200: answered("The whole clip.", "(bytes)", "video/mp4"),
        **RANGES,
        **documented(
            (404, "No spot check has this id, or its clip is gone.", "its clip is gone", None),
            (409, "The clip cannot be used.", "4be8459f2c61d07a.mp4: no video in it", None),
            _BAD_ID,
        ),
    },
)
def get_spot_clip(context: ContextDep, caller: MayReview, spot_id: SpotId) -> FileResponse:
    """The clip as MP4; HTTP ranges are served. The stretch begins `lead_s` into it.

    No looks are kept beside it by which bystanders could be blurred: only for who sees them in the clear.
    """
    if not caller.may("evidence"):  # a token whose scopes leave it out
        raise HTTPException(403, "expected the permission evidence, which this token lacks")
    spot = _own(context, caller, spot_id)
    name = context.store.spots.clip(spot.id)
    if name is None:
        raise EvidenceMissingError(f"spot check {spot.id}: its clip is gone")
    if not sees_clear(context, caller):
        raise NotBlurredError(f"spot check {spot.id}: its clip cannot be shown with bystanders blurred")
    clip = context.evidence.playable(context.evidence.locate(spot.id, name))
    context.views.seen(caller, spot.id, "spot", context.now(), post=spot.post)
    return file_response(clip)


@router.post(
    "/spot-checks/{spot_id}/answer",
    summary="Answer a spot check",
    responses={
        200: answered("The spot check.", EXAMPLE_SPOT),
        **documented(_UNKNOWN, _CLASH, _BAD_ID),
    },
)
def answer_spot(
    context: ContextDep,
    caller: MayReview,
    spot_id: SpotId,
    given: Annotated[SpotAnswerIn, Body(examples=[EXAMPLE_ANSWER])],
) -> Spot:
    """Say what is to be seen in a clip. It counts in the estimate of what is missed, and nowhere else.

    Whoever has answered may answer anew; others may not.
    """
    _own(context, caller, spot_id)
    now = context.now()
    act = caller.act(now, "spot.answered", spot_id, answer=given.answer, rules=sorted(set(given.rules)))
    return context.store.spots.answer(spot_id, given.answer, given.rules, at=now, act=act)


@router.delete(
    "/spot-checks/{spot_id}/answer",
    summary="Take an answer back",
    responses={
        200: answered("The spot check.", {**EXAMPLE_SPOT, "said": None}),
        **documented(_UNKNOWN, _CLASH, _BAD_ID),
    },
)
def withdraw_spot_answer(context: ContextDep, caller: MayReview, spot_id: SpotId) -> Spot:
    """Take one's own answer back, as long as it is fresh; the spot check waits again."""
    _own(context, caller, spot_id)
    now = context.now()
    act = caller.act(now, "spot.withdrawn", spot_id)
    return context.store.spots.withdraw(spot_id, at=now, act=act)


@router.post(
    "/spot-checks/{spot_id}/claim",
    summary="Claim a spot check",
    responses={
        200: answered("The claim.", {"claim": EXAMPLE_CLAIM}),
        **documented(_UNKNOWN, _CLASH, _BAD_ID),
    },
)
def claim_spot(
    context: ContextDep,
    caller: MayReview,
    spot_id: SpotId,
    wanted: Annotated[ClaimIn, Body(examples=[{"take_over": False}])],
) -> ClaimOut:
    """Say that one does this spot check now, or goes on with it. It runs out by itself."""
    _own(context, caller, spot_id)
    if caller.name is None:
        return ClaimOut(claim=None)
    act = caller.act(context.now(), "spot.taken_over", spot_id) if wanted.take_over else None
    return ClaimOut(claim=context.store.spots.claim(spot_id, caller.name, context.now(), act))


@router.delete(
    "/spot-checks/{spot_id}/claim",
    summary="Give a spot check back",
    responses={200: answered("Given back.", {"claim": None}), **documented(_UNKNOWN, _BAD_ID)},
)
def release_spot(context: ContextDep, caller: MayReview, spot_id: SpotId) -> ClaimOut:
    """End one's own claim; somebody else's stays."""
    _own(context, caller, spot_id)
    if caller.name is not None:
        context.store.spots.release(spot_id, caller.name)
    return ClaimOut(claim=None)


def _own(context: Context, caller: Caller, spot_id: str) -> Spot:
    """A spot check. Raises UnknownSpotError, also for one at a post that does not exist for the caller."""
    found = context.store.spots.get(spot_id, context.now())
    if not caller.sees(found.post):
        raise UnknownSpotError(spot_id)
    return found
