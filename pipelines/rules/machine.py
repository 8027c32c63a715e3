"""The event machine of one rule at one post: idle, pending, open.

::

            belief >= open_at                  held for hold_s
    idle ───────────────────► pending ───────────────────────► open
      ▲   belief < close_at      │                               │
      ◄──────────────────────────┘   below close_at for release_s│
      ◄──────────────────────────────────────────────────────────┘

Time counts from the onset (when the evidence first pointed this way), by known looks only: between
looks further apart than BRIDGE_S nothing counts, for nobody saw what went on. While the belief
stands between close_at and open_at the count pauses. After FORGET_S without a known look a pending
rule is dropped and an open event ends where it was last seen.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from pipelines.rules.belief import BRIDGE_S
from pipelines.rules.regulation import Rule

FORGET_S = 10.0
"""Unknown for longer than this, what was pending or open is over."""


class Change(StrEnum):
    """What happened to a rule at a post."""

    PENDING = "pending"
    DROPPED = "dropped"
    OPENED = "opened"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Transition:
    """A change at event time ``t``; ``start`` and ``end`` bound what was seen (end None = goes on)."""

    change: Change
    t: float
    start: float
    end: float | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Sight:
    """One known look as a rule sees it: time, probability that the rule is broken, and since when
    the evidence has pointed to broken (``worse_since``) or to kept (``better_since``; where some time
    went unseen before that, the last look that still saw it broken)."""

    t: float
    p: float
    worse_since: float | None
    better_since: float | None

    @property
    def turning_since(self) -> float | None:
        """Since when the evidence has pointed to kept and not, still later, to broken again."""
        if self.better_since is None or self.worse_since is None or self.worse_since < self.better_since:
            return self.better_since
        return None


@dataclass(frozen=True, slots=True)
class Machine:
    """The state of one rule at one post; `Machine()` is idle and has seen nothing.

    ``kept_at`` and ``broken_at`` are the last looks below and not below close_at, ``over_at`` the end
    of what was last: evidence may point back before a look that saw the contrary by no more than
    BRIDGE_S, and never into what is over. ``turned_at`` is since when the evidence has pointed to kept
    while the belief was still not below close_at: what is stopped then ends there.
    """

    start: float | None = None
    open: bool = False
    held_s: float = 0.0
    known_at: float | None = None
    below_since: float | None = None
    turned_at: float | None = None
    kept_at: float = float("-inf")
    broken_at: float = float("-inf")
    over_at: float = float("-inf")
    weight_s: float = 0.0
    weighted_p: float = 0.0

    @property
    def confidence(self) -> float:
        """Mean belief over the time counted, 0 when nothing was."""
        return self.weighted_p / self.weight_s if self.weight_s > 0 else 0.0

    def look(self, rule: Rule, sight: Sight) -> tuple["Machine", list[Transition]]:
        """Take in one known look. Looks must come in the order of time."""
        state, changes = self.idle_since(sight.t)
        gap = sight.t - state.known_at if state.known_at is not None else 0.0
        if state.start is None and sight.p < rule.close_at:
            return replace(state, known_at=sight.t, kept_at=sight.t), changes
        state = replace(state, known_at=sight.t)
        if state.start is None:
            state, more = state._begin(rule, sight)
        else:
            state, more = state._go_on(rule, sight, gap if gap <= BRIDGE_S else 0.0)
        return state, changes + more

    def idle_since(self, t: float) -> tuple["Machine", list[Transition]]:
        """Say that the time is ``t`` and no look was known: after FORGET_S all is over."""
        if self.known_at is None or t - self.known_at <= FORGET_S:
            return self, []
        return self.stop(t, self.known_at)

    def stop(self, t: float, end: float) -> tuple["Machine", list[Transition]]:
        """End whatever goes on, as of ``end``: the shift is over, or nothing is seen any more."""
        if self.start is None:
            return replace(self, kept_at=t), []
        turned = self.below_since if self.below_since is not None else self.turned_at
        if turned is not None:
            end = min(end, turned)
        change = Change.CLOSED if self.open else Change.DROPPED
        end = max(end, self.start)
        return Machine(over_at=end), [Transition(change, t, self.start, end, self.confidence)]

    def _begin(self, rule: Rule, sight: Sight) -> tuple["Machine", list[Transition]]:
        if sight.p < rule.open_at:
            return self, []
        since = sight.worse_since if sight.worse_since is not None else sight.t
        start = max(since, self.kept_at - BRIDGE_S, self.over_at)
        held = sight.t - start
        state = replace(self, start=start, held_s=held, broken_at=sight.t)._weigh(max(held, 1e-3), sight.p)
        pending = Transition(Change.PENDING, sight.t, start, None, state.confidence)
        state, opened = state._open_when_due(rule, sight)
        return state, [pending, *opened]

    def _go_on(self, rule: Rule, sight: Sight, counted: float) -> tuple["Machine", list[Transition]]:
        if sight.p < rule.close_at:
            return self._below(rule, sight)
        turning = sight.turning_since
        turned = None if turning is None else max(turning, sight.t - BRIDGE_S)
        state = replace(self, below_since=None, turned_at=turned, broken_at=sight.t)
        if sight.p >= rule.open_at:
            state = replace(state, held_s=state.held_s + counted)
        return state._weigh(counted, sight.p)._open_when_due(rule, sight)

    def _below(self, rule: Rule, sight: Sight) -> tuple["Machine", list[Transition]]:
        assert self.start is not None
        better = sight.better_since if sight.better_since is not None else sight.t
        since = self.below_since
        if since is None:
            since = max(better, self.start, self.broken_at - BRIDGE_S)
        if self.open and sight.t - since < rule.release_s:
            return replace(self, below_since=since), []
        change = Change.CLOSED if self.open else Change.DROPPED
        over = Transition(change, sight.t, self.start, since, self.confidence)
        return Machine(known_at=sight.t, kept_at=sight.t, over_at=since), [over]

    def _open_when_due(self, rule: Rule, sight: Sight) -> tuple["Machine", list[Transition]]:
        assert self.start is not None
        if self.open or sight.p < rule.open_at or self.held_s < rule.hold_s:
            return self, []
        state = replace(self, open=True)
        return state, [Transition(Change.OPENED, sight.t, self.start, None, self.confidence)]

    def _weigh(self, seconds: float, p: float) -> "Machine":
        return replace(self, weight_s=self.weight_s + seconds, weighted_p=self.weighted_p + seconds * p)
