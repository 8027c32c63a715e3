"""What is believed after all looks so far: a two-state Markov filter in continuous time.

Between looks the belief drifts toward the behaviour's long-run share, so irregular looks and gaps
need no special case. A look multiplies the odds by its likelihood ratio (Bayes). Looks close
together tell much the same (the same pose, the same light), so a look counts with the weight
``1 - exp(-dt / correlation)``: information comes by the second, not by the frame.

The filter also keeps since when the evidence has pointed the way it points now (a two-sided
CUSUM, Page 1954): the moment a behaviour began or ended, without the filter's own delay.
"""

from dataclasses import dataclass, replace

import numpy as np

from pipelines.rules.regulation import Dynamics
from vision.calibration import sigmoid

UNSEEN_S = 1.0
"""Two known looks this far apart leave time between them that nobody saw."""
SUREST = 5.0
"""Largest log odds of a belief: what has lasted long can still end at any moment."""
CUSUM_CAP = 3.0
"""How much contrary evidence (natural log) ends a run: about one sure look, or several faint ones."""


BRIDGE_S = 3.0
"""Longest time between two known looks over which they belong together: a little over a look's
greatest age. What lies between two looks further apart nobody has seen."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of looks that speak for one side: its weight so far, the time of its first look, and the
    time of the last known look before that."""

    weight: float = 0.0
    since: float | None = None
    before: float | None = None

    def take(self, evidence: float, t: float, before: float | None = None) -> "Run":
        """Add one look's log likelihood ratio for this side at ``t``; ``before`` = the last known look."""
        weight = min(self.weight + evidence, CUSUM_CAP)
        if weight <= 0:
            return Run()
        return Run(weight, t, before) if self.since is None else replace(self, weight=weight)

    @property
    def contrary_until(self) -> float | None:
        """Until when the contrary was seen: the run's first look, or the look before it when some time
        went unseen between the two."""
        if self.since is None or self.before is None or self.since - self.before <= UNSEEN_S:
            return self.since
        return self.before


@dataclass(frozen=True, slots=True)
class Belief:
    """Probability that a behaviour is going on, as of the last look at ``t`` (None = no look yet)."""

    p: float
    t: float | None = None
    known_at: float | None = None
    yes: Run = Run()
    no: Run = Run()

    @classmethod
    def start(cls, dynamics: Dynamics) -> "Belief":
        """The belief before any look: the behaviour's long-run share."""
        return cls(long_run_share(dynamics))

    def look(self, t: float, log_ratio: float | None, dynamics: Dynamics) -> "Belief":
        """The belief after a look at ``t`` that says ``log_ratio`` for yes (None = unknown).

        Raises ValueError when ``t`` lies before the last look.
        """
        if self.t is not None and t < self.t:
            raise ValueError(f"a look at {t:.3f} s came after one at {self.t:.3f} s")
        drifted = drift(self.p, t - self.t, dynamics) if self.t is not None else self.p
        if log_ratio is None:
            return replace(self, p=drifted, t=t)
        weight = self._weight(t, dynamics.correlation_s)
        evidence = weight * log_ratio
        p = sigmoid(min(max(_log_odds(drifted) + evidence, -SUREST), SUREST))
        unseen = self.known_at is not None and t - self.known_at > BRIDGE_S
        yes, no = (Run(), Run()) if unseen else (self.yes, self.no)
        before = self.known_at
        return Belief(p, t, t, yes.take(evidence, t, before), no.take(-evidence, t, before))

    def _weight(self, t: float, correlation_s: float) -> float:
        if self.known_at is None or correlation_s == 0:
            return 1.0
        return float(1 - np.exp(-(t - self.known_at) / correlation_s))


def long_run_share(dynamics: Dynamics) -> float:
    """Share of time the behaviour goes on: mean_yes / (mean_yes + mean_no)."""
    return dynamics.mean_yes_s / (dynamics.mean_yes_s + dynamics.mean_no_s)


def drift(p: float, dt: float, dynamics: Dynamics) -> float:
    """The belief ``dt`` seconds later without a look: exponentially toward the long-run share."""
    share = long_run_share(dynamics)
    rate = 1 / dynamics.mean_yes_s + 1 / dynamics.mean_no_s
    return share + (p - share) * float(np.exp(-rate * dt))


def _log_odds(p: float) -> float:
    held = min(max(p, 1e-9), 1 - 1e-9)
    return float(np.log(held / (1 - held)))
