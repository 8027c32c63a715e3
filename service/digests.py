"""Makes the digest of a week for a route of the alerts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pipelines.hall.alerting import Alerts
from service.alerts.digest import Digest
from service.alerts.records import Message
from service.alerts.weekly import week_of
from service.reports.making import make_report
from service.reports.period import Period
from service.store import Store


class Digests:
    """Digests over one store; a route with posts gets a report of these only."""

    def __init__(self, store: Store, settings: Alerts, now: Callable[[], datetime]) -> None:
        self._store, self._settings, self._now = store, settings, now

    def of_message(self, message: Message) -> Digest:
        """The digest that a message tells of, with the figures of now."""
        return self.of_route(message.route, week_of(message.alerts[0], self._store.hall().zone))

    def of_route(self, route_id: str, period: Period) -> Digest:
        """The digest of a period for a route; for one that the site has no more of all posts."""
        route = self._settings.route(route_id)
        posts = frozenset(route.posts) if route and route.posts else None
        return Digest(
            report=make_report(self._store, period, posts, self._now()),
            appeals=self._store.reports.appeals(period.start, period.end, posts),
            waiting=self._store.counts(posts).get("none", 0),
        )
