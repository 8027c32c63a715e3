"""Makes a report of a store: the only part of this package that asks one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pipelines import regulation
from pipelines.hall.holidays import calendar_of
from service.reports.period import Period
from service.reports.report import Report, Scope, compose
from service.reports.segments import segments_of
from service.store import Store


def make_report(store: Store, period: Period, posts: Collection[str] | None, now: datetime) -> Report:
    """The report of a period, of the posts that exist for whoever asks; None = all."""
    hall = store.hall()
    segments = segments_of(period, calendar_of(hall.schedule, period.zone))
    mine = [post for post in store.posts() if posts is None or post.id in posts]
    scope = Scope(
        hall=hall.name,
        period=period,
        rules=list(regulation.load().rules),
        posts={post.id: post.name for post in mine},
        active=frozenset(post.id for post in mine if post.active),
        own_posts=posts is not None,
        now=now,
    )
    return compose(scope, segments, store.reports.figures(segments, posts))
