"""The belief filter of `pipelines.rules.belief` over the looks of many posts at once.

The same arithmetic on arrays. What hangs on times and cues alone (how much a look weighs, how far a belief
has drifted) is computed for all looks at once; only the beliefs and the weights of the runs go step by step,
one step taking one look of every post. So the time goes by the number of looks of one post, not of the hall.
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
        self.names = tuple(dynamics)
        self._share = np.array([long_run_share(one) for one in each])
        self._rate = np.array([1 / one.mean_yes_s + 1 / one.mean_no_s for one in each])
        # Of two looks without correlation the second weighs as much as the first.
        self._correlation = np.array([max(one.correlation_s, 1e-12) for one in each])
        self._slope = np.array([calibrations[name].hall.slope for name in dynamics])
        self._intercept = np.array([calibrations[name].hall.intercept for name in dynamics])
        self._prior = np.array([logit(calibrations[name].prior) for name in dynamics])
        self._t = np.full((posts, 1), np.nan)
        self._held = np.full((ROWS, posts, len(each)), np.nan)
        self._held[P] = self._share
        self._held[WEIGHT] = 0.0

    def looks(self, t: Array, cues: Array) -> Array:
        """Take in looks: ``t`` (steps, posts, 1) with NaN where a post has none, ``cues`` (steps, posts,
        behaviours) with NaN = unknown. What is held after each, (steps, 8, posts, behaviours)."""
        held = np.clip(cues, EDGE, 1 - EDGE)
        ratios = self._slope * np.log(held / (1 - held)) + self._intercept - self._prior
        known = ~np.isnan(cues)
        known_at = _latest(self._held[KNOWN_AT], np.where(known, t, np.nan))
        latest_t = _latest(self._t, t)
        unseen_s = t - known_at[:-1]
        weight = np.where(np.isnan(unseen_s), 1.0, 1 - np.exp(-unseen_s / self._correlation))
        evidence = np.where(known, weight * ratios, 0.0)
        decay = np.exp(-self._rate * np.nan_to_num(t - latest_t[:-1]))
        unseen = known & (unseen_s > BRIDGE_S)

        steps = np.empty((len(t), *self._held.shape))
        steps[:, KNOWN_AT] = known_at[1:]
        self._believe(decay, evidence, ~known, steps[:, P])
        signed = evidence[:, None] * _SIGN
        self._weigh(np.where(unseen, 0.0, 1.0)[:, None], signed, steps[:, WEIGHT])
        self._date(t, known_at, unseen, steps)
        self._t, self._held = latest_t[-1], steps[-1].copy()
        return steps

    def belief(self, held: Array, t: float, behaviour: str) -> Belief:
        """A post's belief after its look at ``t``, as the rules know it; ``held`` (8, behaviours) are all."""
        return _belief(t, held[:, self.names.index(behaviour)].tolist())

    def _believe(self, decay: Array, evidence: Array, unknown: NDArray[np.bool_], after: Array) -> None:
        """The probabilities after each look, into ``after`` (steps, posts, behaviours)."""
        p, share = self._held[P], self._share
        drifted, odds = np.empty_like(p), np.empty_like(p)
        for k in range(len(after)):
            np.subtract(p, share, out=drifted)
            np.multiply(drifted, decay[k], out=drifted)
            np.add(drifted, share, out=drifted)
            p = after[k]
            np.minimum(np.maximum(drifted, 1e-9, out=p), 1 - 1e-9, out=p)
            np.subtract(1, p, out=odds)
            np.log(np.divide(p, odds, out=odds), out=odds)
            np.add(odds, evidence[k], out=odds)
            np.maximum(np.minimum(odds, SUREST, out=odds), -SUREST, out=odds)
            np.exp(np.negative(odds, out=odds), out=odds)
            np.divide(1, np.add(odds, 1, out=odds), out=p)
            np.copyto(p, drifted, where=unknown[k])

    def _weigh(self, kept: Array, evidence: Array, after: Array) -> None:
        """The weights of the runs for yes and no, see `Run.take`, into ``after`` (steps, 2, posts,
        behaviours); ``kept`` is 0 where time went unseen, else 1."""
        weight = self._held[WEIGHT]
        for k in range(len(after)):
            np.multiply(weight, kept[k], out=after[k])
            weight = after[k]
            np.add(weight, evidence[k], out=weight)
            np.maximum(np.minimum(weight, CUSUM_CAP, out=weight), 0, out=weight)

    def _date(self, t: Array, known_at: Array, unseen: NDArray[np.bool_], steps: Array) -> None:
        """Since when each run of ``steps`` has lasted, and the last known look before it; NaN without one."""
        weight = steps[:, WEIGHT]
        before = np.concatenate([self._held[None, WEIGHT], weight[:-1]])
        runs = weight > 0
        begins = runs & ((before == 0) | unseen[:, None])
        which = np.where(begins, np.arange(1, len(t) + 1)[:, None, None, None], 0)
        which = np.maximum.accumulate(which, axis=0)
        for rows, values in ((SINCE, np.broadcast_to(t, unseen.shape)), (BEFORE, known_at[:-1])):
            held, both = self._held[None, rows], np.repeat(values[:, None], 2, axis=1)
            dated = np.take_along_axis(np.concatenate([held, both]), which, axis=0)
            steps[:, rows] = np.where(runs, dated, np.nan)


def _latest(held: Array, given: Array) -> Array:
    """What was given last before and after each step (steps + 1, ...), NaN = nothing yet; it only rises."""
    latest: Array = np.fmax.accumulate(np.concatenate([held[None], given]), axis=0)
    return latest


def _belief(t: float, row: list[float]) -> Belief:
    p, known_at, *runs = (None if value != value else value for value in row)
    yes, no = (Run(runs[i] or 0.0, runs[i + 2], runs[i + 4]) for i in (0, 1))
    return Belief(p or 0.0, t, known_at, yes, no)
