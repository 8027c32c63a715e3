"""The place of an event in the queue, by the regulation that ships with the monitor."""

from __future__ import annotations

from pipelines import regulation
from service.review.standing import Stage
from service.review.urgency import ORDINARY, rank


def rank_of(rule: str, confidence: float, stage: Stage) -> int | None:
    """The rank of an event at a stage; None when it waits for nobody."""
    if stage == "done":
        return None
    ordinary = rank(regulation.load().severities.get(rule, "normal"), confidence)
    return ordinary - ORDINARY if stage == "dispute" else ordinary
