"""What waits for the store, on disk: JSON lines that are only added to, gone once all were delivered.

Whoever appends may be killed at any moment: a line is on the disk before `append` returns, and a line that
was cut off in the middle is dropped. What is delivered but not yet taken out is delivered again after a
restart, so a delivery must change nothing when it comes twice.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.durable import sync

log = logging.getLogger(__name__)

Kind = Literal["begin", "event", "health", "covered", "watched", "spot"]


class Record(BaseModel):
    """One thing for the store: its kind, and the fields of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    fields: dict[str, Any]


class Spool:
    """A queue of records in one file. Any thread may append, one takes."""

    def __init__(self, path: Path) -> None:
        """Take over what an earlier process left; nothing is made on disk before there is a record."""
        self.path = path
        self._lock = threading.Lock()
        self._records: deque[Record] = deque()
        self._unwritten = 0
        if path.is_file():
            self._records.extend(self._left_behind())

    def __len__(self) -> int:
        return len(self._records)

    def append(self, record: Record) -> None:
        """Add a record at the end. On a disk that is full it waits in memory, loudly: it must not be lost.

        With the next record it is tried again, so the file has them in their order.
        """
        with self._lock:
            self._records.append(record)
            waited, self._unwritten = self._unwritten, self._unwritten + 1
            try:
                while self._unwritten:
                    _append(self.path, self._records[-self._unwritten])
                    self._unwritten -= 1
            except OSError as error:
                log.error(
                    "%s: %s; %d records wait in memory only", self.path, error.strerror, self._unwritten
                )
            else:
                if waited:
                    log.warning("%s: the %d records that waited in memory are on the disk", self.path, waited)

    def first(self) -> Record | None:
        """The record that has waited longest; None when none waits."""
        with self._lock:
            return self._records[0] if self._records else None

    def done(self) -> None:
        """The first record is in the store."""
        with self._lock:
            self._records.popleft()
            self._unwritten = min(self._unwritten, len(self._records))
            if not self._records:
                self.path.unlink(missing_ok=True)

    def refuse(self, reason: str) -> None:
        """The store will never take the first record: keep it beside, for people, and go on."""
        record = self.first()
        assert record is not None
        aside = self.path.with_name(f"refused-{self.path.name}")
        log.error("the store refuses a record of %s, it is kept in %s: %s", record.kind, aside, reason)
        try:
            _append(aside, record)
        except OSError as error:
            log.error("%s: %s; the record was %s", aside, error.strerror, record.model_dump_json())
        self.done()

    def _left_behind(self) -> Iterable[Record]:
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            log.warning("%s: its last line was cut off, it is dropped", self.path)
            os.truncate(self.path, whole)
        for number, line in enumerate(content[:whole].splitlines(), 1):
            try:
                yield Record.model_validate(json.loads(line))
            except (ValueError, ValidationError):
                log.error(
                    "%s, line %d: expected a record, it cannot be read and is passed over", self.path, number
                )


def _append(path: Path, record: Record) -> None:
    new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:  # a buffer would write the rest of a half line when closed
        begun = file.tell()
        try:
            rest = memoryview(record.model_dump_json().encode() + b"\n")
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            os.truncate(path, begun)  # half a line would swallow the next one
            raise
    if new:
        sync(path.parent)
