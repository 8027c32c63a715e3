"""What the provider tells of itself: its discovery document and its keys, looked up when first needed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, ValidationError

from service.oidc import wire
from service.oidc.trouble import SignOnError

KEPT_S = 600
"""Seconds until either is asked for again."""
AGAIN_S = 30
"""Seconds between two looks for a key that was not there: a forged token must not make us ask each time."""
DOCUMENT, KEYS = "discovery document", "keys"


class Metadata(BaseModel):
    """What is needed of the discovery document (OpenID Connect Discovery 1.0, section 3; RFC 8414)."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    code_challenge_methods_supported: tuple[str, ...] | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] | None = None

    @property
    def says_pkce(self) -> bool:
        """Whether it says that it knows PKCE."""
        return "S256" in (self.code_challenge_methods_supported or ())

    def auth_method(self, secret: str) -> str:
        """How the client proves itself at the token endpoint; basic unless only the other is known."""
        methods = self.token_endpoint_auth_methods_supported or ("client_secret_basic",)
        if not secret:
            return "none"
        basic = "client_secret_basic" in methods or "client_secret_post" not in methods
        return "client_secret_basic" if basic else "client_secret_post"


class Discovery:
    """The documents of one issuer. Any thread may ask."""

    def __init__(self, issuer: str, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds."""
        self._issuer, self._clock = issuer, clock
        self._lock = threading.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def metadata(self) -> Metadata:
        """The discovery document. Raises SignOnError."""
        with self._lock:
            if self._metadata is None or self._clock() - self._metadata[0] >= KEPT_S:
                self._metadata = self._clock(), self._asked()
            return self._metadata[1]

    def keys(self, *, missed: bool = False) -> KeySet:
        """The keys that sign; ``missed``: one was not among them. Raises SignOnError."""
        address = self.metadata().jwks_uri
        with self._lock:
            longest = AGAIN_S if missed else KEPT_S
            if self._keys is None or self._clock() - self._keys[0] >= longest:
                self._keys = self._clock(), _keys(wire.get_json(address, KEYS))
            return self._keys[1]

    def _asked(self) -> Metadata:
        url = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            found = Metadata.model_validate(wire.get_json(url, DOCUMENT))
        except ValidationError as error:
            field = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise SignOnError(
                "misconfigured", f"{DOCUMENT}: {field} is missing or of another type"
            ) from error
        if found.issuer != self._issuer:
            raise SignOnError(
                "misconfigured", f"{DOCUMENT}: expected the issuer {self._issuer}, got {found.issuer[:200]}"
            )
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            wire.check_address(getattr(found, name), f"{DOCUMENT}: {name}")
        return found


def _keys(found: dict[str, Any]) -> KeySet:
    try:
        return KeySet.import_key_set(found)  # type: ignore[arg-type]
    except (JoseError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise SignOnError("misconfigured", f"{KEYS}: expected a JWK set, {type(error).__name__}") from error
