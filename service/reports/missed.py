"""What the monitor misses, as far as spot checks tell (`service.review.spots`). Pure.

A spot check is drawn with a known chance from the stretches in which nothing was flagged, so the share of
checks in which a reviewer saw a behaviour estimates the share of such stretches in which there was some.
Where chances differ from day to day each check counts by the inverse of its own (Horvitz and Thompson 1952,
as a ratio), and the interval is that of as many checks as they are worth (Kish 1965). Where one day's chance
is a tenth of another's, such an interval holds the truth in nine of ten cases, not in nineteen of twenty.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from service.reports.figures import SpotTally
from service.reports.precision import FEWEST
from service.review.shares import wilson

FEWEST_FOR_RECALL = 100
"""With fewer checks the interval of what was missed would reach from next to nothing to next to all."""


class Estimate(BaseModel):
    """A share and its 95 % interval."""

    model_config = ConfigDict(frozen=True)

    share: float = Field(description="The estimate, 0 to 1.")
    low: float = Field(description="Lower end of the 95 % interval.")
    high: float = Field(description="Upper end of the 95 % interval.")


class Missed(BaseModel):
    """What spot checks say of one rule."""

    model_config = ConfigDict(frozen=True)

    rule: str = Field(description="Id of the rule.")
    checked: int = Field(description="Spot checks that were answered with something that can be told.")
    seen: int = Field(description="Of these, in how many the behaviour was seen.")
    share: Estimate | None = Field(
        description="Share of unflagged stretches with the behaviour (Wilson); null with fewer than ten."
    )
    recall: Estimate | None = Field(
        description="Confirmed time in confirmed and missed time; null with fewer than a hundred checks, and "
        "where nothing was confirmed."
    )


class SpotFigures(BaseModel):
    """The spot checks of a period."""

    model_config = ConfigDict(frozen=True)

    drawn: int = Field(description="Spot checks of the period.")
    answered: int = Field(description="Of these, answered with what can be told.")
    unclear: int = Field(description="Of these, answered with: it cannot be told. They count for nothing.")
    rules: list[Missed] = Field(description="By rule; empty while none was answered.")


def spot_figures(
    spots: Sequence[SpotTally], rules: Collection[str], confirmed_s: Mapping[str, float], seen_s: float
) -> SpotFigures:
    """Reckon what is missed of these rules.

    ``confirmed_s`` are the seconds of confirmed events by rule, ``seen_s`` those in which the posts had to be
    staffed and were seen.
    """
    told = [spot for spot in spots if spot.answer in ("nothing", "seen")]
    found = [
        _missed(rule, [spot for spot in told if rule in spot.rules], confirmed_s.get(rule, 0.0), seen_s)
        for rule in rules
        if any(rule in spot.rules for spot in told)
    ]
    unclear = sum(spot.answer == "unclear" for spot in spots)
    return SpotFigures(drawn=len(spots), answered=len(told), unclear=unclear, rules=found)


def enough_for_recall(spots: Sequence[SpotTally]) -> bool:
    """Whether any rule may have checks enough, before what was confirmed is added up."""
    return sum(spot.answer in ("nothing", "seen") for spot in spots) >= FEWEST_FOR_RECALL


def _missed(rule: str, spots: Sequence[SpotTally], confirmed_s: float, seen_s: float) -> Missed:
    seen = [rule in spot.seen for spot in spots]
    share = _share(seen, [1 / spot.chance for spot in spots]) if len(spots) >= FEWEST else None
    recall = None
    if share is not None and len(spots) >= FEWEST_FOR_RECALL and confirmed_s > 0:
        recall = _recall(share, confirmed_s, max(0.0, seen_s - confirmed_s))
    return Missed(rule=rule, checked=len(spots), seen=sum(seen), share=share, recall=recall)


def _share(seen: Sequence[bool], weights: Sequence[float]) -> Estimate:
    whole = sum(weights)
    worth = whole * whole / sum(weight * weight for weight in weights)
    share = sum(weight for weight, one in zip(weights, seen, strict=True) if one) / whole
    if all(seen) or not any(seen):
        share = float(seen[0])
    low, high = wilson(share * worth, worth)
    return Estimate(share=share, low=low, high=high)


def _recall(missed: Estimate, confirmed_s: float, unflagged_s: float) -> Estimate:
    """The more is missed, the less was found: the ends change places."""

    def of(share: float) -> float:
        return confirmed_s / (confirmed_s + share * unflagged_s)

    return Estimate(share=of(missed.share), low=of(missed.high), high=of(missed.low))
