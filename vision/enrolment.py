"""The uniform, learnt from a few example crops.

A regularised linear classifier on clothing features: a linear discriminant with a shrunk,
diagonal covariance (few examples, many features), its margin turned into a probability by the
examples' own leave-one-out margins. It needs counter-examples: what the hall's people wear when
it is not the uniform.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32]

MIN_EXAMPLES = 5
SHRINKAGE = 0.3
"""How much of the pooled variance goes into each feature's own: steadies what few examples give."""


class WeakEnrolmentError(ValueError):
    """Too few examples, or examples that do not differ from the counter-examples."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A fitted uniform: ``margin = direction . standardised - offset``; above 0 = wears it."""

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    direction: NDArray[np.float64]
    offset: float
    sharpness: float

    def wears(self, clothing: Features) -> float:
        """Probability that a torso with these features, shape (D,), wears the uniform."""
        if clothing.shape != self.mean.shape:
            raise ValueError(f"expected {self.mean.shape[0]} clothing features, got shape {clothing.shape}")
        return float(1 / (1 + np.exp(-np.clip(self.sharpness * self.margin(clothing), -30, 30))))

    def margin(self, clothing: Features) -> float:
        """Signed distance from the boundary, in the units of the discriminant."""
        return float(self.direction @ ((clothing - self.mean) / self.spread) - self.offset)


def enrol(wear: Features, other: Features) -> Enrolment:
    """Fit a uniform from clothing features: ``wear`` (N, D) of people in it, ``other`` (M, D) not.

    Raises WeakEnrolmentError with fewer than 5 of either, or when the two cannot be told apart
    better than by chance when each example in turn is left out.
    """
    for name, group in (("in uniform", wear), ("in other clothes", other)):
        if len(group) < MIN_EXAMPLES:
            raise WeakEnrolmentError(f"expected at least {MIN_EXAMPLES} examples {name}, got {len(group)}")
    margins = np.array(
        [_fit(np.delete(wear, i, axis=0), other).margin(wear[i]) for i in range(len(wear))]
        + [-_fit(wear, np.delete(other, i, axis=0)).margin(other[i]) for i in range(len(other))]
    )
    if (margins > 0).mean() < 0.65:
        raise WeakEnrolmentError(
            f"the examples do not tell the uniform from other clothes: {(margins > 0).mean():.0%} of them "
            "are recognised when left out; give clearer or more examples"
        )
    fitted = _fit(wear, other)
    typical = max(float(np.median(np.abs(margins))), 1e-6)
    # An example of median margin is as sure as left-out examples are often right.
    trust = float(np.clip((margins > 0).mean(), 0.65, 0.98))
    sharpness = float(np.log(trust / (1 - trust))) / typical
    return Enrolment(fitted.mean, fitted.spread, fitted.direction, fitted.offset, sharpness)


def _fit(wear: Features, other: Features) -> Enrolment:
    mean_wear, mean_other = wear.mean(axis=0, dtype=np.float64), other.mean(axis=0, dtype=np.float64)
    variance = (wear.var(axis=0, dtype=np.float64) + other.var(axis=0, dtype=np.float64)) / 2
    pooled = float(variance.mean()) + 1e-9
    spread = np.sqrt((1 - SHRINKAGE) * variance + SHRINKAGE * pooled)
    centre = (mean_wear + mean_other) / 2
    direction = (mean_wear - mean_other) / spread
    norm = float(np.linalg.norm(direction)) or 1.0
    return Enrolment(centre, spread, direction / norm, 0.0, 1.0)
