"""Clips cut by hand: what each live camera's recorder holds at the moment, and a piece of it as a file.

The run says what is recorded, whoever wants a clip asks from another thread. A recording must be taken back
(`Recorders.record`) before its stream is closed, for a clip begins with the stream's description.
"""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipelines.evidence.recorder import Clip, Recording

AWAY_S = 10.0
"""A live camera of which nothing came for so many seconds is away."""
HAIR_S = 0.001
"""Times are floats: the last picture is to be in the clip."""
NotThere = Literal["not_live", "away", "not_held"]
"""No live run records the camera; nothing comes of it; what is held does not reach to the wanted time."""


class CutRefusedError(Exception):
    """Nothing can be cut; ``why`` in a word."""

    def __init__(self, why: NotThere, message: str) -> None:
        super().__init__(message)
        self.why: NotThere = why


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, in seconds of event time."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """A piece of ``seconds`` from ``start`` (event time) on; without a start the newest there is."""

    seconds: float
    start: float | None = None


@dataclass(slots=True)
class _Slot:
    recording: Recording | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Recorders:
    """By camera. The run's threads write, any thread reads and cuts."""

    def __init__(self) -> None:
        """No camera is recorded yet."""
        self._lock = threading.Lock()
        self._slots: dict[str, _Slot] = {}

    def record(self, camera: str, recording: Recording | None) -> None:
        """From now on this is cut from; None: nothing is recorded. Waits for a clip that is just begun."""
        slot = self._slot(camera)
        with slot.lock:
            slot.recording = recording

    def held(self, camera: str) -> Span | None:
        """What the ring of a camera holds; None: nothing. Raises CutRefusedError: it is not recorded live."""
        with self._slot(camera, must=True).lock:
            recording = self._slots[camera].recording
            return None if recording is None else _held(recording)

    @staticmethod
    def is_away(held: Span, now: float) -> bool:
        """Whether nothing comes any more of a camera that holds this."""
        return now - held.end > AWAY_S

    def cut(self, camera: str, path: Path, wanted: Wanted, now: float) -> Span:
        """Write a clip to ``path``, whole or not at all; gives from when to when it reaches.

        It begins at a keyframe, so up to one group of pictures early; what is wanted beyond the newest
        picture is left out. ``now`` is the time of the clock. Raises CutRefusedError, and ClipError when it
        cannot be written.
        """
        slot = self._slot(camera, must=True)
        with slot.lock:
            if slot.recording is None or slot.recording.stream is None:
                raise CutRefusedError("away", f"camera {camera}: expected a recording, nothing comes")
            span = _span(camera, _held(slot.recording), wanted, now)
            ring = slot.recording.ring
            # A ring of its own: what is wanted may be what the camera's forgets next.
            ring = ring.since(ring.start_for(span.start) or span.start)
            clip = Clip(path, slot.recording.stream, ring, span.start)
        try:
            clip.grow(span.end + HAIR_S)
            clip.finish()
        except BaseException:
            clip.discard()
            raise
        return Span(clip.t0, clip.last_t)

    def _slot(self, camera: str, *, must: bool = False) -> _Slot:
        with self._lock:
            if must and camera not in self._slots:
                raise CutRefusedError("not_live", f"camera {camera}: expected a live run, there is none")
            return self._slots.setdefault(camera, _Slot())


def _held(recording: Recording) -> Span | None:
    start = recording.ring.start_for(float("-inf"))
    if recording.stream is None or start is None:
        return None
    return Span(start, max(recording.ring.newest, start))


def _span(camera: str, held: Span | None, wanted: Wanted, now: float) -> Span:
    """Which part of what is held is to be cut. Raises CutRefusedError."""
    away = held is None or Recorders.is_away(held, now)
    if held is None or (away and wanted.start is None):
        raise CutRefusedError("away", f"camera {camera}: expected pictures, nothing comes")
    start = max(held.end - wanted.seconds, held.start) if wanted.start is None else wanted.start
    if not held.start <= start < held.end:
        raise CutRefusedError(
            "away" if away and start >= held.end else "not_held",
            f"camera {camera}: expected a time from {held.start:.1f} to {held.end:.1f} s, got {start:.1f} s",
        )
    return Span(start, min(start + wanted.seconds, held.end))
