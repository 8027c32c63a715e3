"""Which question a reviewer is asked first. Pure.

By the severity of the rule, then by the machine's confidence in steps of five percent (a difference of one
percent says nothing), then the oldest first, so that none waits for ever. What two reviewers disagree about
goes before all of that, to those who decide.
"""

from __future__ import annotations

from pipelines.rules.regulation import Severity

STEPS = 20
"""Into how many steps confidence is divided."""
ORDINARY = 1000
"""Ranks of ordinary questions begin here; those of disputes are as much lower."""
_SEVERITIES: tuple[Severity, ...] = ("urgent", "normal", "low")


def rank(severity: Severity, confidence: float) -> int:
    """The rank of a question: the lowest is asked first."""
    step = min(int(confidence * STEPS + 1e-9), STEPS)
    return ORDINARY + _SEVERITIES.index(severity) * 100 + STEPS - step
