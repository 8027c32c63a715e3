"""/api/recordings, /api/findings/{id}/clip: clips cut for findings by hand, and from what"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from pipelines.evidence.cutting import Wanted
from pipelines.evidence.timeline import CLIPS
from pipelines.rules.events import at
from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayReview, MaySeeEvidence
from service.api.context import Context, ContextDep
from service.api.evidence import RANGES, file_response
from service.api.moments import moment_in
from service.api.problems import NotReadyError, documented
from service.api.schemas import answered
from service.api.showing import sees_clear
from service.auth.roles import Caller
from service.evidence.cutter import Holding
from service.evidence.renditions import NotBlurredError
from service.review.findings import Finding, FindingRefusedError
from service.store import StoredPost
from service.store.findings import UnknownFindingError

router = APIRouter(tags=["findings"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

LONGEST_S = 300
EXAMPLE_RECORDING: dict[str, Any] = {
    "camera": "east",
    "posts": ["w01"],
    "state": "recording",
    "start": "2026-01-05T10:04:13.200000+08:00",
    "end": "2026-01-05T10:05:01.400000+08:00",
}
UNKNOWN_FINDING = (404, "No finding has this number.", "no finding has the number 3", "finding_id")
BAD_NUMBER = (422, "The number does not look like one.", "finding_id: Input should be greater than 0", None)
_ERRORS = documented(
    (404, "No finding has this number, or its file is gone.", "no finding has the number 3", "finding_id"),
    (409, "No clip was cut for it, or not yet; or it cannot be blurred.", "finding 3: no clip", None),
    (
        503,
        "The file is in the bucket, or the finding in the store, and that does not answer.",
        "the store does not answer; try again later",
        None,
    ),
    BAD_NUMBER,
)

FindingId = Annotated[int, Path(ge=1, lt=2**31, description="Number of a finding.", examples=[3])]


class CutIn(BaseModel):
    """A clip to cut out of what a live camera has just recorded."""

    model_config = ConfigDict(extra="forbid")

    camera: str | None = Field(
        default=None, max_length=64, description="Id of the camera; null: the one that sees the post."
    )
    seconds: int = Field(
        default=30, strict=True, ge=1, le=LONGEST_S, description="How long; no longer than what is held."
    )
    start: str | None = Field(
        default=None,
        max_length=40,
        description="From when on; ISO 8601, the hall's zone without an offset. null: the last `seconds`.",
    )


class RecordingOut(BaseModel):
    """What is held of one camera at the moment."""

    camera: str = Field(description="Id of the camera.")
    posts: list[str] = Field(description="Ids of the caller's posts that it sees.")
    state: Holding = Field(
        description="recording; away: nothing comes of it; not_live: this service does not watch it live."
    )
    start: datetime | None = Field(
        description="The earliest time that a clip can begin at; null: nothing is held."
    )
    end: datetime | None = Field(description="The newest picture's time; null: nothing is held.")


class RecordingsOut(BaseModel):
    """What clips can be cut from."""

    recordings: list[RecordingOut] = Field(description="By camera, those of the caller's posts.")


@router.get(
    "/recordings",
    summary="Show what clips can be cut from",
    responses={200: answered("The cameras.", {"recordings": [EXAMPLE_RECORDING]})},
)
def get_recordings(context: ContextDep, caller: MayReview) -> RecordingsOut:
    """What is held of the cameras that see the caller's posts: the last minute or so of live ones.

    What is not cut is forgotten: nothing else is recorded.
    """
    _check_may_look(caller)
    zone, by_camera = context.store.hall().zone, _cameras(context, caller)
    found = []
    for camera, posts in sorted(by_camera.items()):
        state, held = context.cutter.holds(camera)
        start, end = (None, None) if held is None else (at(held.start, zone), at(held.end, zone))
        ids = [post.id for post in posts]
        found.append(RecordingOut(camera=camera, posts=ids, state=state, start=start, end=end))
    return RecordingsOut(recordings=found)


@router.get(
    "/findings/{finding_id}/clip",
    summary="Play the clip that was cut for a finding",
    response_class=FileResponse,
    responses={200: answered("The whole clip.", "(bytes)", "video/mp4"), **RANGES, **_ERRORS},
)
def get_finding_clip(context: ContextDep, caller: MaySeeEvidence, finding_id: FindingId) -> FileResponse:
    """The clip as MP4; HTTP ranges are served. Transcoded to H.264 when browsers cannot play it.

    No looks are kept of it by which bystanders could be blurred: only for who sees them in the clear.
    """
    finding = own_finding(context, caller, finding_id)
    if finding.cut is None or finding.cut.state != "there":
        raise NotReadyError(f"finding {finding_id}: no clip")
    if not sees_clear(context, caller):
        raise NotBlurredError(f"finding {finding_id}: its clip cannot be shown with bystanders blurred")
    clip = context.evidence.locate(finding.cut.id, f"{CLIPS}/{finding.cut.id}.mp4")
    playable = context.evidence.playable(clip)
    context.views.seen(caller, str(finding_id), "finding_clip", context.now())
    return file_response(playable)


def own_finding(context: Context, caller: Caller, finding_id: int) -> Finding:
    """A finding. Raises UnknownFindingError, also for one at a post that does not exist for the caller."""
    found = context.store.findings.get(finding_id)
    if not caller.sees(found.post):
        raise UnknownFindingError(finding_id)
    return told(context, caller, [found])[0]


def told(context: Context, caller: Caller, findings: Sequence[Finding]) -> list[Finding]:
    """Findings without clips of cameras that see none of the caller's posts: those do not exist for it."""
    if caller.posts is None:
        return list(findings)
    cameras = _cameras(context, caller)
    return [
        one if one.cut is None or one.cut.camera in cameras else one.model_copy(update={"cut": None})
        for one in findings
    ]


def wanted_cut(context: Context, caller: Caller, post: str, cut: CutIn) -> tuple[str, Wanted]:
    """The camera and what is to be cut from it.

    Raises FindingRefusedError, RequestValidationError, HTTPException.
    """
    _check_may_look(caller)
    cameras = _cameras(context, caller)
    own = [camera for camera, posts in cameras.items() if post in [one.id for one in posts]]
    camera = cut.camera or next(iter(own), "")
    if camera not in cameras:
        known = ", ".join(sorted(cameras))
        raise FindingRefusedError("cut", f"expected a camera that sees your posts ({known}), got {camera!r}")
    start = moment_in("cut", cut.start, context.store.hall().zone, place="body")
    return camera, Wanted(cut.seconds, None if start is None else start.timestamp())


def _check_may_look(caller: Caller) -> None:
    """Whoever cuts from a camera at any moment looks on: no token may. Raises HTTPException 403."""
    if not caller.may("live"):
        raise HTTPException(403, "expected the permission live, which a token never has")


def _cameras(context: Context, caller: Caller) -> dict[str, list[StoredPost]]:
    """The cameras of today's posts that exist for the caller."""
    found: dict[str, list[StoredPost]] = {}
    for post in context.store.posts():
        if post.active and caller.sees(post.id):
            found.setdefault(post.camera, []).append(post)
    return found
