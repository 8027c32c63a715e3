"""How often the machine's questions were right, as far as reviewers have answered. Pure."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from service.review.shares import wilson

FEWEST = 10
"""With fewer verdicts a share says nothing."""


class Precision(BaseModel):
    """The share of confirmed events among those confirmed or rejected, with its 95 % interval (Wilson)."""

    model_config = ConfigDict(frozen=True)

    share: float = Field(description="Confirmed / (confirmed + rejected).")
    low: float = Field(description="Lower end of the 95 % interval.")
    high: float = Field(description="Upper end of the 95 % interval.")


def precision(confirmed: int, rejected: int) -> Precision | None:
    """None when there are too few verdicts. What is unclear counts on neither side."""
    number = confirmed + rejected
    if number < FEWEST:
        return None
    share = confirmed / number
    low, high = wilson(confirmed, number)
    return Precision(share=share, low=low, high=high)
