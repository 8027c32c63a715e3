"""Which packets of a stream are decoded now, and the pictures that come of them.

A file's are decoded all. Of a live stream what need not be seen is not: see `resting`; and pictures on which
no other builds (most B-frames) are left out as long as there are enough others to look at.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipelines.looking.looks import INTERVAL_S, SLACK
from pipelines.streams.resting import Coding, Groups
from pipelines.streams.timing import Timing, VideoPacket
from vision.frame import Frame

MOST_PIXELS = 8192 * 4608
"""No larger picture is decoded: damage in a stream's header must not ask for gigabytes."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture that is turned into pixels only when somebody looks at it."""

    camera: str
    index: int
    t: float
    decoded: VideoFrame
    whole: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.decoded.width, self.decoded.height

    def frame(self) -> Frame:
        """The picture as BGR pixels."""
        pixels = self.decoded.to_ndarray(format="bgr24", threads=1).astype(np.uint8, copy=False)
        return Frame(self.camera, self.index, self.t, pixels, self.whole)


class Decoding:
    """That of one open stream. One thread decodes; any may ask what is ahead, and recall."""

    def __init__(self, camera: str, stream: VideoStream, timing: Timing, *, live: bool) -> None:
        """``timing`` gives the event times of what is shown. Nothing of ``stream`` was decoded yet."""
        self.errors = 0
        self.pictures = 0
        """How many there were."""
        self.rested = False
        """Whether the last packet was not decoded, because nothing goes on."""
        self._camera, self._stream, self._timing, self._live = camera, stream, timing, live
        # Threads over pictures hold back as many pictures as there are cores.
        stream.thread_type = "SLICE" if live else "AUTO"
        stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
        self._thinned = live
        if live:
            stream.codec_context.skip_frame = "NONREF"
        self._coding, self._groups = Coding.of(stream), Groups()
        self._damaged = self._prompt = False
        self._resting: Callable[[], bool] | None = None
        self._shown_t: float | None = None

    def not_before(self, t: float) -> None:
        """Show nothing up to event time ``t``."""
        self._shown_t = t

    def rest_while(self, resting: Callable[[], bool]) -> None:
        """See `source.Source.rest_while`."""
        self._resting = resting if self._live else None

    @property
    def ahead_s(self) -> float:
        """After how many seconds the next picture to look at will come."""
        apart = self._groups.apart if self._rests else None
        return INTERVAL_S if apart is None else max(apart, INTERVAL_S)

    @property
    def _rests(self) -> bool:
        """Whether nothing goes on, and the stream is such that keyframes alone can be decoded."""
        return self._prompt and not self._damaged and self._resting is not None and self._resting()

    def recall(self, since: float, until: float) -> list[Picture]:
        """Pictures between two event times that were passed over undecoded."""
        recalled = self._groups.recall(self._coding, since, until)
        return [Picture(self._camera, -1, t, decoded, whole=True) for t, decoded in recalled]

    def take(self, packet: VideoPacket, t: float | None) -> Iterator[Picture]:
        """The pictures to be had now that this packet has come, at event time ``t`` (None: it is damaged, or
        has no stamp): none while the stream rests between two keyframes."""
        if self._resting is None:
            yield from self._decoded(packet)
            return
        now = self._groups.take(packet, t, rest=self._rests)
        self.rested = not now
        for one in now:
            yield from self._decoded(one)

    def _decoded(self, packet: VideoPacket) -> Iterator[Picture]:
        try:
            decoded = packet.decode()
        except (av.error.FFmpegError, OSError):
            self.errors += 1
            self._damaged = True
            return
        self._prompt = any(picture.pts == packet.pts for picture in decoded)
        for picture in decoded:
            if not isinstance(picture, VideoFrame) or picture.pts is None:
                continue
            self._note_damage(picture)
            t = self._timing.event_time(picture.pts)
            if self._shown_t is not None and t <= self._shown_t:
                continue
            self._thin(t)
            self._shown_t = t
            yield Picture(self._camera, self.pictures, t, picture, not self._damaged)
            self.pictures += 1

    def _note_damage(self, picture: VideoFrame) -> None:
        """What builds on a damaged picture is damaged too, up to the next sound keyframe."""
        if picture.is_corrupt:
            self._damaged = True
        elif picture.key_frame:
            self._damaged = False

    def _thin(self, t: float) -> None:
        """Decode all pictures from now on when this one, at ``t``, comes too late for the looks' grid."""
        late = self._shown_t is not None and t - self._shown_t > INTERVAL_S + SLACK
        if late and self._thinned and not self._rests:
            self._thinned = False
            self._stream.codec_context.skip_frame = "DEFAULT"
