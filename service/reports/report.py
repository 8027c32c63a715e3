"""A report, reckoned from what the store has counted. Pure: no store, no clock, no language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from pipelines.rules.watched import State
from service.reports.figures import Figures
from service.reports.hours import Hours, Known, expected_s, hours
from service.reports.missed import SpotFigures, spot_figures
from service.reports.period import Period
from service.reports.precision import Precision, precision
from service.reports.segments import Segment
from service.reports.waiting import Reviews, reviews

LEAST_SEEN_S = 3600.0
"""With less than this seen a rate says nothing."""
PER_S = 100 * 3600.0
"""Rates are per 100 hours."""


class Row(BaseModel):
    """One line: a rule, a post, a shift, a day, a week, or all together."""

    model_config = ConfigDict(frozen=True)

    key: str = Field(
        description="Id of the rule or post, clock times of the shift, the day, the week's Monday."
    )
    name: str = Field(description="The post's name; else the key.")
    events: int = Field(description="Events that began in the period.")
    waiting: int = Field(description="Of these, not judged yet: questions.")
    confirmed: int = Field(description="Of these, confirmed by a reviewer.")
    rejected: int = Field(description="Of these, rejected.")
    unclear: int = Field(description="Of these, judged as unclear.")
    rate: float | None = Field(
        description="Events per 100 hours seen; null where less than an hour was seen."
    )
    confirmed_rate: float | None = Field(description="Confirmed events per 100 hours seen.")
    precision: Precision | None = Field(description="Null with fewer than ten verdicts.")
    hours: Hours | None = Field(description="What was seen; null for a rule, which has the whole hall's.")


class Report(BaseModel):
    """What was found in a period, what reviewers made of it, and how much was seen at all."""

    model_config = ConfigDict(frozen=True)

    hall: str = Field(description="The hall's name.")
    timezone: str = Field(description="Its time zone: all days are days there.")
    first: date = Field(description="First day.")
    last: date = Field(description="Last day, included.")
    made_at: datetime = Field(description="When it was reckoned.")
    own_posts: bool = Field(description="True: only of the posts that exist for whoever asked.")
    records_begin: date | None = Field(description="Since when it is kept what was seen; null: not yet.")
    last_record: date | None = Field(description="The last day with an event or a look; null: there is none.")
    total: Row = Field(description="All together.")
    rules: list[Row] = Field(description="By rule.")
    posts: list[Row] = Field(description="By post.")
    shifts: list[Row] = Field(description="By shift; empty for a hall that is always in shift.")
    days: list[Row] = Field(description="By day.")
    weeks: list[Row] = Field(description="By week.")
    reviews: Reviews = Field(description="How long events waited for a verdict.")
    spot_checks: SpotFigures = Field(
        description="What is missed, by spot checks; empty where not all posts exist for whoever asked."
    )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell: no event, no second watched."""
        told = self.total.hours
        return not self.total.events and (told is None or told.whole_s - told.unwatched_s <= 0)


@dataclass(frozen=True, slots=True)
class Scope:
    """Of whom a report is: the hall, its rules, its posts by id with their names, those still watched."""

    hall: str
    period: Period
    rules: Sequence[str]
    posts: Mapping[str, str]
    active: frozenset[str]
    own_posts: bool
    now: datetime


OUT = ""
"""Key of the shift of what was out of all shifts."""


def compose(scope: Scope, segments: Sequence[Segment], figures: Figures) -> Report:
    """Reckon a report. ``segments`` are the period's, by which the figures were counted."""
    known = _known(scope, figures)
    make = _Rows(figures, segments, known)
    posts = [
        make.of_post(post, name)
        for post, name in scope.posts.items()
        if post in scope.active or post in figures.spent_by_post or _any_event(figures, post)
    ]
    total = make.of_all()
    begin = min((since for since, _ in figures.known.values()), default=None)
    return Report(
        hall=scope.hall,
        timezone=scope.period.zone.key,
        first=scope.period.first,
        last=scope.period.last,
        made_at=scope.now.astimezone(scope.period.zone),
        own_posts=scope.own_posts,
        records_begin=_day(begin, scope),
        last_record=_day(figures.newest, scope),
        total=total,
        rules=[make.of_rule(rule, total.hours) for rule in _rules(scope, figures)],
        posts=posts,
        shifts=_shifts(make, segments),
        days=make.grouped(segments, lambda segment: segment.day),
        weeks=make.grouped(segments, lambda segment: segment.week),
        reviews=reviews(figures.waited, total.waiting),
        spot_checks=spot_figures(
            figures.spots, scope.rules, figures.confirmed_s, total.hours.seen_s if total.hours else 0.0
        ),
    )


