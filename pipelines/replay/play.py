"""Kept looks through the rules once more.

The rules' own engine takes, rule by rule, each look at which something can happen: a shift or a cover begins
or ends, a belief crosses `close_at`, or an event is about to open. Most looks of a week are not like that;
what they would leave behind (beliefs, when each machine last knew, what it has counted) is computed for many
of them at once, so that the outcome is the same as if the engine had taken every look for every rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.hall.covers import HallCovers
from pipelines.replay.beliefs import BeliefFilter, P
from pipelines.replay.looks import PostLooks, time_of
from pipelines.replay.stretches import (
    PostCovers,
    RememberedSchedule,
    first_looks_after,
    in_shift,
    shifts_of,
)
from pipelines.rules.belief import BRIDGE_S, Belief
from pipelines.rules.covers import COVERED_HOLD_S
from pipelines.rules.engine import PostState, RuleEngine, Ruling
from pipelines.rules.machine import Change, Machine
from pipelines.rules.regulation import Rule
from pipelines.rules.schedule import Span

CHUNK = 2048
"""Looks of each post whose beliefs are held at once."""
WORTHWHILE = 4
"""Looks that must go on alike before they are taken at once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule would have asked at a post; seconds of event time, end None = it still goes on."""

    rule: str
    post: str
    start: float
    end: float | None
    confidence: float


def replay(engine: RuleEngine, looks: Sequence[PostLooks], covers: HallCovers) -> list[Asked]:
    """All that ``engine`` asks about the looks, by start, post and rule. A post comes once in ``looks``."""
    if not looks:
        return []
    engine = replace(engine, schedule=RememberedSchedule.of(engine.schedule))
    names = tuple(engine.dynamics)
    shifts = shifts_of(engine.schedule, *time_of(looks))
    posts = [_Post(engine, one, one.columns(names), PostCovers(one, covers), shifts) for one in looks]
    beliefs = BeliefFilter(len(looks), engine.dynamics, engine.calibrations)
    for begin in range(0, max(len(one) for one in looks), CHUNK):
        steps = beliefs.looks(*_padded(posts, begin))
        for i, post in enumerate(posts):
            if begin < len(post.t):
                post.play(begin, _Course(beliefs, steps, i))
    found = [asked for post in posts for asked in post.asked()]
    return sorted(found, key=lambda asked: (asked.start, asked.post, asked.rule))


def _padded(posts: Sequence["_Post"], begin: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A chunk of all posts' looks: times (steps, posts, 1) and cues (steps, posts, behaviours)."""
    steps = min(CHUNK, max(len(post.t) - begin for post in posts))
    t = np.full((steps, len(posts), 1), np.nan)
    cues = np.full((steps, len(posts), posts[0].cues.shape[1]), np.nan)
    for i, post in enumerate(posts):
        part = slice(begin, begin + steps)
        mine = len(post.t[part])
        t[:mine, i, 0], cues[:mine, i] = post.t[part], post.cues[part]
    return t, cues


@dataclass(frozen=True, slots=True)
class _Course:
    """A post's beliefs after each look of a chunk; ``steps`` (steps, 8, posts, behaviours) are all posts'."""

    filter: BeliefFilter
    steps: NDArray[np.float64]
    post: int

    def p(self, behaviour: str) -> NDArray[np.float64]:
        """The probabilities of one behaviour alone, (steps,)."""
        return self.steps[:, P, self.post, self.filter.names.index(behaviour)]

    def after(self, step: int, t: float, behaviour: str) -> Belief:
        """The belief after one look, which was at ``t``."""
        return self.filter.belief(self.steps[step, :, self.post], t, behaviour)


class _Post:
    """One post on its way through its looks: what all its rules share."""

    def __init__(
        self,
        engine: RuleEngine,
        looks: PostLooks,
        cues: NDArray[np.float64],
        covers: PostCovers,
        shifts: Sequence[Span],
    ) -> None:
        self.name, self.t, self.cues, self.covers = looks.post, looks.t, cues, covers
        self._known = ~np.isnan(cues)
        self.inside = in_shift(looks.t, shifts)
        self.changes = np.zeros(len(looks), np.bool_)
        if len(looks):
            edges = [edge for span in shifts for edge in (span.start, span.end)]
            edges += covers.changes(float(looks.t[0]), float(looks.t[-1]))
            self.changes[first_looks_after(looks.t, edges)] = True
            self.changes[0] = True
        self._column = {name: i for i, name in enumerate(engine.dynamics)}
        self._rules = [_RuleAtPost(engine, rule, self) for rule in engine.rules]

    def known(self, behaviour: str) -> NDArray[np.bool_]:
        """Which looks could tell something of a behaviour."""
        return self._known[:, self._column[behaviour]]

    def asked(self) -> list[Asked]:
        """All that was asked so far."""
        return [asked for rule in self._rules for asked in rule.asked()]

    def play(self, begin: int, course: _Course) -> None:
        """The looks from ``begin`` on, of which ``course`` holds the beliefs."""
        for rule in self._rules:
            rule.play(begin, course)


