"""Which events tell what was to be seen: an answer about the picture, not about what is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from service.review.verdicts import Verdict
from service.store import EventFilter, JudgedEvent, Store

PAGE = 500


def events_of(store: Store, since: datetime, until: datetime) -> Iterator[JudgedEvent]:
    """All events that begin in a time, newest first, each with the verdict that counts."""
    cursor: str | None = None
    while True:
        page = store.events(EventFilter(start_from=since, start_to=until), limit=PAGE, cursor=cursor)
        yield from page.events
        cursor = page.next_cursor
        if cursor is None:
            return


def happened(judged: JudgedEvent) -> bool | None:
    """Whether a reviewer saw the rule broken; None where nobody said so or otherwise.

    A rejection for a reason that is not in the picture (allowed, test, another post's) says nothing of it,
    nor does an event that two reviewers see differently.
    """
    verdict = judged.verdict
    if verdict is None or judged.stage == "dispute" or judged.event.state != "closed":
        return None
    return _seen(verdict)


def _seen(verdict: Verdict) -> bool | None:
    if verdict.verdict == "confirmed":
        return None if verdict.reason == "test" else True
    if verdict.verdict == "rejected" and verdict.reason in (None, "not_what_it_seems"):
        return False
    return None
