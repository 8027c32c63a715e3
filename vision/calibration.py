"""From a cue's score to a probability, and to what it says for or against the behaviour.

Platt's logistic calibration (1999) on the logit of the score. The fit's own share of positive
looks (``prior``) is kept, because a belief needs the likelihood ratio
``p(score | yes) / p(score | no) = odds(probability) / odds(prior)``, not the probability.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EDGE = 1e-3
"""Probabilities are held so far from 0 and 1 before their log odds are taken."""


def logit(p: float) -> float:
    """Log odds of a probability; values within 0.001 of 0 and 1 are held there."""
    held = min(max(p, EDGE), 1 - EDGE)
    return float(np.log(held / (1 - held)))


def sigmoid(x: float) -> float:
    """The inverse of `logit`."""
    return float(1 / (1 + np.exp(-x)))


@dataclass(frozen=True, slots=True)
class PostureEvidence:
    """What a posture adds to a look's log odds: ``slope * (logit(share) - centre)``, held to [low, high].

    Where no object is seen at all, ``alone`` is the upper bound (None: ``high``).
    """

    slope: float
    centre: float = 0.0
    low: float = -2.0
    high: float = 2.0
    alone: float | None = None

    def __post_init__(self) -> None:
        if self.slope < 0 or not self.low <= 0 <= self.high:
            raise ValueError(
                "expected slope >= 0 and low <= 0 <= high, "
                f"got slope {self.slope}, low {self.low}, high {self.high}"
            )

    def log_odds(self, share: float, *, alone: bool) -> float:
        """What a posture that looks this much like the act (0 to 1) adds; ``alone`` = no object is seen."""
        most = self.alone if alone and self.alone is not None else self.high
        return min(max(self.slope * (logit(share) - self.centre), self.low), most)


@dataclass(frozen=True, slots=True)
class HallFit:
    """What a hall's verdicts made of a model's probabilities: ``log odds = slope * logit(p) + intercept``."""

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if self.slope <= 0:
            raise ValueError(f"expected slope > 0, got {self.slope}")


AS_SHIPPED = HallFit()


@dataclass(frozen=True, slots=True)
class Calibration:
    """``probability = sigmoid(slope * logit(score) + intercept)``, held to [low, high].

    ``low`` is what a look without any evidence says (an object of 12 pixels is missed more often
    than seen, so it is not 0); ``high`` keeps one sure look from settling the matter.

    Where the posture says something as well (``posture``; None: nothing), that is added: both are evidence of
    the same thing, and add up as log odds do.

    ``hall`` is what a hall's own verdicts say of that probability; it changes beliefs alone, so looks that
    were kept mean the same whatever a hall has learnt since.
    """

    slope: float
    intercept: float
    prior: float
    low: float = 0.02
    high: float = 0.97
    posture: PostureEvidence | None = None
    hall: HallFit = AS_SHIPPED

    def __post_init__(self) -> None:
        if self.slope <= 0 or not 0 < self.prior < 1 or not 0 < self.low < self.high < 1:
            raise ValueError(
                "expected slope > 0, prior inside (0, 1) and 0 < low < high < 1, got "
                f"slope {self.slope}, prior {self.prior}, low {self.low}, high {self.high}"
            )

    def probability(self, score: float, posture: float | None = None) -> float:
        """Calibrated probability of the behaviour in this look, 0 to 1."""
        odds = logit(min(max(sigmoid(self.slope * logit(score) + self.intercept), self.low), self.high))
        if posture is None or self.posture is None:
            return sigmoid(odds)
        return sigmoid(odds + self.posture.log_odds(posture, alone=score <= 0))

    def log_likelihood_ratio(self, probability: float) -> float:
        """Natural log of how much more likely this look is if the behaviour is there."""
        return self.hall.slope * logit(probability) + self.hall.intercept - logit(self.prior)


@dataclass(frozen=True, slots=True)
class Bin:
    """Probabilities of one bin of a reliability curve: how many, their mean, and how often it was so."""

    count: int
    said: float
    happened: float


def reliability(
    probabilities: NDArray[np.float64], happened: NDArray[np.bool_], bins: int = 10
) -> tuple[tuple[Bin, ...], float]:
    """Reliability curve over equal bins (empty ones left out), and the expected calibration error.

    ``probabilities`` (N,) 0 to 1, ``happened`` (N,). The error is the mean distance of what was said and
    what happened, by samples (Guo et al. 2017); 0 without samples.
    """
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    curve = tuple(
        Bin(
            int((which == k).sum()),
            float(probabilities[which == k].mean()),
            float(happened[which == k].mean()),
        )
        for k in np.unique(which)
    )
    gaps = [bin.count * abs(bin.said - bin.happened) for bin in curve]
    return curve, sum(gaps) / max(len(probabilities), 1)
