"""Moves evidence from the data folder into a bucket, in a thread of its own.

What waits is what the store says is not there yet, so a kill at any moment forgets nothing: a file goes up,
is read back and compared with its hash, is noted in the store, and only then may its local copy go. While the
bucket is away files wait where they are.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from pipelines.evidence.timeline import CLIPS
from service.evidence.bucket import Bucket, BucketError, Trouble
from service.evidence.fetch import FETCHED
from service.evidence.filing import FiledFile, hashed
from service.store import Store

log = logging.getLogger(__name__)

EVERY_S = 5.0
RETRY_S = 30.0
TIDY_S = 60.0
"""How often old local copies are looked for, and an idle bucket is asked whether it is there."""
REMIND_S = 600.0
LEAST_KEPT_S = 600.0
"""A copy that was fetched to be looked at stays this long at least."""
CLOSE_S = 5.0


@dataclass(frozen=True)
class BucketState:
    """How many files wait for the bucket (``deletions``: to be deleted in it), and its trouble, if any."""

    waiting: int
    deletions: int
    trouble: Trouble | None


class Mover:
    """Brings filed evidence up, deletes there what was deleted here, and lets local copies go."""

    def __init__(
        self,
        store: Store,
        bucket: Bucket,
        root: Path,
        *,
        keep_s: float,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        every_s: float = EVERY_S,
        retry_s: float = RETRY_S,
    ) -> None:
        """``root`` is the data folder; local copies stay ``keep_s`` seconds. ``now`` is Unix time."""
        self._store, self._bucket, self._root = store, bucket, root
        self._keep_s, self._now, self._clock = keep_s, now, clock
        self._every_s, self._retry_s = every_s, retry_s
        self._tidy_at = self._remind_at = float("-inf")
        self._away_since: float | None = None
        self._damaged: dict[str, tuple[int, int]] = {}
        self._failed: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mover", daemon=True)
        self.state = BucketState(0, 0, None)

    def start(self) -> None:
        """Move from now on, first what an earlier process left."""
        self._thread.start()

    def close(self) -> None:
        """End soon; what is under way is begun anew by the next process."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(CLOSE_S)

    def work(self) -> None:
        """Do once what can be done now. Raises BucketError, SQLAlchemyError, OSError.

        A file that the bucket does not take ends the round; the next begins with those it has not failed at,
        so that one file does not hold up the others for good.
        """
        here, deletions = self._waiting(), self._store.evidence.to_delete()
        waiting = [file for file in here if self._damaged.get(file.path) != _version(self._root / file.path)]
        self._failed.intersection_update(file.path for file in here)
        waiting.sort(key=lambda file: file.path in self._failed)
        self.state = BucketState(len(here), len(deletions), self.state.trouble)
        tidy = self._clock() >= self._tidy_at
        if waiting or deletions or tidy:
            self._bucket.check()
        for done, file in enumerate(waiting):
            if self._stop.is_set():
                return
            self._failed.add(file.path)
            self._move(file)
            self._failed.discard(file.path)
            self.state = BucketState(len(here) - done - 1, len(deletions), None)
        if deletions:
            self._bucket.delete([file.path for file in deletions])
            self._store.evidence.deleted(deletions)
        self.state = BucketState(sum(file.path in self._damaged for file in here), 0, None)
        if tidy:
            self._tidy_at = self._clock() + TIDY_S
            self.drop_copies(max(self._keep_s, LEAST_KEPT_S))

    def make_room(self) -> None:
        """The disk is short: local copies go before their time. Raises SQLAlchemyError, OSError."""
        dropped = self.drop_copies(LEAST_KEPT_S)
        if dropped:
            log.warning("the disk is short: local copies of %d files that are in the bucket go", dropped)

    def drop_copies(self, older_s: float) -> int:
        """Delete local copies of moved files that are older than this; gives how many."""
        old: dict[str, list[Path]] = {}
        for path in (self._root / CLIPS).glob("*.*"):
            if self._now() - path.stat().st_mtime <= older_s:
                continue
            if path.suffix == FETCHED:
                path.unlink(missing_ok=True)  # of a process that was killed
            else:
                old.setdefault(path.name.partition(".")[0], []).append(path)
        moved = self._store.evidence.moved_of(sorted(old))
        return sum(self._drop(file) for file in moved if (self._root / file.path) in old[file.event])

    def _waiting(self) -> list[FiledFile]:
        """What is to be brought up from this machine: another one's files are not here."""
        return [file for file in self._store.evidence.waiting() if (self._root / file.path).is_file()]

    def _move(self, file: FiledFile) -> None:
        path = self._root / file.path
        if not self._is_whole(path, file):
            return
        self._store.evidence.moving(file)
        self._bucket.put(file.path, path)
        try:
            found = self._bucket.digest(file.path)
        except FileNotFoundError:
            found = ("nothing", 0)
        if found != (file.sha256, file.size):
            raise BucketError(
                "not_kept",
                f"evidence bucket {self._bucket.shown}: expected {file.path} back as it was brought up, "
                f"got {found[1]} of {file.size} bytes, or others",
            )
        if self._store.evidence.moved(file) and self._keep_s == 0:
            self._drop(file)

    def _is_whole(self, path: Path, file: FiledFile) -> bool:
        """Whether a local file is still what was filed; what is not is left to `conduct evidence verify`."""
        try:
            good = hashed(path) == (file.sha256, file.size)
        except FileNotFoundError:  # it was deleted, as retention does
            return False
        except OSError as error:
            self._note_damage(file, error.strerror or type(error).__name__)
            return False
        if not good:
            self._note_damage(file, "it is not what it was when it was filed")
        return good

    def _note_damage(self, file: FiledFile, trouble: str) -> None:
        path = self._root / file.path
        if (version := _version(path)) != self._damaged.get(file.path):
            self._damaged[file.path] = version
            log.error("%s is not brought into the bucket: %s", path, trouble)

    def _drop(self, file: FiledFile) -> bool:
        """Delete the local copy, unless it is another file than the one in the bucket."""
        path = self._root / file.path
        if not path.is_file() or not self._is_whole(path, file):
            return False
        if file.kind == "clip":
            for made in ("h264", "blurred"):
                for rendition in path.parent.glob(f"{path.stem}.{made}.*"):
                    rendition.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        return True

    def _run(self) -> None:
        while not self._stop.is_set():
            pause = self._every_s
            try:
                self.work()
            except BucketError as error:
                self._note_away(error)
                pause = self._retry_s
            except (SQLAlchemyError, OSError) as error:
                log.error("evidence could not be moved into the bucket: %s", type(error).__name__)
                pause = self._retry_s
            else:
                self._note_back()
            self._stop.wait(pause)

    def _note_away(self, error: BucketError) -> None:
        waiting, deletions = self.state.waiting, self.state.deletions
        self.state = BucketState(waiting, deletions, error.trouble)
        if self._away_since is None:
            self._away_since = self._clock()
        if self._clock() >= self._remind_at:
            self._remind_at = self._clock() + REMIND_S
            log.error("%s; %d files wait in %s", error, waiting, self._root / CLIPS)

    def _note_back(self) -> None:
        if self._away_since is not None:
            log.warning(
                "the evidence bucket is back after %.0f s, it has everything",
                self._clock() - self._away_since,
            )
            self._away_since, self._remind_at = None, float("-inf")


def _version(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
