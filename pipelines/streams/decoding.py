"""Which packets of a stream are decoded now, and the pictures that come of them.

A file's are decoded all. Of a live stream what need not be seen is not: see `resting`; and pictures on which
no other builds (most B-frames) are left out as long as there are enough others to look at. Nor is what there
is no time to look at: a machine that decoded all pictures of too many cameras would look at hardly any, so
while it is overloaded the newest keyframe waits as it came, to be decoded when it is looked at.
"""

from collections.abc import Callable, Iterator

import av
import av.error
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipelines.looking.looks import INTERVAL_S, SLACK
from pipelines.streams.picture import Keyframe, Picture
from pipelines.streams.resting import Coding, Groups
from pipelines.streams.timing import Timing, VideoPacket

MOST_PIXELS = 8192 * 4608
"""No larger picture is decoded: damage in a stream's header must not ask for gigabytes."""


def never() -> bool:
    """For streams that are read where nothing else is done."""
    return False


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
        self._overloaded: Callable[[], bool] = never
        self._thrifty = False
        """Whether the machine was overloaded when the newest keyframe came: that is not decoded either."""
        self._shown_t: float | None = None

    def not_before(self, t: float) -> None:
        """Show nothing up to event time ``t``."""
        self._shown_t = t

    def rest_while(self, resting: Callable[[], bool], overloaded: Callable[[], bool]) -> None:
        """See `source.Source.rest_while`."""
        self._resting = resting if self._live else None
        self._overloaded = overloaded

    @property
    def ahead_s(self) -> float:
        """After how many seconds the next picture to look at will come."""
        apart = self._groups.apart if self._rests else None
        return INTERVAL_S if apart is None else max(apart, INTERVAL_S)

    @property
    def _rests(self) -> bool:
        """Whether nothing goes on or all is too much, and the stream is such that keyframes alone will do."""
        if not self._prompt or self._damaged or self._resting is None:
            return False
        return self._thrifty or self._resting()

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
        if packet.is_keyframe:  # asked only now: what was left out since the last one is not caught up with
            self._thrifty = self._overloaded()
        now = self._groups.take(packet, t, rest=self._rests, keys=not self._thrifty)
        self.rested = not now
        if self.rested and packet.is_keyframe and t is not None:
            yield from self._undecoded(packet, t)
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
            yield from self._shown(picture, self._timing.event_time(picture.pts), not self._damaged)

    def _undecoded(self, packet: VideoPacket, t: float) -> Iterator[Picture]:
        context = self._stream.codec_context
        yield from self._shown(Keyframe(self._coding, packet, context.width, context.height), t, whole=True)

    def _shown(self, coded: VideoFrame | Keyframe, t: float, whole: bool) -> Iterator[Picture]:
        if self._shown_t is not None and t <= self._shown_t:
            return
        self._thin(t)
        self._shown_t = t
        yield Picture(self._camera, self.pictures, t, coded, whole)
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
