"""A clip's timeline: what each look saw, on the clip's own clock, for the page to draw over the video."""

from datetime import tzinfo
from typing import Any

from pipelines.evidence.cases import Case
from pipelines.hall.site import Evidence
from pipelines.observations import Look, SeenBox
from pipelines.rules.events import at, iso
from pipelines.rules.regulation import Rule
from vision.view import PERSON, zone_in_pixels

CLIPS = "clips"
SUFFIXES = {"clip": "mp4", "snapshot": "jpg", "timeline": "json"}
"""How the names of an event's files end, by kind."""
SPOTS = "spot-checks"
"""Folder of the clips of `pipelines.evidence.spots`."""


def timeline(event: str, case: Case, until: float, settings: Evidence, zone: tzinfo) -> dict[str, Any]:
    """The timeline, as JSON, of a case that has ended and has a clip; ``until`` = the clip's wanted end."""
    clip, rule, end = case.clip, case.rule, case.end
    assert clip is not None
    assert end is not None
    wanted = end + settings.post_roll_s
    # What was seen after the clip's end may be in pixels of a stream of another size.
    shown_until = min(until, clip.last_t) if case.sealed else until
    return {
        "event": event,
        "clip": f"{CLIPS}/{clip.path.name}",
        "t0": iso(at(clip.t0, zone)),
        "duration": round(clip.last_t - clip.t0, 3),
        "width": case.size[0],
        "height": case.size[1],
        "behaviour": rule.behaviour,
        "event_start": round(case.start - clip.t0, 3),
        "event_end": round(end - clip.t0, 3),
        "truncated": until < wanted,
        "open_at": rule.open_at,
        "close_at": rule.close_at,
        "zone": zone_in_pixels(case.post, *case.size),
        "looks": [_told(rule, look, case) for look in case.looks if clip.t0 <= look.t <= shown_until],
    }


def _told(rule: Rule, look: Look, case: Case) -> dict[str, Any]:
    assert case.clip is not None
    cue, why = look.cues[rule.behaviour], look.why[rule.behaviour]
    return {
        "t": round(look.t - case.clip.t0, 3),
        "presence": look.presence,
        "score": None if cue is None else round(rule.broken(cue), 4),
        "belief": round(rule.broken(look.beliefs[rule.behaviour]), 4),
        "why": {"code": why.code, "args": dict(why.args)},
        "boxes": [
            _line(told) for box in _boxes(look, case.size) if (told := box.told(rule.behaviour)) is not None
        ],
    }


def _line(box: SeenBox) -> dict[str, Any]:
    """A box, and of a person on whom the cue rests also whose it is: bystanders are told from staff by it."""
    person = box.label == PERSON and box.role == "evidence"
    return {**box.line(), "who": box.plain_role} if person else box.line()


def _boxes(look: Look, size: tuple[int, int]) -> tuple[SeenBox, ...]:
    """A look's boxes in the pixels of a clip of ``size``: what was looked at may be a sub stream."""
    if look.size is None or look.size == size:
        return look.boxes
    across, down = size[0] / look.size[0], size[1] / look.size[1]
    return tuple(box.scaled(across, down) for box in look.boxes)
