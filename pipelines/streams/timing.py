"""From the stamps of a stream's packets to event time: for files by their start, for live streams by UTC."""

import struct
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, Protocol

from av.packet import Packet
from av.video.stream import VideoStream

from pipelines.streams.clock import RunClock, Stamp, StreamClock
from pipelines.streams.loss import Loss

if TYPE_CHECKING:
    VideoPacket = Packet[VideoStream]
else:  # at run time PyAV's packets take no parameter
    VideoPacket = Packet

RECONNECT_GAP_S = 0.04
WAITED_STEPS = 0.5
"""A packet that was longer in coming than this share of a picture's length was waited for."""
WAITED_PACKETS = 2
"""So many in a row, and what FFmpeg had read while opening is through."""
LEAD_S = 1.0
"""No longer than this is a picture held back to find that out."""
LEAP_S = 10.0
"""Stamps of a file that lie further apart are looked at twice."""
RTP_STAMPS = 2**32


class Place(NamedTuple):
    """Where a live stream's last packet stands, in seconds: on the stream's own clock, and by how much later
    it was read than the least delayed ones."""

    stream_s: float
    behind_s: float


class Timing(Protocol):
    """One connection's event time."""

    loss: Loss | None
    """Why the packets ended, when it was for their stamps."""

    def timed(self, packets: Iterator[VideoPacket]) -> Iterator[VideoPacket]:
        """The packets, in their order; from each on, `event_time` holds for its pictures."""

    def event_time(self, stamp: int) -> float:
        """Event time in seconds of a stamp in the stream's time base."""

    def not_before(self, t: float) -> None:
        """Begin no earlier than just after event time ``t``."""

    @property
    def place(self) -> Place | None:
        """Where the last packet stands; None where that hangs on when it is read."""


class FileTiming:
    """A file's first picture is taken at a given moment.

    A single stamp that leaps away and back again is damage: the packet follows the one before it. Where
    the stamps of a file begin anew, time goes on all the same.
    """

    def __init__(self, start: float, time_base: Fraction, step: int = 1) -> None:
        """``start`` is event time in seconds since the epoch, ``step`` a picture's usual length in the
        time base."""
        self.loss: Loss | None = None
        self.start = start
        self.origin: int | None = None
        self._time_base, self._step = time_base, step
        self._leap = round(LEAP_S / time_base)
        self._last: int | None = None
        self._shift = 0

    def timed(self, packets: Iterator[VideoPacket]) -> Iterator[VideoPacket]:
        """The packets with their stamps repaired where needed."""
        ahead: deque[VideoPacket] = deque()
        while (packet := ahead.popleft() if ahead else next(packets, None)) is not None:
            if self._leaps(packet):
                if not ahead and (following := next(packets, None)) is not None:
                    ahead.append(following)
                self._repair(packet, ahead[0] if ahead else None)
            self._restamp(packet, -self._shift)
            stamp = _stamp_of(packet)
            self._last = self._last if stamp is None else stamp
            yield packet

    def _repair(self, packet: VideoPacket, following: VideoPacket | None) -> None:
        """A leap: damage when the next packet does not follow it, else a hole or a new beginning."""
        leap = self._leaps(packet)
        if following is None or not self._leaps(following):
            self._restamp(packet, leap - self._step)
        elif leap < 0:
            self._shift -= leap - self._step

    def event_time(self, stamp: int) -> float:
        """See `Timing`."""
        if self.origin is None:
            self.origin = stamp
        return self.start + _seconds(stamp - self.origin, self._time_base)

    @property
    def place(self) -> Place | None:
        """See `Timing`: a file is read as fast as it is wanted."""
        return None

    def not_before(self, t: float) -> None:
        """See `Timing`."""
        self.start = max(self.start, t + RECONNECT_GAP_S)

    def _leaps(self, packet: VideoPacket) -> int:
        """By how much a packet's stamp leaps from the last one's; 0 when it is no leap."""
        stamp = _stamp_of(packet)
        if stamp is None or self._last is None:
            return 0
        leap = stamp + self._shift - self._last
        return leap if abs(leap) > self._leap else 0

    def _restamp(self, packet: VideoPacket, back: int) -> None:
        if packet.pts is not None and packet.dts is not None and abs(packet.pts - packet.dts) > self._leap:
            packet.pts = packet.dts
        if back:
            packet.pts = None if packet.pts is None else packet.pts - back
            packet.dts = None if packet.dts is None else packet.dts - back


def _stamp_of(packet: VideoPacket) -> int | None:
    return packet.pts if packet.dts is None else packet.dts


