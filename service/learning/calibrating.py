"""From answered events to calibrations, and to what the kept days would have been like with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from pipelines.evaluate import Interval, evaluate
from pipelines.hall.calibration import FittedBehaviour
from pipelines.replay.looks import PostLooks, time_of
from pipelines.replay.play import Asked
from pipelines.replay.refit import ContraryError, Goodness, Judged, fit, held_out
from pipelines.replay.stretches import shifts_of
from pipelines.rules.engine import RuleEngine
from pipelines.rules.regulation import Rule
from pipelines.rules.schedule import Span
from service.learning.answers import happened
from service.learning.samples import AnsweredEvent, judged_looks
from service.store import JudgedEvent

LEAST = 10
"""Confirmed and rejected events, of each, below which a behaviour is left as it is."""


@dataclass(frozen=True, slots=True)
class Refit:
    """What came of a rule's verdicts: ``made`` None = left as it is, and ``why``."""

    rule: str
    behaviour: str
    confirmed: int
    rejected: int
    made: FittedBehaviour | None = None
    before: Goodness | None = None
    after: Goodness | None = None
    why: str = ""

    def line(self) -> dict[str, object]:
        """The figures as JSON."""
        return {**asdict(self), "made": None if self.made is None else self.made.model_dump()}


def refits(engine: RuleEngine, looks: Sequence[PostLooks], events: Sequence[JudgedEvent]) -> list[Refit]:
    """One for each rule that a behaviour's "yes" breaks.

    Absences and uniforms are not refitted: what is shorter than a rule allows is no event either, so a moment
    without one does not say that the post was staffed.
    """
    shifts = shifts_of(engine.schedule, *time_of(looks))
    return [_refit(engine, rule, looks, events, shifts) for rule in engine.rules if rule.broken_when == "yes"]


def _refit(
    engine: RuleEngine,
    rule: Rule,
    looks: Sequence[PostLooks],
    events: Sequence[JudgedEvent],
    shifts: Sequence[Span],
) -> Refit:
    flagged = [one for one in events if one.event.rule == rule.name]
    answers = [AnsweredEvent(one.event, said) for one in flagged if (said := happened(one)) is not None]
    judged = judged_looks(
        rule.behaviour,
        engine.calibrations[rule.behaviour].prior,
        looks,
        answers,
        [one.event for one in flagged],
        shifts,
    )
    yes = sum(answer.happened for answer in answers)
    told = Refit(rule.name, rule.behaviour, yes, len(answers) - yes)
    if min(told.confirmed, told.rejected) < LEAST:
        return replace(
            told, why=f"too few verdicts: at least {LEAST} confirmed and {LEAST} rejected are needed"
        )
    return _tried(told, judged)


def _tried(told: Refit, judged: Judged) -> Refit:
    try:
        before, after = held_out(judged)
        made = fit(judged)
    except ContraryError as error:
        return replace(told, why=str(error))
    if after.log_loss >= before.log_loss:
        return replace(told, before=before, after=after, why="no better on events that it had not seen")
    return replace(
        told,
        before=before,
        after=after,
        made=FittedBehaviour(
            slope=made.slope, intercept=made.intercept, confirmed=told.confirmed, rejected=told.rejected
        ),
    )


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a new calibration would have made of a rule's events.

    ``still`` and ``gone`` are stored events that a replay with the present calibration asks too, ``new`` what
    only the new one asks; ``unknown`` are stored events that the kept looks do not show.
    """

    rule: str
    still: int
    gone: int
    gone_confirmed: int
    gone_rejected: int
    new: int
    unknown: int


def consequences(
    events: Iterable[JudgedEvent], now: Sequence[Asked], then: Sequence[Asked], over: float
) -> list[Consequence]:
    """By rule; ``now`` and ``then`` are what replays ask with the present and the new calibration."""
    stored = {_interval_of(one): one for one in events if one.event.end is not None}
    shown = {score.rule: score for score in evaluate([_interval(one, over) for one in now], stored)}
    known = {match.truth for score in shown.values() for match in score.matched}
    # What the present calibration asks beside the stored events is nothing new either.
    besides = {one for score in shown.values() for one in score.false}
    scores = evaluate([_interval(one, over) for one in then], known | besides)
    found = []
    for score in scores:
        gone = [_answer(stored[one]) for one in score.missed if one in known]
        found.append(
            Consequence(
                score.rule,
                still=sum(match.truth in known for match in score.matched),
                gone=len(gone),
                gone_confirmed=gone.count("confirmed"),
                gone_rejected=gone.count("rejected"),
                new=len(score.false),
                unknown=len(shown[score.rule].missed) if score.rule in shown else 0,
            )
        )
    return found


def _answer(judged: JudgedEvent) -> str | None:
    return None if judged.verdict is None else judged.verdict.verdict


def _interval_of(judged: JudgedEvent) -> Interval:
    event = judged.event
    assert event.end is not None
    return Interval(event.post, event.rule, event.start.timestamp(), event.end.timestamp())


def _interval(asked: Asked, over: float) -> Interval:
    return Interval(asked.post, asked.rule, asked.start, over if asked.end is None else asked.end)
