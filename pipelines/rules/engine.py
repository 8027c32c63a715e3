"""Observations in, changes of rules out. One post at a time; posts and cameras share nothing.

The order of things for one look: each behaviour's belief takes the cue in, then each rule's machine
looks at its belief. An unknown cue moves neither. A rule about presence has two machines: one for
what is asked about, one for what a cover excuses; at any moment only one of them runs.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache

from pipelines.rules.belief import BRIDGE_S, Belief
from pipelines.rules.covers import (
    COVERED_BEHAVIOUR,
    COVERED_HOLD_S,
    Cover,
    Standing,
    asked_end,
    covered_end,
    following,
    standing_at,
)
from pipelines.rules.machine import Machine, Sight, Transition
from pipelines.rules.regulation import Dynamics, Rule
from pipelines.rules.schedule import Schedule, Span
from vision.calibration import Calibration


@dataclass(frozen=True, slots=True)
class Ruling:
    """A transition and the rule it belongs to; with a ``cover`` nothing is asked, it is only recorded."""

    rule: Rule
    transition: Transition
    cover: Cover | None = None


@dataclass(frozen=True, slots=True)
class PostState:
    """Beliefs by behaviour and machines by rule of one post; ``covered`` are the machines under covers."""

    beliefs: Mapping[str, Belief]
    machines: Mapping[str, Machine]
    shift: Span | None = None
    covered: Mapping[str, Machine] = field(default_factory=dict)
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """One look as every rule's machine takes it: its time, and the stretches before it and at it."""

    t: float
    shift_before: Span | None
    shift: Span | None
    before: Standing | None
    now: Standing | None
    covers: Sequence[Cover]


@dataclass(frozen=True, slots=True)
class RuleEngine:
    """The rules, beliefs and calibrations of a site. It has no state: `PostState` has."""

    rules: tuple[Rule, ...]
    dynamics: Mapping[str, Dynamics]
    calibrations: Mapping[str, Calibration]
    schedule: Schedule

    def start(self) -> PostState:
        """A post that was never looked at."""
        beliefs = {name: Belief.start(dynamics) for name, dynamics in self.dynamics.items()}
        coverable = [rule.name for rule in self.rules if rule.behaviour == COVERED_BEHAVIOUR]
        return PostState(
            beliefs,
            {rule.name: Machine() for rule in self.rules},
            covered={name: Machine() for name in coverable},
        )

    def look(
        self, state: PostState, t: float, cues: Mapping[str, float | None], covers: Sequence[Cover] = ()
    ) -> tuple[PostState, list[Ruling]]:
        """Take in one look's calibrated cues (None = unknown) at event time ``t`` in seconds.

        ``covers`` are those of the post that are known now, past and coming ones too.
        """
        beliefs = {
            name: self._believe(belief, name, t, cues.get(name)) for name, belief in state.beliefs.items()
        }
        known = {name for name, cue in cues.items() if cue is not None}
        return self.rule(state, t, beliefs, known, covers)

    def rule(
        self,
        state: PostState,
        t: float,
        beliefs: Mapping[str, Belief],
        known: Set[str],
        covers: Sequence[Cover] = (),
    ) -> tuple[PostState, list[Ruling]]:
        """Show the rules a look at ``t`` that the ``beliefs`` have already taken in.

        ``known`` are the behaviours of which it could tell something; ``covers`` as in `look`.
        """
        shift = _joined(state.shift, self.schedule.shift_at(t))
        now = following(state.standing, standing_at(t, shift, covers), covers, t)
        step = _Step(t, state.shift, shift, state.standing, now, covers)
        rulings: list[Ruling] = []
        machines: dict[str, Machine] = {}
        covered: dict[str, Machine] = {}
        for rule in self.rules:
            tells = rule.behaviour in known
            machine, belief = state.machines[rule.name], beliefs[rule.behaviour]
            excused = state.covered.get(rule.name)
            if excused is None:
                over = _shift_end(step.shift_before, shift)
                machines[rule.name], found = _move(machine, rule, belief, t, over, shift, tells)
            else:
                machines[rule.name], found = _asked(machine, rule, belief, step, tells)
                covered[rule.name], more = _covered(excused, rule, belief, step, tells)
                found += more
            rulings.extend(found)
        return PostState(beliefs, machines, shift, covered, step.now), rulings

    def finish(self, state: PostState) -> tuple[PostState, list[Ruling]]:
        """No more looks will come: what is open ends where the evidence last pointed to broken."""
        rulings: list[Ruling] = []
        machines: dict[str, Machine] = {}
        covered: dict[str, Machine] = {}
        cover = None if state.standing is None else state.standing.cover
        for rule in self.rules:
            machines[rule.name], changes = _stopped(state.machines[rule.name])
            rulings.extend(Ruling(rule, change) for change in changes)
            if rule.name in state.covered:
                covered[rule.name], changes = _stopped(state.covered[rule.name])
                rulings.extend(Ruling(rule, change, cover) for change in changes)
        return PostState(state.beliefs, machines, state.shift, covered, state.standing), rulings

    def _believe(self, belief: Belief, name: str, t: float, cue: float | None) -> Belief:
        ratio = None if cue is None else self.calibrations[name].log_likelihood_ratio(cue)
        return belief.look(t, ratio, self.dynamics[name])