class LiveTiming:
    """A live stream is tied to UTC by its first packets, and followed from then on."""

    def __init__(self, clock: RunClock, time_base: Fraction, step: int, *, stamped: bool = True) -> None:
        """``step`` is a picture's usual length in the time base; a stream that is not ``stamped`` is timed
        by the arrival of its packets alone."""
        self.loss: Loss | None = None
        self.clock: StreamClock | None = None
        self._run, self._time_base, self._step = clock, time_base, step
        self._origin = 0
        self._stamped = stamped
        self._unstamped_since: float | None = None
        self._last_made = -1
        self._floor = float("-inf")

    def timed(self, packets: Iterator[VideoPacket]) -> Iterator[VideoPacket]:
        """The packets, each with a stamp, up to where the camera's clock jumps."""
        lead, rest = self._lead(packets)
        if lead:
            self._anchor(lead)
            yield from (packet for packet, _ in lead)
        for packet, stamp in rest:
            if stamp is not None and self.clock is not None:
                self.clock, jump = self.clock.look(stamp)
                if jump is not None:
                    self.loss = Loss("clock", f"the camera's clock jumps by {jump:+.1f} s")
                    return
            yield packet

    @property
    def place(self) -> Place | None:
        """See `Timing`; None for streams without stamps."""
        if self.clock is None or self._unstamped_since is not None:
            return None
        return Place(self.clock.newest, self.clock.behind)

    def event_time(self, stamp: int) -> float:
        """See `Timing`."""
        assert self.clock is not None, "event time is asked for only after the first packets"
        return self.clock.offset + self._seconds(stamp)

    def not_before(self, t: float) -> None:
        """See `Timing`."""
        self._floor = t + RECONNECT_GAP_S

    def _lead(
        self, packets: Iterator[VideoPacket]
    ) -> tuple[list[tuple[VideoPacket, float]], Iterator[tuple[VideoPacket, Stamp | None]]]:
        """What FFmpeg had read already, with the times of reading, and what is still to come."""
        lead: list[tuple[VideoPacket, float]] = []
        asked, waited = self._run.now(), 0
        least = WAITED_STEPS * float(self._step * self._time_base)
        for packet in packets:
            now = self._run.now()
            waited = waited + 1 if lead and now - asked > least else 0
            lead.append((packet, now))
            if waited == WAITED_PACKETS or now - lead[0][1] > LEAD_S:
                break
            asked = now
        return lead, ((packet, self._stamp(packet)) for packet in packets)

    def _anchor(self, lead: list[tuple[VideoPacket, float]]) -> None:
        self._stamp_first([packet for packet, _ in lead])
        if not self._stamped or all(packet.pts is None for packet, _ in lead):
            self._unstamped_since = lead[0][1]
        else:
            self._origin = min(packet.pts for packet, _ in lead if packet.pts is not None)
        stamps = [stamp for packet, now in lead if (stamp := self._stamp(packet, now)) is not None]
        clock = StreamClock.anchored(stamps, wrap=float(RTP_STAMPS * self._time_base))
        self.clock = clock.not_before(0.0, self._floor)

    def _stamp_first(self, packets: list[VideoPacket]) -> None:
        """FFmpeg loses the stamp of the first picture of an RTP stream: it is one step before the others."""
        known = [packet.pts for packet in packets if packet.pts is not None]
        bare = next((i for i, packet in enumerate(packets) if packet.pts is not None), 0)
        for i in range(bare if known else 0):
            packets[i].pts = packets[i].dts = min(known) - (bare - i) * self._step

    def _stamp(self, packet: VideoPacket, now: float | None = None) -> Stamp | None:
        now = self._run.now() if now is None else now
        if self._unstamped_since is not None:
            made = round((now - self._unstamped_since) / float(self._time_base))
            self._last_made = packet.pts = packet.dts = max(made, self._last_made + 1)
        if packet.pts is None:
            return None
        return Stamp(self._seconds(packet.pts), now, _sender_time(packet))

    def _seconds(self, stamp: int) -> float:
        return _seconds(stamp - self._origin, self._time_base)


def _seconds(units: int, time_base: Fraction) -> float:
    """As exact as the product, and ten times as fast: it is asked for with every packet."""
    return units * time_base.numerator / time_base.denominator


def _sender_time(packet: VideoPacket) -> float | None:
    """UTC of a packet by the camera's sender reports (RFC 3550), in seconds; None before the first.

    FFmpeg hands it on as the producer reference time: microseconds since the epoch, then flags.
    """
    if not packet.has_sidedata("prft"):
        return None
    (microseconds,) = struct.unpack_from("=q", bytes(packet.get_sidedata("prft")))
    return float(microseconds / 1e6)
