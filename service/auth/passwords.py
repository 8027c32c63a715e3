"""Passwords: which ones will do, and their argon2id hashes.

The bounds follow NIST SP 800-63B: length counts, composition rules do not.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.auth.roles import AccountRefusedError

SHORTEST, LONGEST = 10, 128
AT_ONCE = 2
"""Hashes under way at a time; each takes 64 MiB, and anybody may ask for one by trying to log in."""

_hasher = PasswordHasher()
_turn = threading.Semaphore(AT_ONCE)
_Made = TypeVar("_Made")


def check_password(password: str, name: str) -> None:
    """Raises AccountRefusedError for a password that is too short, too long, or easily guessed."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccountRefusedError(
            "password", f"expected {SHORTEST} to {LONGEST} characters, got {len(password)}"
        )
    if name.casefold() in password.casefold() or len(set(password)) < 4:
        raise AccountRefusedError(
            "password",
            "expected one without the account's name and with more than three different characters",
        )


def hash_password(password: str) -> str:
    """The argon2id hash with its salt and costs in it."""
    return _in_turn(lambda: _hasher.hash(password))


def unknown_password() -> str:
    """The hash of a password that nobody knows, for an account without one; it takes as long to refuse."""
    return hash_password(secrets.token_urlsafe(32))


def is_password(hashed: str | None, password: str) -> bool:
    """Whether a password is the one hashed. Without a hash it is not, and that takes as long to find out."""
    return _in_turn(lambda: _verify(hashed or _decoy(), password)) and hashed is not None


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy() -> str:
    return _hasher.hash("of no account")


def _in_turn(work: Callable[[], _Made]) -> _Made:
    with _turn:
        return work()