class _RuleAtPost:
    """One rule at one post. Rules know nothing of each other."""

    def __init__(self, engine: RuleEngine, rule: Rule, post: _Post) -> None:
        self._engine, self._rule, self._post = replace(engine, rules=(rule,)), rule, post
        self._known = post.known(rule.behaviour)
        self._state = self._engine.start()
        self._open: list[Asked] = []
        self._closed: list[Asked] = []

    def asked(self) -> list[Asked]:
        """All that was asked so far."""
        return [*self._closed, *self._open]

    def play(self, begin: int, course: _Course) -> None:
        """See `_Post.play`."""
        end = min(begin + len(course.steps), len(self._post.t))
        belief = course.p(self._rule.behaviour)[: end - begin]
        broken = belief if self._rule.broken_when == "yes" else 1 - belief
        stirring = begin + np.flatnonzero(self._stirring(begin, end, broken))
        turning = begin + np.flatnonzero(~self._lasting(begin, end, broken))
        i = begin
        while i < end:
            if _idle(self._state):
                to = _first(stirring, i, end)
                if to > i:
                    self._state = self._passed_over(i, to)
                    i = to
                    continue
            else:
                to = _first(turning, i, end) - 1
                if to - i >= WORTHWHILE:
                    i = self._went_on(i, to, broken[i - begin : to - begin])
            t = float(self._post.t[i])
            self._look(i, t, course.after(i - begin, t, self._rule.behaviour))
            i += 1

    def _stirring(self, begin: int, end: int, broken: NDArray[np.float64]) -> NDArray[np.bool_]:
        """At which looks something may happen though all is idle."""
        # A little early: the engine's own arithmetic differs from the arrays' in the last digit.
        high = broken >= self._rule.close_at - 1e-9
        telling = self._known[begin:end] & self._post.inside[begin:end]
        stirring: NDArray[np.bool_] = self._post.changes[begin:end] | (telling & high)
        return stirring

    def _lasting(self, begin: int, end: int, broken: NDArray[np.float64]) -> NDArray[np.bool_]:
        """At which looks what goes on can only go on, or open: known soon after a known one, still broken."""
        at = np.arange(begin, end)
        before = np.maximum(at - 1, 0)
        soon = self._post.t[at] - self._post.t[before] <= BRIDGE_S
        known = self._known[at] & self._known[before] & self._post.inside[at]
        lasting: NDArray[np.bool_] = known & soon & ~self._post.changes[at] & (broken >= self._rule.close_at)
        return lasting

    def _look(self, i: int, t: float, belief: Belief) -> None:
        behaviour = self._rule.behaviour
        known = {behaviour} if self._known[i] else frozenset[str]()
        covers = self._post.covers.around(t)
        self._state, rulings = self._engine.rule(self._state, t, {behaviour: belief}, known, covers)
        for ruling in rulings:
            self._note(ruling)

    def _note(self, ruling: Ruling) -> None:
        """A cover's rulings ask nothing, and what is pending has not been asked yet."""
        change = ruling.transition
        if ruling.cover is not None:
            return
        asked = Asked(self._rule.name, self._post.name, change.start, change.end, change.confidence)
        if change.change is Change.OPENED:
            self._open = [asked]
        elif change.change is Change.CLOSED:
            self._open = []
            self._closed.append(asked)

    def _went_on(self, begin: int, end: int, broken: NDArray[np.float64]) -> int:
        """Take the lasting looks of one stretch up to where the rule opens; says which look comes next.

        What is counted is added up one by one, in the engine's own order, so the sums are the engine's.
        """
        state, name, rule = self._state, self._rule.name, self._rule
        machines, covered = dict(state.machines), dict(state.covered)
        chosen = _running(state, rule, machines, covered)
        if chosen is None or chosen[name].start is None:
            return begin
        machine, hold_s = chosen[name], rule.hold_s
        counted = np.diff(self._post.t[begin - 1 : end])
        high = broken >= rule.open_at
        held = _summed(machine.held_s, np.where(high, counted, 0.0))
        if not machine.open:
            if chosen is covered:
                hold_s = min(hold_s, COVERED_HOLD_S)
            opening = np.flatnonzero(high & (held[1:] >= hold_s))
            end = begin + int(opening[0]) if len(opening) else end
        n = end - begin
        if n == 0:
            return begin
        last = float(self._post.t[end - 1])
        chosen[name] = replace(
            machine,
            held_s=float(held[n]),
            weight_s=float(_summed(machine.weight_s, counted[:n])[n]),
            weighted_p=float(_summed(machine.weighted_p, counted[:n] * broken[:n])[n]),
            known_at=last,
            broken_at=last,
            below_since=None,
        )
        self._state = replace(state, machines=machines, covered=covered)
        return end

    def _passed_over(self, begin: int, end: int) -> PostState:
        """The state after idle looks at which nothing happened, but for its belief."""
        state, name = self._state, self._rule.name
        machines, covered = dict(state.machines), dict(state.covered)
        chosen = _running(state, self._rule, machines, covered)
        if chosen is not None:
            chosen[name] = _idled(chosen[name], self._post.t[begin:end], self._known[begin:end])
        return replace(state, machines=machines, covered=covered)


def _first(found: NDArray[np.intp], since: int, end: int) -> int:
    """The first of some looks in order from ``since`` on, ``end`` when there is none."""
    at = np.searchsorted(found, since)
    return int(found[at]) if at < len(found) else end


def _summed(before: float, more: NDArray[np.float64]) -> NDArray[np.float64]:
    """Running sums (N + 1,), from what there was ``before``."""
    return np.cumsum(np.concatenate([[before], more]))


def _running(
    state: PostState, rule: Rule, machines: dict[str, Machine], covered: dict[str, Machine]
) -> dict[str, Machine] | None:
    """The machines among which the one that takes looks now is; None outside all shifts."""
    if rule.name not in state.covered:
        return machines if state.shift is not None else None
    if state.standing is None:
        return None
    return machines if state.standing.cover is None else covered


def _idled(machine: Machine, t: NDArray[np.float64], known: NDArray[np.bool_]) -> Machine:
    """An idle machine after looks that saw the rule kept or could not tell."""
    seen = np.flatnonzero(known)
    if not len(seen):
        return machine
    last = float(t[seen[-1]])
    return replace(machine, known_at=last, kept_at=last)


def _idle(state: PostState) -> bool:
    return all(one.start is None for one in (*state.machines.values(), *state.covered.values()))
