"""When to look: at the first picture at or after each tick of a grid in event time.

The grid stands still while the frame rate changes, so a file at 25, 12.5 or 10 frames a second is
looked at in the same moments. A post at which all is settled is looked at only every `QUIET_S`; when such a
look shows something new, the pictures that were passed over are looked at after all, so that nothing began
unseen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipelines.rules.belief import BRIDGE_S, Belief
from pipelines.rules.engine import PostState
from pipelines.rules.regulation import Rule

INTERVAL_S = 0.4
"""Seconds between looks. A multiple of the frame times of 5, 10, 12.5, 15, 20, 25 and 30 a second."""
SLACK = 1e-6
"""What rounding may do to times, in seconds."""
QUIET_S = 2.0
"""Seconds between looks at a settled post: well within `rules.belief.BRIDGE_S`, so that all time counts."""
BOUND_S = int(BRIDGE_S / INTERVAL_S) * INTERVAL_S
"""The bound on a look's age: the last moment of the looks' grid that rules still bridge."""
STIRRED = 0.3
"""Evidence (natural log) against what is believed from which a post is no longer settled."""
SURELY = 0.9
LASTING = frozenset({"presence", "uniform"})
"""Behaviours that go on by themselves: an event of theirs needs no closer watch while nothing changes."""


@dataclass(frozen=True, slots=True)
class LookGrid:
    """The grid of one camera since its stream began; `LookGrid()` starts at the first picture."""

    interval_s: float = INTERVAL_S
    origin: float | None = None
    last_tick: int = -1

    def due(self, t: float) -> tuple["LookGrid", bool]:
        """Whether the picture at event time ``t`` is to be looked at."""
        if self.origin is None:
            return replace(self, origin=t, last_tick=0), True
        tick = int((t - self.origin) / self.interval_s + SLACK)
        if tick <= self.last_tick:
            return self, False
        return replace(self, last_tick=tick), True


@dataclass(frozen=True, slots=True)
class Quiet:
    """Whether a post's next picture can be passed over: when it was looked at, whether all was settled."""

    looked_at: float = float("-inf")
    settled: bool = False

    def passes(self, t: float, ahead_s: float = INTERVAL_S) -> bool:
        """Whether the picture at ``t`` need not be looked at now. The next one comes ``ahead_s`` later."""
        age = t - self.looked_at
        return self.settled and age < QUIET_S - SLACK and age + ahead_s <= BOUND_S + SLACK


def settled(state: PostState, rules: Iterable[Rule]) -> bool:
    """Whether all is as it was at a post: each rule is surely kept, or surely broken by what lasts by itself,
    and the last looks do not point elsewhere.
    """
    return all(_settled(state, rule) for rule in rules)


def _settled(state: PostState, rule: Rule) -> bool:
    belief, idle = state.beliefs[rule.behaviour], state.machines[rule.name].start is None
    if belief.known_at is None or belief.known_at != belief.t:  # this look could not tell
        return idle
    broken = rule.broken(belief.p)
    worse, better = _runs(belief, rule)
    if broken <= 1 - SURELY:
        return idle and worse < STIRRED
    return rule.behaviour in LASTING and broken >= SURELY and better < STIRRED


def _runs(belief: Belief, rule: Rule) -> tuple[float, float]:
    """How much the looks since the last turn speak for broken, and for kept."""
    yes, no = belief.yes.weight, belief.no.weight
    return (yes, no) if rule.broken_when == "yes" else (no, yes)
