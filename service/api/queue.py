"""/api/queue/next, /api/reviewers"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayReview, event_for
from service.api.context import ContextDep
from service.api.events import moment_of
from service.api.problems import documented
from service.api.schemas import EXAMPLE_EVENT, EventOut, answered
from service.auth.roles import ROLES
from service.store import EventFilter

router = APIRouter(tags=["queue"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

_ID = Field(pattern="^[0-9a-f]{16}$")


class NextIn(BaseModel):
    """Which event is wanted next: the filters of the list of events, and where one is."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    post: str | None = Field(default=None, description="Only of this post.")
    rule: str | None = Field(default=None, description="Only of this rule.")
    state: Literal["open", "closed"] | None = Field(default=None, description="Only open or closed ones.")
    start_from: str | None = Field(default=None, alias="from", description="Only from this time on.")
    start_to: str | None = Field(default=None, alias="to", description="Only before this time.")
    disputed: bool = Field(
        default=False, strict=True, description="Only those about which two reviewers disagree."
    )
    after: Annotated[str, _ID] | None = Field(
        default=None, description="Id of the event after which to look first; then from the top."
    )
    ahead: bool = Field(
        default=False,
        strict=True,
        description="True: only to have it ready; whoever opens the event gets it.",
    )
    skip: list[Annotated[str, _ID]] = Field(
        default_factory=list, max_length=200, description="Ids of events that are not wanted."
    )


class NextOut(BaseModel):
    """The event to go on with."""

    event: EventOut | None = Field(description="It is claimed for you; null when nothing waits for you.")


class ReviewersOut(BaseModel):
    """Who may judge."""

    reviewers: list[str] = Field(description="Names of the accounts, also of those that are shut out.")


@router.post(
    "/queue/next",
    summary="Get the next event to judge",
    responses={
        200: answered("The event.", {"event": EXAMPLE_EVENT}),
        **documented(
            (422, "A filter is not understood.", "skip: List should have at most 200 items", "skip")
        ),
    },
)
def take_next(
    context: ContextDep,
    caller: MayReview,
    wanted: Annotated[NextIn, Body(examples=[{"rule": "smoking", "skip": []}])],
) -> NextOut:
    """Claim the most pressing event that waits for the caller and that nobody else does now.

    Of several who ask at once each gets another one; what others have only ready is given when nothing else
    is left. Events whose clip is still to come come after those that can be judged.
    """
    zone = context.store.hall().zone
    chosen = EventFilter(
        post=wanted.post,
        rule=wanted.rule,
        state=wanted.state,
        start_from=moment_of("from", wanted.start_from, zone),
        start_to=moment_of("to", wanted.start_to, zone),
        posts=caller.posts,
        disputed=wanted.disputed,
    )
    now = context.now()
    found = context.store.claims.next(
        chosen,
        caller.reader,
        now,
        lambda event: caller.act(now, "claim.taken", event),
        behind=wanted.after,
        skip=wanted.skip,
        ahead=wanted.ahead,
    )
    if found is None:
        return NextOut(event=None)
    return NextOut(event=EventOut.of(event_for(context, caller, found), caller.reader))


@router.get(
    "/reviewers",
    summary="List who may judge",
    responses={200: answered("Their names.", {"reviewers": ["li.na", "wang.wei"]})},
)
def list_reviewers(context: ContextDep, caller: MayReview) -> ReviewersOut:
    """The names of all accounts whose role judges, to filter events by; none where nobody logs in."""
    if caller.name is None:
        return ReviewersOut(reviewers=[])
    names = [one.name for one in context.store.accounts.all() if "review" in ROLES[one.role]]
    return ReviewersOut(reviewers=names)
