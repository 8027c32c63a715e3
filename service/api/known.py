"""/api/known-clips, /api/events/{id}/known, /api/attention"""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayAdjudicate, MayReview, event_for
from service.api.context import ContextDep, EventId
from service.api.problems import BAD_EVENT_ID, NO_SUCH_EVENT, documented
from service.api.schemas import answered
from service.review.planting import Attention
from service.store.known import Fitness, Known

router = APIRouter(tags=["known clips"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

EXAMPLE_KNOWN: dict[str, Any] = {
    "event": "9f2c61d07a3be845",
    "post": "w01",
    "rule": "phone_use",
    "answer": "rejected",
    "by": "zhao.min",
    "at": "2026-01-06T11:20:00+08:00",
    "usable": True,
    "shown": 9,
    "right": 8,
}
EXAMPLE_ATTENTION: dict[str, Any] = {
    "reviewer": "li.na",
    "shown": 24,
    "right": 22,
    "low": 0.7415,
    "high": 0.9768,
}
_UNSETTLED = (
    409,
    "The event cannot be a known clip.",
    "expected the answer of two reviewers or of an adjudicator, one reviewer gave it",
    None,
)


class KnownIn(BaseModel):
    """Whether an event is to be a known clip."""

    model_config = ConfigDict(extra="forbid")

    known: bool = Field(strict=True, description="True: it is to be one; false: no more.")


class KnownOut(BaseModel):
    """Whether an event is a known clip."""

    known: Fitness = Field(
        description="known: it is one; fit: it could be; unfit: it is not settled, or has no clip."
    )


class KnownClipsOut(BaseModel):
    """The known clips."""

    clips: list[Known] = Field(description="The newest first.")


class AttentionOut(BaseModel):
    """How attentive a reviewer is: known clips answered right."""

    reviewer: str = Field(description="The reviewer's account.")
    shown: int = Field(description="Known clips that the reviewer has answered.")
    right: int = Field(description="Those that were answered right; unclear is not.")
    low: float | None = Field(
        description="Lower end of the 95 % interval of their share; null before the first."
    )
    high: float | None = Field(description="Upper end.")

    @classmethod
    def of(cls, reviewer: str, found: Attention) -> AttentionOut:
        """The same as the API says it."""
        low, high = found.interval or (None, None)
        return cls(reviewer=reviewer, shown=found.shown, right=found.right, low=low, high=high)


class AttentionsOut(BaseModel):
    """Attention, as far as it is for the caller."""

    own: AttentionOut | None = Field(
        description="The caller's own, up to the hall's last midnight; null for whom none are shown."
    )
    reviewers: list[AttentionOut] | None = Field(
        description="Everybody's, up to now, by name; null but for adjudicators and admins."
    )


@router.get(
    "/known-clips",
    summary="List the known clips",
    responses={200: answered("The known clips.", {"clips": [EXAMPLE_KNOWN]})},
)
def list_known(context: ContextDep, caller: MayAdjudicate) -> KnownClipsOut:
    """Events with a settled answer that are shown to reviewers again; those of the caller's posts."""
    return KnownClipsOut(clips=context.store.known.all(caller.posts))


@router.get(
    "/events/{event_id}/known",
    summary="See whether an event is a known clip",
    responses={200: answered("Whether it is.", {"known": "fit"}), **documented(NO_SUCH_EVENT, BAD_EVENT_ID)},
)
def get_known(context: ContextDep, caller: MayAdjudicate, event_id: EventId) -> KnownOut:
    """Whether the event is a known clip, could be one, or could not."""
    event_for(context, caller, event_id)
    return KnownOut(known=context.store.known.fitness(event_id))


@router.put(
    "/events/{event_id}/known",
    summary="Make an event a known clip, or let it be none",
    responses={
        200: answered("Whether it is one now.", {"known": "known"}),
        **documented(NO_SUCH_EVENT, _UNSETTLED, BAD_EVENT_ID),
    },
)
def put_known(
    context: ContextDep,
    caller: MayAdjudicate,
    event_id: EventId,
    wanted: Annotated[KnownIn, Body(examples=[{"known": True}])],
) -> KnownOut:
    """Show the event again, at the rate of `CONDUCT_PLANTED`, to reviewers who have not judged it; or not.

    It looks like any question then, and what is answered counts for nothing but their attention. When it is
    shown no more, what they have answered to it does not count towards that either.
    """
    event_for(context, caller, event_id)
    now, book = context.now(), context.store.known
    if wanted.known:
        book.mark(event_id, caller.act(now, "known.marked", event_id))
    else:
        book.unmark(event_id, caller.act(now, "known.unmarked", event_id))
    return KnownOut(known=book.fitness(event_id))


@router.get(
    "/attention",
    summary="See how attentive reviewers are",
    responses={200: answered("The figures.", {"own": EXAMPLE_ATTENTION, "reviewers": None})},
)
def get_attention(context: ContextDep, caller: MayReview) -> AttentionsOut:
    """Known clips that were answered right, with the 95 % interval of their share (Wilson).

    A reviewer gets the own figure, without today: else it would tell which question was a known one.
    Adjudicators and admins get everybody's, which is noted in the audit log; supervisors get none.
    """
    reader, now, book = caller.reader, context.now(), context.store.plants
    own = None
    if reader.name is not None and reader.is_tested:
        until = _midnight(now, context.store.hall().zone)
        found = book.attention(until=until, reviewer=reader.name).get(reader.name, Attention(0, 0))
        own = AttentionOut.of(reader.name, found)
    everybody = None
    if caller.may("adjudicate"):
        everybody = [AttentionOut.of(name, found) for name, found in book.attention().items()]
        context.store.audit.add(caller.act(now, "attention.viewed"))
    return AttentionsOut(own=own, reviewers=everybody)


def _midnight(now: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(now.astimezone(zone).date(), time(), zone)