def _asked(
    machine: Machine, rule: Rule, belief: Belief, step: _Step, known: bool
) -> tuple[Machine, list[Ruling]]:
    """The machine of absences that nothing covers."""
    before, now = step.before, step.now
    over = None
    if before is not None and before.cover is None:
        over = asked_end(before, now, step.covers, step.t)
    span = now.span if now is not None and now.cover is None else None
    return _move(machine, rule, belief, step.t, over, span, known)


def _covered(
    machine: Machine, rule: Rule, belief: Belief, step: _Step, known: bool
) -> tuple[Machine, list[Ruling]]:
    """The machine of absences under a cover; what it finds carries the cover."""
    before, now = step.before, step.now
    rulings: list[Ruling] = []
    recorded = _recorded(rule)
    if before is not None and before.cover is not None:
        over = covered_end(before, now, step.covers, step.t)
        machine, found = _move(machine, recorded, belief, step.t, over, None, known)
        rulings += [Ruling(rule, ruling.transition, before.cover) for ruling in found]
    if now is not None and now.cover is not None:
        machine, found = _move(machine, recorded, belief, step.t, None, now.span, known)
        rulings += [Ruling(rule, ruling.transition, now.cover) for ruling in found]
    return machine, rulings


def _move(
    machine: Machine, rule: Rule, belief: Belief, t: float, over: float | None, span: Span | None, known: bool
) -> tuple[Machine, list[Ruling]]:
    """Stop a machine whose stretch was over at ``over``, then show it the look in the stretch it lies in."""
    changes: list[Transition] = []
    if over is not None:
        machine, changes = machine.stop(t, _seen_until(machine, t, over))
    if span is not None:
        sight = _sight(rule, belief, t, span)
        machine, more = machine.look(rule, sight) if known else machine.idle_since(t)
        changes = changes + more
    return machine, [Ruling(rule, change) for change in changes]


def _stopped(machine: Machine) -> tuple[Machine, list[Transition]]:
    last = machine.known_at
    return machine.stop(last, last) if last is not None else (machine, [])


@cache
def _recorded(rule: Rule) -> Rule:
    """A rule as it is under a cover: what lasts is recorded sooner than it would be asked about."""
    return rule.model_copy(update={"hold_s": min(rule.hold_s, COVERED_HOLD_S)})


def _shift_end(before: Span | None, now: Span | None) -> float | None:
    """When the shift that held was over, None while it goes on or when none did."""
    if before is None or (now is not None and now.start < before.end):
        return None
    return before.end


def _joined(before: Span | None, now: Span | None) -> Span | None:
    """One span when a shift goes on, whatever day its parts are reckoned from."""
    if before is None or now is None or now.start >= before.end:
        return now
    return Span(min(before.start, now.start), max(before.end, now.end))


def _seen_until(machine: Machine, t: float, over: float) -> float:
    """When a stretch is over: its end, or the last known look when nobody saw its end."""
    last = machine.known_at
    return over if last is None or t - last <= BRIDGE_S else min(last, over)


def _sight(rule: Rule, belief: Belief, t: float, span: Span) -> Sight:
    worse, better = (belief.yes, belief.no) if rule.broken_when == "yes" else (belief.no, belief.yes)
    worse_since = None if worse.since is None else max(worse.since, span.start)
    return Sight(t, rule.broken(belief.p), worse_since, better.contrary_until)
