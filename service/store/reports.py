"""What the database counts for a report, in few passes over an index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import get_args

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    ScalarSelect,
    String,
    case,
    cast,
    column,
    func,
    join,
    literal,
    select,
    true,
    union_all,
    values,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from pipelines.rules.watched import State
from service.reports.figures import Figures, PostTally, SegmentTally
from service.reports.segments import Segment
from service.review import Answer
from service.store.tables import EventRow, PostRow, UtcDateTime
from service.store.transactions import Transactions
from service.store.watched_table import STATES, WatchedRow

_HOUR_S = 3600
VERDICTS = ("none", *get_args(Answer))


class ReportBook:
    """Counts for reports over one store. Every method is a transaction; any thread may call it."""

    def __init__(self, sql: Transactions) -> None:
        self._sql = sql

    def figures(self, segments: Sequence[Segment], posts: Collection[str] | None = None) -> Figures:
        """Count by the segments of a period, in order and without gaps; of some posts, or of all."""
        with self._sql.read() as session:
            rules = _rules(session)
            spent_by_post, spent_by_segment = _spent(session, segments, posts)
            return Figures(
                by_post=_by_post(session, segments, posts, rules),
                by_segment=_by_segment(session, segments, posts, rules),
                spent_by_post=spent_by_post,
                spent_by_segment=spent_by_segment,
                waited=_waited(session, segments, posts),
                known=_known(session, posts),
                newest=_newest(session, posts),
            )


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
    session: Session, segments: Sequence[Segment], posts: Collection[str] | None, found: list[str]
) -> tuple[SegmentTally, ...]:
    """Events by segment and verdict."""
    spans = _spans(segments)
    span = (EventRow.start >= spans.c.a, EventRow.start < spans.c.b)
    # Of some posts: the index by post and rule is sought once for each of both.
    of = () if posts is None else (EventRow.post.in_(posts), EventRow.rule.in_(found))
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
    spans = _spans(segments)
    names = [f"{state}_ms" for state in STATES]
    sums = [func.sum(getattr(WatchedRow, name)).label(name) for name in names]
    summed = (
        select(spans.c.n, WatchedRow.post, *sums)
        .where(WatchedRow.bucket >= spans.c.a, WatchedRow.bucket < spans.c.b, *_of(WatchedRow.post, posts))
        .group_by(spans.c.n, WatchedRow.post)
        .cte("summed")
    )
    totals = [func.sum(summed.c[name]) for name in names]
    by_post = select(literal(-1), summed.c.post, *totals).group_by(summed.c.post)
    by_segment = select(summed.c.n, literal(None), *totals).group_by(summed.c.n)
    rows = session.execute(union_all(by_post, by_segment)).all()

    def seconds(row: Sequence[int]) -> dict[State, float]:
        return {state: int(ms) / 1000 for state, ms in zip(STATES, row[2:], strict=True)}

    return (
        {row[1]: seconds(row) for row in rows if row[0] < 0},
        {row[0]: seconds(row) for row in rows if row[0] >= 0},
    )


def _waited(session: Session, segments: Sequence[Segment], posts: Collection[str] | None) -> dict[int, int]:
    """How many events waited how long: to the second within an hour, to the minute beyond."""
    seconds = EventRow.judged_after_s
    rounded = case(
        (seconds < _HOUR_S, cast(func.floor(seconds), Integer)),
        else_=cast(func.floor(seconds / 60), Integer) * 60,
    )
    query = (
        select(rounded.label("waited"), func.count())
        .where(*_within(segments), seconds.is_not(None), *_of(EventRow.post, posts))
        .group_by("waited")
    )
    return {int(waited): number for waited, number in session.execute(query)}


def _known(session: Session, posts: Collection[str] | None) -> dict[str, tuple[datetime, datetime]]:
    """From when to when each post was ever watched; two look-ups in the index each."""
    mine = WatchedRow.post == PostRow.id
    first = select(WatchedRow.bucket).where(mine).order_by(WatchedRow.bucket).limit(1).scalar_subquery()
    last = select(WatchedRow.until).where(mine).order_by(WatchedRow.bucket.desc()).limit(1).scalar_subquery()
    rows = session.execute(select(PostRow.id, first, last).where(*_of(PostRow.id, posts)))
    return {post: (since, until) for post, since, until in rows if since is not None}


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
