"""Gets evidence that is in the bucket back into the data folder, to be looked at."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

from pipelines.durable import put_in_place
from service.evidence.bucket import Bucket, BucketError
from service.evidence.filing import FiledFile
from service.store import Store

log = logging.getLogger(__name__)

FETCHED = ".fetched"
"""How the names of copies end that are not whole yet."""
AT_ONCE = 8
"""Files that are fetched at the same time, at most; whoever asks for one that is under way waits for it."""


class EvidenceAwayError(Exception):
    """The file is in the bucket and cannot be had from it now."""


class Fetcher:
    """Local copies of moved files, made when they are asked for."""

    def __init__(self, store: Store, bucket: Bucket, root: Path) -> None:
        """``root`` is the data folder."""
        self._store, self._bucket, self._root = store, bucket, root
        self._turns = [threading.Lock() for _ in range(AT_ONCE)]

    def __call__(self, event: str, name: str) -> bool:
        """Make a copy of an event's file; False when the bucket has none. Raises EvidenceAwayError."""
        file = next((one for one in self._store.evidence.moved_of([event]) if one.path == name), None)
        if file is None:
            return False
        with self._turns[hash(name) % AT_ONCE]:
            return (self._root / name).is_file() or self._fetch(file)

    def _fetch(self, file: FiledFile) -> bool:
        path = self._root / file.path
        partial = path.with_name(f".{path.name}.{os.getpid()}{FETCHED}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as out:
                digest, _ = self._bucket.copy(file.path, out.write)
            good = digest == file.sha256
            if good:
                put_in_place(partial, path)
            else:
                log.error("evidence bucket %s: %s is not what it was", self._bucket.shown, file.path)
        except FileNotFoundError:
            log.error("evidence bucket %s: %s is missing", self._bucket.shown, file.path)
            return False
        except (BucketError, OSError) as error:
            log.error("%s cannot be fetched: %s", file.path, error)
            raise EvidenceAwayError(
                f"event {file.event}: the {file.kind} is in the bucket, which cannot be reached now"
            ) from error
        finally:
            partial.unlink(missing_ok=True)
        return good
