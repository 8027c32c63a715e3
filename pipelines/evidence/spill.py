"""What evidence would be lost with the process, on disk while it is needed: packets, looks, snapshots.

While nothing is pending or open at a camera, nothing is written. From then on the ring's packets go into a
log, one for each connection of the camera, until the clips that want them are whole. A log is read as far as
it is whole: a kill may cut its last record.
"""

import json
import logging
import shutil
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, NamedTuple

import av
import av.error
from av.packet import Packet as AvPacket

from pipelines.evidence.recorder import Ring, Stream
from pipelines.streams.packet import Packet

log = logging.getLogger(__name__)

_HEAD = struct.Struct("<cII")
"""Kind, length and CRC-32 of a record."""
_PACKET = struct.Struct("<dqqq?")
"""Event time, pts, dts, duration, key; the encoded picture follows."""
TEMPLATE, LOG = "stream.nut", "packets.log"
MOST_BYTES = 512 * 2**20
"""A log that has grown to this takes no more: a clip that ends early is better than a full disk."""


class Window(NamedTuple):
    """From when to when, in event time, a case wants video."""

    start: float
    end: float

    def meets(self, start: float, end: float) -> bool:
        """Whether it shares a moment with a stretch of time."""
        return self.start <= end and start <= self.end


@dataclass(slots=True)
class _Log:
    """The log that is being written: its first and last packet's times, and where the ring was left."""

    folder: Path
    file: BinaryIO
    first: float
    last: float
    dts: int | None = None
    size: int = 0
    group: list[Packet] = field(default_factory=list)
    """Packets since the last keyframe that no window wanted so far."""


@dataclass(slots=True)
class Rescued:
    """One connection's log of an earlier process; looks are JSON, snapshots JPEG by event."""

    folder: Path
    size: tuple[int, int] = (0, 0)
    time_base: Fraction = Fraction(1, 90_000)
    packets: list[Packet] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    snapshots: dict[str, bytes] = field(default_factory=dict)

    def ring(self) -> Ring:
        """The packets as a ring that forgets none of them."""
        ring = Ring(float("inf"))
        for packet in self.packets:
            ring.add(packet)
        return ring

    def meets(self, window: Window) -> bool:
        """Whether it has video of a window."""
        return bool(self.packets) and window.meets(self.packets[0].t, self.packets[-1].t)


