"""The provider: where to send somebody, and who they are when they come back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError

from service.oidc import wire
from service.oidc.discovery import Discovery, Metadata
from service.oidc.registration import Registration
from service.oidc.trouble import Code, SignOnError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Of ID tokens. Only with a key pair: `none`, or a secret that is no key, proves nothing."""
LEEWAY_S = 60
"""How far the provider's clock may be from ours."""
AT_ONCE, PATIENCE_S = 8, 2
"""Logins that wait for the provider at a time: one that hangs must not take every thread of the service."""
TOKENS = "token endpoint"
_CODES: dict[str, Code] = {
    "invalid_grant": "expired",
    "temporarily_unavailable": "away",
    "server_error": "away",
}


class Provider:
    """One OpenID provider. Any thread may use it; every call ends within bounded time."""

    def __init__(self, registration: Registration, discovery: Discovery | None = None) -> None:
        self._as = registration
        self._discovery = discovery or Discovery(registration.issuer)
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    @property
    def issuer(self) -> str:
        """Its name."""
        return self._as.issuer

    def metadata(self) -> Metadata:
        """What it tells of itself. Raises SignOnError."""
        with self._turn():
            return self._discovery.metadata()

    def check_keys(self) -> None:
        """Raises SignOnError when its keys cannot be had."""
        with self._turn():
            self._discovery.keys()

    def authorization_url(self, redirect_uri: str, *, state: str, nonce: str, verifier: str) -> str:
        """Where somebody logs in. Raises SignOnError."""
        endpoint = self.metadata().authorization_endpoint
        with wire.session(self._as.client_id, scope=self._as.scopes, code_challenge_method="S256") as client:
            url, _ = client.create_authorization_url(
                endpoint, state=state, nonce=nonce, code_verifier=verifier, redirect_uri=redirect_uri
            )
        return str(url)

    def claims(
        self, code: str, *, redirect_uri: str, nonce: str, verifier: str, now: datetime
    ) -> dict[str, Any]:
        """What the provider says of who came back with a code, proven. Raises SignOnError."""
        with self._turn():
            tokens = self.redeem(code, redirect_uri=redirect_uri, verifier=verifier)
            id_token = tokens.get("id_token")
            if not isinstance(id_token, str):
                raise SignOnError("misconfigured", f"{TOKENS}: expected an ID token; is openid a scope?")
            return self._proven(id_token, tokens.get("access_token"), nonce, now)

    def redeem(self, code: str, *, redirect_uri: str, verifier: str) -> dict[str, Any]:
        """The tokens for a code. Raises SignOnError."""
        known = self._discovery.metadata()
        client = wire.session(
            self._as.client_id,
            client_secret=self._as.secret,
            token_endpoint_auth_method=known.auth_method(self._as.secret),
        )
        client.register_compliance_hook("access_token_response", _bounded)
        wire.check_address(known.token_endpoint, TOKENS)
        try:
            with client:
                return dict(
                    client.fetch_token(
                        known.token_endpoint,
                        grant_type="authorization_code",
                        code=code,
                        code_verifier=verifier,
                        redirect_uri=redirect_uri,
                        allow_redirects=False,
                        stream=True,
                    )
                )
        except OAuthError as error:
            raise _refused(str(error.error)) from error
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 500
            wire.check_status(status, TOKENS)
            raise wire.unreachable(error, TOKENS) from error
        except requests.RequestException as error:
            raise wire.unreachable(error, TOKENS) from error
        except ValueError as error:
            raise SignOnError("misconfigured", f"{TOKENS}: expected a JSON object") from error

    def _proven(self, id_token: str, access_token: object, nonce: str, now: datetime) -> dict[str, Any]:
        options = {
            "iss": {"essential": True, "value": self._as.issuer},
            "aud": {"essential": True, "value": self._as.client_id},
        }
        params = {"nonce": nonce, "client_id": self._as.client_id, "access_token": access_token}
        try:
            token = self._decoded(id_token)
            claims = CodeIDToken(token.claims, token.header, options, params)
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError) as error:
            # The library's words may quote the token's.
            part = getattr(error, "claim", "") or type(error).__name__
            raise SignOnError("unproven", f"ID token: {part}") from error
        return dict(claims)

    def _decoded(self, id_token: str) -> jwt.Token:
        try:
            return jwt.decode(id_token, self._discovery.keys(), algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            # The provider may have a new key since.
            return jwt.decode(id_token, self._discovery.keys(missed=True), algorithms=ALGORITHMS)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=PATIENCE_S):
            raise SignOnError("away", f"{AT_ONCE} logins wait for the provider already")
        try:
            yield
        finally:
            self._turns.release()


def _bounded(response: requests.Response) -> requests.Response:
    """Reads an answer before Authlib does, which would read on for ever."""
    response._content = wire.read(response, TOKENS)
    return response


def _refused(error: str) -> SignOnError:
    """What an error of the token endpoint means (RFC 6749, section 5.2)."""
    known = error if error.isascii() and error.replace("_", "").isalnum() and len(error) < 40 else "an error"
    reason = f"{TOKENS}: the provider answered {known}"
    return SignOnError(_CODES.get(known, "misconfigured"), reason, answer=known)
