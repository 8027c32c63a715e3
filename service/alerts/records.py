"""The values that alerts are decided on. Times are aware."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipelines.hall.alerting import Severity

Kind = Literal["event", "confirmed", "unreviewed", "camera", "appealed", "decided", "digest", "test"]
"""event: a question, before a reviewer confirmed it; confirmed: after. appealed: the staff contest it;
decided: an adjudicator has decided that; digest: a week's report in short. The others as in a route's
`about`."""
AlertState = Literal["waiting", "told", "void"]
DeliveryState = Literal["pending", "sent", "dead"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that one route is to be told of. `key` is unique: the same cause again changes nothing."""

    key: str
    cause: str
    kind: Kind
    route: str
    severity: Severity
    happened: datetime
    due: datetime
    event: str | None = None
    rule: str | None = None
    post: str | None = None
    camera: str | None = None
    state_of_camera: str | None = None

    @property
    def group(self) -> str:
        """What is folded into one message: the same of the same post or camera, for the same route."""
        where = self.camera if self.kind == "camera" else self.post
        return "/".join((self.route, self.kind, self.rule or self.state_of_camera or "", where or ""))


@dataclass(frozen=True, slots=True)
class Facts:
    """What has become of an alert's cause by now."""

    verdict: str | None = None
    appeal: str | None = None
    """State of the newest appeal against the event, None when there is none."""
    camera_back: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One text for one route, of one alert or of several folded into one. `id` is made from their keys."""

    id: str
    group: str
    route: str
    kind: Kind
    severity: Severity
    alerts: tuple[Alert, ...]
    channels: tuple[str, ...]
    created: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """An alert that a message has told of, and whether somebody said that they have it in hand."""

    alert: Alert
    at: datetime
    acknowledged: bool
    reachable: bool
    """False when every delivery of its message is dead: nobody can have read it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message over one channel. `id` is its idempotency key."""

    id: str
    message: str
    channel: str
    tries: int
    due: datetime
