"""How long somebody must wait after wrong passwords. Pure: times in, seconds out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
"""Wrong passwords older than this are forgotten."""
FREE_PER_ACCOUNT, FREE_PER_ADDRESS = 5, 20
"""Wrong passwords in the window before waiting begins; many people may share one address."""
FIRST_WAIT_S = 30.0


class ThrottledError(Exception):
    """Too many wrong passwords; `wait_s` says how long it takes until another is looked at."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("too many wrong passwords, try again later")
        self.wait_s = wait_s


def wait_s(failures: Sequence[datetime], free: int, now: datetime) -> float:
    """Seconds until the next try is looked at; 0 = now.

    The wait doubles with each failure beyond `free`, up to the window, and counts from the last one.
    """
    recent = [at for at in failures if now - at < WINDOW]
    if len(recent) < free:
        return 0.0
    wait = min(FIRST_WAIT_S * 2.0 ** min(len(recent) - free, 16), WINDOW.total_seconds())
    return max(0.0, wait - (now - max(recent)).total_seconds())
