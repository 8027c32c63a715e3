"""When a failed delivery is tried again, and when it is given up. Pure: chance is handed in."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipelines.hall.alerting import Retries

JITTER = 0.25
"""Pauses vary by this share, so that many deliveries to one place do not all come back at once."""


def next_try(tries: int, settings: Retries, now: datetime, chance: float) -> datetime | None:
    """When to try again after `tries` tries, None when it was the last one. `chance`: 0 to 1."""
    if tries >= settings.tries:
        return None
    # 2 ** 60 is longer than any pause, and no float overflows.
    pause = min(settings.first_s * 2 ** min(tries - 1, 60), settings.longest_s)
    return now + timedelta(seconds=pause * (1 - JITTER + 2 * JITTER * chance))
