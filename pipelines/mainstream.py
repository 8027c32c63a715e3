"""A camera's main stream while its sub stream is looked at: packets into a ring, nothing decoded.

Both streams are tied to UTC in the same way (`streams.clock`), so a look's time is a time of the clip.
Where the main stream is away looks go on, and events say that there is no clip.
"""

import threading
from collections.abc import Callable

from pipelines.channel import Channel
from pipelines.evidence.recorder import Recording, Ring, Stream
from pipelines.hall.site import Camera
from pipelines.metrics import PACKETS, SILENT, Meter
from pipelines.streams.clock import RunClock
from pipelines.streams.connecting import Connecting, Patience
from pipelines.streams.loss import Loss
from pipelines.streams.source import Source

Note = tuple[float, str | None]
"""As of when there is no recording, and why; None: there is one again."""


class MainStream(Connecting):
    """One camera's recording thread, and what it records."""

    def __init__(
        self,
        camera: Camera,
        url: str,
        ring: Ring,
        stop: threading.Event,
        clock: RunClock,
        patience: Patience,
        meter: Meter = SILENT,
    ) -> None:
        """``ring`` is an empty one of the kind to keep packets in."""
        super().__init__(camera.id, url, patience, stop, meter)
        self._of, self._clock, self._ring = camera, clock, ring
        self._recording = self._nothing()
        self._channel: Channel | None = None
        self._source: Source | None = None
        self._notes: list[Note] = []
        self._lock = threading.Lock()

    def channel(self, made: Callable[[Recording], Channel]) -> Channel:
        """The camera's channel, which cuts its clips from what is recorded here from now on."""
        with self._lock:
            self._channel = made(self._recording)
            return self._channel

    def take(self) -> list[Note]:
        """What is new about the recording."""
        with self._lock:
            notes, self._notes = self._notes, []
            return notes

    def close(self) -> None:
        """Let go of the stream, once no clip is cut from it any more."""
        if self._source is not None:
            self._source.close()

    def _open(self) -> Source:
        return Source(
            self._camera,
            self._url,
            transport=self._of.transport,
            clock=self._clock,
            timeout_s=self._patience.silence_s,
            gathering=self._patience.gathering,
            decode=False,
        )

    def _read(self, source: Source) -> bool:
        recording = self._nothing()
        if self._source is not None:
            source.not_before(self._source.last_t)
        begun = False
        for step in source:
            if self._stop.is_set():
                break
            if step.packet is None:
                continue
            recording.ring.add(step.packet)
            self._meter.add(PACKETS, self._camera)
            if not begun and step.packet.key:
                begun = True
                stream = Stream(source.stream, source.time_base)
                self._record(Recording(recording.ring, stream, source.size), source, step.packet.t)
        if not begun:
            source.close()
        return begun

    def _lose(self, loss: Loss) -> None:
        """Nothing is recorded from the last packet on, or as of now when there was none."""
        if self._stop.is_set():  # the clips that are still open take what there is
            return
        with self._lock:
            lost = self._recording.stream is None
            last = None if lost or self._source is None else self._source.last_t
            self._rewire(self._nothing())
            self._notes.append((self._clock.now() if last is None else last, loss.detail))

    def _record(self, recording: Recording, source: Source, t: float) -> None:
        """Clips are cut from ``recording`` from now on; the stream before it is let go of."""
        with self._lock:
            self._rewire(recording)
            self.close()
            self._source = source
            self._notes.append((t, None))

    def _rewire(self, recording: Recording) -> None:
        self._recording = recording
        if self._channel is not None:
            self._channel.rewire(recording)

    def _nothing(self) -> Recording:
        return Recording(self._ring.anew(), None, (0, 0))
