"""The ring of encoded packets of one camera, and clips cut from it without re-encoding.

A clip starts at the last keyframe at or before the wanted start and ends with the last packet at
or before the wanted end. Its second 0 is that keyframe's picture, so that a time on the clip's
clock is event time minus the clip's ``t0``.
"""

import errno
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import dropwhile, islice, takewhile
from pathlib import Path

import av
import av.container
import av.error
from av.packet import Packet as AvPacket
from av.video.stream import VideoStream

from pipelines.durable import put_in_place
from pipelines.evidence.overflow import Overflow
from pipelines.rules.events import ClipMissing
from pipelines.streams.packet import Packet

RING_BYTES = 128 * 2**20
"""A camera's ring never holds more, whatever becomes of its keyframes and stamps: ten times the usual."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a system says when there is no room for a file."""


class ClipError(Exception):
    """A clip cannot be written; one line that names the file and the reason, and why in a word."""

    def __init__(self, message: str, missing: ClipMissing) -> None:
        """``missing`` is what the event says of its clip."""
        super().__init__(message)
        self.missing: ClipMissing = missing


def why_missing(error: Exception) -> ClipMissing:
    """What an error at writing evidence means for the event's clip."""
    if isinstance(error, ClipError):
        return error.missing
    return "disk_full" if getattr(error, "errno", None) in FULL else "not_writable"


@dataclass(frozen=True, slots=True)
class Stream:
    """What a clip needs to know of the stream it is cut from."""

    template: VideoStream
    time_base: Fraction


class Ring:
    """The newest packets of a camera: at least ``seconds`` of them, from a keyframe on.

    One thread may add while others read.
    """

    def __init__(self, seconds: float, overflow: Overflow | None = None) -> None:
        """``seconds`` of event time to keep, and whatever the first group of pictures adds.

        Groups beyond the memory that ``overflow`` allows are kept on disk, the oldest first.
        """
        self.seconds, self._overflow = seconds, overflow
        self._packets: deque[Packet] = deque()
        self._keys: deque[float] = deque()
        self._bytes = self._in_memory = self._stored = 0
        """Of all packets and of those in memory; and how many packets are on disk: the first ones."""
        self.newest = float("-inf")
        """Event time of the latest picture that it holds."""
        self._lock = threading.Lock()

    def add(self, packet: Packet) -> None:
        """Take in the next packet, in the order of decoding; none is of use before a keyframe."""
        with self._lock:
            if not self._packets and not packet.key:
                return
            self._packets.append(packet)
            self.newest = max(self.newest, packet.t)
            self._bytes += packet.size
            self._in_memory += packet.size
            if packet.key:
                self._keys.append(packet.t)
                while len(self._keys) > 1 and self._keys[1] <= packet.t - self.seconds:
                    self._forget_group()
            while self._bytes > RING_BYTES:
                self._forget_group()
            if packet.key and self._overflow is not None:
                self._make_room(self._overflow)

    def anew(self) -> "Ring":
        """An empty ring of the same kind."""
        return Ring(self.seconds, self._overflow)

    def _forget_group(self) -> None:
        self._keys.popleft()
        self._forget()
        while self._packets and not self._packets[0].key:
            self._forget()

    def _forget(self) -> None:
        size = self._packets.popleft().size
        self._bytes -= size
        if self._stored:
            self._stored -= 1
        else:
            self._in_memory -= size

    def _make_room(self, overflow: Overflow) -> None:
        """Store whole groups, never the newest, which has just begun."""
        while self._in_memory > overflow.share and self._stored < len(self._packets) - 1:
            waiting = islice(self._packets, self._stored, None)
            group = [next(waiting), *takewhile(lambda packet: not packet.key, waiting)]
            stored = overflow.store(group)
            if stored is None:
                return
            for packet in stored:
                self._packets[self._stored] = packet
                self._stored += 1
            self._in_memory -= sum(packet.size for packet in group)

    def since(self, t: float) -> "Ring":
        """A ring of its own with the packets from the first keyframe at or after ``t`` on."""
        ring = self.anew()
        with self._lock:
            packets = list(dropwhile(lambda packet: not (packet.key and packet.t >= t), self._packets))
        for packet in packets:
            ring.add(packet)
        return ring

    def start_for(self, t: float) -> float | None:
        """Time of the last keyframe at or before ``t``, or of the first there is; None when empty."""
        with self._lock:
            earlier = [key for key in self._keys if key <= t]
            return earlier[-1] if earlier else (self._keys[0] if self._keys else None)

    def after(self, dts: int | None, start: float) -> list[Packet]:
        """Packets from the keyframe at ``start`` on, or, with ``dts``, those decoded after it."""
        with self._lock:
            if dts is not None:
                return [packet for packet in self._packets if packet.dts > dts]
            begun = dropwhile(lambda packet: not (packet.key and packet.t == start), self._packets)
            return list(begun)


