"""Paging by key: a cursor names the last event given, so a new event never shifts the pages after it."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, or_

from service.store.tables import EventRow

Order = Literal["newest", "queue"]


class BadCursorError(ValueError):
    """A cursor that this store did not make, or made for another order."""


@dataclass(frozen=True)
class EventFilter:
    """Which events; None leaves a side open. `verdict` "none" means not judged yet.

    `posts` are those that exist for whoever asks, `post` is the one asked for. Times are aware; `start_from`
    is included, `start_to` is not.
    """

    post: str | None = None
    rule: str | None = None
    state: str | None = None
    verdict: str | None = None
    start_from: datetime | None = None
    start_to: datetime | None = None
    posts: frozenset[str] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as SQL."""
        equal = {EventRow.post: self.post, EventRow.rule: self.rule, EventRow.state: self.state}
        found: list[ColumnElement[bool]] = [c == value for c, value in equal.items() if value is not None]
        if self.posts is not None:
            found.append(EventRow.post.in_(self.posts))
        if self.verdict is not None:
            unjudged = self.verdict == "none"
            found.append(EventRow.verdict.is_(None) if unjudged else EventRow.verdict == self.verdict)
        if self.start_from is not None:
            found.append(EventRow.start >= self.start_from)
        if self.start_to is not None:
            found.append(EventRow.start < self.start_to)
        return found


# 0 for an event nobody has judged, 1 for the others: the queue shows the questions first.
_judged = case((EventRow.verdict.is_(None), 0), else_=1)


def sorting(order: Order) -> tuple[ColumnElement[Any], ...]:
    """What to ORDER BY: newest first; in the order "queue" the unjudged ones before the others."""
    newest = (EventRow.start.desc(), EventRow.id.desc())
    return newest if order == "newest" else (_judged, *newest)


def cursor_after(row: EventRow, order: Order) -> str:
    """The cursor of the page that begins after `row`."""
    key = [order, int(row.verdict is not None), row.start.astimezone(UTC).isoformat(), row.id]
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def after(cursor: str, order: Order) -> ColumnElement[bool]:
    """The condition "behind the cursor". Raises BadCursorError."""
    judged, start, event_id = _read(cursor, order)
    older = or_(EventRow.start < start, and_(EventRow.start == start, EventRow.id < event_id))
    if order == "newest":
        return older
    return or_(_judged > judged, and_(_judged == judged, older))


def _read(cursor: str, order: Order) -> tuple[int, datetime, str]:
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        made_for, judged, start, event_id = key
        parsed = int(judged), datetime.fromisoformat(start), str(event_id)
        aware = parsed[1].tzinfo is not None
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadCursorError("expected the next_cursor of an earlier page") from error
    if made_for != order or not aware:
        raise BadCursorError(f"expected a cursor of the order {order}")
    return parsed
