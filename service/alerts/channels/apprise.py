"""Apprise: WeCom, DingTalk, Feishu, e-mail, SMS and a hundred more, each by a URL of its own."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from io import StringIO
from typing import Any

from apprise import Apprise, AppriseAsset, LogCapture, NotifyFormat, NotifyType

from service.alerts.addresses import AddressRefusedError
from service.alerts.channels._ground import TIMEOUT_S, BadChannelError, Given, SendError
from service.alerts.wording import Outgoing

KIND = "apprise"

# What Apprise says of its work may hold URLs: it goes into our errors, masked, and nowhere else.
logging.getLogger("apprise").propagate = False


def open_channel(given: Given) -> AppriseChannel:
    """A channel by Apprise. Raises BadChannelError."""
    asset = AppriseAsset(
        app_id="conduct-monitor",
        app_desc="conduct-monitor",
        app_url="",
        http_redirects=False,
        async_mode=False,
        storage_mode="memory",
        service_timeout=6 * TIMEOUT_S,
    )
    with _log(logging.CRITICAL):
        service: Any = Apprise.instantiate(given.url, asset=asset, suppress_exceptions=True)
    if service is None:
        raise BadChannelError("url", "expected a URL of Apprise, such as wecombot://${KEY}")
    service.redirects = False
    return AppriseChannel(given, asset, service)


class AppriseChannel:
    """One place that Apprise reaches."""

    def __init__(self, given: Given, asset: AppriseAsset, service: Any) -> None:
        self._given, self._service = given, service
        self._apprise = Apprise(asset=asset)
        self._apprise.add(service)

    def send(self, outgoing: Outgoing) -> None:
        """Hand the message to Apprise. Raises SendError with what Apprise logged."""
        host = _host(self._service)
        if host is not None:
            try:
                self._given.outside.address(host, int(getattr(self._service, "port", None) or 0))
            except AddressRefusedError as error:
                raise SendError(str(error)) from error
        kind = NotifyType.FAILURE if outgoing.urgent else NotifyType.INFO
        with _log(logging.WARNING) as told:
            taken = self._apprise.notify(
                body=outgoing.text, title=outgoing.title, notify_type=kind, body_format=NotifyFormat.TEXT
            )
            said = told.getvalue()
        if not taken:
            raise SendError(" ".join(said.split()) or "Apprise could not send it and said nothing more")


def _log(level: int) -> AbstractContextManager[StringIO]:
    """What Apprise logs, and says nowhere else. Other channels' words may get in between."""
    # Apprise gives no types for it.
    captured: AbstractContextManager[StringIO] = LogCapture(level=level, fmt="%(message)s")  # type: ignore[no-untyped-call]
    return captured


def _host(service: Any) -> str | None:
    """The host that the URL itself names; None for services that have an address of their own."""
    mail: str | None = getattr(service, "smtp_host", None)
    if mail:
        return mail
    names_host = any("{host}" in template for template in service.templates)
    host: str | None = service.host if names_host else None
    return host or None
