"""/api/findings"""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from pipelines import regulation
from pipelines.rules.events import RuleEvent
from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayRead, MayReview
from service.api.context import Context, ContextDep
from service.api.finding_clips import (
    BAD_NUMBER,
    UNKNOWN_FINDING,
    CutIn,
    FindingId,
    own_finding,
    told,
    wanted_cut,
)
from service.api.moments import moment_in
from service.api.problems import documented
from service.api.schemas import answered
from service.evidence.media import EvidenceMissingError
from service.review.findings import NOTE_LIMIT, Finding, FindingRefusedError, check, covers
from service.store.findings import FindingFilter

router = APIRouter(tags=["findings"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

MOST = 200
_TEXT = "^[^\\x00]*$"  # a database of texts takes no null
EXAMPLE_FINDING: dict[str, Any] = {
    "id": 3,
    "source": "by_hand",
    "clause": "B12",
    "post": "w01",
    "at": "2026-01-05T10:05:00+08:00",
    "note": "未一次性书面告知需要补正的材料。",
    "event": None,
    "cut": {
        "id": "5d07a3be8459f2c6",
        "camera": "east",
        "state": "there",
        "missing": None,
        "start": "2026-01-05T10:30:21.200000+08:00",
        "end": "2026-01-05T10:30:52.400000+08:00",
    },
    "made_at": "2026-01-05T10:31:00+08:00",
    "made_by": "li.na",
    "withdrawn_at": None,
    "withdrawn_by": None,
    "withdrawn_why": "",
}
EXAMPLE_ENTRY: dict[str, Any] = {
    "clause": "B12",
    "post": "w01",
    "at": "2026-01-05T10:05",
    "note": "未一次性书面告知需要补正的材料。",
    "with_clip": False,
}


class FindingIn(BaseModel):
    """A finding to record."""

    model_config = ConfigDict(extra="forbid")

    clause: str = Field(max_length=32, description="The clause that was broken; one that no camera judges.")
    post: str = Field(max_length=64, description="Id of the post.")
    at: str = Field(max_length=40, description="When; ISO 8601, the hall's zone without an offset.")
    note: str = Field(min_length=1, max_length=NOTE_LIMIT, description="What was found, in plain words.")
    with_clip: bool = Field(
        default=False,
        strict=True,
        description="true: attach the clip of a rule event at this post that shows this time; refused when "
        "there is none. false: without a clip, which is as good a finding.",
    )
    cut: CutIn | None = Field(
        default=None,
        description="A clip to cut from a live camera. When it cannot be, the finding is recorded without it "
        "and says why.",
    )


class WithdrawIn(BaseModel):
    """Why a finding is withdrawn."""

    model_config = ConfigDict(extra="forbid")

    why: str = Field(min_length=1, max_length=NOTE_LIMIT, description="Why it does not stand.")


class FindingsOut(BaseModel):
    """Some findings by hand. Rule events, which the machine asks about, are never among them."""

    findings: list[Finding] = Field(description="The newest moment first.")
    more: bool = Field(description="Whether there are more behind the last one.")


@router.get(
    "/findings",
    summary="List findings by hand",
    responses={
        200: answered("The findings.", {"findings": [EXAMPLE_FINDING], "more": False}),
        **documented(
            (404, "after: no finding has this number.", "no finding has the number 3", "finding_id"),
            (422, "A filter is not understood.", "from: expected an ISO 8601 time", "from"),
        ),
    },
)
def list_findings(
    context: ContextDep,
    caller: MayRead,
    post: Annotated[
        str | None, Query(description="Only at this post.", max_length=64, pattern=_TEXT, examples=["w01"])
    ] = None,
    clause: Annotated[
        str | None,
        Query(description="Only against this clause.", max_length=32, pattern=_TEXT, examples=["B12"]),
    ] = None,
    state: Annotated[
        Literal["standing", "withdrawn"] | None,
        Query(description="Only those that stand, or that were withdrawn.", examples=["standing"]),
    ] = None,
    since: Annotated[
        str | None, Query(alias="from", description="Only of then or later.", examples=["2026-01-05"])
    ] = None,
    until: Annotated[
        str | None, Query(alias="to", description="Only of before then.", examples=["2026-01-06"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most.", examples=[50])] = 50,
    after: Annotated[
        int | None, Query(ge=1, lt=2**31, description="The last one of the page before.", examples=[3])
    ] = None,
) -> FindingsOut:
    """What people found by themselves, also what was withdrawn: nothing is deleted."""
    zone = context.store.hall().zone
    wanted = FindingFilter(
        post=post,
        clause=clause,
        state=state,
        since=moment_in("from", since, zone),
        until=moment_in("to", until, zone),
        posts=caller.posts,
    )
    last = own_finding(context, caller, after) if after is not None else None
    found = context.store.findings.find(wanted, limit=limit + 1, after=last)
    return FindingsOut(findings=told(context, caller, found[:limit]), more=len(found) > limit)


@router.post(
    "/findings",
    status_code=201,
    summary="Record a finding by hand",
    responses={
        201: answered("The finding.", EXAMPLE_FINDING),
        **documented((422, "A part is not acceptable.", "post: expected one of w01, got 'w9'", "post")),
    },
)
def record_finding(
    context: ContextDep, caller: MayReview, entry: Annotated[FindingIn, Body(examples=[EXAMPLE_ENTRY])]
) -> Finding:
    """Record what somebody found against a clause that no camera judges, under the name of who records it.

    A clip is the clip of a rule event at the same post that shows this time, or it is cut here from what a
    live camera has just recorded (`GET /api/recordings`). It is kept as long as that of a confirmed event.
    Other recordings are not kept, so there may be none.
    """
    now = context.now()
    moment = moment_in("at", entry.at, context.store.hall().zone, place="body")
    assert moment is not None
    posts = [post.id for post in context.store.posts() if caller.sees(post.id)]
    if entry.post not in posts:
        raise FindingRefusedError("post", f"expected one of {', '.join(posts)}, got {entry.post[:64]!r}")
    note = check(entry.clause, entry.note, moment, now, regulation.load().by_hand)
    event = _event_that_shows(context, entry.post, moment) if entry.with_clip else None
    camera, wanted = (None, None) if entry.cut is None else wanted_cut(context, caller, entry.post, entry.cut)
    clip = None if wanted is None else secrets.token_hex(8)
    act = caller.act(
        now, "finding.recorded", clause=entry.clause, post=entry.post, event=event, moment=moment.isoformat()
    )
    made = context.store.findings.add(
        clause=entry.clause,
        post=entry.post,
        moment=moment,
        note=note,
        event=event,
        keep=timedelta(days=context.settings.keep_confirmed_days),
        at=now,
        act=act,
        clip=clip,
        camera=camera,
    )
    if clip is None or camera is None or wanted is None:
        return made
    context.cutter.cut(clip, camera, wanted, act)
    return context.store.findings.get(made.id)


@router.get(
    "/findings/{finding_id}",
    summary="Get one finding",
    responses={200: answered("The finding.", EXAMPLE_FINDING), **documented(UNKNOWN_FINDING, BAD_NUMBER)},
)
def get_finding(context: ContextDep, caller: MayRead, finding_id: FindingId) -> Finding:
    """One finding by hand, also one that was withdrawn."""
    return own_finding(context, caller, finding_id)


@router.post(
    "/findings/{finding_id}/withdraw",
    summary="Withdraw a finding",
    responses={
        200: answered("The finding, withdrawn.", {**EXAMPLE_FINDING, "withdrawn_by": "li.na"}),
        **documented(
            UNKNOWN_FINDING,
            (409, "It was withdrawn before.", "expected a finding that stands", None),
            (422, "The reason is not acceptable.", "why: expected some words, got none", "why"),
        ),
    },
)
def withdraw_finding(
    context: ContextDep,
    caller: MayReview,
    finding_id: FindingId,
    wanted: Annotated[WithdrawIn, Body(examples=[{"why": "Recorded at the wrong post."}])],
) -> Finding:
    """Take a finding back. It stays in the list and says by whom it was withdrawn, and why."""
    own_finding(context, caller, finding_id)
    now = context.now()
    act = caller.act(now, "finding.withdrawn", str(finding_id))
    after = context.store.findings.withdraw(finding_id, wanted.why, at=now, act=act)
    return told(context, caller, [after])[0]


def _event_that_shows(context: Context, post: str, at: datetime) -> str:
    """Id of the event whose clip shows a post at a time. Raises FindingRefusedError."""
    for event in context.store.findings.near(post, at):
        start, end = _shown(context, event)
        if covers(start, end, at):
            return event.id
    raise FindingRefusedError(
        "with_clip", f"no clip shows post {post} at {at.isoformat()}; record it without one"
    )


def _shown(context: Context, event: RuleEvent) -> tuple[datetime, datetime]:
    """From when to when an event's clip reaches: by its timeline, or the event itself where that is gone."""
    end = event.end or event.start
    if event.timeline is None:
        return event.start, end
    try:
        said = json.loads(context.evidence.locate(event.id, event.timeline).read_text(encoding="utf-8"))
        start = datetime.fromisoformat(said["t0"])
        return start, start + timedelta(seconds=float(said["duration"]))
    except (EvidenceMissingError, OSError, ValueError, KeyError, TypeError):
        return event.start, end
