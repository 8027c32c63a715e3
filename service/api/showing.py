"""Which form of a piece of evidence a caller is shown. Every route that gives out pictures asks here."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pipelines.rules.events import RuleEvent
from service.api.context import Context
from service.api.problems import NotReadyError
from service.auth.roles import Caller
from service.evidence.fetch import EvidenceAwayError
from service.evidence.media import EvidenceMissingError
from service.evidence.renditions import NotBlurredError, Original

Kind = Literal["clip", "snapshot"]


def sees_clear(context: Context, caller: Caller) -> bool:
    """Whether a caller sees bystanders in the clear, by role and the setting CONDUCT_CLEAR_ROLES.

    Where nobody logs in, whoever sits at the machine does all the work, reviewing too.
    """
    if caller.way in ("open", "command"):
        return True
    as_whom = "link" if caller.way == "link" else caller.role
    return as_whom in context.settings.clear_roles


def shown(context: Context, caller: Caller, event: RuleEvent, kind: Kind) -> Path:
    """The file that a caller is shown of an event: the original, or its blurred rendition.

    Raises NotReadyError, EvidenceMissingError, EvidenceAwayError, ClipBrokenError, NotBlurredError and
    StillBlurringError.
    """
    name = event.clip if kind == "clip" else event.snapshot
    if name is None:
        raise NotReadyError(f"event {event.id}: no {kind} yet")
    if sees_clear(context, caller):
        path = context.evidence.locate(event.id, name)
        return context.evidence.playable(path) if kind == "clip" else path
    original = _original(context, event)
    return context.renditions.clip(original) if kind == "clip" else context.renditions.snapshot(original)


def can_be_blurred(context: Context, event: RuleEvent) -> bool:
    """Whether a clip can be shown blurred, as far as can be told without decoding it."""
    try:
        context.renditions.check(_original(context, event))
    except (NotBlurredError, EvidenceMissingError):
        return False
    except EvidenceAwayError:  # in a bucket that does not answer now
        return True
    return True


def _original(context: Context, event: RuleEvent) -> Original:
    if event.clip is None or event.timeline is None:
        raise NotBlurredError(f"event {event.id}: without clip and timeline nobody can be blurred")
    locate = context.evidence.locate
    zones = {post.id: post.visitor_zone for post in context.store.posts()}
    return Original(
        event.id, locate(event.id, event.clip), locate(event.id, event.timeline), zones.get(event.post)
    )
