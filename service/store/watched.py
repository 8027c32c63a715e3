"""The part of the store that keeps how much of each post's time was seen, by the hour."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipelines.rules.watched import State, Stretch
from service.store.transactions import Transactions
from service.store.watched_table import STATES, WatchedRow

_BEFORE = timedelta(days=1)
"""How long before a stretch a bucket may begin that reaches into it, generously."""


class Watched(BaseModel):
    """How some posts' time was spent: their stretches, in order, and their cameras."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stretches: dict[str, list[tuple[int, int, int, State]]]
    cameras: dict[str, str]

    @classmethod
    def of(cls, stretches: Mapping[str, Sequence[Stretch]], cameras: Mapping[str, str]) -> Watched:
        """Of what a run has accounted for; ``cameras`` may name other posts too."""
        given = {post: [tuple(one) for one in told] for post, told in stretches.items()}
        return cls.model_validate(
            {"stretches": given, "cameras": {post: cameras.get(post, "") for post in given}}
        )


class WatchedBook:
    """How much was seen of one store's posts. Every method is a transaction; any thread may call it."""

    def __init__(self, sql: Transactions) -> None:
        self._sql = sql

    def record(self, watched: Watched) -> None:
        """Add what a run has accounted for.

        Delivered again, or by a replay of the same event time, nothing is added: time that lies in a bucket
        before its `until` is taken, whatever was said of it then.
        """
        with self._sql.write() as session:
            for post, told in watched.stretches.items():
                if told:
                    self._sql.ensure_post(session, post, watched.cameras.get(post, ""))
                    stretches = [Stretch(*one) for one in told]
                    for bucket in sorted({_moment(one.bucket) for one in stretches}):
                        self._sql.insert_missing(session, WatchedRow, _empty(post, bucket))
                    _add(session, post, stretches)

    def seconds(self, posts: Collection[str] | None = None) -> dict[str, dict[State, float]]:
        """By post and state, all time ever recorded; of some posts, or of all."""
        sums = [func.sum(getattr(WatchedRow, f"{state}_ms")) for state in STATES]
        query = select(WatchedRow.post, *sums).group_by(WatchedRow.post)
        if posts is not None:
            query = query.where(WatchedRow.post.in_(posts))
        with self._sql.read() as session:
            return {
                row[0]: {state: int(ms) / 1000 for state, ms in zip(STATES, row[1:], strict=True)}
                for row in session.execute(query)
            }


def _empty(post: str, bucket: datetime) -> dict[str, object]:
    return {"post": post, "bucket": bucket, "until": bucket, **{f"{state}_ms": 0 for state in STATES}}


def _add(session: Session, post: str, stretches: Sequence[Stretch]) -> None:
    """Add stretches of one post, in order of time, to buckets that are there."""
    since, until = _moment(stretches[0].bucket) - _BEFORE, _moment(stretches[-1].end)
    # Locked: two monitors may share a database, and each must see what the other has taken.
    query = (
        select(WatchedRow)
        .where(WatchedRow.post == post, WatchedRow.bucket >= since, WatchedRow.bucket < until)
        .order_by(WatchedRow.bucket)
        .with_for_update()
    )
    rows = {row.bucket: row for row in session.scalars(query)}
    for stretch in stretches:
        bucket = _moment(stretch.bucket)
        start, end = _free(rows, bucket, _moment(stretch.start), _moment(stretch.end))
        if start >= end:
            continue
        row = rows[bucket]
        column = f"{stretch.state}_ms"
        setattr(row, column, getattr(row, column) + round((end - start) / timedelta(milliseconds=1)))
        row.until = end


def _free(
    rows: Mapping[datetime, WatchedRow], bucket: datetime, start: datetime, end: datetime
) -> tuple[datetime, datetime]:
    """What of a stretch no bucket has taken yet; those of an earlier schedule may lie across it."""
    for begun, row in rows.items():
        if begun <= bucket:
            start = max(start, row.until)
        else:
            end = min(end, begun)
    return start, end


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC) + timedelta(milliseconds=ms % 1000)
