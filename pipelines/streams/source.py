"""Packets and frames of one camera, on one clock.

A file's event time starts at a given moment; a live stream's is tied to UTC when it connects, see
`pipelines.streams.clock`. From there on the stream's own time stamps count. Packets are handed on before they
are decoded, so that the recorder has the evidence whatever becomes of the picture.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Self

import av
import av.error
from av.video.stream import VideoStream

from pipelines.hall.site import Transport, hide_login, is_live
from pipelines.streams.clock import RunClock, StreamClock
from pipelines.streams.decoding import Decoding, never
from pipelines.streams.gathering import Gathering, Lulls
from pipelines.streams.loss import BROKE_OFF, PARAMETERS, STALLED, UNREADABLE, Loss
from pipelines.streams.opening import READ_TIMEOUT_S, SourceError, UnauthorisedError, open_container
from pipelines.streams.packet import Packet
from pipelines.streams.parameters import parameter_sets
from pipelines.streams.picture import Picture
from pipelines.streams.timing import FileTiming, LiveTiming, Timing, VideoPacket

__all__ = [
    "Packet",
    "Picture",
    "Source",
    "SourceError",
    "Step",
    "UnauthorisedError",
    "check_readable",
    "is_live",
]

log = logging.getLogger(__name__)

SHORT_BY_S = 1.0
"""A file that ends this much before its own header says so is cut short."""

UNSTAMPED = ("mpjpeg", "mjpeg")
"""Formats without stamps: those that FFmpeg gives are made up, 25 a second."""


@dataclass(frozen=True, slots=True)
class Step:
    """One packet and the pictures that came out of the decoder with it (none, one or more).

    ``rested``: it was not decoded, because nothing goes on, or not yet, because all is too much.
    """

    packet: Packet | None
    pictures: tuple[Picture, ...]
    rested: bool = False


class Source:
    """An opened camera. Iterate for its steps; use as a context, or close it."""

    def __init__(
        self,
        camera: str,
        url: str,
        *,
        start: float | None = None,
        transport: Transport = "tcp",
        clock: RunClock | None = None,
        timeout_s: float = READ_TIMEOUT_S,
        decode: bool = True,
        gathering: Gathering | None = None,
    ) -> None:
        """Open a stream. ``start`` = event time of the first picture in seconds since the epoch; None =
        by UTC, for live streams, as ``clock`` tells it. A stream that sends nothing for ``timeout_s``
        has stalled. Without ``decode`` there are packets only. Packets of a live stream over TCP
        are left to gather as ``gathering`` says (None: never). Raises SourceError naming what cannot be
        opened and why.
        """
        self.camera = camera
        self.shown = hide_login(url)
        self._broke_off = 0
        self.loss: Loss = BROKE_OFF
        """Why the stream came to its end, once it has."""
        self._container = open_container(camera, url, transport, timeout_s=timeout_s)
        self.stream = self._video_stream()
        self.size = (self.stream.width, self.stream.height)
        """Width and height of the picture, as the stream's description has it or its first picture shows."""
        self.time_base: Fraction = self.stream.time_base or Fraction(1, 90_000)
        # Noted now: once the stream is closed FFmpeg's memory is gone, and would be read all the same.
        self._lengths = (self.stream.duration, self._container.duration, self._container.start_time)
        self.timing: Timing = self._timed_by(start, clock or RunClock(time.time, time.monotonic))
        self._live, self._decode = start is None, decode
        self._parameters: frozenset[bytes] = frozenset()
        self._silence_s = timeout_s if self._live else float("inf")
        self._lulls = Lulls(None if transport == "udp" else gathering)
        self._decoding = Decoding(camera, self.stream, self.timing, live=self._live)
        self._decoded_at = time.monotonic()
        self._last_dts: int | None = None
        self.last_t: float | None = None
        """Event time of the newest picture that came, decoded or not."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the stream."""
        self._container.close()

    def not_before(self, t: float | None) -> None:
        """Begin no earlier than event time ``t``, so that time never runs back over a reconnect."""
        if t is not None:
            self.timing.not_before(t)
            self._decoding.not_before(t)
            self.last_t = t

    def rest_while(self, resting: Callable[[], bool], overloaded: Callable[[], bool] = never) -> None:
        """Decode keyframes alone of a live stream, as long as ``resting`` says that nothing goes on and they
        come often enough; and those only that are looked at while ``overloaded`` says that there is no time
        for more. A decoder that does not give each picture at once decodes all.
        """
        self._decoding.rest_while(resting, overloaded)

    @property
    def errors(self) -> int:
        """What could not be read or decoded, so many times."""
        return self._broke_off + self._decoding.errors

    @property
    def ahead_s(self) -> float:
        """After how many seconds the next picture to look at will come. Any thread may ask."""
        return self._decoding.ahead_s

    def recall(self, since: float, until: float) -> list[Picture]:
        """Pictures between two event times that were passed over undecoded. Any thread may ask."""
        return self._decoding.recall(since, until)

    @property
    def seconds(self) -> float | None:
        """Length that the file's header promises, None for a live stream or an unknown length."""
        of_stream, of_file, file_start = self._lengths
        if of_stream is not None:
            return float(of_stream * self.time_base)
        if not of_file:
            return None
        begun = isinstance(self.timing, FileTiming) and self.timing.origin
        late = max(file_start or 0, 0) if begun else 0
        return (of_file - late) / av.time_base

    @property
    def missing_s(self) -> float:
        """Seconds between the last picture read and the promised end; 0 when the file is whole."""
        if self.seconds is None or self.last_t is None or not isinstance(self.timing, FileTiming):
            return 0.0
        missing = self.seconds - (self.last_t - self.timing.start)
        return missing if missing > SHORT_BY_S else 0.0

    @property
    def clock_trouble(self) -> str | None:
        """What is wrong with the camera's own time of day, None when nothing is, or none is told."""
        clock = self._stream_clock
        if clock is None or clock.sender_off is None or not clock.sender_wrong:
            return None
        return f"the camera's clock is {clock.sender_off:+.0f} s off; its pictures are timed by their arrival"

    @property
    def clock_skew_s(self) -> float | None:
        """How far the camera's own clock is ahead of ours, None where it tells none."""
        return None if self._stream_clock is None else self._stream_clock.sender_off

    @property
    def _stream_clock(self) -> StreamClock | None:
        return self.timing.clock if isinstance(self.timing, LiveTiming) else None

    def __iter__(self) -> Iterator[Step]:
        for packet in self.timing.timed(self._packets()):
            recorded = self._recorded(packet)
            pictures = tuple(self._shown(packet, recorded)) if self._decode else ()
            undecoded = not self._decode or (self._decoding.rested and bool(pictures))
            loss = self._changed_undecoded(recorded) if undecoded else self._changed(pictures)
            if self._live and loss is not None:
                self.loss = loss
                return
            if recorded is not None or pictures:
                yield Step(recorded, pictures, self._decoding.rested)
        if self.timing.loss is not None:
            self.loss = self.timing.loss

    def _changed(self, pictures: tuple[Picture, ...]) -> Loss | None:
        """Whether a live stream is no longer the one that was opened: it must be opened again."""
        if pictures:
            self._decoded_at, size = time.monotonic(), pictures[-1].size
            if self._decoding.pictures > len(pictures) and size != self.size:
                return Loss("gap", f"the picture's size changed from {_told(self.size)} to {_told(size)}")
            self.size = size
        silent = time.monotonic() - self._decoded_at > self._silence_s
        return UNREADABLE if silent else None

    def _changed_undecoded(self, packet: Packet | None) -> Loss | None:
        """The same of a packet that is only recorded, or not decoded yet."""
        if packet is None:
            return None
        self._came(packet.t)
        if not packet.key:
            return None
        before, now = self._parameters, parameter_sets(self.stream.codec_context.name, packet.data)
        self._parameters = now or before
        return PARAMETERS if before and now and before != now else None

    def _video_stream(self) -> VideoStream:
        if not self._container.streams.video:
            self._container.close()
            raise SourceError(f"camera {self.camera}: url: expected a video stream, {self.shown} has none")
        return self._container.streams.video[0]

    def _timed_by(self, start: float | None, clock: RunClock) -> Timing:
        rate = self.stream.average_rate or self.stream.base_rate or Fraction(25)
        step = max(1, round(1 / (rate * self.time_base)))
        if start is not None:
            return FileTiming(start, self.time_base, step)
        return LiveTiming(clock, self.time_base, step, stamped=self._container.format.name not in UNSTAMPED)

    def _packets(self) -> Iterator[VideoPacket]:
        try:
            yield from self._until_silent(self._container.demux(self.stream))
        except IndexError:
            # PyAV stumbles at the end over streams that came up while it read: all packets have been given.
            log.info("camera %s: further streams came up on the way", self.camera)
        except (av.error.ExitError, av.error.TimeoutError):
            self.loss = STALLED
        except (av.error.FFmpegError, OSError) as error:
            self._broke_off += 1
            log.warning("camera %s: the stream broke off: %s", self.camera, type(error).__name__)

    def _until_silent(self, packets: Iterator[VideoPacket]) -> Iterator[VideoPacket]:
        """FFmpeg answers a first time-out with the picture it still held, and waits as long once more."""
        asked = time.monotonic()
        with self._lulls:
            for packet in packets:
                silent = time.monotonic() - asked >= self._silence_s
                yield packet
                if silent:
                    self.loss = STALLED
                    return
                self._lulls.after(self.timing.place)
                asked = time.monotonic()

    def _recorded(self, packet: VideoPacket) -> Packet | None:
        if packet.size == 0 or packet.is_corrupt:
            return None
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None:
            return None
        dts = self._decode_stamp(packet.dts, stamp)
        return Packet(
            bytes(packet), self.timing.event_time(stamp), stamp, dts, packet.duration or 0, packet.is_keyframe
        )

    def _decode_stamp(self, given: int | None, stamp: int) -> int:
        """The decode time stamp; a container that leaves out the first ones gets rising ones before."""
        if given is None:
            before = stamp - round(1 / self.time_base) if self._last_dts is None else self._last_dts
            given = before + 1
        self._last_dts = given
        return given

    def _shown(self, packet: VideoPacket, recorded: Packet | None) -> Iterator[Picture]:
        for picture in self._decoding.take(packet, None if recorded is None else recorded.t):
            self._came(picture.t)
            yield picture
        if recorded is not None and self._decoding.rested:
            self._came(recorded.t)
            self._decoded_at = time.monotonic()

    def _came(self, t: float) -> None:
        self.last_t = t if self.last_t is None else max(self.last_t, t)


def _told(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


def check_readable(camera: str, url: str) -> None:
    """Open a file and decode one picture of it; SourceError when that cannot be done."""
    with Source(camera, url, start=0.0) as source:
        if not any(step.pictures for step in source):
            raise SourceError(
                f"camera {camera}: url: expected a video with pictures, none in {source.shown} can be decoded"
            )
