"""The data folder: can it be written, is there room for evidence."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipelines.evidence.timeline import CLIPS
from service.doctor.finding import Args, Finding, Level, ok, problem
from service.doctor.patient import Patient

ORDER = 70
LEAST_BYTES = 1 << 30
CLIP_S = 60
"""A usual clip: an event of most of a minute, with what comes before and after."""
FEWEST_CLIPS = 2000
USUAL_BITS_PER_S = 4e6
"""A 1080p camera's rate, for cameras that were not seen."""


def examine(patient: Patient) -> Iterator[Finding]:
    """Writing, then room."""
    folder = patient.settings.data_dir
    for place in (folder, folder / CLIPS):
        trouble = unwritable(place)
        if trouble:
            yield problem("unwritable", folder=str(place), reason=trouble)
            return
    yield ok("writable", folder=str(folder.absolute()))
    seen = [found for camera in patient.glimpses if (found := patient.seen(camera)) is not None]
    rates = [found.bits_per_s for found in seen if found.bits_per_s > 0]
    yield room(shutil.disk_usage(nearest(folder)).free, max(rates, default=USUAL_BITS_PER_S))


def unwritable(folder: Path) -> str:
    """Why a folder cannot be written, or could not be made; empty when it can."""
    try:
        with tempfile.TemporaryFile(dir=nearest(folder)) as file:
            file.write(b"x")
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def nearest(folder: Path) -> Path:
    """The folder, or the first above it that is there: it would be made in that one."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())


def room(free: int, bits_per_s: float) -> Finding:
    """How many clips there is room for, at the busiest camera's rate."""
    clips = int(free / (bits_per_s / 8 * CLIP_S))
    shown: Args = {"gb": round(free / 1e9, 1), "clips": clips, "seconds": CLIP_S}
    if free < LEAST_BYTES:
        return Finding(Level.PROBLEM, "full", "", shown)
    little = clips < FEWEST_CLIPS
    return Finding(Level.WARNING if little else Level.OK, "little" if little else "room", "", shown)
