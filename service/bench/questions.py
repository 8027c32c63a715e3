"""What `conduct bench store` asks: the queue's first pages, the counts, and reports of a day to a year."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from service.bench.rows import POSTS, SPAN, ZONE
from service.reports.making import make_report
from service.reports.period import Period
from service.store import EventFilter, Store

PAGE = 50
"""Events on a page, as many as the review page asks for."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that a page asks for: of the store, and by a path of the API unless that needs an account."""

    name: str
    path: str | None
    ask: Callable[[Store], object]
    within_ms: float
    """What it may take at the 95th percentile."""
    rounds: float = 1.0
    """How many of the calls it gets: of what takes long, few tell enough."""


def _queue(name: str, **wanted: str) -> Question:
    """The first page of the queue with these filters."""
    query = urlencode({"order": "queue", "limit": PAGE, **wanted})
    chosen = EventFilter(**wanted)  # type: ignore[arg-type]  # those of texts
    return Question(
        name,
        f"/api/events?{query}",
        lambda store: store.events(chosen, order="queue", limit=PAGE),
        within_ms=100,
    )


def _report(name: str, days: int, posts: Collection[str] | None = None) -> Question:
    """The report of the last days that are filled; of some posts as their supervisor gets it."""
    last = SPAN.last
    period = Period(last - timedelta(days=days - 1), last, ZONE)
    query = urlencode({"from": period.first, "to": period.last})
    return Question(
        f"report, {name}",
        f"/api/report?{query}" if posts is None else None,
        lambda store: make_report(store, period, posts, period.end),
        within_ms=2000,
        rounds=0.1,
    )


QUESTIONS = (
    _queue("queue"),
    _queue("queue, not judged", verdict="none"),
    _queue("queue, rejected", verdict="rejected"),
    _queue("queue, one rule", rule="smoking"),
    _queue("queue, one post", post=POSTS[7]),
    _queue("queue, one post, confirmed", post=POSTS[7], verdict="confirmed"),
    Question(
        "counts, as the page asks them all the time",
        "/api/health",
        lambda store: store.counts(),
        within_ms=100,
    ),
    _report("a day", 1),
    _report("a week", 7),
    _report("a month", 31),
    _report("a year", 365),
    _report("a year, of two posts", 365, frozenset(POSTS[:2])),
    _report("a year, of half the posts", 365, frozenset(POSTS[::2])),
)
