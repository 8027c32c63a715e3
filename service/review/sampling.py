"""Which answers are given a second look. Pure.

The choice hangs on the event's id and a key of the installation: it is the same each time, nobody can steer
it, and without the key nobody can foretell it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.review.verdicts import Answer


@dataclass(frozen=True)
class Sampling:
    """The share of each answer (0 to 1) that goes to a second reviewer; an answer not named never does."""

    shares: Mapping[Answer, float] = field(default_factory=dict)
    key: bytes = field(default=b"", repr=False)

    def takes(self, event_id: str, answer: Answer) -> bool:
        """Whether this answer to this event goes to a second reviewer."""
        digest = hmac.new(self.key, f"second review:{event_id}".encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[:8], "big") < self.shares.get(answer, 0.0) * 2**64


NOTHING = Sampling()
