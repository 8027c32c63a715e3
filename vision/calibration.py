"""From a cue's score to a probability, and to what it says for or against the behaviour.

Platt's logistic calibration (1999) on the logit of the score. The fit's own share of positive
looks (``prior``) is kept, because a belief needs the likelihood ratio
``p(score | yes) / p(score | no) = odds(probability) / odds(prior)``, not the probability.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_EDGE = 1e-3


def logit(p: float) -> float:
    """Log odds of a probability; values within 0.001 of 0 and 1 are held there."""
    held = min(max(p, _EDGE), 1 - _EDGE)
    return float(np.log(held / (1 - held)))


def sigmoid(x: float) -> float:
    """The inverse of `logit`."""
    return float(1 / (1 + np.exp(-x)))


@dataclass(frozen=True, slots=True)
class Calibration:
    """``probability = sigmoid(slope * logit(score) + intercept)``, held to [low, high].

    ``low`` is what a look without any evidence says (an object of 12 pixels is missed more often
    than seen, so it is not 0); ``high`` keeps one sure look from settling the matter.

    Where the posture says something as well, ``posture_slope * (logit(posture) - posture_centre)`` is added
    before the bounds: both are evidence of the same thing, and add up as log odds do. ``posture_low`` and
    ``posture_high`` bound what is added; where no object is seen at all, ``posture_alone`` is the upper bound
    (None: ``posture_high``).
    """

    slope: float
    intercept: float
    prior: float
    low: float = 0.02
    high: float = 0.97
    posture_slope: float = 0.0
    posture_centre: float = 0.0
    posture_low: float = -2.0
    posture_high: float = 2.0
    posture_alone: float | None = None

    def __post_init__(self) -> None:
        if self.slope <= 0 or not 0 < self.prior < 1 or not 0 < self.low < self.high < 1:
            raise ValueError(
                "expected slope > 0, prior inside (0, 1) and 0 < low < high < 1, got "
                f"slope {self.slope}, prior {self.prior}, low {self.low}, high {self.high}"
            )

    def probability(self, score: float, posture: float | None = None) -> float:
        """Calibrated probability of the behaviour in this look, 0 to 1."""
        odds = logit(min(max(sigmoid(self.slope * logit(score) + self.intercept), self.low), self.high))
        if posture is None or self.posture_slope == 0:
            return sigmoid(odds)
        added = self.posture_slope * (logit(posture) - self.posture_centre)
        most = self.posture_high if score > 0 or self.posture_alone is None else self.posture_alone
        return sigmoid(odds + min(max(added, self.posture_low), most))

    def log_likelihood_ratio(self, probability: float) -> float:
        """Natural log of how much more likely this look is if the behaviour is there."""
        return logit(probability) - logit(self.prior)


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
