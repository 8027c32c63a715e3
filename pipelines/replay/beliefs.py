"""The belief filter of `pipelines.rules.belief` over the looks of many posts at once.

The same arithmetic, with an array for each field in place of an object: one step takes one look of every
post, so the time goes by the number of looks of one post, not of the hall.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipelines.rules.belief import BRIDGE_S, CUSUM_CAP, SUREST, Belief, Run, long_run_share
from pipelines.rules.regulation import Dynamics
from vision.calibration import Calibration, logit

Array = NDArray[np.float64]
_EDGE = 1e-3  # as `vision.calibration.logit` holds probabilities


@dataclass(slots=True)
class Beliefs:
    """Beliefs of ``behaviours``; every array ends in (posts, behaviours). NaN stands for None."""

    behaviours: tuple[str, ...]
    t: Array
    p: Array
    known_at: Array
    yes: "Runs"
    no: "Runs"

    @classmethod
    def start(cls, posts: int, dynamics: Mapping[str, Dynamics]) -> Self:
        """Of posts that were never looked at."""
        shares = [long_run_share(one) for one in dynamics.values()]
        shape = (posts, len(shares))
        unknown = np.full(shape, np.nan)
        return cls(
            tuple(dynamics),
            np.full((posts, 1), np.nan),
            np.tile(np.array(shares), (posts, 1)),
            unknown,
            Runs.none(shape),
            Runs.none(shape),
        )

    def of(self, post: int) -> dict[str, Belief]:
        """One post's beliefs as the rules know them."""
        t = _or_none(self.t[post, 0])
        return {
            name: Belief(
                float(self.p[post, i]),
                t,
                _or_none(self.known_at[post, i]),
                self.yes.of(post, i),
                self.no.of(post, i),
            )
            for i, name in enumerate(self.behaviours)
        }


@dataclass(slots=True)
class Runs:
    """`pipelines.rules.belief.Run` as arrays."""

    weight: Array
    since: Array
    before: Array

    @classmethod
    def none(cls, shape: tuple[int, ...]) -> Self:
        """No run anywhere."""
        return cls(np.zeros(shape), np.full(shape, np.nan), np.full(shape, np.nan))

    def of(self, post: int, behaviour: int) -> Run:
        """One of them."""
        at = post, behaviour
        return Run(float(self.weight[at]), _or_none(self.since[at]), _or_none(self.before[at]))

    def take(self, evidence: Array, t: Array, before: Array, unseen: NDArray[np.bool_]) -> "Runs":
        """See `Run.take`; where time went ``unseen`` a run begins anew."""
        weight = np.minimum(np.where(unseen, 0.0, self.weight) + evidence, CUSUM_CAP)
        goes_on = weight > 0
        begins = unseen | np.isnan(self.since)
        return Runs(
            np.where(goes_on, weight, 0.0),
            np.where(goes_on, np.where(begins, t, self.since), np.nan),
            np.where(goes_on, np.where(begins, before, self.before), np.nan),
        )

    def where(self, chosen: NDArray[np.bool_], other: "Runs") -> "Runs":
        """These where ``chosen``, elsewhere the ``other``."""
        return Runs(
            np.where(chosen, self.weight, other.weight),
            np.where(chosen, self.since, other.since),
            np.where(chosen, self.before, other.before),
        )


class BeliefFilter:
    """What beliefs become, look by look."""

    def __init__(self, dynamics: Mapping[str, Dynamics], calibrations: Mapping[str, Calibration]) -> None:
        """By behaviour how it comes and goes, and how its probabilities were calibrated."""
        each = list(dynamics.values())
        self._share = np.array([long_run_share(one) for one in each])
        self._rate = np.array([1 / one.mean_yes_s + 1 / one.mean_no_s for one in each])
        self._correlation = np.array([one.correlation_s for one in each])
        self._prior = np.array([logit(calibrations[name].prior) for name in dynamics])

    def look(self, before: Beliefs, t: Array, cues: Array) -> Beliefs:
        """Beliefs after a look of each post: ``t`` (posts, 1), NaN = none, ``cues`` (posts, behaviours)."""
        took = ~np.isnan(t)
        known = took & ~np.isnan(cues)
        drifted = self._drift(before, t)
        evidence = np.where(known, self._weight(before.known_at, t) * self._ratio(cues), 0.0)
        odds = np.clip(_log_odds(drifted) + evidence, -SUREST, SUREST)
        unseen = t - before.known_at > BRIDGE_S
        return Beliefs(
            before.behaviours,
            np.where(took, t, before.t),
            np.where(known, 1 / (1 + np.exp(-odds)), np.where(took, drifted, before.p)),
            np.where(known, t, before.known_at),
            before.yes.take(evidence, t, before.known_at, unseen).where(known, before.yes),
            before.no.take(-evidence, t, before.known_at, unseen).where(known, before.no),
        )

    def _drift(self, before: Beliefs, t: Array) -> Array:
        gap = t - before.t
        moved = self._share + (before.p - self._share) * np.exp(-self._rate * gap)
        return np.where(np.isnan(gap), before.p, moved)

    def _weight(self, known_at: Array, t: Array) -> Array:
        never = np.isnan(known_at) | (self._correlation == 0)
        lasting = np.where(self._correlation == 0, 1.0, self._correlation)
        return np.where(never, 1.0, 1 - np.exp(-(t - known_at) / lasting))

    def _ratio(self, cues: Array) -> Array:
        held = np.clip(cues, _EDGE, 1 - _EDGE)
        ratio: Array = np.log(held / (1 - held)) - self._prior
        return ratio


def _log_odds(p: Array) -> Array:
    held = np.clip(p, 1e-9, 1 - 1e-9)
    odds: Array = np.log(held / (1 - held))
    return odds


def _or_none(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
