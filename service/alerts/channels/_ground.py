"""What every kind of channel works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from service.alerts.addresses import Outside
from service.alerts.wording import Outgoing

TIMEOUT_S = 10
"""Seconds that a channel waits for the other side, at each step."""


class BadChannelError(Exception):
    """A channel cannot be opened; says which field is wrong and what was expected, never its value."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class SendError(Exception):
    """A message was not taken; says why. Whoever catches it masks the secrets in it."""


@dataclass(frozen=True)
class Given:
    """A channel's settings with its secrets filled in. Its repr shows none."""

    url: str = field(repr=False)
    secret: str | None = field(repr=False)
    outside: Outside
    now: Callable[[], datetime]


class Sender(Protocol):
    """An open channel."""

    def send(self, outgoing: Outgoing) -> None:
        """Hand a message over. Raises SendError unless the other side has taken it."""
