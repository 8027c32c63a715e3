"""Kept looks through the rules once more.

The rules' own engine takes each look at which something can happen: a belief that is not below `close_at`,
a machine that is not idle, a shift or a cover that begins or ends. Most looks of a week are not like that;
what they would leave behind (beliefs, and when each machine last knew) is computed for all posts at once,
so that the outcome is the same as if the engine had taken every look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.covers import HallCovers
from pipelines.replay.beliefs import BeliefFilter, P
from pipelines.replay.looks import PostLooks
from pipelines.replay.stretches import (
    PostCovers,
    RememberedSchedule,
    first_looks_after,
    in_shift,
    shifts_of,
)
from pipelines.rules.belief import Belief
from pipelines.rules.engine import PostState, RuleEngine, Ruling
from pipelines.rules.machine import Change, Machine
from pipelines.rules.regulation import Rule
from pipelines.rules.schedule import Span

CHUNK = 2048
"""Looks of each post whose beliefs are held at once."""


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
    first = min((float(one.t[0]) for one in looks if len(one)), default=0.0)
    last = max((float(one.t[-1]) for one in looks if len(one)), default=0.0)
    shifts = shifts_of(engine.schedule, first, last)
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

    @property
    def p(self) -> NDArray[np.float64]:
        """The probabilities alone, (steps, behaviours)."""
        return self.steps[:, P, self.post]

    def after(self, step: int, t: float) -> dict[str, Belief]:
        """The beliefs after one look, which was at ``t``."""
        return self.filter.belief(self.steps[step], t, self.post)


class _Post:
    """One post on its way through its looks."""

    def __init__(
        self,
        engine: RuleEngine,
        looks: PostLooks,
        cues: NDArray[np.float64],
        covers: PostCovers,
        shifts: Sequence[Span],
    ) -> None:
        self.t, self.cues = looks.t, cues
        self._name, self._engine, self._covers = looks.post, engine, covers
        self._column = {name: i for i, name in enumerate(engine.dynamics)}
        self._known = ~np.isnan(cues)
        self._inside = in_shift(looks.t, shifts)
        self._changes = np.zeros(len(looks), np.bool_)
        if len(looks):
            edges = [edge for span in shifts for edge in (span.start, span.end)]
            edges += covers.changes(float(looks.t[0]), float(looks.t[-1]))
            self._changes[first_looks_after(looks.t, edges)] = True
            self._changes[0] = True
        self._state = engine.start()
        self._open: dict[str, Asked] = {}
        self._closed: list[Asked] = []

    def asked(self) -> list[Asked]:
        """All that was asked so far."""
        return [*self._closed, *self._open.values()]

    def play(self, begin: int, course: _Course) -> None:
        """The looks from ``begin`` on, of which ``course`` holds the beliefs."""
        end = min(begin + len(course.steps), len(self.t))
        stirring = begin + np.flatnonzero(self._stirring(begin, end, course.p))
        i = begin
        while i < end:
            if _idle(self._state):
                after = np.searchsorted(stirring, i)
                to = int(stirring[after]) if after < len(stirring) else end
                if to > i:
                    self._state = self._passed_over(i, to)
                    i = to
                    continue
            self._look(i, course.after(i - begin, float(self.t[i])))
            i += 1

    def _stirring(self, begin: int, end: int, p: NDArray[np.float64]) -> NDArray[np.bool_]:
        """At which looks something may happen though all is idle."""
        stirring = self._changes[begin:end].copy()
        for rule in self._engine.rules:
            column = self._column[rule.behaviour]
            belief = p[: end - begin, column]
            broken = belief if rule.broken_when == "yes" else 1 - belief
            known = self._known[begin:end, column] & self._inside[begin:end]
            # A little early: the engine's own arithmetic differs from the arrays' in the last digit.
            stirring |= known & (broken >= rule.close_at - 1e-9)
        return stirring

    def _look(self, i: int, beliefs: Mapping[str, Belief]) -> None:
        t = float(self.t[i])
        known = {name for name, knows in zip(self._column, self._known[i].tolist(), strict=True) if knows}
        self._state, rulings = self._engine.rule(self._state, t, beliefs, known, self._covers.around(t))
        for ruling in rulings:
            self._note(ruling)

    def _note(self, ruling: Ruling) -> None:
        """A cover's rulings ask nothing, and what is pending has not been asked yet."""
        change, name = ruling.transition, ruling.rule.name
        if ruling.cover is not None:
            return
        asked = Asked(name, self._name, change.start, change.end, change.confidence)
        if change.change is Change.OPENED:
            self._open[name] = asked
        elif change.change is Change.CLOSED:
            self._open.pop(name, None)
            self._closed.append(asked)

    def _passed_over(self, begin: int, end: int) -> PostState:
        """The state after idle looks at which nothing happened, but for its beliefs."""
        state = self._state
        machines, covered = dict(state.machines), dict(state.covered)
        for rule in self._engine.rules:
            chosen = _running(state, rule, machines, covered)
            if chosen is not None:
                column = self._known[begin:end, self._column[rule.behaviour]]
                chosen[rule.name] = _idled(chosen[rule.name], self.t[begin:end], column)
        return replace(state, machines=machines, covered=covered)


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
