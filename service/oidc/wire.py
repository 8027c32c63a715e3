"""Talking to the provider: bounded in time and size, no redirects, no proxies, no netrc.

Where requests go is said by the settings and by what the provider tells of itself. They go by https, or stay
on this machine, and never to where a machine asks its cloud about itself.
"""

from __future__ import annotations

import json
import ssl
import time
from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session
from requests.adapters import HTTPAdapter

from pipelines.streams.reach import leads_to_metadata
from service.oidc.registration import is_safe
from service.oidc.trouble import SignOnError

CONNECT_S, READ_S, WHOLE_S = 4, 8, 15
"""Seconds for a connection, for the next bytes, and for a whole answer."""
LARGEST = 1 << 20
"""Bytes of an answer, at most."""


class _SystemTrust(HTTPAdapter):
    """Trusts the authorities of this machine too, where a hall puts its own (or SSL_CERT_FILE)."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Called by the adapter itself."""
        super().init_poolmanager(*args, **options, ssl_context=ssl.create_default_context())


def session(client_id: str = "", **options: Any) -> Any:
    """A fresh OAuth client of Authlib's, to be used with `with`: the provider's cookies do not stay."""
    made = OAuth2Session(client_id, default_timeout=(CONNECT_S, READ_S), **options)
    made.trust_env = False
    made.mount("https://", _SystemTrust())
    made.headers.update({"User-Agent": "conduct-monitor", "Accept": "application/json"})
    return made


def check_address(url: str, what: str) -> None:
    """Raises SignOnError for an address that is not asked."""
    if not is_safe(url):
        raise SignOnError("misconfigured", f"{what}: expected https, or http on loopback")
    if leads_to_metadata(url):
        raise SignOnError("misconfigured", f"{what}: expected no address where clouds keep keys")


def get_json(url: str, what: str) -> dict[str, Any]:
    """A JSON object of the provider. Raises SignOnError."""
    check_address(url, what)
    try:
        with (
            session() as asked,
            asked.get(url, withhold_token=True, allow_redirects=False, stream=True) as got,
        ):
            check_status(got.status_code, what)
            body = read(got, what)
    except requests.RequestException as error:
        raise unreachable(error, what) from error
    return _object(body, what)


def read(response: requests.Response, what: str) -> bytes:
    """The body of an answer that was asked for with `stream`. Raises SignOnError, requests' errors."""
    body, end = b"", time.monotonic() + WHOLE_S
    for piece in response.iter_content(1 << 14):
        body += piece
        if len(body) > LARGEST:
            raise SignOnError("misconfigured", f"{what}: expected at most {LARGEST} bytes")
        if time.monotonic() > end:
            raise SignOnError("away", f"{what}: expected an answer within {WHOLE_S} s")
    return body


def check_status(status: int, what: str) -> None:
    """Raises SignOnError unless a provider answered with 200."""
    if status >= 500 or status == 429:
        raise SignOnError("away", f"{what}: the provider answered {status}")
    if 300 <= status < 400:
        raise SignOnError(
            "misconfigured", f"{what}: the provider answered {status}; redirects are not followed"
        )
    if status != 200:
        raise SignOnError("misconfigured", f"{what}: the provider answered {status}")


def unreachable(error: requests.RequestException, what: str) -> SignOnError:
    """What it means that a request failed. The library's own words may repeat the address."""
    if isinstance(error, requests.exceptions.SSLError):
        return SignOnError("misconfigured", f"{what}: the provider's certificate is not trusted here")
    return SignOnError("away", f"{what}: {type(error).__name__}")


def _object(body: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise SignOnError("misconfigured", f"{what}: expected JSON") from error
    if not isinstance(found, dict):
        raise SignOnError("misconfigured", f"{what}: expected an object, got {type(found).__name__}")
    return found
