"""The belief filter of `pipelines.rules.belief` over the looks of many posts at once.

The same arithmetic on arrays: one step takes one look of every post, so the time goes by the number of looks
of one post, not of the hall.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pipelines.rules.belief import BRIDGE_S, CUSUM_CAP, SUREST, Belief, Run, long_run_share
from pipelines.rules.regulation import Dynamics
from vision.calibration import EDGE, Calibration, logit

Array = NDArray[np.float64]

# Rows of what a step holds of each post and behaviour; NaN stands for None. Runs: for yes, for no.
P, KNOWN_AT = 0, 1
WEIGHT, SINCE, BEFORE = slice(2, 4), slice(4, 6), slice(6, 8)
ROWS = 8

_SIGN = np.array([1.0, -1.0])[:, None, None]


class BeliefFilter:
    """The beliefs of some posts, look by look."""

    def __init__(
        self, posts: int, dynamics: Mapping[str, Dynamics], calibrations: Mapping[str, Calibration]
    ) -> None:
        """``posts`` were never looked at; by behaviour how it comes and goes, and how its probabilities
        were calibrated."""
        each = list(dynamics.values())
        self._names = tuple(dynamics)
        self._share = np.array([long_run_share(one) for one in each])
        self._rate = np.array([1 / one.mean_yes_s + 1 / one.mean_no_s for one in each])
        # Of two looks without correlation the second weighs as much as the first.
        self._correlation = np.array([max(one.correlation_s, 1e-12) for one in each])
        self._prior = np.array([logit(calibrations[name].prior) for name in dynamics])
        self._t = np.full((posts, 1), np.nan)
        self._held = np.full((ROWS, posts, len(each)), np.nan)
        self._held[P] = self._share
        self._held[WEIGHT] = 0.0

    def looks(self, t: Array, cues: Array) -> Array:
        """Take in looks: ``t`` (steps, posts, 1) with NaN where a post has none, ``cues`` (steps, posts,
        behaviours) with NaN = unknown. What is held after each, (steps, 8, posts, behaviours)."""
        held = np.clip(cues, EDGE, 1 - EDGE)
        ratios = np.log(held / (1 - held)) - self._prior
        steps = np.empty((len(t), *self._held.shape))
        for k in range(len(t)):
            self._look(t[k], ratios[k], steps[k])
            self._held = steps[k]
        self._held = self._held.copy()
        return steps

    def belief(self, step: Array, t: float, post: int) -> dict[str, Belief]:
        """One post's beliefs after its look at ``t``, as the rules know them."""
        rows = zip(*step[:, post].tolist(), strict=True)
        return {name: _belief(t, row) for name, row in zip(self._names, rows, strict=True)}

    def _look(self, t: Array, ratio: Array, after: Array) -> None:
        """One look of each post, into ``after`` (8, posts, behaviours)."""
        before = self._held
        known = ~np.isnan(ratio)
        drifted = self._drift(before[P], t - self._t)
        unseen_s = t - before[KNOWN_AT]
        weight = np.where(np.isnan(unseen_s), 1.0, 1 - np.exp(-unseen_s / self._correlation))
        evidence = weight * ratio
        odds = np.clip(_log_odds(drifted) + evidence, -SUREST, SUREST)
        after[P] = np.where(known, 1 / (1 + np.exp(-odds)), drifted)
        after[KNOWN_AT] = t
        _run(before, after, evidence * _SIGN, t, unseen_s > BRIDGE_S)
        np.copyto(after[KNOWN_AT:], before[KNOWN_AT:], where=~known)
        self._t = np.where(np.isnan(t), self._t, t)

    def _drift(self, p: Array, gap: Array) -> Array:
        moved = self._share + (p - self._share) * np.exp(-self._rate * gap)
        return np.where(np.isnan(gap), p, moved)


def _run(before: Array, after: Array, evidence: Array, t: Array, unseen: NDArray[np.bool_]) -> None:
    """The runs for yes and for no with one more look, see `Run.take`; where time went ``unseen``, anew."""
    weight = np.minimum(np.where(unseen, 0.0, before[WEIGHT]) + evidence, CUSUM_CAP)
    over = ~(weight > 0)
    begins = unseen | np.isnan(before[SINCE])
    after[WEIGHT] = weight
    after[SINCE] = np.where(begins, t, before[SINCE])
    after[BEFORE] = np.where(begins, before[KNOWN_AT], before[BEFORE])
    after[WEIGHT][over] = 0.0
    after[SINCE][over] = np.nan
    after[BEFORE][over] = np.nan


def _belief(t: float, row: tuple[float, ...]) -> Belief:
    p, known_at, *runs = (None if value != value else value for value in row)
    yes, no = (Run(runs[i] or 0.0, runs[i + 2], runs[i + 4]) for i in (0, 1))
    return Belief(p or 0.0, t, known_at, yes, no)


def _log_odds(p: Array) -> Array:
    held = np.clip(p, 1e-9, 1 - 1e-9)
    odds: Array = np.log(held / (1 - held))
    return odds
