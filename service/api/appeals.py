"""/api/appeals, and what an event has of them: its link and its appeals"""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayAppeal, MayDecide, event_for
from service.api.context import Context, ContextDep, EventId
from service.api.problems import BAD_EVENT_ID, NO_SUCH_EVENT, documented
from service.api.schemas import EXAMPLE_EVENT, answered
from service.auth.entrance import digest
from service.auth.roles import Caller
from service.review.appeals import STATEMENT_LIMIT, Appeal, Link, Outcome, is_overdue
from service.store.appeals import Appealed, UnknownAppealError, Which

router = APIRouter(tags=["appeals"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

MOST = 200
EXAMPLE_LINK: dict[str, Any] = {
    "made_at": "2026-01-05T11:00:00+08:00",
    "made_by": "wang.fang",
    "expires_at": "2026-01-19T11:00:00+08:00",
}
EXAMPLE_APPEAL: dict[str, Any] = {
    "id": 7,
    "event": EXAMPLE_EVENT["id"],
    "statement": "当时在用手机给群众查询预约号。",
    "signed": None,
    "made_at": "2026-01-06T09:20:00+08:00",
    "decide_by": "2026-01-20T09:20:00+08:00",
    "state": "open",
    "closed_at": None,
    "decided_by": None,
    "reason": "",
    "rule": "phone_use",
    "clause": "B15",
    "post": "w01",
    "start": EXAMPLE_EVENT["start"],
    "overdue": False,
    "conflict": False,
}
EXAMPLE_DECISION = {"outcome": "reversed", "reason": "The clip shows the visitor's own telephone."}
_NO_APPEAL = (404, "No appeal has this number.", "no appeal has the number 7", "appeal_id")
_BAD_NUMBER = (422, "The number does not look like one.", "appeal_id: Input should be greater than 0", None)

AppealId = Annotated[int, Path(ge=1, lt=2**31, description="Number of an appeal.", examples=[7])]


class AppealOut(Appeal):
    """An appeal, with what one must know of its event to find it in a list."""

    rule: str = Field(description="The rule that the event broke.")
    clause: str = Field(description="Its clause.")
    post: str = Field(description="Id of the event's post.")
    start: str = Field(description="When the event began, in the hall's time zone.")
    overdue: bool = Field(description="Whether it should have been decided by now.")
    conflict: bool = Field(description="True when the caller has judged the event and so may not decide.")


class AppealsOut(BaseModel):
    """Some appeals."""

    appeals: list[AppealOut] = Field(
        description="Open ones the longest waiting first, closed ones newest first."
    )
    more: bool = Field(description="Whether there are more behind the last one.")


class EventAppealsOut(BaseModel):
    """What is contested of one event."""

    link: Link | None = Field(description="Its newest link that was not revoked; null: none.")
    appeals: list[AppealOut] = Field(description="Oldest first.")


class LinkIn(BaseModel):
    """A link is wanted. There is nothing to choose: deadlines are settings of the service."""

    model_config = ConfigDict(extra="forbid")


class LinkOut(Link):
    """A new link with its secret, which is told only this once."""

    url: str = Field(description="The link. Whoever has it can see the clip and contest the event.")


class DecisionIn(BaseModel):
    """What an adjudicator decides."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome = Field(
        description="upheld: the verdict stands; reversed: the event counts as rejected."
    )
    reason: str = Field(
        min_length=1, max_length=STATEMENT_LIMIT, description="Why, in words that the staff will read."
    )


@router.get(
    "/events/{event_id}/appeals",
    summary="Show what is contested of an event",
    responses={
        200: answered("Link and appeals.", {"link": EXAMPLE_LINK, "appeals": [EXAMPLE_APPEAL]}),
        **documented(NO_SUCH_EVENT, BAD_EVENT_ID),
    },
)
def get_event_appeals(context: ContextDep, caller: MayAppeal, event_id: EventId) -> EventAppealsOut:
    """The event's link, without its secret, and every appeal that was made by one."""
    event_for(context, caller, event_id)
    book = context.store.appeals
    found = [book.get(appeal.id) for appeal in book.of_event(event_id)]
    return EventAppealsOut(link=book.link(event_id), appeals=[_out(context, caller, one) for one in found])


@router.post(
    "/events/{event_id}/appeal-link",
    status_code=201,
    summary="Make a link to contest an event",
    responses={
        201: answered("The link.", {**EXAMPLE_LINK, "url": "https://monitor.hall.example/appeal/q3Zk..."}),
        **documented(
            NO_SUCH_EVENT,
            BAD_EVENT_ID,
            (409, "It cannot be contested (any more).", "expected a confirmed event", None),
        ),
    },
)
def make_link(
    context: ContextDep, caller: MayAppeal, event_id: EventId, _wanted: Annotated[LinkIn, Body(examples=[{}])]
) -> LinkOut:
    """Make a secret link by which the post's staff see a confirmed event and may contest it.

    The event's link before it opens nothing any more. The deadline is counted from the first link since the
    event was confirmed, so a further one gives no more time. Only a hash of the link is kept.
    """
    event_for(context, caller, event_id)
    token, now = secrets.token_urlsafe(32), context.now()
    act = caller.act(now, "appeal.invited", event_id)
    link = context.store.appeals.invite(event_id, digest(token), context.settings.periods, at=now, act=act)
    return LinkOut(**link.model_dump(), url=f"{context.words.base_url}appeal/{token}")


@router.delete(
    "/events/{event_id}/appeal-link",
    summary="Revoke the link of an event",
    responses={
        200: answered("The link that opens nothing any more.", EXAMPLE_LINK),
        **documented(
            (404, "There is no such event, or it has no link.", "there is no link", None), BAD_EVENT_ID
        ),
    },
)
def revoke_link(context: ContextDep, caller: MayAppeal, event_id: EventId) -> Link:
    """Let the event's link open nothing any more. An appeal that was made by it stays and is decided."""
    event_for(context, caller, event_id)
    now = context.now()
    return context.store.appeals.revoke(event_id, at=now, act=caller.act(now, "appeal.revoked", event_id))


@router.get(
    "/appeals",
    summary="List the appeals",
    responses={
        200: answered("The appeals.", {"appeals": [EXAMPLE_APPEAL], "more": False}),
        **documented((422, "A filter is not understood.", "limit: Input should be at most 200", "limit")),
    },
)
def list_appeals(
    context: ContextDep,
    caller: MayAppeal,
    which: Annotated[
        Which,
        Query(description="open ones (overdue or not), overdue ones, or closed ones.", examples=["open"]),
    ] = "open",
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most.", examples=[50])] = 50,
    before: Annotated[
        int | None,
        Query(ge=1, lt=2**31, description="The number of the last one of the page before.", examples=[7]),
    ] = None,
) -> AppealsOut:
    """Appeals: what is open the longest waiting first, what is closed the newest first."""
    found = context.store.appeals.find(
        which, now=context.now(), posts=caller.posts, limit=limit + 1, before=before
    )
    return AppealsOut(appeals=[_out(context, caller, one) for one in found[:limit]], more=len(found) > limit)


@router.get(
    "/appeals/{appeal_id}",
    summary="Get one appeal",
    responses={200: answered("The appeal.", EXAMPLE_APPEAL), **documented(_NO_APPEAL, _BAD_NUMBER)},
)
def get_appeal(context: ContextDep, caller: MayAppeal, appeal_id: AppealId) -> AppealOut:
    """One appeal with its statement and, once it is decided, the decision."""
    return _out(context, caller, _own(context, caller, appeal_id))


@router.post(
    "/appeals/{appeal_id}/decision",
    summary="Decide an appeal",
    responses={
        200: answered("The appeal as it is decided.", {**EXAMPLE_APPEAL, "state": "reversed"}),
        **documented(
            _NO_APPEAL,
            (409, "It is not open, or the caller has judged the event.", "expected an open appeal", None),
            (422, "The outcome or the reason is not acceptable.", "reason: expected some words", "reason"),
        ),
    },
)
def decide_appeal(
    context: ContextDep,
    caller: MayDecide,
    appeal_id: AppealId,
    decision: Annotated[DecisionIn, Body(examples=[EXAMPLE_DECISION])],
) -> AppealOut:
    """Uphold or reverse, with a reason that the staff read.

    Whoever has judged the event before may not. After a reversal the event counts as rejected everywhere: the
    verdict follows the earlier ones, with the reason `appeal`, and no other can follow it.
    """
    found, now = _own(context, caller, appeal_id), context.now()
    act = caller.act(now, "appeal.decided", found.event.id, appeal=appeal_id, outcome=decision.outcome)
    decided = context.store.appeals.decide(
        appeal_id, decision.outcome, decision.reason, context.settings.periods, at=now, act=act
    )
    return _out(context, caller, Appealed(decided, found.event, found.judges | {act.who}))


def _own(context: Context, caller: Caller, appeal_id: int) -> Appealed:
    """An appeal. Raises UnknownAppealError, also for one of a post that does not exist for the caller."""
    found = context.store.appeals.get(appeal_id)
    if not caller.sees(found.event.post):
        raise UnknownAppealError(appeal_id)
    return found


def _out(context: Context, caller: Caller, found: Appealed) -> AppealOut:
    event = found.event
    return AppealOut(
        **found.appeal.model_dump(),
        rule=event.rule,
        clause=event.clause,
        post=event.post,
        start=event.start.isoformat(),
        overdue=is_overdue(found.appeal, context.now()),
        conflict=caller.name in found.judges,
    )
