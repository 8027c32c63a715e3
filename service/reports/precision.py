"""How often the machine's questions were right, as far as reviewers have answered. Pure."""

from __future__ import annotations

from math import sqrt

from pydantic import BaseModel, ConfigDict, Field

FEWEST = 10
"""With fewer verdicts a share says nothing."""
_Z = 1.959964
"""Of a two-sided interval of 95 %."""


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


def wilson(hits: int, number: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927); unlike others it stays within 0 and 1."""
    share, z2 = hits / number, _Z * _Z
    middle = share + z2 / (2 * number)
    half = _Z * sqrt(share * (1 - share) / number + z2 / (4 * number * number))
    low, high = (max(0.0, min(1.0, (middle + way * half) / (1 + z2 / number))) for way in (-1, 1))
    return (0.0 if hits == 0 else low), (1.0 if hits == number else high)
