"""From a cue's score to a probability, and to what it says for or against the behaviour.

Platt's logistic calibration (1999) on the logit of the score. The fit's own share of positive
looks (``prior``) is kept, because a belief needs the likelihood ratio
``p(score | yes) / p(score | no) = odds(probability) / odds(prior)``, not the probability.
"""

from dataclasses import dataclass

import numpy as np

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
    """

    slope: float
    intercept: float
    prior: float
    low: float = 0.02
    high: float = 0.97

    def __post_init__(self) -> None:
        if self.slope <= 0 or not 0 < self.prior < 1 or not 0 < self.low < self.high < 1:
            raise ValueError(
                "expected slope > 0, prior inside (0, 1) and 0 < low < high < 1, got "
                f"slope {self.slope}, prior {self.prior}, low {self.low}, high {self.high}"
            )

    def probability(self, score: float) -> float:
        """Calibrated probability of the behaviour in this look, 0 to 1."""
        return min(max(sigmoid(self.slope * logit(score) + self.intercept), self.low), self.high)

    def log_likelihood_ratio(self, probability: float) -> float:
        """Natural log of how much more likely this look is if the behaviour is there."""
        return logit(probability) - logit(self.prior)
