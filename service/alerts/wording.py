"""What a message says, in the hall's language, and what a webhook is told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.texts import text
from service.alerts.digest import Digest, digest_json, digest_lines
from service.alerts.records import Alert, Message
from service.alerts.weekly import week_of

LISTED = 20
"""So many further times are listed in a folded message; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as a channel gets it. `id` is the delivery's idempotency key."""

    id: str
    title: str
    text: str
    urgent: bool
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Words:
    """How one hall speaks: its name, language and zone, its posts' names, the page's address."""

    hall: str
    language: str
    zone: ZoneInfo
    posts: Mapping[str, str]
    base_url: str

    def outgoing(self, delivery: str, message: Message, acknowledge: str | None) -> Outgoing:
        """A message in words. `acknowledge`: token of its link, None where nothing is to acknowledge."""
        ack_url = f"{self.base_url}acknowledge/{acknowledge}" if acknowledge else None
        told = {"acknowledge": ack_url, "alerts": [self._as_json(alert) for alert in message.alerts]}
        lines = self._lines(message, ack_url)
        return self._outgoing(delivery, message, lines, told, urgent=message.severity == "urgent")

    def digest(self, delivery: str, message: Message, digest: Digest) -> Outgoing:
        """The digest of a week in words: nothing in it is to acknowledge."""
        link = f"{self.base_url}reports?{digest.query}"
        says = digest_lines(digest, self._say)
        lines = [self._say("alert.says.digest"), *says, self._say("alert.link", url=link)]
        told: dict[str, Any] = {
            "acknowledge": None,
            "alerts": [],
            "link": link,
            "digest": digest_json(digest),
        }
        return self._outgoing(delivery, message, lines, told, urgent=False)

    def _outgoing(
        self, delivery: str, message: Message, lines: list[str], told: Mapping[str, Any], *, urgent: bool
    ) -> Outgoing:
        """Words as a channel gets them; ``told`` is what a webhook gets besides."""
        title = self.title(message)
        payload = {
            "id": delivery,
            "kind": message.kind,
            "severity": message.severity,
            "route": message.route,
            "hall": self.hall,
            "title": title,
            "count": len(message.alerts),
            **told,
        }
        return Outgoing(delivery, title, "\n".join(lines), urgent, payload)

    def title(self, message: Message) -> str:
        """What it is about in one line."""
        title = self.about(message)
        if message.severity == "urgent":
            title = self._say("alert.urgent", title=title)
        return self._say("alert.hall", hall=self.hall, title=title)

    def about(self, message: Message) -> str:
        """The same without the hall and the severity."""
        if not message.alerts:
            return self._say("alert.test")
        first, more = message.alerts[0], len(message.alerts) - 1
        if message.kind == "digest":
            days = week_of(first, self.zone)
            return self._say("alert.digest", first=str(days.first), last=str(days.last))
        if message.kind == "camera":
            state = self._say(f"health.{first.state_of_camera}")
            title = self._say("alert.camera", camera=first.camera or "", state=state)
        else:
            post = self.posts.get(first.post or "", first.post or "")
            title = self._say(f"alert.{message.kind}", post=post, rule=self._say(f"rule.{first.rule}"))
        return self._say("alert.more", title=title, n=more) if more else title

    def clock(self, moment: datetime) -> str:
        """A time as the hall reads it."""
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def _lines(self, message: Message, ack_url: str | None) -> list[str]:
        lines = [self._say(f"alert.says.{message.kind}")]
        for place, alert in enumerate(message.alerts[: LISTED + 1]):
            lines.append(self._say("alert.also" if place else "alert.began", time=self.clock(alert.happened)))
        if message.alerts:
            lines.append(self._say("alert.link", url=self._link(message.alerts[0])))
        if ack_url:
            lines.append(self._say("alert.acknowledge", url=ack_url))
        return lines

    def _link(self, alert: Alert) -> str:
        if alert.kind in ("appealed", "decided"):
            return f"{self.base_url}appeals#event={alert.event}"
        return f"{self.base_url}#event={alert.event}" if alert.event else self.base_url

    def _as_json(self, alert: Alert) -> dict[str, Any]:
        return {
            "event": alert.event,
            "rule": alert.rule,
            "post": alert.post,
            "post_name": self.posts.get(alert.post or "") if alert.post else None,
            "camera": alert.camera,
            "camera_state": alert.state_of_camera,
            "start": alert.happened.astimezone(self.zone).isoformat(timespec="milliseconds"),
            "link": self._link(alert),
        }

    def _say(self, key: str, **values: str | int) -> str:
        return text(self.language, key, **values)
