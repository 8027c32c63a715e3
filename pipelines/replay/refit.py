"""A calibration fitted anew to a hall's verdicts. Pure.

The model says p of a look; among looks that people have judged it turns out how often it was so. The fit is
a logistic one on the log odds (Platt 1999), held to the shipped calibration by a prior on slope and intercept
(its maximum a posteriori), so that few verdicts change little. Every event counts as one, however many looks
it has: the looks of one event tell much the same.

Only what was flagged is ever judged. So beside the events' looks stand moments at which nothing was flagged,
taken as "no", in such a number that the behaviour's share among all is the prior that the shipped fit had:
the belief filter divides it out again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.calibration import EDGE, HallFit

SLOPE_SPREAD = 0.3
INTERCEPT_SPREAD = 1.0
"""How far a hall's slope and intercept are thought to lie from the shipped ones (standard deviations)."""
FOLDS = 5
BINS = 10
ROUNDS = 50

Array = NDArray[np.float64]


class ContraryError(ValueError):
    """The verdicts say the contrary of the scores: no calibration helps."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Looks of which is known what they showed.

    ``said`` (N,) probabilities, ``happened`` (N,), ``weight`` (N,) adding up to one for each event, ``fold``
    (N,) which of `FOLDS` parts the event or the moment belongs to.
    """

    said: Array
    happened: NDArray[np.bool_]
    weight: Array
    fold: NDArray[np.int64]

    def some(self, which: NDArray[np.bool_]) -> "Judged":
        """Those for which ``which`` (N,) holds."""
        return Judged(self.said[which], self.happened[which], self.weight[which], self.fold[which])


@dataclass(frozen=True, slots=True)
class Goodness:
    """How far probabilities can be taken at their word: mean log loss (nats), expected calibration error."""

    log_loss: float
    ece: float


def fit(judged: Judged) -> HallFit:
    """The slope and intercept most likely after these verdicts. Raises ContraryError."""
    x = np.stack([_log_odds(judged.said), np.ones(len(judged.said))], axis=1)
    y, shipped = judged.happened.astype(float), np.array([1.0, 0.0])
    held = np.array([SLOPE_SPREAD**-2, INTERCEPT_SPREAD**-2])
    found = shipped.copy()
    for _ in range(ROUNDS):
        p = 1 / (1 + np.exp(-x @ found))
        gradient = x.T @ (judged.weight * (p - y)) + held * (found - shipped)
        curvature = (x.T * (judged.weight * p * (1 - p))) @ x + np.diag(held)
        step = np.linalg.solve(curvature, gradient)
        found = found - np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    if found[0] <= 0:
        raise ContraryError("looks that were rejected score higher than those that were confirmed")
    return HallFit(round(float(found[0]), 4), round(float(found[1]), 4))


def fitted(said: Array, made: HallFit) -> Array:
    """What a fit makes of the model's probabilities (N,)."""
    p: Array = 1 / (1 + np.exp(-(made.slope * _log_odds(said) + made.intercept)))
    return p


def goodness(p: Array, judged: Judged) -> Goodness:
    """How good the probabilities ``p`` (N,) are for what happened, by weight."""
    held, weight = np.clip(p, EDGE, 1 - EDGE), judged.weight / judged.weight.sum()
    loss = -np.where(judged.happened, np.log(held), np.log(1 - held))
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weight * (p - judged.happened), BINS)
    return Goodness(float((weight * loss).sum()), float(np.abs(gaps).sum()))


def held_out(judged: Judged) -> tuple[Goodness, Goodness]:
    """Before, and after by fits that have not seen the event they are asked about. Raises ContraryError."""
    after = judged.said.copy()
    for fold in range(FOLDS):
        out = judged.fold == fold
        if out.any():
            after[out] = fitted(judged.said[out], fit(judged.some(~out)))
    return goodness(judged.said, judged), goodness(after, judged)


def _log_odds(p: Array) -> Array:
    held = np.clip(p, EDGE, 1 - EDGE)
    odds: Array = np.log(held / (1 - held))
    return odds
