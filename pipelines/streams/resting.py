"""What is decoded of a live stream: all of it, or the keyframes alone while nothing goes on.

What lies between two keyframes is kept as packets. Should a look show something new, the pictures before it
can be had after all (`Groups.recall`); and once something goes on, decoding continues where it was left::

    packets    K p p p p p p K p p p p p p K p p p p
    decoded    K             K             K┄┄┄┄┄┄┄┄► all from here on, those held back first
    recalled                   p p p p p p
"""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import av
import av.error
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipelines.looking.looks import INTERVAL_S, QUIET_S, SLACK
from pipelines.streams.timing import VideoPacket

LONGEST_S = QUIET_S + 0.05
"""Keyframes further apart than this are too few to look at: everything is decoded."""
KEPT_S = 3 * QUIET_S
"""For so long groups of pictures are kept: a look may be late."""
GAPS = 8
"""So many of the last gaps between keyframes tell how far apart they are."""

Recalled = list[tuple[float, VideoFrame]]
"""Pictures that were not decoded at first, with their event times in seconds."""


@dataclass(frozen=True, slots=True)
class Coding:
    """How a stream is coded: FFmpeg's name of the codec, and what stands outside the packets.

    It outlives the stream, whose own description is gone once it is closed.
    """

    codec: str
    extradata: bytes | None

    @classmethod
    def of(cls, stream: VideoStream) -> "Coding":
        """That of an open stream."""
        context = stream.codec_context
        return cls(context.codec.name, None if context.extradata is None else bytes(context.extradata))

    def pictures(self, packets: Iterable[VideoPacket], threads: int = 0) -> Iterator[VideoFrame]:
        """What packets from a keyframe on show, as far as they can be decoded, with a decoder of its own.

        ``threads`` 0 = as many as FFmpeg likes.
        """
        decoder = av.CodecContext.create(self.codec, "r")
        assert isinstance(decoder, VideoCodecContext)
        decoder.extradata, decoder.thread_count = self.extradata, threads
        for packet in [*packets, None]:
            try:
                found = decoder.decode(packet)
            except (av.error.FFmpegError, OSError):
                return
            yield from found


@dataclass(slots=True)
class _Group:
    """A keyframe's packet, at event time ``t``, and those that build on it.

    The first ``decoded`` of them were decoded; ``times`` are the event times of all, by presentation stamp.
    """

    t: float
    packets: list[VideoPacket] = field(default_factory=list)
    times: dict[int, float] = field(default_factory=dict)
    decoded: int = 0

    @property
    def held(self) -> list[VideoPacket]:
        return self.packets[self.decoded :]


class Groups:
    """The last groups of pictures of one stream. One thread takes packets in, another may recall."""

    def __init__(self) -> None:
        self.apart: float | None = None
        """How far apart keyframes are at most, in seconds; None when that is not known, or too far.

        Encoders put keyframes at changes of scene too: the last gap may be a short one."""
        self._groups: deque[_Group] = deque()
        self._open = False
        """Whether what comes belongs to the newest of them."""
        self._gaps: deque[float] = deque(maxlen=GAPS)
        """How far apart the last keyframes were. Of two within one interval only the first is looked at."""
        self._looked_at: float | None = None
        self._lock = threading.Lock()

    def take(
        self, packet: VideoPacket, t: float | None, *, rest: bool, keys: bool = True
    ) -> list[VideoPacket]:
        """The packets to decode now that this one has come, at event time ``t`` (None: it is damaged, or
        has no stamp), in their order. ``rest``: what lies between keyframes is not wanted now; ``keys``: they
        are.
        """
        with self._lock:
            if t is None or packet.pts is None:
                return [*self._let_go(), packet]
            if packet.is_keyframe:
                self._begin(t)
            if not self._open:
                return [packet]
            group = self._groups[-1]
            if t - group.t > LONGEST_S:
                return [*self._let_go(), packet]
            group.packets.append(packet)
            group.times[packet.pts] = t
            if rest and self.apart is not None and not (keys and packet.is_keyframe):
                return []
            due = group.held
            group.decoded = len(group.packets)
            return due

    def recall(self, coding: Coding, since: float, until: float) -> Recalled:
        """The pictures between two event times, both exclusive, that were not decoded: one for each look that
        would have been due.
        """
        with self._lock:
            groups = [
                _Group(one.t, list(one.packets), dict(one.times), one.decoded)
                for one in self._groups
                if one.t < until and one.held and max(one.times.values()) > since
            ]
        found: Recalled = []
        due = since + INTERVAL_S
        for group in groups:
            decoded = {group.times.get(packet.pts or 0) for packet in group.packets[: group.decoded]}
            for t, picture in _decoded(group, coding):
                if t >= until:
                    break
                if due - SLACK <= t and t not in decoded:
                    found.append((t, picture))
                    due = t + INTERVAL_S
        return found

    def _begin(self, t: float) -> None:
        """A keyframe begins a group. The one before is kept if anything in it was not decoded."""
        gap = None if self._looked_at is None else t - self._looked_at
        if gap is None or gap >= INTERVAL_S - SLACK:
            self._looked_at = t
            self._gaps.extend([] if gap is None else [gap])
            longest = max(self._gaps, default=LONGEST_S + 1)
            self.apart = longest if longest <= LONGEST_S else None
        if self._groups and not self._groups[-1].held:
            self._groups.pop()
        self._groups.append(_Group(t))
        self._open = True
        while self._groups[0].t < t - KEPT_S:
            self._groups.popleft()

    def _let_go(self) -> list[VideoPacket]:
        """The newest group is of no use any more; gives what was held back of it."""
        self._looked_at = self.apart = None
        self._gaps.clear()
        if not self._open:
            return []
        self._open = False
        return self._groups.pop().held


def _decoded(group: _Group, coding: Coding) -> Iterable[tuple[float, VideoFrame]]:
    """A group's pictures with their event times, as far as they can be decoded."""
    for picture in coding.pictures(group.packets):
        t = None if picture.pts is None else group.times.get(picture.pts)
        if t is not None and not picture.is_corrupt:
            yield t, picture
