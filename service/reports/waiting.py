"""How long events waited for their first verdict. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field


class Reviews(BaseModel):
    """Review times: from an event's end to its first verdict."""

    model_config = ConfigDict(frozen=True)

    judged: int = Field(description="Events with a verdict.")
    waiting: int = Field(description="Events that nobody has judged yet.")
    median_s: float | None = Field(description="Half were judged within so many seconds; null: none were.")
    p90_s: float | None = Field(description="Nine in ten were judged within so many seconds.")


def reviews(waited: Mapping[int, int], waiting: int) -> Reviews:
    """``waited`` says how many events waited so many seconds, rounded down."""
    return Reviews(
        judged=sum(waited.values()),
        waiting=waiting,
        median_s=_quantile(waited, 0.5),
        p90_s=_quantile(waited, 0.9),
    )


def _quantile(waited: Mapping[int, int], share: float) -> float | None:
    """The least time within which at least that share of the events was judged."""
    wanted, so_far = share * sum(waited.values()), 0
    for seconds in sorted(waited):
        so_far += waited[seconds]
        if so_far >= wanted:
            return float(seconds)
    return None
