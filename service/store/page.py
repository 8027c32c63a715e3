"""Paging by key: a cursor names the last event given, so a new event never shifts the pages after it.

The order "queue" has two parts: what waits for the reader, most pressing first, and behind it all else,
newest first. Each part walks an index of its own, so a page costs the same whatever the number of events.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, and_, false, func, literal, not_, or_, select, tuple_
from sqlalchemy.orm import Session

from service.review.standing import ANYBODY, Reader, Stage, waits_for
from service.review.urgency import ORDINARY
from service.store.plant_tables import PlantRow, unjudged
from service.store.tables import EventRow

_ID = re.compile(r"[0-9a-f]{16}")
Order = Literal["newest", "queue"]
Segment = Literal["waiting", "newest"]
"""What is walked in one go: what waits for the reader, or events by their start."""
Found = EventRow | PlantRow
"""An event, or a known clip that looks like one to the reader."""


class BadCursorError(ValueError):
    """A cursor that this store did not make, or made for another order."""


@dataclass(frozen=True)
class EventFilter:
    """Which events; None leaves a side open. `verdict` "none" means not judged yet.

    `posts` are those that exist for whoever asks, `post` is the one asked for. Times are aware; `start_from`
    is included, `start_to` is not. `by` gave the answer that counts; `disputed`: two reviewers disagree.
    """

    post: str | None = None
    rule: str | None = None
    state: str | None = None
    verdict: str | None = None
    start_from: datetime | None = None
    start_to: datetime | None = None
    posts: frozenset[str] | None = None
    by: str | None = None
    disputed: bool = False

    def conditions(self, reader: Reader = ANYBODY) -> list[ColumnElement[bool]]:
        """The same as SQL, for a reader: answers that they must not know are not found by."""
        equal = {EventRow.post: self.post, EventRow.rule: self.rule, EventRow.state: self.state}
        found: list[ColumnElement[bool]] = [c == value for c, value in equal.items() if value is not None]
        if self.posts is not None:
            found.append(EventRow.post.in_(self.posts))
        found += self._of_answers(_blind(reader))
        if reader.name is not None and reader.is_tested:
            # Beside the known clip that looks like a question its answer must not stand.
            found.append(EventRow.id.not_in(unjudged(reader.name)))
        if self.start_from is not None:
            found.append(EventRow.start >= self.start_from)
        if self.start_to is not None:
            found.append(EventRow.start < self.start_to)
        return found

    def _of_answers(self, blind: ColumnElement[bool]) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.verdict == "none":
            # Not by the verdict, whose index has them in another order than the queue's; what is a question
            # has none, and a database knows how many questions there are.
            found.append(or_(EventRow.stage == "question", blind))
        elif self.verdict is not None:
            found += [EventRow.verdict == self.verdict, not_(blind)]
        if self.by is not None:
            found += [EventRow.judged_by == self.by, not_(blind)]
        if self.disputed:
            found.append(EventRow.stage == "dispute")
        return found

    def segments(self, order: Order, reader: Reader) -> list[Segment]:
        """What a page of this order goes through; a segment that can hold nothing is left out."""
        if order == "newest":
            return ["newest"]
        # What has no answer waits for everybody; what waits and has one is a dispute.
        if self.verdict == "none":
            return ["waiting"]
        return ["newest"] if self.is_answered and not reader.decides else ["waiting", "newest"]

    @property
    def is_answered(self) -> bool:
        """Whether only what has an answer is wanted."""
        return self.verdict not in (None, "none") or self.by is not None or self.disputed


QUEUE = (EventRow.queue_rank, EventRow.start, EventRow.id)
NEWEST = (EventRow.start.desc(), EventRow.id.desc())
WAITING = EventRow.queue_rank >= 0
"""What waits for somebody, said so that its index is walked; behind a place `Place.behind` says it."""


def sorting(segment: Segment) -> tuple[ColumnElement[Any], ...]:
    """What to ORDER BY within a segment."""
    return cast(tuple[ColumnElement[Any], ...], QUEUE) if segment == "waiting" else NEWEST


def within(
    segment: Segment, order: Order, wanted: EventFilter, reader: Reader, place: Place | None = None
) -> list[ColumnElement[bool]]:
    """The conditions of a segment, beside those of the filter, behind a place in it if one is given."""
    beginning = [place.behind()] if place is not None and place.segment == segment else []
    if segment == "waiting":
        disputes = [EventRow.queue_rank < ORDINARY] if wanted.is_answered else []
        return [*(beginning or [WAITING]), *disputes, waits(reader)]
    return [*beginning, *([not_(waits(reader))] if order == "queue" else [])]


def waits(reader: Reader) -> ColumnElement[bool]:
    """Whether an event is in a reader's queue: `service.review.standing.waits_for` as SQL."""
    stages = [EventRow.stage == "question"]
    if reader.name is not None:
        if reader.opinion:
            stages.append(_blind(reader))
        if reader.decides:
            foreign = and_(EventRow.judged_by != reader.name, EventRow.second_by != reader.name)
            stages.append(and_(EventRow.stage == "dispute", foreign))
    return or_(*stages)


