"""Our own webhook: JSON by POST, signed, so that the receiver knows who sent it, when, and that it is whole.

Headers: `Conduct-Delivery` (idempotency key: the same delivery sent again has the same),
`Conduct-Timestamp` (seconds since 1970 UTC), `Conduct-Signature` (`v1=` and the HMAC-SHA256, in hex, of the
time stamp, a full stop and the body, under the shared secret). A receiver checks with `verify`, or does the
same in its own language.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from service.alerts.addresses import AddressRefusedError
from service.alerts.channels._ground import TIMEOUT_S, BadChannelError, Given, SendError
from service.alerts.wording import Outgoing

KIND = "webhook"
REPLAY_WINDOW_S = 300
"""A receiver refuses a time stamp further from its own clock than this."""
DELIVERY, TIMESTAMP, SIGNATURE = "Conduct-Delivery", "Conduct-Timestamp", "Conduct-Signature"


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The value of `Conduct-Signature`."""
    signed = f"{timestamp}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def verify(
    headers: Mapping[str, str],
    body: bytes,
    secret: str,
    now: datetime,
    *,
    window_s: float = REPLAY_WINDOW_S,
) -> bool:
    """Whether a request came from who knows the secret, unaltered, and not longer ago than the window."""
    given = {name.lower(): value for name, value in headers.items()}
    timestamp = given.get(TIMESTAMP.lower(), "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        return False
    fresh = abs(now.timestamp() - int(timestamp)) <= window_s
    expected = sign(secret, int(timestamp), body).encode()
    return hmac.compare_digest(expected, given.get(SIGNATURE.lower(), "").encode()) and fresh


def open_channel(given: Given) -> Webhook:
    """A webhook. Raises BadChannelError."""
    try:
        url = urlsplit(given.url)
        port = url.port
    except ValueError:
        raise BadChannelError("url", "expected a URL") from None
    if url.scheme not in ("https", "http") or not url.hostname or not given.url.isascii():
        raise BadChannelError("url", "expected https://HOST/PATH, in ASCII")
    if url.username or url.password or port == 0 or any(ord(c) <= 32 for c in given.url):
        raise BadChannelError("url", "expected a URL without a login and without spaces")
    if not given.secret:
        raise BadChannelError("secret", "expected ${NAME} of the key that signs the messages")
    return Webhook(given, url)


class Webhook:
    """One receiver. No redirects, no proxies: the address that was judged is the one that is sent to."""

    def __init__(self, given: Given, url: SplitResult) -> None:
        self._given, self._url = given, url
        self._port = url.port or (443 if url.scheme == "https" else 80)

    def send(self, outgoing: Outgoing) -> None:
        """POST the message. Raises SendError unless it is answered with 2xx."""
        body = json.dumps({**outgoing.payload, "text": outgoing.text}, ensure_ascii=False).encode()
        timestamp = int(self._given.now().timestamp())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "conduct-monitor",
            DELIVERY: outgoing.id,
            TIMESTAMP: str(timestamp),
            SIGNATURE: sign(self._given.secret or "", timestamp, body),
        }
        path = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        try:
            connection = self._connect()
            try:
                connection.request("POST", path, body=body, headers=headers)
                status = connection.getresponse().status
            finally:
                connection.close()
        except AddressRefusedError as error:
            raise SendError(str(error)) from error
        except (OSError, http.client.HTTPException) as error:
            raise SendError(f"the receiver cannot be reached: {type(error).__name__}") from error
        if 300 <= status < 400:
            raise SendError(f"the receiver answered {status}; redirects are not followed")
        if not 200 <= status < 300:
            raise SendError(f"the receiver answered {status}")

    def _connect(self) -> http.client.HTTPConnection:
        """A connection to the judged address that still speaks to the host by its name."""
        host = self._url.hostname or ""
        address = self._given.outside.address(host, self._port)
        connection = http.client.HTTPConnection(host, self._port, timeout=TIMEOUT_S)
        plain = socket.create_connection((address, self._port), timeout=TIMEOUT_S)
        if self._url.scheme == "http":
            connection.sock = plain
            return connection
        try:
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise
        # The Host header leaves out the scheme's own port only where it knows it.
        connection.default_port = 443
        return connection
