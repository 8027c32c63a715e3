"""The looks journal: what every look of the last days said, on disk, for replays and for learning.

One folder a day (the hall's own), in it one file for each camera and post, in it blocks that are only ever
added::

    2026-01-05/east.w01.looks      block │ block │ block │ ...
    block = magic, length of the body, CRC-32 of the body, body
    body  = first time, number of looks, length of the names, names of the behaviours, columns (zlib)

A block tells all that is needed to read it. One that was cut off by a kill or a full disk fails its check and
is passed over; what comes after it is found by the magic.
"""

import logging
import struct
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.replay.looks import LooksError, PostLooks, in_order
from vision.behaviours import BEHAVIOURS

log = logging.getLogger(__name__)

FULL = 256
"""Looks that make a block."""
LONGEST_S = 120.0
"""Event time after which a block is written though it is not full: so much is lost in a kill."""
SUFFIX = ".looks"
MAGIC = b"\xf5LKS"
UNKNOWN = 0xFFFF
STEPS = 10_000
"""A probability is kept in steps of this part of one, as in observations.jsonl."""
_HEAD = struct.Struct("<4sII")
_BODY = struct.Struct("<qIH")


class Place(NamedTuple):
    """Whose looks they are."""

    camera: str
    post: str


def packed(looks: PostLooks) -> bytes:
    """Looks in the order of time, of less than a month, as one block; times to the millisecond."""
    ms = np.round(looks.t * 1000).astype(np.int64)
    gaps = np.diff(ms, prepend=ms[0]).astype("<u4")
    cues = np.where(np.isnan(looks.cues), UNKNOWN, np.round(looks.cues * STEPS)).astype("<u2")
    columns = zlib.compress(gaps.tobytes() + cues.T.tobytes() + looks.placard.tobytes(), 1)
    names = ",".join(looks.behaviours).encode()
    body = _BODY.pack(ms[0], len(ms), len(names)) + names + columns
    return _HEAD.pack(MAGIC, len(body), zlib.crc32(body)) + body


def kept_in(folder: Path, place: Place, day: date) -> Path:
    """The file of a place's looks on a day of the hall."""
    return folder / day.isoformat() / f"{place.camera}.{place.post}{SUFFIX}"


@dataclass(slots=True)
class _Waiting:
    """Looks of one place that wait to be written, and into which file."""

    path: Path
    behaviours: tuple[str, ...]
    t: list[float] = field(default_factory=list)
    cues: list[list[float]] = field(default_factory=list)
    placard: list[bool] = field(default_factory=list)

    @property
    def is_due(self) -> bool:
        return len(self.t) >= FULL or self.t[-1] - self.t[0] >= LONGEST_S

    def takes(self, path: Path, behaviours: tuple[str, ...], t: float) -> bool:
        return (self.path, self.behaviours) == (path, behaviours) and t >= self.t[-1]

    def looks(self, place: Place) -> PostLooks:
        t, cues, placard = np.array(self.t), np.array(self.cues, np.float64), np.array(self.placard, np.bool_)
        return PostLooks(place.post, place.camera, self.behaviours, t, cues, placard)


class LooksJournal:
    """A sink (see `pipelines.sinks`) that keeps the looks of a run. Any thread may deliver.

    A disk that takes no more is said once; the run goes on without what could not be written.
    """

    def __init__(self, folder: Path, zone: tzinfo) -> None:
        """``folder`` is made with the first block; days begin at midnight in ``zone``."""
        self._folder, self._zone = folder, zone
        self._lock = threading.Lock()
        self._waiting: dict[Place, _Waiting] = {}
        self._failing = False

    def observation(self, line: Mapping[str, Any]) -> None:
        """Keep one look, a line of observations.jsonl."""
        at = datetime.fromisoformat(line["t"])
        t, behaviours = at.timestamp(), tuple(line["cues"])
        place = Place(line["camera"], line["post"])
        path = kept_in(self._folder, place, at.astimezone(self._zone).date())
        with self._lock:
            block = self._waiting.get(place)
            if block is not None and not block.takes(path, behaviours, t):
                self._write(place)
            block = self._waiting.setdefault(place, _Waiting(path, behaviours))
            block.t.append(t)
            block.cues.append([float("nan") if p is None else p for p in line["cues"].values()])
            block.placard.append("placard" in line)
            if block.is_due:
                self._write(place)

    def event(self, event: object) -> None:
        """Events are not the journal's."""

    def health(self, entry: object) -> None:
        """Nor is the cameras' health."""

    def covered(self, absence: object) -> None:
        """Nor are covered absences."""

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        """Nor is how far the run is."""

    def close(self) -> None:
        """Write what waits."""
        with self._lock:
            for place in list(self._waiting):
                self._write(place)

    def _write(self, place: Place) -> None:
        block = self._waiting.pop(place)
        try:
            block.path.parent.mkdir(parents=True, exist_ok=True)
            with block.path.open("ab", buffering=0) as file:
                file.write(packed(block.looks(place)))
        except OSError as error:
            if not self._failing:
                log.error("%s: %s; looks are not kept meanwhile", block.path, error.strerror)
            self._failing = True
        else:
            self._failing = False