class _Rows:
    """Makes rows out of the figures."""

    def __init__(self, figures: Figures, segments: Sequence[Segment], known: Mapping[str, Known]) -> None:
        self._figures, self._segments, self._known = figures, segments, known
        self._expected = {one.number: expected_s([one], known.values()) for one in segments if one.in_shift}

    def of_all(self) -> Row:
        verdicts = _verdicts((one.verdict, one.number) for one in self._figures.by_segment)
        spent = _sum(self._figures.spent_by_segment.values())
        return _row("all", "", verdicts, hours(spent, sum(self._expected.values())))

    def of_rule(self, rule: str, seen: Hours | None) -> Row:
        found = ((one.verdict, one.number) for one in self._figures.by_post if one.rule == rule)
        return _row(rule, rule, _verdicts(found), seen).model_copy(update={"hours": None})

    def of_post(self, post: str, name: str) -> Row:
        found = ((one.verdict, one.number) for one in self._figures.by_post if one.post == post)
        known = [self._known[post]] if post in self._known else []
        whole = expected_s(self._segments, known)
        return _row(post, name, _verdicts(found), hours(self._figures.spent_by_post.get(post, {}), whole))

    def grouped(self, segments: Iterable[Segment], key: Callable[[Segment], Hashable]) -> list[Row]:
        groups: dict[Hashable, list[Segment]] = {}
        for segment in segments:
            groups.setdefault(key(segment), []).append(segment)
        tallies: dict[int, Counter[str]] = {}
        for one in self._figures.by_segment:
            tallies.setdefault(one.segment, Counter())[one.verdict] += one.number
        rows = []
        for name, members in groups.items():
            verdicts = _verdicts(item for one in members for item in tallies.get(one.number, {}).items())
            spent = _sum(self._figures.spent_by_segment.get(one.number, {}) for one in members)
            whole = sum(self._expected.get(one.number, 0.0) for one in members)
            rows.append(_row(str(name), str(name), verdicts, hours(spent, whole)))
        return rows


def _shifts(make: _Rows, segments: Sequence[Segment]) -> list[Row]:
    if not any(segment.shift for segment in segments):
        return []
    rows = make.grouped(segments, lambda segment: segment.shift or OUT)
    return [row for row in sorted(rows, key=lambda row: (row.key == OUT, row.key)) if row.key or row.events]


def _known(scope: Scope, figures: Figures) -> dict[str, Known]:
    """From when to when each post's shifts count: one that is watched no more only while it was."""
    now = scope.now.timestamp()
    return {
        post: Known(since.timestamp(), now if post in scope.active else min(now, until.timestamp()))
        for post, (since, until) in figures.known.items()
        if post in scope.posts
    }


def _rules(scope: Scope, figures: Figures) -> list[str]:
    """The rules in force, then those that only have events of before."""
    old = sorted({one.rule for one in figures.by_post} - set(scope.rules))
    return [*scope.rules, *old]


def _any_event(figures: Figures, post: str) -> bool:
    return any(one.post == post for one in figures.by_post)


def _day(moment: datetime | None, scope: Scope) -> date | None:
    return None if moment is None else moment.astimezone(scope.period.zone).date()


def _verdicts(found: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for verdict, number in found:
        total[verdict] += number
    return total


def _sum(parts: Iterable[Mapping[State, float]]) -> Mapping[State, float]:
    total: Counter[State] = Counter()
    for part in parts:
        total.update(part)
    return total


def _row(key: str, name: str, verdicts: Mapping[str, int], seen: Hours | None) -> Row:
    events, confirmed, rejected = sum(verdicts.values()), verdicts["confirmed"], verdicts["rejected"]
    return Row(
        key=key,
        name=name,
        events=events,
        waiting=verdicts["none"],
        confirmed=confirmed,
        rejected=rejected,
        unclear=verdicts["unclear"],
        rate=_rate(events, seen),
        confirmed_rate=_rate(confirmed, seen),
        precision=precision(confirmed, rejected),
        hours=seen,
    )


def _rate(number: int, seen: Hours | None) -> float | None:
    if seen is None or seen.seen_s < LEAST_SEEN_S:
        return None
    return number * PER_S / seen.seen_s
