"""The verdicts on events, for every part of the store that needs them in its own transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.review import Verdict
from service.store.tables import VerdictRow


def histories(session: Session, event_ids: Sequence[str], zone: ZoneInfo) -> dict[str, list[Verdict]]:
    """Every verdict on these events, oldest first each; an event without any gives an empty list."""
    found: dict[str, list[Verdict]] = defaultdict(list)
    query = select(VerdictRow).where(VerdictRow.event.in_(event_ids)).order_by(VerdictRow.id)
    for row in session.scalars(query):
        fields = {"verdict": row.verdict, "reason": row.reason, "note": row.note, "by": row.by}
        found[row.event].append(Verdict.model_validate({**fields, "at": row.given_at.astimezone(zone)}))
    return found


def add_verdict(session: Session, event: str, verdict: Verdict) -> None:
    """Let a verdict follow; it counts from now on."""
    session.add(
        VerdictRow(
            event=event,
            verdict=verdict.verdict,
            reason=verdict.reason,
            note=verdict.note,
            given_at=verdict.at,
            by=verdict.by,
        )
    )
