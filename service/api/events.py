"""/api/events"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError

from pipelines.hall.covers import moment
from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayRead, event_for
from service.api.context import ContextDep, EventId
from service.api.problems import BAD_EVENT_ID, NO_SUCH_EVENT, documented
from service.api.schemas import EXAMPLE_EVENT, EventOut, EventPageOut, answered
from service.store import EventFilter, Order

router = APIRouter(tags=["events"], responses=documented(NOT_LOGGED_IN, MAY_NOT))


@router.get(
    "/events",
    summary="List rule events",
    responses={
        200: answered("A page of events.", {"events": [EXAMPLE_EVENT], "next_cursor": None}),
        **documented(
            (422, "A filter is not understood.", "limit: Input should be less than or equal to 200", "limit")
        ),
    },
)
def list_events(
    context: ContextDep,
    caller: MayRead,
    post: Annotated[str | None, Query(description="Only of this post.", examples=["w01"])] = None,
    rule: Annotated[str | None, Query(description="Only of this rule.", examples=["phone_use"])] = None,
    state: Annotated[
        Literal["open", "closed"] | None,
        Query(description="Only open or only closed ones.", examples=["closed"]),
    ] = None,
    verdict: Annotated[
        Literal["none", "confirmed", "rejected", "unclear"] | None,
        Query(
            description="Only those whose newest verdict is this; none: not judged yet.", examples=["none"]
        ),
    ] = None,
    start_from: Annotated[
        str | None,
        Query(
            alias="from",
            description="Only those that start then or later.",
            examples=["2026-01-05T09:00:00+08:00"],
        ),
    ] = None,
    start_to: Annotated[
        str | None,
        Query(alias="to", description="Only those that start before then.", examples=["2026-01-06"]),
    ] = None,
    by: Annotated[
        str | None,
        Query(max_length=64, description="Only those whose verdict this reviewer gave.", examples=["li.na"]),
    ] = None,
    disputed: Annotated[
        bool, Query(description="Only those about which two reviewers disagree.", examples=[True])
    ] = False,
    order: Annotated[
        Order,
        Query(
            description="newest, or queue: what waits for you first, most pressing first.", examples=["queue"]
        ),
    ] = "newest",
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.", examples=[50])] = 50,
    cursor: Annotated[
        str | None, Query(description="The next_cursor of the page before.", examples=["WyJuZXdlc3QiXQ"])
    ] = None,
) -> EventPageOut:
    """A page of rule events.

    Newest first, or in the order `queue`: first what waits for the caller (by the rule's severity, then the
    machine's confidence in steps of 5 %, then the oldest), behind it all else, newest first. Times without an
    offset are the hall's own.
    """
    zone = context.store.hall().zone
    wanted = EventFilter(
        post=post,
        rule=rule,
        state=state,
        verdict=verdict,
        start_from=moment_of("from", start_from, zone),
        start_to=moment_of("to", start_to, zone),
        posts=caller.posts,
        by=by,
        disputed=disputed,
    )
    reader = caller.reader
    page = context.store.events(
        wanted, order=order, limit=limit, cursor=cursor, reader=reader, at=context.now()
    )
    events = [EventOut.of(judged, reader) for judged in page.events]
    return EventPageOut(events=events, next_cursor=page.next_cursor)


@router.get(
    "/events/{event_id}",
    summary="Get one rule event",
    responses={200: answered("The event.", EXAMPLE_EVENT), **documented(NO_SUCH_EVENT, BAD_EVENT_ID)},
)
def get_event(context: ContextDep, caller: MayRead, event_id: EventId) -> EventOut:
    """One rule event with the verdict that counts."""
    return EventOut.of(event_for(context, caller, event_id), caller.reader)


def moment_of(field: str, given: str | None, zone: ZoneInfo) -> datetime | None:
    """The moment that a parameter names. Raises RequestValidationError."""
    if given is None:
        return None
    try:
        # A plus sign that was not escaped arrives as a space.
        return moment(given.replace(" ", "+") if "T" in given else given, zone)
    except ValueError as error:
        told = {"loc": ("query", field), "msg": str(error), "type": "value_error"}
        raise RequestValidationError([told]) from error
