"""Blurred renditions of evidence, for whoever need not see bystanders: made when asked for, kept beside.

One at a time, on one core and behind everything else, so that nobody who asks for many of them takes the
machine from the cameras. A rendition is no evidence: it is not filed, and goes with its clip. Where none can
be made there is none, and never the original in its stead.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWorkingError
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av

from pipelines.evidence.blurring import blur_clip, blurred_picture
from pipelines.evidence.bystanders import Fractions, Scene, TimelineDamagedError
from pipelines.evidence.h264 import NoVideoError

log = logging.getLogger(__name__)

BLURRED = ".blurred"
"""What the names of renditions have before their suffix."""
WAIT_S = 45.0
"""A request waits so long for its rendition: most are made by then, and a player waits with it."""
MOST_WAITING = 8
NICE = 10
"""By how much the one that makes renditions stands back on the processor."""


class NotBlurredError(Exception):
    """There is no rendition of this clip, and none can be made."""


class StillBlurringError(Exception):
    """The rendition is being made, or waits for others; asking again later helps."""


@dataclass(frozen=True, slots=True)
class Original:
    """What a rendition is made of: an event's id, its clip and timeline, and its post's visitor zone."""

    event: str
    clip: Path
    timeline: Path
    visitor_zone: Fractions | None

    def scene(self) -> Scene:
        """Who was seen when. Raises TimelineDamagedError, OSError."""
        return Scene.read(self.timeline.read_bytes(), self.event, self.visitor_zone)

    def version(self) -> tuple[int, ...]:
        """Another one when clip or timeline were cut anew. Raises OSError."""
        stats = [path.stat() for path in (self.clip, self.timeline)]
        return tuple(number for one in stats for number in (one.st_mtime_ns, one.st_size))


Make = Callable[[Original, Path], None]


class Renditions:
    """The renditions of one data folder. Any thread may ask."""

    def __init__(self, *, wait_s: float = WAIT_S) -> None:
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._jobs: dict[Path, Future[None]] = {}
        self._failed: dict[Path, tuple[tuple[int, ...], str]] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="renditions", initializer=_stand_back)

    def clip(self, original: Original) -> Path:
        """The clip with everybody but the post's staff unrecognisable, as H.264.

        Raises NotBlurredError, StillBlurringError.
        """
        return self._have(original, original.clip.with_suffix(f"{BLURRED}.mp4"), _make_clip)

    def snapshot(self, original: Original) -> Path:
        """A picture of the clip, likewise. Raises NotBlurredError, StillBlurringError."""
        return self._have(original, original.clip.with_suffix(f"{BLURRED}.jpg"), _make_picture)

    def check(self, original: Original) -> None:
        """Raises NotBlurredError where it is clear, without decoding anything, that none can be made."""
        try:
            known = self._failed.get(original.clip.with_suffix(f"{BLURRED}.mp4"))
            if known is not None and known[0] == original.version():
                raise NotBlurredError(known[1])
            original.scene()
        except (TimelineDamagedError, OSError) as error:
            raise NotBlurredError(f"event {original.event}: {_REFUSAL}") from error

    def close(self) -> None:
        """End with the rendition under way."""
        self._worker.shutdown(cancel_futures=True)

    def _have(self, original: Original, target: Path, make: Make) -> Path:
        try:
            version = original.version()
        except OSError as error:
            raise NotBlurredError(f"event {original.event}: its files are gone") from error
        known = self._failed.get(target)
        if known is not None and known[0] == version:
            raise NotBlurredError(known[1])
        if _is_fresh(target, version):
            return target
        job = self._job(original, target, make)
        try:
            job.result(self._wait_s)
        except StillWorkingError as error:
            raise StillBlurringError(
                f"event {original.event}: the blurred rendition is being made"
            ) from error
        except (TimelineDamagedError, NoVideoError, av.FFmpegError, OSError, ValueError) as error:
            self._note(original, target, version, error)
            raise NotBlurredError(f"event {original.event}: {_REFUSAL}") from error
        return target

    def _job(self, original: Original, target: Path, make: Make) -> Future[None]:
        """The making of a rendition: the one under way, or a new one. Raises StillBlurringError."""
        with self._lock:
            self._jobs = {path: job for path, job in self._jobs.items() if not job.done()}
            if target not in self._jobs:
                if len(self._jobs) >= MOST_WAITING:
                    raise StillBlurringError("many renditions are being made; try again later")
                self._jobs[target] = self._worker.submit(_made, original, target, make)
            return self._jobs[target]

    def _note(self, original: Original, target: Path, version: tuple[int, ...], error: Exception) -> None:
        log.error("event %s: no blurred rendition: %s", original.event, error)
        if not isinstance(error, OSError):  # the disk may be full now and not later
            self._failed[target] = version, f"event {original.event}: {_REFUSAL}"


_REFUSAL = "it cannot be shown with bystanders blurred, and your role does not see them in the clear"


def _is_fresh(target: Path, version: tuple[int, ...]) -> bool:
    try:
        made = target.stat().st_mtime_ns
    except OSError:
        return False
    return made >= max(version[0], version[2])


def _made(original: Original, target: Path, make: Make) -> None:
    """Make a rendition, whole or not at all, and none of a clip that was deleted meanwhile."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        make(original, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    if not original.clip.exists():
        target.unlink(missing_ok=True)
        raise FileNotFoundError(f"{original.clip.name} was deleted meanwhile")


def _make_clip(original: Original, part: Path) -> None:
    if blur_clip(original.clip, original.scene(), part) == 0:
        raise NoVideoError(f"{original.clip.name}: no frame can be decoded")


def _make_picture(original: Original, part: Path) -> None:
    part.write_bytes(blurred_picture(original.clip, original.scene()))


def _stand_back() -> None:
    with suppress(AttributeError, OSError):  # only Linux does it by thread
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
