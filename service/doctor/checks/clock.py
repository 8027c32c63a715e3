"""The machine's clock. Event times are right only if it is."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

from service.doctor.finding import Finding, ok, problem, unknown, warning
from service.doctor.patient import Patient

ORDER = 100
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
"""This program is younger than that."""
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def examine(patient: Patient) -> Iterator[Finding]:
    """Its date, then whether anything keeps it right."""
    zone = patient.site.zone if patient.site is not None else UTC
    yield date(patient.now, f"{patient.now.astimezone(zone):%Y-%m-%d %H:%M %Z}")
    yield synchronised(_timedatectl())


def date(now: datetime, shown: str) -> Finding:
    """Whether the date can be right at all."""
    return ok("date", time=shown) if WRITTEN <= now < LATEST else problem("wrong", time=shown)


def synchronised(told: str) -> Finding:
    """What systemd says; how far the clock is off can only be measured against another clock."""
    if told == "yes":
        return ok("synchronised")
    return warning("drifts") if told == "no" else unknown("offset")


def _timedatectl() -> str:
    command = shutil.which("timedatectl")
    if command is None:
        return ""
    try:
        asked = subprocess.run(
            [command, "show", "--property=NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip()
