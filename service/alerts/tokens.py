"""The links by which somebody acknowledges: made from a key of this installation, kept nowhere."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

KEY_FILE = "alerts.key"
_KEY_BYTES = 32
_SIGNATURE_BYTES = 15


class Tokens:
    """Makes and reads the tokens of messages. A token tells of one message and cannot be guessed."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def kept_in(cls, folder: Path) -> Tokens:
        """With the key in a folder, which is made when it is missing, readable for its owner only."""
        path = folder / KEY_FILE
        new = folder / f"{KEY_FILE}.{secrets.token_hex(8)}"
        if not path.exists():
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
            # Of two processes that start at once the first one's key stays, and no half a key is ever read.
            with suppress(FileExistsError):
                os.link(new, path)
            new.unlink()
        return cls(path.read_bytes())

    def make(self, message: str) -> str:
        """The token of a message."""
        return f"{message}.{self._sign(message)}"

    def message(self, token: str) -> str | None:
        """The message that a token tells of, None when it was not made here."""
        message, _, signature = token.partition(".")
        right = hmac.compare_digest(self._sign(message).encode(), signature.encode())
        return message if right else None

    def key_for(self, purpose: str) -> bytes:
        """A key of its own for another purpose."""
        return hmac.new(self._key, f"key:{purpose}".encode(), hashlib.sha256).digest()

    def _sign(self, message: str) -> str:
        whole = hmac.new(self._key, f"acknowledge:{message}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(whole[:_SIGNATURE_BYTES]).decode()
