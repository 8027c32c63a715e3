"""When last week's report is told of, and of which week a message tells. Pure."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from pipelines.hall.alerting import Alerts, Route
from service.alerts.causes import for_route
from service.alerts.planning import message_id
from service.alerts.records import Alert, Message
from service.reports.period import Period, preset


def of_week(settings: Alerts, zone: ZoneInfo, now: datetime) -> list[Alert]:
    """What is told of the week that ended last, from its Monday's hour on; a route that was told has its key.

    A route's `rules`, `severity` and `hours` do not matter, for a report is of all of them.
    """
    here = now.astimezone(zone)
    monday, _ = preset("week", here.date())
    if here < datetime.combine(monday, settings.digest.at, zone):
        return []
    alert = _alert(last_week(now, zone), now)
    return [for_route(alert, route.id, now) for route in settings.routes if "digest" in route.about]


def message_now(route: Route, period: Period, now: datetime) -> Message:
    """A message of a week for one route beside the outbox, which somebody wants to see now."""
    alert = for_route(_alert(period, now), route.id, now)
    return Message(
        id=message_id([alert.key, now.isoformat()]),
        group=alert.group,
        route=route.id,
        kind="digest",
        severity=alert.severity,
        alerts=(alert,),
        channels=tuple(dict.fromkeys(route.to)),
        created=now,
    )


def week_of(alert: Alert, zone: ZoneInfo) -> Period:
    """The week that a message tells of."""
    return _week(alert.happened.astimezone(zone).date(), zone)


def last_week(now: datetime, zone: ZoneInfo) -> Period:
    """The week that ended last."""
    return Period(*preset("last_week", now.astimezone(zone).date()), zone)


def _week(day: date, zone: ZoneInfo) -> Period:
    return Period(*preset("week", day), zone)


def _alert(period: Period, now: datetime) -> Alert:
    return Alert(
        key="",
        cause=f"digest:{period.first}",
        kind="digest",
        route="",
        severity="normal",
        happened=period.start,
        due=now,
    )
