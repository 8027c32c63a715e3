"""The site's channels, opened: kinds looked up, secrets filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pipelines.hall.alerting import Channel
from pipelines.hall.document import place_before
from pipelines.hall.environment import UnsetVariableError, filled, names_in
from pipelines.hall.site import SiteError
from service.alerts.addresses import Outside
from service.alerts.channels import KINDS, BadChannelError, Given, Sender


@dataclass(frozen=True)
class Channels:
    """Open channels by id, and all secrets in them, which no error may show."""

    senders: Mapping[str, Sender] = field(default_factory=dict)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)


def open_channels(
    channels: tuple[Channel, ...],
    outside: Outside,
    now: Callable[[], datetime],
    *,
    site_file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Channels:
    """Open every channel of a site. SiteError names file, line and field of what cannot be used."""
    senders: dict[str, Sender] = {}
    secrets: set[str] = set()
    for i, channel in enumerate(channels):
        try:
            opener = KINDS.get(channel.kind)
            if opener is None:
                raise BadChannelError("kind", f"expected one of {', '.join(KINDS)}, got {channel.kind!r}")
            url, secret = (_fill(channel, name, environment) for name in ("url", "secret"))
            senders[channel.id] = opener(Given(url or "", secret, outside, now))
        except BadChannelError as error:
            place = ("alerts", "channels", i, error.field)
            where = place_before(site_file, *place)
            # The cause may quote a url.
            raise SiteError(f"{where}{'.'.join(map(str, place))}: {error}") from None
        for text in (channel.url, channel.secret or ""):
            secrets |= {filled(f"${{{name}}}", environment) for name in names_in(text)}
    return Channels(senders, frozenset(secrets))


def _fill(channel: Channel, name: str, environment: Mapping[str, str] | None) -> str | None:
    text: str | None = getattr(channel, name)
    try:
        return None if text is None else filled(text, environment)
    except UnsetVariableError as unset:
        raise BadChannelError(name, f"expected the environment variable {unset} to be set") from None
