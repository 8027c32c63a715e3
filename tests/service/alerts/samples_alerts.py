"""Samples for the tests of alerts: a site's settings, causes, a clock that the test turns, real receivers."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from samples_service import NINE, SHANGHAI

from pipelines.hall.alerting import Alerts
from service.alerts.addresses import Outside
from service.alerts.channels import Sender
from service.alerts.opening import Channels, open_channels
from service.alerts.records import Alert
from service.alerts.tokens import Tokens
from service.alerts.wording import Words
from service.alerts.worker import Worker
from service.digests import Digests
from service.outbox import Outbox
from service.store import Store

LOOPBACK = Outside((IPv4Network("127.0.0.0/8"),))
SECRET = "hush-hush-key"


def settings(*routes: dict[str, Any], **given: Any) -> Alerts:
    """Alerts with the channels `mail` and `hook` (never opened) and these routes."""
    channels = [{"id": "mail", "url": "x"}, {"id": "hook", "kind": "webhook", "url": "x"}]
    whole = {"channels": channels, "routes": [{"to": ["mail"], **route} for route in routes], **given}
    made = Alerts.model_validate(whole)
    made.check(["absent", "phone_use", "smoking"], ["w01", "w02"])
    return made


def alert(number: int = 0, **changes: Any) -> Alert:
    """The alert of an event `number` minutes after nine, for the route `leads`, due at once."""
    happened = NINE + timedelta(minutes=number)
    event = f"{number:016x}"
    fields: dict[str, Any] = {
        "key": f"event:{event}@leads",
        "cause": f"event:{event}",
        "kind": "event",
        "route": "leads",
        "severity": "normal",
        "happened": happened,
        "due": happened,
        "event": event,
        "rule": "absent",
        "post": "w01",
        "camera": "east",
    }
    return Alert(**{**fields, **changes})


class Clock:
    """A time that only the test moves on."""

    def __init__(self, start: datetime = NINE) -> None:
        self.time = start

    def __call__(self) -> datetime:
        return self.time

    def go(self, **span: float) -> None:
        self.time += timedelta(**span)


@dataclass
class Receiver:
    """An HTTP server that remembers what it took; `status` is what it answers."""

    status: int = 200
    location: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    tried: int = 0
    port: int = 0
    asked: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def up(self, port: int = 0) -> Iterator[Receiver]:
        """Serve on loopback; port 0 takes any free one."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.tried += 1
                if receiver.status < 300:
                    receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()
                receiver.asked.set()

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
            self.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


class Mailbox:
    """What an SMTP server took; `refuse` makes it answer that it is busy."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.refuse = False

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refuse:
            return "451 busy, try again later"
        self.got.append(cast(EmailMessage, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 taken"

    @contextmanager
    def up(self, port: int = 0) -> Iterator[int]:
        """Serve on loopback; gives the port."""
        server = Controller(self, hostname="127.0.0.1", port=port or free_port())
        server.start()
        try:
            yield server.port
        finally:
            server.stop()

    def texts(self) -> list[str]:
        """The plain text of every mail."""
        found = []
        for mail in self.got:
            body = mail.get_body(("plain", "html"))
            assert body is not None
            found.append(body.get_content())
        return found

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.got]


def free_port() -> int:
    """A port on loopback that nobody listens on just now."""
    from socket import socket

    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Desk:
    """A store with its outbox and a worker over real channels, on a clock that the test turns."""

    def __init__(self, store: Store, folder: Path, alerts: Alerts, channels: Channels | None = None) -> None:
        self.store, self.clock = store, Clock()
        posts = {post.id: post.camera for post in store.posts()}
        self.outbox = Outbox(store.transactions, alerts, SHANGHAI, posts=posts, now=self.clock)
        store.follow(self.outbox)
        self.tokens = Tokens.kept_in(folder)
        channels = channels or open_channels(
            alerts.channels, LOOPBACK, self.clock, environment={"SECRET": SECRET}
        )
        names = {post.id: post.name for post in store.posts()}
        words = Words("测试大厅", "zh-CN", SHANGHAI, names, "http://desk.example/")
        self.worker = Worker(
            self.outbox,
            channels,
            words,
            self.tokens,
            digest=Digests(store, alerts, self.clock).of_message,
            now=self.clock,
            chance=random.Random(1).random,
        )

    @classmethod
    def of_senders(cls, store: Store, folder: Path, alerts: Alerts, senders: Mapping[str, Sender]) -> Desk:
        """Over channels of the test's own."""
        return cls(store, folder, alerts, Channels(senders))

    def run(self, *, minutes: float, step_s: float = 30) -> None:
        """Let the clock run, a round every few seconds of it."""
        for _ in range(round(minutes * 60 / step_s)):
            self.round()
            self.clock.go(seconds=step_s)
        self.round()

    def round(self) -> None:
        """One round, to its end."""
        self.worker.step()
        self.worker.settle()
