"""Which waiting alerts become messages now: due ones, outside quiet hours, folded. Pure.

The first of a group (the same rule at the same post, for the same route) is told at once. What follows
within `fold_s` of a message waits to its end and then is one message; nothing is dropped.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipelines.hall.alerting import SEVERITIES, Alerts, Severity
from service.alerts.causes import in_hours
from service.alerts.records import Alert, Facts, Message
from service.alerts.standing import why_void


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with the alerts that wait; those in neither list wait on."""

    messages: tuple[Message, ...]
    void: tuple[tuple[Alert, str], ...]


def plan(
    waiting: Sequence[tuple[Alert, Facts]],
    last_told: Mapping[str, datetime],
    settings: Alerts,
    zone: ZoneInfo,
    now: datetime,
) -> Plan:
    """Decide on all alerts that wait. `last_told`: the newest message of each group."""
    due = [(alert, why_void(alert, facts, settings)) for alert, facts in waiting if alert.due <= now]
    quiet = in_hours(settings.quiet, zone, now)
    groups: dict[str, list[Alert]] = defaultdict(list)
    for alert, void in due:
        if void is None:
            groups[alert.group].append(alert)
    messages = [
        _message(alerts, settings, now)
        for group, alerts in sorted(groups.items())
        if not (quiet and _severity(alerts) != "urgent")
        and not _folds(last_told.get(group), settings.fold_s, now)
    ]
    return Plan(tuple(messages), tuple((alert, void) for alert, void in due if void is not None))


def _folds(last: datetime | None, fold_s: float, now: datetime) -> bool:
    return last is not None and now < last + timedelta(seconds=fold_s)


def _severity(alerts: Sequence[Alert]) -> Severity:
    return max((alert.severity for alert in alerts), key=SEVERITIES.index)


def _message(alerts: Sequence[Alert], settings: Alerts, now: datetime) -> Message:
    first, *_ = ordered = sorted(alerts, key=lambda alert: (alert.happened, alert.key))
    route = settings.route(first.route)
    return Message(
        id=message_id(alert.key for alert in ordered),
        group=first.group,
        route=first.route,
        kind=first.kind,
        severity=_severity(ordered),
        alerts=tuple(ordered),
        channels=tuple(dict.fromkeys(route.to)) if route else (),
        created=now,
    )


def message_id(keys: Iterable[str]) -> str:
    """32 hex digits from the keys of the alerts that a message tells of."""
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:32]
