"""Observations in, changes of rules out. One post at a time; posts and cameras share nothing.

The order of things for one look: each behaviour's belief takes the cue in, then each rule's machine
looks at its belief. An unknown cue moves neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.rules.belief import BRIDGE_S, Belief
from pipelines.rules.machine import Machine, Sight, Transition
from pipelines.rules.regulation import Dynamics, Rule
from pipelines.rules.schedule import Schedule, Span
from vision.calibration import Calibration


@dataclass(frozen=True, slots=True)
class Ruling:
    """A transition and the rule it belongs to."""

    rule: Rule
    transition: Transition


@dataclass(frozen=True, slots=True)
class PostState:
    """Beliefs by behaviour and machines by rule of one post."""

    beliefs: Mapping[str, Belief]
    machines: Mapping[str, Machine]
    shift: Span | None = None


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
        return PostState(beliefs, {rule.name: Machine() for rule in self.rules})

    def look(
        self, state: PostState, t: float, cues: Mapping[str, float | None]
    ) -> tuple[PostState, list[Ruling]]:
        """Take in one look's calibrated cues (None = unknown) at event time ``t`` in seconds."""
        beliefs = {
            name: self._believe(belief, name, t, cues.get(name)) for name, belief in state.beliefs.items()
        }
        shift = _joined(state.shift, self.schedule.shift_at(t))
        rulings: list[Ruling] = []
        machines: dict[str, Machine] = {}
        for rule in self.rules:
            machine = state.machines[rule.name]
            changes: list[Transition] = []
            if state.shift is not None and (shift is None or shift.start >= state.shift.end):
                machine, changes = machine.stop(t, _seen_until(machine, t, state.shift))
            if shift is not None:
                sight = _sight(rule, beliefs[rule.behaviour], t, shift)
                known = cues.get(rule.behaviour) is not None
                machine, more = machine.look(rule, sight) if known else machine.idle_since(t)
                changes = changes + more
            machines[rule.name] = machine
            rulings.extend(Ruling(rule, change) for change in changes)
        return PostState(beliefs, machines, shift), rulings

    def finish(self, state: PostState) -> tuple[PostState, list[Ruling]]:
        """No more looks will come: what is open ends where the evidence last pointed to broken."""
        rulings: list[Ruling] = []
        machines: dict[str, Machine] = {}
        for rule in self.rules:
            machine = state.machines[rule.name]
            last = machine.known_at
            stopped, changes = machine.stop(last, last) if last is not None else (machine, [])
            machines[rule.name] = stopped
            rulings.extend(Ruling(rule, change) for change in changes)
        return PostState(state.beliefs, machines, state.shift), rulings

    def _believe(self, belief: Belief, name: str, t: float, cue: float | None) -> Belief:
        ratio = None if cue is None else self.calibrations[name].log_likelihood_ratio(cue)
        return belief.look(t, ratio, self.dynamics[name])


def _joined(before: Span | None, now: Span | None) -> Span | None:
    """One span when a shift goes on, whatever day its parts are reckoned from."""
    if before is None or now is None or now.start >= before.end:
        return now
    return Span(min(before.start, now.start), max(before.end, now.end))


def _seen_until(machine: Machine, t: float, shift: Span) -> float:
    """When a shift is over: its end, or the last known look when nobody saw its end."""
    last = machine.known_at
    return shift.end if last is None or t - last <= BRIDGE_S else min(last, shift.end)


def _sight(rule: Rule, belief: Belief, t: float, shift: Span) -> Sight:
    worse, better = (belief.yes, belief.no) if rule.broken_when == "yes" else (belief.no, belief.yes)
    worse_since = None if worse.since is None else max(worse.since, shift.start)
    return Sight(t, rule.broken(belief.p), worse_since, better.contrary_until)
