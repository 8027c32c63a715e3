"""/api/alerts"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from service.alerts.ledger import Entry
from service.alerts.records import DeliveryState, Kind
from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayAlert, needs
from service.api.context import ContextDep
from service.api.problems import documented
from service.api.schemas import answered
from service.outbox import UnknownMessageError

router = APIRouter(tags=["alerts"], responses=documented(NOT_LOGGED_IN, MAY_NOT))


class DeliveryOut(BaseModel):
    """One message over one channel, and how it went."""

    id: str = Field(description="The delivery's id; receivers get it as the idempotency key.")
    channel: str = Field(description="The channel's id in the site file.")
    state: DeliveryState = Field(description="pending: to be sent, perhaps again; sent; dead: given up.")
    tries: int = Field(description="How often it was tried.")
    error: str = Field(description="Why the last try failed; empty if none did.")
    created: datetime = Field(description="When the message was written.")
    next_try: datetime | None = Field(description="When it is tried next; null when it is not.")
    sent: datetime | None = Field(description="When the other side had taken it; null before.")
    route: str = Field(description="The route's id in the site file; empty for a test.")
    kind: Kind = Field(description="What the message is about.")
    severity: Literal["low", "normal", "urgent"] = Field(description="How pressing it is.")
    count: int = Field(description="How many alerts are folded into the message; 0 for a test.")
    events: list[str] = Field(description="Ids of the events it tells of.")
    acknowledged: datetime | None = Field(description="When somebody said they have it in hand; or null.")

    @classmethod
    def of(cls, entry: Entry, zone: ZoneInfo) -> DeliveryOut:
        """The same in the hall's zone."""
        message = entry.message
        return cls(
            id=entry.id,
            channel=entry.channel,
            state=entry.state,
            tries=entry.tries,
            error=entry.error,
            created=entry.created.astimezone(zone),
            next_try=entry.due.astimezone(zone) if entry.state == "pending" else None,
            sent=entry.sent.astimezone(zone) if entry.sent else None,
            route=message.route,
            kind=message.kind,
            severity=message.severity,
            count=len(message.alerts),
            events=[alert.event for alert in message.alerts if alert.event],
            acknowledged=entry.acknowledged.astimezone(zone) if entry.acknowledged else None,
        )


class DeliveryCounts(BaseModel):
    """How many deliveries are in which state."""

    pending: int = Field(default=0, description="To be sent, perhaps again.")
    sent: int = Field(default=0, description="Taken by the other side.")
    dead: int = Field(default=0, description="Given up.")


class DeliveriesOut(BaseModel):
    """Some deliveries, and how many there are in all."""

    channels: list[str] = Field(description="Ids of the channels that are open.")
    counts: DeliveryCounts
    deliveries: list[DeliveryOut] = Field(description="The newest ones, newest first.")


class TestIn(BaseModel):
    """Which channels to try."""

    # Not a test case, whatever its name.
    __test__ = False
    model_config = ConfigDict(extra="forbid")

    channels: list[str] | None = Field(default=None, description="Ids of channels; null: all of them.")


class RetryIn(BaseModel):
    """Which delivery to try again."""

    model_config = ConfigDict(extra="forbid")

    delivery: str = Field(min_length=1, max_length=80, description="Id of a delivery that is dead.")


EXAMPLE_DELIVERY: dict[str, Any] = {
    "id": "5f0a5f0a5f0a5f0a5f0a5f0a5f0a5f0a.wecom",
    "channel": "wecom",
    "state": "pending",
    "tries": 2,
    "error": "the receiver answered 503",
    "created": "2026-01-05T09:41:08+08:00",
    "next_try": "2026-01-05T09:41:42+08:00",
    "sent": None,
    "route": "window-leads",
    "kind": "event",
    "severity": "normal",
    "count": 1,
    "events": ["9f2c61d07a3be845"],
    "acknowledged": None,
}
EXAMPLE_DELIVERIES: dict[str, Any] = {
    "channels": ["wecom"],
    "counts": {"pending": 1, "sent": 0, "dead": 0},
    "deliveries": [EXAMPLE_DELIVERY],
}


@router.get(
    "/alerts",
    dependencies=[needs("alerts")],
    summary="List deliveries of alerts",
    responses={
        200: answered("The newest deliveries.", EXAMPLE_DELIVERIES),
        **documented(
            (422, "A filter is not understood.", "limit: Input should be less than or equal to 500", "limit")
        ),
    },
)
def list_deliveries(
    context: ContextDep,
    state: Annotated[
        DeliveryState | None, Query(description="Only those in this state.", examples=["dead"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.", examples=[100])] = 100,
) -> DeliveriesOut:
    """Every message to people outside the page, with its state, its tries and its last error, newest first.

    Where a message goes is said by the channel's id only: addresses may hold secrets.
    """
    return _deliveries(context, state, limit)


@router.post(
    "/alerts/test",
    status_code=202,
    summary="Send a test message",
    responses={
        202: answered("The deliveries, now that the test is among them.", EXAMPLE_DELIVERIES),
        **documented(
            (409, "There is no channel.", "the site file names no channels", None),
            (422, "A channel is not known.", "channels: expected some of wecom, got desk", "channels"),
        ),
    },
)
def send_test(
    context: ContextDep,
    caller: MayAlert,
    wanted: Annotated[TestIn, Body(examples=[{"channels": ["wecom"]}])],
) -> DeliveriesOut:
    """Write a test message for channels into the outbox; ask for the list again to see how it went."""
    known = context.channels
    if not known:
        raise HTTPException(409, "the site file names no channels")
    unknown = [channel for channel in wanted.channels or () if channel not in known]
    if unknown:
        message = f"expected some of {', '.join(known)}, got {unknown[0][:40]}"
        raise RequestValidationError([{"loc": ("body", "channels"), "msg": message, "type": "value_error"}])
    channels = tuple(wanted.channels or known)
    now = context.now()
    context.outbox.tell_test(channels, now, act=caller.act(now, "message.tested", channels=channels))
    return _deliveries(context, None, 100)


@router.post(
    "/alerts/retry",
    status_code=202,
    summary="Try a dead delivery again",
    responses={
        202: answered("The deliveries, with this one pending again.", EXAMPLE_DELIVERIES),
        **documented(
            (404, "No dead delivery has this id.", "no dead delivery has this id", None),
            (422, "The id does not look like one.", "delivery: Field required", "delivery"),
        ),
    },
)
def retry_delivery(
    context: ContextDep,
    caller: MayAlert,
    wanted: Annotated[RetryIn, Body(examples=[{"delivery": EXAMPLE_DELIVERY["id"]}])],
) -> DeliveriesOut:
    """Give a delivery that was given up all its tries again, under the same idempotency key."""
    now = context.now()
    act = caller.act(now, "delivery.retried", wanted.delivery)
    try:
        context.outbox.revive(wanted.delivery, now, act=act)
    except UnknownMessageError:
        raise HTTPException(404, "no dead delivery has this id") from None
    return _deliveries(context, None, 100)


def _deliveries(context: ContextDep, state: DeliveryState | None, limit: int) -> DeliveriesOut:
    zone = context.store.hall().zone
    return DeliveriesOut(
        channels=list(context.channels),
        counts=DeliveryCounts.model_validate(context.ledger.counts()),
        deliveries=[
            DeliveryOut.of(entry, zone) for entry in context.ledger.entries(state=state, limit=limit)
        ],
    )
