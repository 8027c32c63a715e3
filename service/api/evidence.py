"""/api/events/{id}/clip, /snapshot, /timeline"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse

from service.api.access import MAY_NOT, NOT_LOGGED_IN, MaySeeEvidence, event_for
from service.api.context import Context, ContextDep, EventId
from service.api.files import RANGE_OUTSIDE, RANGE_WRONG, File
from service.api.problems import BAD_EVENT_ID, NotReadyError, documented
from service.api.schemas import answered
from service.api.showing import sees_clear, shown
from service.auth.roles import Caller
from service.evidence.media import CONTENT_TYPES
from service.store import JudgedEvent

router = APIRouter(tags=["evidence"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

_ERRORS = documented(
    (404, "No event has this id, or its file is gone.", "event 9f2c61d07a3be845: mp4 file is missing", None),
    (
        409,
        "The file is not whole yet, or cannot be used, or (field: rendition) not be blurred.",
        "event 9f2c61d07a3be845: no clip yet",
        None,
    ),
    (
        503,
        "The file is in the bucket, or its event in the store, and that does not answer; or (field: "
        "rendition) its blurred rendition is being made.",
        "event 9f2c61d07a3be845: the clip is in the bucket, which cannot be reached now; try again later",
        None,
    ),
    BAD_EVENT_ID,
)
RANGES: dict[int | str, dict[str, Any]] = {
    206: answered("The bytes of the Range header.", "(bytes)", "video/mp4"),
    **documented(
        (400, "The range is none.", RANGE_WRONG, "Range"),
        (416, "The range lies outside the clip.", RANGE_OUTSIDE, "Range"),
    ),
}
_TIMELINE_EXAMPLE = {
    "event": "9f2c61d07a3be845",
    "clip": "clips/9f2c61d07a3be845.mp4",
    "t0": "2026-01-05T09:41:02.200000+08:00",
    "duration": 55.4,
    "width": 1920,
    "height": 1080,
    "behaviour": "phone",
    "event_start": 5.0,
    "event_end": 50.4,
    "truncated": False,
    "open_at": 0.9,
    "close_at": 0.4,
    "zone": [[192, 216], [864, 216], [864, 648], [192, 648]],
    "looks": [
        {
            "t": 5.0,
            "presence": True,
            "score": 0.93,
            "belief": 0.97,
            "why": {"code": "phone_in_hand", "args": {}},
            "boxes": [{"box": [300, 220, 520, 600], "label": "person", "role": "staff", "score": 0.91}],
        }
    ],
}


@router.get(
    "/events/{event_id}/clip",
    summary="Play the clip of an event",
    response_class=FileResponse,
    responses={200: answered("The whole clip.", "(bytes)", "video/mp4"), **RANGES, **_ERRORS},
)
def get_clip(context: ContextDep, caller: MaySeeEvidence, event_id: EventId) -> FileResponse:
    """The clip with pre- and post-roll as MP4; HTTP ranges are served.

    A clip that browsers cannot play is transcoded to H.264 on the same clock at the first request. Whose role
    does not see bystanders in the clear gets a rendition in which everybody but the post's own staff is
    unrecognisable, or none.
    """
    judged = event_for(context, caller, event_id)
    clip = shown(context, caller, judged.event, "clip")
    _note(context, caller, judged, "clip")
    return file_response(clip)


@router.get(
    "/events/{event_id}/snapshot",
    summary="Get the snapshot of an event",
    response_class=FileResponse,
    responses={200: answered("The picture.", "(bytes)", "image/jpeg"), **_ERRORS},
)
def get_snapshot(context: ContextDep, caller: MaySeeEvidence, event_id: EventId) -> FileResponse:
    """One picture from the event as JPEG; from the blurred rendition of the clip for whom that is shown."""
    judged = event_for(context, caller, event_id)
    snapshot = shown(context, caller, judged.event, "snapshot")
    _note(context, caller, judged, "snapshot")
    return file_response(snapshot)


@router.get(
    "/events/{event_id}/timeline",
    summary="Get the timeline of an event",
    response_class=FileResponse,
    responses={200: answered("The timeline.", _TIMELINE_EXAMPLE), **_ERRORS},
)
def get_timeline(context: ContextDep, caller: MaySeeEvidence, event_id: EventId) -> FileResponse:
    """What each look saw, on the clip's own clock.

    Boxes in pixels of the clip's picture, the cue's score, the belief and its reason, with the thresholds at
    which the rule opens and closes.
    """
    event = event_for(context, caller, event_id).event
    if event.timeline is None:
        raise NotReadyError(f"event {event.id}: no timeline yet")
    return file_response(context.evidence.locate(event.id, event.timeline))


def _note(context: Context, caller: Caller, judged: JudgedEvent, kind: str) -> None:
    """For the audit log: of a known clip also which one was really seen."""
    known: dict[str, object] = {} if judged.known is None else {"known_clip": judged.known}
    if not sees_clear(context, caller):
        known["blurred"] = True
    context.views.seen(caller, judged.event.id, kind, context.now(), **known)


def file_response(path: Path) -> File:
    """A file of evidence, asked for by whoever may see it."""
    # Evidence may be cut anew under its name by a replay, so a browser must ask each time.
    return File(path, media_type=CONTENT_TYPES[path.suffix], headers={"Cache-Control": "private, no-cache"})
