"""Errors of channels without what stands in their URLs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote

SHORTEST = 3
"""A secret shorter than this is in every other word; it could not be one."""
LONGEST_ERROR = 300
_URL = re.compile(r"[^\s'\"]*://[^\s'\"]*")


def masked(text: str, secrets: Iterable[str]) -> str:
    """One line of at most 300 characters, each secret in any of its spellings and every URL blanked."""
    spellings = {
        spelling
        for secret in secrets
        for spelling in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), unquote(secret))
        if len(spelling) >= SHORTEST
    }
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, "***")
    return " ".join(_URL.sub("***", text).split())[:LONGEST_ERROR]