def merged(rows: Sequence[Found], others: Sequence[Found], segment: Segment) -> list[Found]:
    """Two parts of a segment, each in its order, as one."""
    if segment == "waiting":
        return sorted([*rows, *others], key=lambda row: (row.queue_rank or 0, row.start, row.id))
    return sorted([*rows, *others], key=lambda row: (row.start, row.id), reverse=True)


def stage_of(row: EventRow) -> Stage:
    """The stage of a row."""
    return cast(Stage, row.stage)


def answered_by(row: EventRow) -> tuple[str | None, str | None]:
    """Who gave the first answer that stands and the second."""
    return row.judged_by, row.second_by


def row_waits_for(row: EventRow, reader: Reader) -> bool:
    """Whether the event of a row is in a reader's queue."""
    return waits_for(stage_of(row), answered_by(row), reader)


def place_at(row: Found | None) -> Place | None:
    """Where what waits goes on behind an event; None: at the beginning, as for one that waits for nobody."""
    if row is None or row.queue_rank is None:
        return None
    return Place("waiting", row.queue_rank, row.start, row.id)


def behind(row: Found | None) -> ColumnElement[bool]:
    """What comes after an event among those that wait; all of it after none, or one that waits for nobody."""
    place = place_at(row)
    return WAITING if place is None else place.behind()


def cursor_after(row: Found, order: Order, segment: Segment) -> str:
    """The cursor of the page that begins after `row`, which was found in a segment."""
    key = [order, segment, row.queue_rank, row.start.astimezone(UTC).isoformat(), row.id]
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


@dataclass(frozen=True)
class Place:
    """Where a page begins."""

    segment: Segment
    rank: int
    start: datetime
    event: str

    @property
    def is_possible(self) -> bool:
        """Whether a store can have made it: no rank or id that a database would choke on."""
        return 0 <= self.rank < 10 * ORDINARY and bool(_ID.fullmatch(self.event))

    def behind(self) -> ColumnElement[bool]:
        """What comes after it in its segment."""
        if self.segment == "waiting":
            return tuple_(*QUEUE) > tuple_(self.rank, _moment(self.start), self.event)
        return tuple_(EventRow.start, EventRow.id) < tuple_(_moment(self.start), self.event)


def place_of(cursor: str, order: Order) -> Place:
    """Where a cursor points. Raises BadCursorError."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        made_for, segment, rank, start, event_id = key
        place = Place(segment, int(rank or 0), datetime.fromisoformat(start), str(event_id))
        good = place.start.tzinfo is not None and segment in ("waiting", "newest") and place.is_possible
        place.start.astimezone(UTC)  # a time at the end of the calendar has none
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        raise BadCursorError("expected the next_cursor of an earlier page") from error
    if made_for != order or not good:
        raise BadCursorError(f"expected a cursor of the order {order}")
    return place


def _moment(at: datetime) -> ColumnElement[datetime]:
    """A time as the column keeps it: inside a tuple it would not take the column's type by itself."""
    return literal(at, EventRow.start.type)


def hidden_answers(session: Session, reader: Reader, posts: Collection[str] | None) -> dict[str, int]:
    """How many answers of which kind a reader must not know, at these posts or at all."""
    query = select(EventRow.verdict, func.count()).where(WAITING, _blind(reader)).group_by(EventRow.verdict)
    if posts is not None:
        query = query.where(EventRow.post.in_(posts))
    return {answer: number for answer, number in session.execute(query) if answer is not None}


def _blind(reader: Reader) -> ColumnElement[bool]:
    """Whether an event's answers are hidden from a reader: `service.review.standing.is_blind` as SQL."""
    if not reader.opinion or reader.name is None:
        return false()
    return and_(EventRow.stage == "second", EventRow.judged_by != reader.name)
