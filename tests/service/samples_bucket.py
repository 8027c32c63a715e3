"""Evidence with a bucket of its own in a real S3-compatible store, and the mover between them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from samples_s3 import S3Server

from pipelines.rules.events import RuleEvent
from service.delivery import Direct
from service.evidence.bucket import Bucket
from service.evidence.filing import check
from service.evidence.mover import Mover
from service.store import Store

PATIENCE_S = 60.0
HOUR_S = 3600.0
ENDS = {"clip": "mp4", "snapshot": "jpg", "timeline": "json"}


class Hall:
    """A store, a data folder, and a bucket of their own."""

    def __init__(self, store: Store, root: Path, server: S3Server) -> None:
        self.store, self.root, self.server = store, root, server
        self.prefix = root.name
        self.bucket: Bucket = server.bucket(self.prefix)
        self.time = time.time()

    def mover(self, keep_s: float = HOUR_S, **changes: Any) -> Mover:
        return Mover(self.store, self.bucket, self.root, keep_s=keep_s, now=lambda: self.time, **changes)

    def file(self, given: RuleEvent, size: int = 100) -> RuleEvent:
        """An event with its three files, as a run and the delivery leave it."""
        (self.root / "clips").mkdir(exist_ok=True)
        names = {kind: f"clips/{given.id}.{end}" for kind, end in ENDS.items()}
        for name in names.values():
            (self.root / name).write_bytes(os.urandom(size))
        given = given.model_copy(update=names)
        Direct(self.store, self.root).event(given)
        return given

    def local(self) -> list[str]:
        return sorted(path.name for path in (self.root / "clips").iterdir())

    def there(self) -> list[str]:
        """What is in the bucket."""
        folder = self.server.path(self.prefix, "clips")
        if not folder.is_dir():
            return []
        # Hidden ones are what the store itself was writing when it was killed.
        return sorted(path.name for path in folder.iterdir() if path.is_file() and path.name[0] != ".")

    def bad(self) -> list[tuple[str, str, bool]]:
        found = check(self.root, self.store.evidence.files(), self.bucket.digest)
        return [(one.file.kind, one.problem, one.in_bucket) for one in found]


def names(given: RuleEvent) -> list[str]:
    return sorted(f"{given.id}.{end}" for end in ENDS.values())


def wait_for(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)
