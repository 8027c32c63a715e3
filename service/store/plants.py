"""The part of the store that puts known clips among reviewers' questions, and scores what they answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, delete, func, or_, select, update

from pipelines.rules.events import RuleEvent
from service.review.planting import Attention
from service.store.plant_tables import KnownRow, PlantRow, good, unjudged
from service.store.rank import rank_of
from service.store.tables import EventRow, PostRow, event_of
from service.store.transactions import Transactions


@dataclass(frozen=True)
class Plant:
    """A known clip as one reviewer is to see it: the `known` event's id, the event that it is `shown` as."""

    known: str
    shown: RuleEvent
    reviewer: str
    after: str


class PlantBook:
    """Known clips among the questions of one store. Every method is a transaction; any thread may call it."""

    def __init__(self, sql: Transactions, zone: Callable[[], ZoneInfo]) -> None:
        self._sql, self._zone = sql, zone

    def known_to_show(self, reviewer: str, after: str, posts: Collection[str] | None) -> list[str]:
        """Ids of known clips that a reviewer has not judged, chosen or been shown, at these posts or all.

        None when `after` is no event, or something was planted after it already.
        """
        shown = select(PlantRow.known).where(PlantRow.reviewer == reviewer)
        query = (
            select(KnownRow.event)
            .join(EventRow, good(EventRow))
            .join(PostRow, and_(PostRow.id == EventRow.post, PostRow.active))
            .where(EventRow.clip.is_not(None), EventRow.end.is_not(None), KnownRow.marked_by != reviewer)
            .where(KnownRow.event.in_(unjudged(reviewer)), KnownRow.event.not_in(shown))
        )
        if posts is not None:
            query = query.where(EventRow.post.in_(posts))
        with self._sql.read() as session:
            done = select(PlantRow.id).where(PlantRow.reviewer == reviewer, PlantRow.after == after)
            if session.get(EventRow, after) is None or session.scalar(done) is not None:
                return []
            return list(session.scalars(query.order_by(KnownRow.event)))

    def newest_like(self, event: RuleEvent) -> RuleEvent:
        """The newest event of the same rule; there is one, the event itself."""
        query = select(EventRow).where(EventRow.rule == event.rule).order_by(EventRow.start.desc()).limit(1)
        with self._sql.read() as session:
            return event_of(session.scalars(query).one(), self._zone())

    def is_free(self, post: str, start: datetime, end: datetime) -> bool:
        """Whether nothing happened at a post in a time, as far as is known."""
        over = or_(EventRow.end.is_(None), EventRow.end >= start)
        query = select(EventRow.id).where(EventRow.post == post, EventRow.start <= end, over).limit(1)
        with self._sql.read() as session:
            return session.scalar(query) is None

    def put(self, plant: Plant, *, at: datetime) -> None:
        """Take it down; it is not seen before `show`."""
        event = plant.shown
        with self._sql.write() as session:
            session.add(
                PlantRow(
                    id=event.id,
                    known=plant.known,
                    reviewer=plant.reviewer,
                    after=plant.after,
                    event=event.model_dump(mode="json"),
                    rule=event.rule,
                    post=event.post,
                    start=event.start,
                    queue_rank=rank_of(event.rule, event.confidence, "question"),
                    made_at=at,
                    shown_at=None,
                    gone_at=None,
                    history=[],
                    answer=None,
                    answered_at=None,
                    taken_at=None,
                    until=None,
                    ahead=False,
                )
            )

    def show(self, plant_id: str, *, at: datetime) -> None:
        """Its files are whole: the reviewer has the question from now on."""
        with self._sql.write() as session:
            session.execute(update(PlantRow).where(PlantRow.id == plant_id).values(shown_at=at))

    def outdated(self, made_before: datetime, unfinished_before: datetime) -> list[str]:
        """Ids whose files must go: made before a time, or the known clip's own are gone.

        Those that were never finished, too: their process was killed.
        """
        gone = EventRow.clip.is_(None)
        unfinished = and_(PlantRow.shown_at.is_(None), PlantRow.made_at < unfinished_before)
        query = (
            select(PlantRow.id)
            .join(EventRow, EventRow.id == PlantRow.known)
            .where(PlantRow.gone_at.is_(None), or_(PlantRow.made_at < made_before, gone, unfinished))
        )
        with self._sql.read() as session:
            return list(session.scalars(query))

    def gone(self, plant_ids: Sequence[str], *, at: datetime) -> None:
        """Their files were deleted. What was answered stays; what was not is asked no more."""
        these = PlantRow.id.in_(plant_ids)
        with self._sql.write() as session:
            session.execute(delete(PlantRow).where(these, PlantRow.answer.is_(None)))
            session.execute(update(PlantRow).where(these).values(gone_at=at))

    def attention(
        self, *, until: datetime | None = None, reviewer: str | None = None
    ) -> dict[str, Attention]:
        """By reviewer, what they answered before a time; of one reviewer, or of all."""
        right = func.sum(case((PlantRow.answer == KnownRow.answer, 1), else_=0))
        query = (
            select(PlantRow.reviewer, func.count(), right)
            .join(KnownRow, KnownRow.event == PlantRow.known)
            .join(EventRow, good(EventRow))
            .where(PlantRow.answer.is_not(None))
            .group_by(PlantRow.reviewer)
            .order_by(PlantRow.reviewer)
        )
        if until is not None:
            query = query.where(PlantRow.answered_at < until)
        if reviewer is not None:
            query = query.where(PlantRow.reviewer == reviewer)
        with self._sql.read() as session:
            return {name: Attention(int(shown), int(n)) for name, shown, n in session.execute(query)}