class Spill:
    """The logs of one camera below one folder."""

    def __init__(self, folder: Path) -> None:
        """Nothing is written before something is `kept`."""
        self._folder = folder
        self._now: _Log | None = None
        self._closed: list[_Log] = []
        self._failed = False

    @property
    def writing(self) -> bool:
        """Whether a log of this connection has been begun."""
        return self._now is not None

    def keep(
        self,
        ring: Ring,
        stream: Stream | None,
        size: tuple[int, int],
        *,
        wanted: Sequence[Window],
        growing: Sequence[Window],
        looks: Sequence[str] = (),
        snapshots: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Bring to disk what the ring has of the ``growing`` windows, and looks and snapshots as given.

        What no window ``wanted`` needs is forgotten. A disk that cannot be written costs the run nothing but
        this safety.
        """
        if not wanted:
            self.clear()
            return
        try:
            self._forget(wanted)
            now = self._now
            if now is None and growing and stream is not None:
                now = self._begin(ring, stream, size, min(window.start for window in growing))
            if now is None:
                return
            for event, content in snapshots:
                self._write(now, b"S", event.encode() + content)
            for look in looks:
                self._write(now, b"L", look.encode())
            self._take(now, ring, growing)
            now.file.flush()
        except (OSError, av.error.FFmpegError) as error:
            if not self._failed:
                log.error("%s: %s; clips would not survive a crash now", self._folder, type(error).__name__)
            self._failed = True

    def broken(self) -> None:
        """The connection is over: what comes next goes into another log."""
        if self._now is not None:
            self._now.file.close()
            self._closed.append(self._now)
            self._now = None

    def clear(self) -> None:
        """Nothing is needed any more."""
        self.broken()
        self._closed.clear()
        if self._folder.exists():
            shutil.rmtree(self._folder, ignore_errors=True)

    def rescued(self) -> list[Rescued]:
        """What earlier processes left, connection by connection, oldest first."""
        folders = sorted(self._folder.glob("[0-9]*")) if self._folder.is_dir() else []
        found = [_rescued(folder) for folder in folders if (folder / LOG).is_file()]
        self._closed += [
            _Log(one.folder, (one.folder / LOG).open("rb"), one.packets[0].t, one.packets[-1].t)
            for one in found
            if one.packets
        ]
        for one in self._closed:
            one.file.close()
        return found

    def _begin(self, ring: Ring, stream: Stream, size: tuple[int, int], since: float) -> _Log | None:
        start = ring.start_for(since)
        if start is None:
            return None
        number = 1 + max((int(path.name) for path in self._folder.glob("[0-9]*")), default=0)
        folder = self._folder / f"{number:06d}"
        folder.mkdir(parents=True)
        first = ring.after(None, start)[0]
        with av.open(str(folder / TEMPLATE), "w", format="nut") as container:
            output = container.add_stream_from_template(stream.template)
            sample = AvPacket(first.data)
            sample.stream, sample.time_base = output, stream.time_base
            sample.pts, sample.dts, sample.is_keyframe = first.pts, first.dts, True
            container.mux(sample)
        self._now = _Log(folder, (folder / LOG).open("wb"), start, start)
        about = {"size": size, "time_base": [stream.time_base.numerator, stream.time_base.denominator]}
        self._write(self._now, b"H", json.dumps(about).encode())
        return self._now

    def _take(self, now: _Log, ring: Ring, windows: Sequence[Window]) -> None:
        for packet in ring.after(now.dts, now.first):
            now.dts = packet.dts
            # From the keyframe on: what a window begins with cannot be shown without it.
            now.group = [packet] if packet.key else [*now.group, packet]
            if now.size < MOST_BYTES and any(window.meets(packet.t, packet.t) for window in windows):
                for one in now.group:
                    fields = (one.t, one.pts, one.dts, one.duration, one.key)
                    self._write(now, b"P", _PACKET.pack(*fields) + one.data)
                now.group = []
                now.last = max(now.last, packet.t)

    @staticmethod
    def _write(now: _Log, kind: bytes, content: bytes) -> None:
        now.size += now.file.write(_HEAD.pack(kind, len(content), zlib.crc32(content)) + content)

    def _forget(self, windows: Sequence[Window]) -> None:
        """Remove the logs of connections that no window wants any more."""
        wanted = [one for one in self._closed if any(w.meets(one.first, one.last) for w in windows)]
        for one in self._closed:
            if one not in wanted:
                shutil.rmtree(one.folder, ignore_errors=True)
        self._closed = wanted


def _rescued(folder: Path) -> Rescued:
    found = Rescued(folder)
    for kind, content in _records(folder / LOG):
        if kind == b"H":
            about = json.loads(content)
            found.size, found.time_base = tuple(about["size"]), Fraction(*about["time_base"])
        elif kind == b"P":
            t, pts, dts, duration, key = _PACKET.unpack_from(content)
            found.packets.append(Packet(content[_PACKET.size :], t, pts, dts, duration, key))
        elif kind == b"L":
            found.looks.append(content.decode())
        elif kind == b"S":
            found.snapshots[content[:16].decode()] = content[16:]
    return found


def _records(path: Path) -> Iterator[tuple[bytes, bytes]]:
    content, place = path.read_bytes(), 0
    while place + _HEAD.size <= len(content):
        kind, length, check = _HEAD.unpack_from(content, place)
        body = content[place + _HEAD.size : place + _HEAD.size + length]
        if len(body) < length or zlib.crc32(body) != check:
            return
        yield kind, body
        place += _HEAD.size + length