def kept_size(folder: Path) -> int:
    """Bytes of a journal; 0 where there is none."""
    return sum(path.stat().st_size for path in _files(folder))


def forget_looks(folder: Path, term: timedelta, now: datetime) -> None:
    """Delete what was written longer than ``term`` before ``now``. Raises OSError."""
    for path in _files(folder):
        if path.stat().st_mtime < (now - term).timestamp():
            path.unlink()
            with suppress(OSError):  # files of other posts are still in it
                path.parent.rmdir()


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"????-??-??/*{SUFFIX}"))


def kept_places(folder: Path) -> dict[Place, list[Path]]:
    """The files of a journal by camera and post, in the order of days.

    Raises LooksError for a folder without any.
    """
    found: dict[Place, list[Path]] = {}
    for path in _files(folder):
        camera, sign, post = path.name.removesuffix(SUFFIX).partition(".")
        if sign:
            found.setdefault(Place(camera, post), []).append(path)
    if not found:
        raise LooksError(f"{folder}: expected a looks journal (DAY/CAMERA.POST{SUFFIX}), found no looks")
    return found


def read_kept(place: Place, files: Sequence[Path]) -> PostLooks:
    """The looks of one camera at one post, in the order of time; bytes that are no whole block are logged.

    Raises LooksError for a file that cannot be read.
    """
    columns = [part for path in files for part in _read_file(path)]
    t, cues, placard = (list(parts) for parts in zip(*columns, strict=True)) if columns else ([], [], [])
    names = tuple(BEHAVIOURS)
    return in_order(
        PostLooks(
            place.post,
            place.camera,
            names,
            np.concatenate([np.empty(0), *t]),
            np.concatenate([np.empty((0, len(names))), *cues]),
            np.concatenate([np.empty(0, np.bool_), *placard]),
        )
    )


Columns = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]


def _read_file(path: Path) -> Iterator[Columns]:
    """Times, cues by today's behaviours, and placards of one file's blocks."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LooksError(f"{path}: expected looks, {error.strerror}") from error
    whole = 0
    for body in _bodies(content):
        whole += _HEAD.size + len(body)
        yield _columns(body)
    if whole < len(content):
        log.warning("%s: %d bytes are no whole block, they are passed over", path, len(content) - whole)


def _bodies(content: bytes) -> Iterator[bytes]:
    """The blocks that are whole."""
    at = content.find(MAGIC)
    while at >= 0:
        end = at + 1
        if at + _HEAD.size <= len(content):
            _, size, check = _HEAD.unpack_from(content, at)
            body = content[at + _HEAD.size : at + _HEAD.size + size]
            if len(body) == size and zlib.crc32(body) == check:
                end = at + _HEAD.size + size
                yield body
        at = content.find(MAGIC, end)


def _columns(body: bytes) -> Columns:
    first, count, length = _BODY.unpack_from(body)
    names = body[_BODY.size : _BODY.size + length].decode().split(",")
    columns = zlib.decompress(body[_BODY.size + length :])
    gaps = np.frombuffer(columns, "<u4", count)
    kept = np.frombuffer(columns, "<u2", count * len(names), 4 * count).reshape(len(names), count)
    placard = np.frombuffer(columns, np.bool_, count, (4 + 2 * len(names)) * count)
    cues = np.full((count, len(BEHAVIOURS)), np.nan)
    for column, name in enumerate(BEHAVIOURS):
        if name in names:
            row = kept[names.index(name)]
            cues[:, column] = np.where(row == UNKNOWN, np.nan, row / STEPS)
    return (first + np.cumsum(gaps, dtype=np.int64)) / 1000, cues, placard