@dataclass(frozen=True, slots=True)
class Recording:
    """What clips are cut from: the ring, the stream that fills it (None: none does), its width and height."""

    ring: Ring
    stream: Stream | None
    size: tuple[int, int]


class Clip:
    """One clip in the making: grows as the ring does, whole only when finished."""

    def __init__(self, path: Path, stream: Stream, ring: Ring, start: float) -> None:
        """Begin at the last keyframe at or before ``start`` (event time, seconds).

        Raises ClipError when the ring is empty or the file cannot be written.
        """
        t0 = ring.start_for(start)
        if t0 is None:
            raise ClipError(
                f"{path.name}: expected recorded video from {start:.1f} s on, there is none", "no_video"
            )
        self.path, self.t0, self.last_t = path, t0, t0
        self._partial = path.with_name(path.name + ".partial")
        self._ring, self._stream = ring, stream
        self._base: int | None = None
        self._last_dts: int | None = None
        try:
            self._container = av.open(
                str(self._partial), "w", format="mp4", options={"movflags": "+faststart"}
            )
            self._output: VideoStream = self._container.add_stream_from_template(stream.template)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise self._failed(error) from error

    def grow(self, until: float, *, short_of_key: bool = False) -> None:
        """Take over the ring's packets up to event time ``until``; ``short_of_key`` = and no keyframe that is
        shown later, for it begins another stream. Raises ClipError.

        What is decoded by then is taken, so a picture that later ones need is there although it is
        shown a few frames after ``until``.
        """
        for packet in self._ring.after(self._last_dts, self.t0):
            base = packet.pts if self._base is None else self._base
            if packet.dts > base + (until - self.t0) / self._stream.time_base:
                break
            if short_of_key and packet.key and packet.t > until:
                break
            self._base = base
            if packet.t >= self.t0:  # pictures that lead an open group need the one before it
                self._write(packet)

    def finish(self) -> Path:
        """Close the file, see to it that it is on the disk, and give it its name. Raises ClipError."""
        if self._last_dts is None:
            raise ClipError(
                f"{self.path.name}: expected video from before its end, there is none", "no_video"
            )
        try:
            self._container.close()
            put_in_place(self._partial, self.path)
        except (av.error.FFmpegError, OSError) as error:
            raise self._failed(error) from error
        return self.path

    def discard(self) -> None:
        """Throw the clip away."""
        # It is thrown away, whatever state it is in.
        with suppress(av.error.FFmpegError, OSError):
            self._container.close()
        with suppress(OSError):
            self._partial.unlink(missing_ok=True)

    def _write(self, packet: Packet) -> None:
        assert self._base is not None
        try:
            copy = AvPacket(packet.data)
            copy.stream = self._output
            copy.time_base = self._stream.time_base
            copy.pts, copy.dts = packet.pts - self._base, packet.dts - self._base
            copy.duration = packet.duration
            copy.is_keyframe = packet.key
            self._container.mux(copy)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise self._failed(error) from error
        self._last_dts = packet.dts
        self.last_t = max(self.last_t, packet.t)

    def _failed(self, error: Exception) -> ClipError:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return ClipError(f"{self.path.name}: the clip cannot be written: {reason}", why_missing(error))
