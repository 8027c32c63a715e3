"""/api/events/{id}/claim"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayReview, event_for
from service.api.context import ContextDep, EventId
from service.api.problems import BAD_EVENT_ID, HELD, NO_SUCH_EVENT, documented
from service.api.schemas import answered
from service.review.claims import Claim

router = APIRouter(tags=["queue"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

EXAMPLE_CLAIM = {
    "holder": "li.na",
    "taken_at": "2026-01-05T09:42:00+08:00",
    "until": "2026-01-05T09:47:00+08:00",
    "ahead": False,
}


class ClaimIn(BaseModel):
    """How an event is claimed."""

    model_config = ConfigDict(extra="forbid")

    take_over: bool = Field(
        default=False, strict=True, description="True: even if somebody else does it now."
    )


class ClaimOut(BaseModel):
    """A claim on an event."""

    claim: Claim | None = Field(
        description="Yours; null when the event does not wait for you, and where nobody logs in."
    )


@router.post(
    "/events/{event_id}/claim",
    summary="Claim an event",
    responses={
        200: answered("The claim.", {"claim": EXAMPLE_CLAIM}),
        **documented(NO_SUCH_EVENT, HELD, BAD_EVENT_ID),
    },
)
def claim_event(
    context: ContextDep,
    caller: MayReview,
    event_id: EventId,
    wanted: Annotated[ClaimIn, Body(examples=[{"take_over": False}])],
) -> ClaimOut:
    """Say that one does this event now, or goes on with it, so that no other reviewer is given it.

    It runs out by itself (`CONDUCT_CLAIM_MINUTES`) unless it is claimed again, and ends with the verdict.
    Where nobody logs in there are no claims.
    """
    event_for(context, caller, event_id)
    reader = caller.reader
    if reader.name is None:
        return ClaimOut(claim=None)
    action = "claim.taken_over" if wanted.take_over else "claim.taken"
    act = caller.act(context.now(), action, event_id)
    return ClaimOut(claim=context.store.claims.take(event_id, reader, act, take_over=wanted.take_over))


@router.delete(
    "/events/{event_id}/claim",
    summary="Give an event back to the queue",
    responses={200: answered("Given back.", {"claim": None}), **documented(NO_SUCH_EVENT, BAD_EVENT_ID)},
)
def release_event(context: ContextDep, caller: MayReview, event_id: EventId) -> ClaimOut:
    """End one's own claim on an event; somebody else's stays."""
    event_for(context, caller, event_id)
    if caller.name is not None:
        context.store.claims.release(event_id, caller.name)
    return ClaimOut(claim=None)
