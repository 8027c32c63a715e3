"""How far reviewers agree: Cohen's kappa of first and second answers to the same events. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.review.shares import wilson
from service.review.verdicts import Answer

Pair = tuple[Answer, Answer]
"""The first and the second answer to one event."""


@dataclass(frozen=True)
class Agreement:
    """Of `n` pairs `agreed` were alike; None where nothing can be said."""

    n: int
    agreed: int
    kappa: float | None
    low: float | None
    high: float | None


def agreement(pairs: Mapping[Pair, int], answers: Sequence[Answer]) -> Agreement:
    """Cohen's kappa (1960) of pairs that were counted, with a 95 % interval.

    kappa = (po - pe) / (1 - pe): po is the share of pairs that are alike, pe the share to be expected by
    chance from how often each side gives each answer. The interval is Wilson's (1927) for po with pe taken as
    known; unlike the usual large-sample formula it does not shrink to a point when few pairs are all alike.
    None without pairs, and where both sides gave one and the same answer throughout (pe = 1).
    """
    n = sum(pairs.values())
    agreed = sum(count for (first, second), count in pairs.items() if first == second)
    if n == 0:
        return Agreement(0, 0, None, None, None)
    by_chance = sum(_share(pairs, 0, answer, n) * _share(pairs, 1, answer, n) for answer in answers)
    if math.isclose(by_chance, 1.0):
        return Agreement(n, agreed, None, None, None)
    kappa, low, high = ((p - by_chance) / (1 - by_chance) for p in (agreed / n, *wilson(agreed, n)))
    return Agreement(n, agreed, kappa, max(low, -1.0), min(high, 1.0))


def _share(pairs: Mapping[Pair, int], side: int, answer: Answer, n: int) -> float:
    return sum(count for pair, count in pairs.items() if pair[side] == answer) / n
