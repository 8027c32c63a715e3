"""What the database counts for a report, in few passes over an index."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, get_args

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    String,
    column,
    extract,
    func,
    join,
    select,
    true,
    values,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from pipelines.rules.watched import State
from service.reports.figures import Figures, PostTally, SegmentTally, SpotTally
from service.reports.missed import enough_for_recall
from service.reports.segments import Segment
from service.review.verdicts import Answer
from service.store.appeal_tables import AppealRow
from service.store.spot_tables import SpotRow, seen_in
from service.store.tables import EventRow, PostRow, UtcDateTime
from service.store.transactions import Transactions
from service.store.watched_table import STATES, WatchedRow

VERDICTS = ("none", *get_args(Answer))
SOUGHT = 0.2
"""Share of the posts up to which the times of each are sought; of more, reading all is faster."""


class ReportBook:
    """Counts for reports over one store. Every method is a transaction; any thread may call it."""

    def __init__(self, sql: Transactions) -> None:
        self._sql = sql

    def figures(self, segments: Sequence[Segment], posts: Collection[str] | None = None) -> Figures:
        """Count by the segments of a period, in order and without gaps; of some posts, or of all."""
        with self._sql.read() as session:
            rules = _rules(session)
            spent_by_post, spent_by_segment = _spent(session, segments, posts)
            # Of one post they would speak of one person, who was promised that they do not.
            spots = _spots(session, segments) if posts is None else ()
            return Figures(
                by_post=_by_post(session, segments, posts, rules),
                by_segment=_by_segment(session, segments, posts),
                spent_by_post=spent_by_post,
                spent_by_segment=spent_by_segment,
                waited=_waited(session, segments, posts),
                known=_known(session, posts),
                newest=_newest(session, posts),
                spots=spots,
                confirmed_s=_confirmed_s(session, segments) if enough_for_recall(spots) else {},
            )

    def appeals(self, start: datetime, end: datetime, posts: Collection[str] | None = None) -> dict[str, int]:
        """How many appeals were made in a time, by their state today; of some posts, or of all."""
        query = (
            select(AppealRow.state, func.count())
            .join(EventRow, EventRow.id == AppealRow.event)
            .where(AppealRow.made_at >= start, AppealRow.made_at < end, *_of(EventRow.post, posts))
            .group_by(AppealRow.state)
        )
        with self._sql.read() as session:
            return {state: number for state, number in session.execute(query)}


# One range of an index per line, nothing is sorted: over a million events GROUP BY took SQLite far longer.
def _by_post(
    session: Session, segments: Sequence[Segment], posts: Collection[str] | None, found: list[str]
) -> tuple[PostTally, ...]:
    """Events by post, rule and verdict."""
    if not found:
        return ()
    rules = values(column("rule", String), name="rules").data([(one,) for one in found]).cte("rules")
    counts = [
        _count(verdict, EventRow.post == PostRow.id, EventRow.rule == rules.c.rule, *_within(segments))
        for verdict in VERDICTS
    ]
    query = select(PostRow.id, rules.c.rule, *counts).select_from(join(PostRow, rules, true()))
    rows = session.execute(query.where(*_of(PostRow.id, posts)))
    return tuple(
        PostTally(post, rule, verdict, number)
        for post, rule, *numbers in rows
        for verdict, number in zip(VERDICTS, numbers, strict=True)
        if number
    )


def _by_segment(
    session: Session, segments: Sequence[Segment], posts: Collection[str] | None
) -> tuple[SegmentTally, ...]:
    """Events by segment and verdict."""
    spans = _spans(segments)
    span = (EventRow.start >= spans.c.a, EventRow.start < spans.c.b)
    # Said so that no index by post is taken: it would be sought for each post, rule and segment.
    of = () if posts is None else (func.coalesce(EventRow.post, "").in_(posts),)
    rows = session.execute(select(spans.c.n, *(_count(verdict, *of, *span) for verdict in VERDICTS)))
    return tuple(
        SegmentTally(segment, verdict, number)
        for segment, *numbers in rows
        for verdict, number in zip(VERDICTS, numbers, strict=True)
        if number
    )


def _count(verdict: str, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    judged = EventRow.verdict.is_(None) if verdict == "none" else EventRow.verdict == verdict
    return select(func.count()).select_from(EventRow).where(judged, *conditions).scalar_subquery()


def _rules(session: Session) -> list[str]:
    """Every rule that there is an event of, found by leaps through the index."""
    found = [""]
    while True:
        further = select(func.min(EventRow.rule)).where(
            EventRow.post == PostRow.id, EventRow.rule > found[-1]
        )
        rule = session.scalar(select(func.min(further.scalar_subquery())).select_from(PostRow))
        if rule is None:
            return found[1:]
        found.append(rule)


def _spent(
    session: Session, segments: Sequence[Segment], posts: Collection[str] | None
) -> tuple[dict[str, dict[State, float]], dict[int, dict[State, float]]]:
    """Seconds by post and state, and by segment and state."""
    of = _of(WatchedRow.post, posts)
    if posts is not None and len(posts) > SOUGHT * (session.scalar(select(func.count(PostRow.id))) or 0):
        of = [func.coalesce(WatchedRow.post, "").in_(posts)]  # said so that no index by post is taken
    sums = (_sums(by, segments, of) for by in (WatchedRow.post, WatchedRow.bucket))
    of_post, of_bucket = (session.execute(query).all() for query in sums)
    by_post = {post: _seconds(ms) for post, *ms in of_post}
    starts = [segment.start for segment in segments]
    by_segment: dict[int, list[int]] = {}
    for bucket, *ms in of_bucket:
        segment = segments[bisect_right(starts, bucket.timestamp()) - 1].number
        so_far = by_segment.get(segment, [0] * len(ms))
        by_segment[segment] = [old + int(more) for old, more in zip(so_far, ms, strict=True)]
    return by_post, {segment: _seconds(ms) for segment, ms in by_segment.items()}


# By what an index has in order, so nothing is sorted; posts share the times at which their buckets begin.
def _sums(
    by: InstrumentedAttribute[Any], segments: Sequence[Segment], of: Sequence[ColumnElement[bool]]
) -> Select[Any]:
    """What was seen by post or by bucket, in ms of each state."""
    begin, end = _moment(segments[0].start), _moment(segments[-1].end)
    return (
        select(by, *(func.sum(getattr(WatchedRow, f"{state}_ms")) for state in STATES))
        .where(WatchedRow.bucket >= begin, WatchedRow.bucket < end, *of)
        .group_by(by)
    )


def _seconds(ms: Sequence[int]) -> dict[State, float]:
    return {state: int(one) / 1000 for state, one in zip(STATES, ms, strict=True)}


def _waited(session: Session, segments: Sequence[Segment], posts: Collection[str] | None) -> dict[int, int]:
    """How many events waited how long (see `service.review.verdicts.waited_s`, which rounds it)."""
    times = _waiting_times()
    number = (
        select(func.count())
        .select_from(EventRow)
        .where(EventRow.judged_after_s == times.c.s, *_within(segments), *_of(EventRow.post, posts))
        .scalar_subquery()
    )
    rows = session.execute(select(times.c.s, number).where(times.c.s.is_not(None)))
    return {int(seconds): number for seconds, number in rows if number}


def _waiting_times() -> CTE:
    """Every time that an event waited, found by leaps through the index; the last row is NULL."""
    least = func.min(EventRow.judged_after_s)
    found = select(least.label("s")).cte("times", recursive=True)
    following = select(least).where(EventRow.judged_after_s > found.c.s).scalar_subquery()
    return found.union_all(select(following).where(found.c.s.is_not(None)))


def _known(session: Session, posts: Collection[str] | None) -> dict[str, tuple[datetime, datetime]]:
    """From when to when each post was ever watched; two look-ups in the index each."""
    mine = WatchedRow.post == PostRow.id
    first = select(WatchedRow.bucket).where(mine).order_by(WatchedRow.bucket).limit(1).scalar_subquery()
    last = select(WatchedRow.until).where(mine).order_by(WatchedRow.bucket.desc()).limit(1).scalar_subquery()
    rows = session.execute(select(PostRow.id, first, last).where(*_of(PostRow.id, posts)))
    return {post: (since, until) for post, since, until in rows if since is not None}


def _spots(session: Session, segments: Sequence[Segment]) -> tuple[SpotTally, ...]:
    """The spot checks of a time: a handful a day."""
    begin, end = _moment(segments[0].start), _moment(segments[-1].end)
    rows = session.scalars(select(SpotRow).where(SpotRow.start >= begin, SpotRow.start < end))
    return tuple(SpotTally(row.answer or "none", tuple(row.rules), seen_in(row), row.chance) for row in rows)


def _confirmed_s(session: Session, segments: Sequence[Segment]) -> dict[str, float]:
    """Seconds of confirmed events by rule."""
    start, end = EventRow.start, EventRow.end
    lasted: ColumnElement[Any] = extract("epoch", end - start)
    if session.get_bind().dialect.name == "sqlite":
        lasted = 86400 * (func.julianday(end) - func.julianday(start))
    query = (
        select(EventRow.rule, func.sum(lasted))
        .where(EventRow.verdict == "confirmed", end.is_not(None), *_within(segments))
        .group_by(EventRow.rule)
    )
    return {rule: float(seconds) for rule, seconds in session.execute(query)}


def _newest(session: Session, posts: Collection[str] | None) -> datetime | None:
    event = select(EventRow.start).where(*_of(EventRow.post, posts)).order_by(EventRow.start.desc()).limit(1)
    watched = select(WatchedRow.bucket).where(*_of(WatchedRow.post, posts)).order_by(WatchedRow.bucket.desc())
    found = [session.scalar(event), session.scalar(watched.limit(1))]
    return max((moment for moment in found if moment is not None), default=None)


def _spans(segments: Sequence[Segment]) -> CTE:
    """The segments as rows (n, a, b) to join with: each is one range of an index."""
    shape = values(column("n", Integer), column("a", UtcDateTime), column("b", UtcDateTime), name="spans")
    return shape.data([(one.number, _moment(one.start), _moment(one.end)) for one in segments]).cte("spans")


def _within(segments: Sequence[Segment]) -> list[ColumnElement[bool]]:
    return [EventRow.start >= _moment(segments[0].start), EventRow.start < _moment(segments[-1].end)]


def _of(post: InstrumentedAttribute[str], posts: Collection[str] | None) -> list[ColumnElement[bool]]:
    return [] if posts is None else [post.in_(posts)]


def _moment(t: float) -> datetime:
    return datetime.fromtimestamp(t, UTC)
