"""Alerts and messages between their values and their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any, cast, get_args

from pipelines.hall.alerting import Severity
from service.alerts.records import Alert, Delivery, Kind, Message
from service.store.alert_tables import AlertRow, DeliveryRow, MessageRow

_ALERT_FIELDS = tuple(field.name for field in fields(Alert))


def alert_values(alert: Alert) -> dict[str, Any]:
    """The columns of an alert that waits."""
    return {
        **asdict(alert),
        "state": "waiting",
        "void": None,
        "message": None,
        "acknowledged": None,
        "settled": False,
    }


def alert_of(row: AlertRow) -> Alert:
    """The value of a row."""
    return Alert(**{name: getattr(row, name) for name in _ALERT_FIELDS})


def message_values(message: Message) -> dict[str, Any]:
    """The columns of a message."""
    names = ("id", "group", "route", "kind", "severity", "created")
    return {name: getattr(message, name) for name in names}


def message_of(row: MessageRow, alerts: Sequence[AlertRow]) -> Message:
    """The value of a row with its alerts, which are put in order."""
    ordered = sorted(map(alert_of, alerts), key=lambda alert: (alert.happened, alert.key))
    assert row.kind in get_args(Kind)
    return Message(
        id=row.id,
        group=row.group,
        route=row.route,
        kind=cast(Kind, row.kind),
        severity=cast(Severity, row.severity),
        alerts=tuple(ordered),
        channels=(),
        created=row.created,
    )


def deliveries_of(message: Message) -> list[dict[str, Any]]:
    """The columns of a message's deliveries, one per channel, due at once."""
    return [
        {
            "id": f"{message.id}.{channel}",
            "message": message.id,
            "channel": channel,
            "state": "pending",
            "tries": 0,
            "due": message.created,
            "created": message.created,
            "sent": None,
            "error": "",
        }
        for channel in message.channels
    ]


def delivery_of(row: DeliveryRow) -> Delivery:
    """The value of a row."""
    return Delivery(row.id, row.message, row.channel, row.tries, row.due)
