"""Rules, beliefs and rows of looks for the tests of `pipelines.rules`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from pipelines.rules.belief import BRIDGE_S
from pipelines.rules.engine import PostState, RuleEngine
from pipelines.rules.machine import Machine, Sight, Transition
from pipelines.rules.regulation import Dynamics, Rule
from pipelines.rules.schedule import Schedule, Shift
from vision.calibration import Calibration

STEADY = settings(deadline=None, derandomize=True, max_examples=150)
"""Hypothesis on a shared machine: no deadline, and the same examples in every run."""

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
PRIOR = 0.2
"""A look of this probability says nothing."""
CALIBRATION = Calibration(slope=1, intercept=0, prior=PRIOR)
PLAIN = Dynamics(mean_yes_s=40, mean_no_s=600, correlation_s=1.2)


def rule(**changes: object) -> Rule:
    fields: dict[str, object] = {
        "name": "phone_use",
        "edition": "1",
        "clause": "B15",
        "behaviour": "phone",
        "broken_when": "yes",
        "hold_s": 10,
        "open_at": 0.9,
        "close_at": 0.3,
        "release_s": 5,
    }
    return Rule.model_validate({**fields, **changes})


def shift(start: str, end: str, days: str = "mon-sun") -> Shift:
    return Shift.model_validate({"days": days, "from": start, "to": end})


def schedule(*shifts: Shift, zone: ZoneInfo = SHANGHAI) -> Schedule:
    return Schedule(shifts, zone)


def clock(text: str, zone: ZoneInfo = SHANGHAI, fold: int = 0) -> float:
    """Event time of a local time like ``2026-01-05 09:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


def engine(
    *rules: Rule,
    dynamics: Dynamics = PLAIN,
    shifts: Schedule | None = None,
    calibration: Calibration = CALIBRATION,
) -> RuleEngine:
    """An engine of some rules (default: `rule()`), all of whose behaviours go by ``dynamics``."""
    chosen = rules or (rule(),)
    names = {one.behaviour for one in chosen}
    return RuleEngine(
        chosen,
        dict.fromkeys(names, dynamics),
        dict.fromkeys(names, calibration),
        shifts if shifts is not None else schedule(),
    )


Probability = float | None


@dataclass(frozen=True, slots=True)
class Step:
    """What came of one look in a run."""

    t: float
    known: bool
    belief: float
    changes: tuple[Transition, ...]


def run(
    rules: RuleEngine, looks: Iterable[tuple[float, Probability]], state: PostState | None = None
) -> tuple[PostState, list[Step]]:
    """Looks (time, probability or None) through an engine of one rule."""
    (only,) = rules.rules
    current, steps = state or rules.start(), []
    for t, cue in looks:
        current, rulings = rules.look(current, t, {only.behaviour: cue})
        belief = current.beliefs[only.behaviour].p
        steps.append(Step(t, cue is not None, belief, tuple(ruling.transition for ruling in rulings)))
    return current, steps


def to_the_end(rules: RuleEngine, looks: Iterable[tuple[float, Probability]]) -> list[Transition]:
    """All transitions of a run, those of its end included."""
    state, steps = run(rules, looks)
    _, last = rules.finish(state)
    return [change for step in steps for change in step.changes] + [ruling.transition for ruling in last]


def every(step_s: float, cue: Probability, start: float, end: float) -> list[tuple[float, Probability]]:
    """The same look each ``step_s`` seconds from ``start`` to ``end``, end excluded."""
    n = round((end - start) / step_s)
    return [(start + i * step_s, cue) for i in range(n)]


@st.composite
def rows_of_looks(draw: st.DrawFn) -> list[tuple[float, Probability]]:
    """Stretches of like looks at random distances, with gaps and unknown looks between them."""
    t, looks = 0.0, []
    for _ in range(draw(st.integers(1, 8))):
        gap = draw(st.sampled_from([0.1, 0.4, 0.4, 1.0, 2.9, 3.0, 3.1, 31.0]))
        cue = draw(st.sampled_from([None, 0.02, 0.1, PRIOR, 0.3, 0.6, 0.95, 0.95]))
        for _ in range(draw(st.integers(1, 30))):
            t += gap
            looks.append((t, cue))
    return looks


@st.composite
def rules_of_a_site(draw: st.DrawFn) -> Rule:
    open_at = draw(st.sampled_from([0.7, 0.9]))
    return rule(
        broken_when=draw(st.sampled_from(["yes", "no"])),
        hold_s=draw(st.sampled_from([0, 1, 2.5, 10])),
        open_at=open_at,
        close_at=draw(st.sampled_from([0.3, 0.5, open_at])),
        release_s=draw(st.sampled_from([0, 2, 8])),
    )


kinds_of_behaviour = st.sampled_from(
    [
        PLAIN,
        Dynamics(mean_yes_s=120, mean_no_s=120, correlation_s=0.6),
        Dynamics(mean_yes_s=7200, mean_no_s=7200, correlation_s=3),
        Dynamics(mean_yes_s=5, mean_no_s=20, correlation_s=0),
    ]
)


def watch_machine(
    of: Rule, sights: Iterable[tuple[float, float]], machine: Machine | None = None
) -> tuple[Machine, list[Transition]]:
    """Sights (time, probability broken) through a machine.

    The evidence turns with each crossing of 0.5, and no run of it reaches over more than BRIDGE_S.
    """
    current, changes = machine or Machine(), []
    worse: float | None = None
    better: float | None = None
    before: float | None = None
    for t, p in sights:
        if before is not None and t - before > BRIDGE_S:
            worse = better = None
        worse = (t if worse is None else worse) if p >= 0.5 else None
        better = (t if better is None else better) if p < 0.5 else None
        current, more = current.look(of, Sight(t, p, worse, better))
        changes.extend(more)
        before = t
    return current, changes
