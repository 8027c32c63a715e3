"""Packets of a camera's ring that are on disk, because its share of the memory is used up.

A group of pictures is a file. It goes when nobody holds one of its packets any more: a clip in the making may
still want what the ring has forgotten. What is here is of no use to another process and is thrown away.
"""

import itertools
import logging
import shutil
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.streams.packet import Packet

log = logging.getLogger(__name__)

FOLDER = "ring"
"""Beside a run's clips."""


class Overflow:
    """Where one camera's packets go. One thread at a time may write."""

    def __init__(self, folder: Path, camera: str, share: int) -> None:
        """``share``: so many bytes of the camera's packets stay in memory. ``folder`` is the run's."""
        self.camera, self.share = camera, share
        self._folder = folder / FOLDER / camera
        self._numbers = itertools.count()
        self._told = self._refused = False

    def store(self, packets: Sequence[Packet]) -> list[Packet] | None:
        """Write a group of pictures; gives its packets as they are then. None: it cannot be written."""
        if self._refused:
            return None
        path = self._folder / f"{next(self._numbers)}.group"
        contents = [packet.data for packet in packets]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(contents))
        except OSError as error:
            self._refused = True
            _remove(path)
            log.error(
                "camera %s: %s: %s; its video stays in memory", self.camera, path.parent, error.strerror
            )
            return None
        if not self._told:
            self._told = True
            log.info("camera %s: video older than its share of evidence.memory_mib is on disk", self.camera)
        group, starts = _Group(path), itertools.accumulate((len(one) for one in contents), initial=0)
        return [
            replace(packet, content=_OnDisk(group, start, packet.size))
            for packet, start in zip(packets, starts, strict=False)
        ]


class _Group:
    """A file that is removed with the last that refers to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        weakref.finalize(self, _remove, path)


@dataclass(frozen=True, slots=True)
class _OnDisk:
    """A piece of a group's file."""

    group: _Group
    start: int
    size: int

    def read(self) -> bytes:
        with self.group.path.open("rb") as file:
            file.seek(self.start)
            found = file.read(self.size)
        if len(found) < self.size:
            raise OSError(f"{self.group.path}: expected {self.size} bytes at {self.start}, it is cut short")
        return found


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def clear_overflow(folder: Path) -> None:
    """Before a run begins: remove what one that was killed has left in its ``folder``."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
