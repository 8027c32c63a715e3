"""Which alerts go on to the next route because nobody acknowledged them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pipelines.hall.alerting import Alerts
from service.alerts.causes import for_route
from service.alerts.records import Alert, Facts, Told
from service.alerts.standing import why_void


def passed_on(
    told: Sequence[tuple[Told, Facts]], settings: Alerts, now: datetime
) -> list[tuple[Alert, Alert | None]]:
    """Every alert that is settled by now, with the alert for the next route, None if nobody else is told.

    An alert goes on when its route has a `then` and its time is over, or at once when no channel could be
    reached; acknowledged or void ones and digests stay. Those not in the list are asked about again later.
    """
    settled: list[tuple[Alert, Alert | None]] = []
    for one, facts in told:
        route = settings.route(one.alert.route)
        over = one.acknowledged or one.alert.kind == "digest"
        over = over or why_void(one.alert, facts, settings) is not None
        if over or route is None or route.then is None or route.acknowledge_s is None:
            settled.append((one.alert, None))
        elif not one.reachable or now >= one.at + timedelta(seconds=route.acknowledge_s):
            settled.append((one.alert, for_route(one.alert, route.then, now)))
    return settled
