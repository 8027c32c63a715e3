"""The clips of spot checks on the disk: taken down when they are whole, deleted when their term is over."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

from pipelines.evidence.spots import SpotCheck
from pipelines.evidence.timeline import SPOTS
from service.evidence.filing import hashed
from service.store import Store

log = logging.getLogger(__name__)


def file_spot(store: Store, root: Path, check: SpotCheck, at: datetime) -> None:
    """Take a spot check into the store with its clip's hash; one without its clip is none. Raises OSError."""
    try:
        sha256, size = hashed(root / check.clip)
    except FileNotFoundError:
        log.warning("spot check %s: its clip is not there any more", check.id)
        return
    store.spots.put(check, sha256, size, at=at)


def sweep_spots(store: Store, root: Path, term: timedelta, now: datetime) -> None:
    """Delete the clips whose term is over, answered or not. Raises SQLAlchemyError, OSError."""
    over = store.spots.outdated(now - term)
    for spot in over:
        for file in (root / SPOTS).glob(f"{spot}.*"):
            file.unlink(missing_ok=True)
    if over:
        store.spots.gone(over, at=now)
