"""/api/events/{id}/verdict and /verdicts"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayRead, MayReview, event_for
from service.api.context import ContextDep, EventId
from service.api.errors import BAD_EVENT_ID, NO_SUCH_EVENT, documented
from service.api.schemas import EXAMPLE_VERDICT, VerdictIn, VerdictsOut, answered
from service.review import Verdict

router = APIRouter(tags=["verdicts"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

_EXAMPLE_IN = {key: EXAMPLE_VERDICT[key] for key in ("verdict", "reason", "note")}


@router.post(
    "/events/{event_id}/verdict",
    status_code=201,
    summary="Judge an event",
    responses={
        201: answered("The verdict that counts now.", EXAMPLE_VERDICT),
        **documented(
            NO_SUCH_EVENT,
            (
                422,
                "The answer, reason or note is not acceptable.",
                "reason: expected one of test, other for confirmed, got allowed",
                "reason",
            ),
        ),
    },
)
def give_verdict(
    context: ContextDep,
    caller: MayReview,
    event_id: EventId,
    answer: Annotated[VerdictIn, Body(examples=[_EXAMPLE_IN])],
) -> Verdict:
    """Record a reviewer's answer.

    A later one is added and counts from then on; nothing is overwritten. The same answer again, word for
    word, adds nothing. Open events can be judged too.
    """
    event_for(context, caller, event_id)
    now = context.now()
    act = caller.act(now, "verdict.given", event_id, verdict=answer.verdict, reason=answer.reason)
    return context.store.give_verdict(event_id, answer.verdict, answer.reason, answer.note, at=now, act=act)


@router.get(
    "/events/{event_id}/verdicts",
    summary="List the verdicts on an event",
    responses={
        200: answered("The verdicts.", {"verdicts": [EXAMPLE_VERDICT]}),
        **documented(NO_SUCH_EVENT, BAD_EVENT_ID),
    },
)
def list_verdicts(context: ContextDep, caller: MayRead, event_id: EventId) -> VerdictsOut:
    """Every verdict ever given on the event, oldest first."""
    event_for(context, caller, event_id)
    return VerdictsOut(verdicts=context.store.verdicts(event_id))
