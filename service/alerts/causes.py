"""Which alerts follow from what was found or said. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pipelines.hall.alerting import SEVERITIES, Alerts, Cause, Route, Severity
from pipelines.rules.events import HealthEntry, RuleEvent
from pipelines.rules.schedule import Schedule, Shift
from service.alerts.records import Alert, Kind


def of_event(settings: Alerts, zone: ZoneInfo, event: RuleEvent, now: datetime) -> list[Alert]:
    """What is told of an event when it is delivered: itself, and later that nobody judged it."""
    if settings.when(event.rule) == "never":
        return []
    severity = settings.severity(event.rule)
    found: list[Alert] = []
    if settings.when(event.rule) == "before":
        found += _per_route(settings, zone, "event", _of(event, "event", severity, now))
    late = now + timedelta(seconds=settings.review.after_s)
    unreviewed = _of(event, "unreviewed", settings.review.severity, late)
    return found + _per_route(settings, zone, "unreviewed", unreviewed)


def of_verdict(
    settings: Alerts, zone: ZoneInfo, event: RuleEvent, verdict: str, now: datetime
) -> list[Alert]:
    """What is told of an event when a reviewer has judged it."""
    if verdict != "confirmed" or settings.when(event.rule) != "after":
        return []
    return _per_route(settings, zone, "event", _of(event, "confirmed", settings.severity(event.rule), now))


def of_appeal(
    settings: Alerts,
    zone: ZoneInfo,
    event: RuleEvent,
    appeal: int,
    what: Literal["appealed", "decided"],
    now: datetime,
) -> list[Alert]:
    """What is told of an appeal: that it was made, or how it was decided."""
    about: Cause = "appeal" if what == "appealed" else "decision"
    alert = replace(_of(event, what, settings.severity(event.rule), now), cause=f"{what}:{appeal}")
    return _per_route(settings, zone, about, alert)


def of_health(
    settings: Alerts, zone: ZoneInfo, entry: HealthEntry, posts: Mapping[str, str], now: datetime
) -> list[Alert]:
    """What is told of a camera's trouble once it has lasted too long. `posts` names each post's camera."""
    if not entry.is_trouble:
        return []
    began = f"{entry.start.timestamp():.3f}"
    alert = Alert(
        key="",
        cause=f"camera:{entry.camera}:{entry.state}:{began}",
        kind="camera",
        route="",
        severity=settings.cameras.severity,
        happened=entry.start,
        due=now + timedelta(seconds=settings.cameras.after_s),
        camera=entry.camera,
        state_of_camera=entry.state,
    )
    seen = {post for post, camera in posts.items() if camera == entry.camera}
    return _per_route(settings, zone, "camera", alert, seen)


def for_route(alert: Alert, route: str, due: datetime) -> Alert:
    """The same alert for another route."""
    return replace(alert, key=f"{alert.cause}@{route}", route=route, due=due)


def in_hours(hours: tuple[Shift, ...], zone: ZoneInfo, moment: datetime) -> bool:
    """Whether a moment lies in one of these daily spans of the hall's zone; no spans hold nothing."""
    return bool(hours) and Schedule(hours, zone).shift_at(moment.timestamp()) is not None


def _of(event: RuleEvent, kind: Kind, severity: Severity, due: datetime) -> Alert:
    return Alert(
        key="",
        cause=f"{kind}:{event.id}",
        kind=kind,
        route="",
        severity=severity,
        happened=event.start,
        due=due,
        event=event.id,
        rule=event.rule,
        post=event.post,
        camera=event.camera,
    )


def _per_route(
    settings: Alerts, zone: ZoneInfo, cause: Cause, alert: Alert, posts: Iterable[str] = ()
) -> list[Alert]:
    concerned = {alert.post} if alert.post else set(posts)
    return [
        for_route(alert, route.id, alert.due)
        for route in settings.routes
        if cause in route.about and all(holds(route) for holds in _conditions(alert, concerned, zone))
    ]


def _conditions(alert: Alert, posts: set[str], zone: ZoneInfo) -> tuple[Callable[[Route], bool], ...]:
    pressing = SEVERITIES.index(alert.severity)
    return (
        lambda route: not route.rules or alert.rule is None or alert.rule in route.rules,
        lambda route: not route.posts or not posts.isdisjoint(route.posts),
        lambda route: pressing >= SEVERITIES.index(route.severity),
        lambda route: not route.hours or in_hours(route.hours, zone, alert.happened),
    )
