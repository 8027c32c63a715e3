"""/api/events/{id}/verdict and /verdicts, /api/verdicts"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Body
from pydantic import Field

from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayRead, MayReview, event_for
from service.api.context import ContextDep, EventId
from service.api.problems import BAD_EVENT_ID, HELD, NO_SUCH_EVENT, documented
from service.api.schemas import (
    EXAMPLE_VERDICT,
    BulkOut,
    GivenIn,
    OutcomeOut,
    VerdictIn,
    VerdictsOut,
    answered,
)
from service.audit import Act
from service.auth.roles import Caller
from service.review.claims import HeldError
from service.review.standing import VerdictClashError
from service.review.verdicts import Verdict
from service.store.verdicts import Given, Outcome

router = APIRouter(tags=["verdicts"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

_EXAMPLE_IN = {key: EXAMPLE_VERDICT[key] for key in ("verdict", "reason", "note")}
_UNFIT = (
    422,
    "The answer, reason or note is not acceptable.",
    "reason: expected one of test, other for confirmed, got allowed",
    "reason",
)
MOST = 200
"""Events that one answer may be given to at once."""


class BulkIn(VerdictIn):
    """One answer to several events."""

    events: list[Annotated[str, Field(pattern="^[0-9a-f]{16}$")]] = Field(
        min_length=1, max_length=MOST, description=f"Ids of the events, at most {MOST}."
    )


@router.post(
    "/events/{event_id}/verdict",
    status_code=201,
    summary="Judge an event",
    responses={
        201: answered("The verdict as it was recorded.", EXAMPLE_VERDICT),
        **documented(NO_SUCH_EVENT, HELD, _UNFIT),
    },
)
def give_verdict(
    context: ContextDep,
    caller: MayReview,
    event_id: EventId,
    answer: Annotated[GivenIn, Body(examples=[_EXAMPLE_IN])],
    later: BackgroundTasks,
) -> Verdict:
    """Record a reviewer's answer.

    Nothing is overwritten: a later answer is added and counts from then on, unless two reviewers or an
    adjudicator have settled the event. The same answer again, word for word, adds nothing. Open events can be
    judged too. Somebody else's claim on the event stands in the way unless it is taken over.
    """
    event_for(context, caller, event_id)
    now = context.now()
    later.add_task(context.planter.answered, caller.reader, caller.posts, event_id)
    return context.store.answers.give(
        event_id,
        _given(answer, claimed=answer.claimed),
        at=now,
        act=_act_for(caller, answer, now)(event_id),
        reader=caller.reader,
    )


@router.delete(
    "/events/{event_id}/verdict",
    summary="Withdraw one's own verdict",
    responses={
        200: answered("The entry that says so.", {**EXAMPLE_VERDICT, "verdict": "withdrawn", "note": ""}),
        **documented(
            NO_SUCH_EVENT,
            (
                409,
                "The newest answer is not the caller's, is too old, or was a second opinion.",
                "verdict: expected an answer of the last 10 minutes: give another one instead",
                "verdict",
            ),
            BAD_EVENT_ID,
        ),
    },
)
def withdraw_verdict(context: ContextDep, caller: MayReview, event_id: EventId) -> Verdict:
    """Take back the caller's answer of the last ten minutes. It stays in the history, followed by this.

    What counted before it counts again; without one the event is a question again.
    """
    event_for(context, caller, event_id)
    now = context.now()
    return context.store.answers.withdraw(
        event_id, at=now, act=caller.act(now, "verdict.withdrawn", event_id)
    )


@router.post(
    "/verdicts",
    summary="Judge several events",
    responses={
        200: answered(
            "What came of each.",
            {"results": [{"event": "9f2c61d07a3be845", "outcome": "held", "holder": "li.na"}], "recorded": 0},
        ),
        **documented(_UNFIT),
    },
)
def give_verdicts(
    context: ContextDep,
    caller: MayReview,
    answer: Annotated[BulkIn, Body(examples=[{"events": ["9f2c61d07a3be845"], **_EXAMPLE_IN}])],
    later: BackgroundTasks,
) -> BulkOut:
    """Record one answer to several events, in one transaction.

    Those that somebody else does, that are settled, or that are not there are left out and named.
    """
    now = context.now()
    outcomes = context.store.answers.give_many(
        answer.events,
        _given(answer),
        at=now,
        act_for=_act_for(caller, answer, now, together=len(answer.events)),
        reader=caller.reader,
        sees=caller.sees,
    )
    results = [_result(event, outcome) for event, outcome in outcomes.items()]
    for one in results:
        if one.outcome == "recorded":
            later.add_task(context.planter.answered, caller.reader, caller.posts, one.event)
    return BulkOut(results=results, recorded=sum(one.outcome == "recorded" for one in results))


@router.get(
    "/events/{event_id}/verdicts",
    summary="List the verdicts on an event",
    responses={
        200: answered("The verdicts.", {"verdicts": [EXAMPLE_VERDICT]}),
        **documented(NO_SUCH_EVENT, BAD_EVENT_ID),
    },
)
def list_verdicts(context: ContextDep, caller: MayRead, event_id: EventId) -> VerdictsOut:
    """Every verdict ever given on the event, oldest first; none to whoever may be its second reviewer."""
    judged = event_for(context, caller, event_id)
    hidden = judged.hidden_from(caller.reader)
    return VerdictsOut(verdicts=[] if hidden else context.store.verdicts(event_id, caller.reader))


def _given(answer: VerdictIn, *, claimed: bool = False) -> Given:
    said = Given(answer.verdict, answer.reason, answer.note, answer.object)
    return replace(said, claimed=claimed, take_over=answer.take_over)


def _act_for(caller: Caller, answer: VerdictIn, now: datetime, **more: object) -> Callable[[str], Act]:
    detail = {"verdict": answer.verdict, "reason": answer.reason, **more}
    return lambda event: caller.act(now, "verdict.given", event, **detail)


def _result(event: str, outcome: Outcome) -> OutcomeOut:
    match outcome:
        case Verdict():
            return OutcomeOut(event=event, outcome="recorded")
        case HeldError(claim=claim):
            return OutcomeOut(event=event, outcome="held", holder=claim.holder)
        case VerdictClashError():
            return OutcomeOut(event=event, outcome="settled")
        case _:
            return OutcomeOut(event=event, outcome="unknown")
