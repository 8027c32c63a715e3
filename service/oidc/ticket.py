"""What a browser keeps while its owner is away at the provider. Pure.

One random seed, signed. State, nonce and PKCE verifier are derived from it and a key of this installation, so
that the store keeps nothing of a login that was only begun, and the browser cannot tell the verifier.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

LIFETIME = timedelta(minutes=10)
"""How long somebody may take at the provider."""
LONGEST_BACK = 512
_BACK = re.compile(r"(\?[\w=&.,:%+~-]*)?(#[\w=&.,:%+~-]*)?", re.ASCII)
Purpose = Literal["state", "nonce", "verifier"]


@dataclass(frozen=True)
class Ticket:
    """One login that was begun: at which second (UTC), its seed, and what of the page's address is to come
    back: a query and a fragment, never a path."""

    begun: int
    seed: str
    back: str = ""

    @classmethod
    def begin(cls, now: datetime, back: str) -> Ticket:
        """A new one. A ``back`` that is more than a query and a fragment is forgotten."""
        return cls(int(now.timestamp()), secrets.token_urlsafe(32), fit_back(back))

    def derived(self, key: bytes, purpose: Purpose) -> str:
        """43 letters that only this service can tell, the same each time."""
        return _encoded(_hmac(key, f"{purpose}:{self.begun}:{self.seed}"))

    def sealed(self, key: bytes) -> str:
        """The cookie's value."""
        told = f"{self.begun}.{self.seed}.{_encoded(self.back.encode())}"
        return f"{told}.{_encoded(_hmac(key, f'ticket:{told}'))}"

    def is_over(self, now: datetime) -> bool:
        """Whether it took too long."""
        return now.timestamp() - self.begun > LIFETIME.total_seconds()


def opened(sealed: str, key: bytes) -> Ticket | None:
    """The ticket of a cookie; None when it was not made here."""
    told, _, signature = sealed.rpartition(".")
    if not _is_signed(f"ticket:{told}", signature, key):
        return None
    begun, seed, back = told.split(".")
    return Ticket(int(begun), seed, _decoded(back))


def fit_back(back: str) -> str:
    """A query and a fragment as they are, of anything else nothing: it must not lead to another site."""
    return back if len(back) <= LONGEST_BACK and _BACK.fullmatch(back) else ""


def sealed_text(text: str, key: bytes) -> str:
    """A text that a browser may keep and not change."""
    told = _encoded(text.encode())
    return f"{told}.{_encoded(_hmac(key, f'text:{told}'))}"


def opened_text(sealed: str, key: bytes) -> str:
    """The text of `sealed_text`; empty when it was not made here."""
    told, _, signature = sealed.partition(".")
    return _decoded(told) if _is_signed(f"text:{told}", signature, key) else ""


def _is_signed(text: str, signature: str, key: bytes) -> bool:
    expected = _encoded(_hmac(key, text)).encode()
    return hmac.compare_digest(expected, signature.encode("utf-8", "surrogatepass"))


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
