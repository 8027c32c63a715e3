"""Evidence on disk: finding it safely, and making a clip playable in a browser when it is not."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import av

from pipelines.evidence.h264 import NoVideoError, encode_h264, video_of

# What every browser plays from an MP4 file. Anything else is transcoded.
PLAYABLE_CODEC = "h264"
PLAYABLE_PIXELS = frozenset({"yuv420p", "yuvj420p"})

_OPTIONS = {"preset": "veryfast", "crf": "20"}

CONTENT_TYPES = {".mp4": "video/mp4", ".jpg": "image/jpeg", ".json": "application/json"}


class EvidenceMissingError(LookupError):
    """The file an event names is not there (deleted, or a name that leads out of the folder)."""


class ClipBrokenError(ValueError):
    """The clip is there but holds no video that can be decoded."""


class Evidence:
    """The files of events below one folder, the `out` folder of the run."""

    def __init__(self, root: Path, fetch: Callable[[str, str], bool] | None = None) -> None:
        """``fetch`` makes a copy of an event's file that was moved elsewhere; False = there is none."""
        self._root, self._fetch = root, fetch
        self._transcoding = threading.Lock()

    def locate(self, event_id: str, name: str) -> Path:
        """The file `name` (relative to the folder) of an event.

        Names come from the store, but are checked as if a stranger had written them: the file's stem must be
        the event's id and, all links followed, the file must lie in the folder. Raises
        EvidenceMissingError, and what ``fetch`` raises.
        """
        root = self._root.resolve()
        try:
            path = (root / name).resolve()
            inside = path.stem == event_id and path.suffix in CONTENT_TYPES and path.is_relative_to(root)
            if inside and path.is_file():
                return path
        except (OSError, ValueError):  # a null byte, a loop of links, a name too long
            inside = False
        if inside and self._fetch is not None and self._fetch(event_id, name):
            return path
        raise EvidenceMissingError(
            f"event {event_id}: {Path(name).suffix.lstrip('.') or 'evidence'} file is missing"
        )

    def playable(self, clip: Path) -> Path:
        """The clip itself if browsers play it, else an H.264 rendition on the same clock, made once.

        The original stays as it was recorded. Raises ClipBrokenError.
        """
        if _plays(clip, *_version(clip)):
            return clip
        rendition = clip.with_suffix(".h264.mp4")
        # One at a time for all clips: a transcode takes every core anyway, and whoever asks for the same clip
        # meanwhile must find it done, not start another.
        with self._transcoding:
            if not _is_fresh(rendition, clip):
                _transcode(clip, rendition)
        return rendition


def _version(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def _is_fresh(rendition: Path, clip: Path) -> bool:
    return rendition.exists() and rendition.stat().st_mtime_ns >= clip.stat().st_mtime_ns


@lru_cache(maxsize=1024)
def _plays(clip: Path, _mtime_ns: int, _size: int) -> bool:
    """Whether browsers play a clip; the version is part of the key because a clip may be cut anew."""
    try:
        with av.open(str(clip)) as container:
            codec = video_of(container.streams.video, clip.name).codec_context
            return codec.name == PLAYABLE_CODEC and codec.pix_fmt in PLAYABLE_PIXELS
    except NoVideoError as error:
        raise ClipBrokenError(str(error)) from error
    except av.FFmpegError as error:
        raise ClipBrokenError(f"{clip.name}: {error.strerror}") from error


def _transcode(clip: Path, rendition: Path) -> None:
    # Written beside and renamed: a half-written file must never be served.
    part = rendition.with_name(f".{rendition.name}.{os.getpid()}.part")
    try:
        if _encode(clip, part) == 0:
            raise ClipBrokenError(f"{clip.name}: no frame can be decoded")
        part.replace(rendition)
    except NoVideoError as error:
        raise ClipBrokenError(str(error)) from error
    except av.FFmpegError as error:
        raise ClipBrokenError(f"{clip.name}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def _encode(clip: Path, target: Path) -> int:
    """Encode all frames as H.264; returns how many there were."""
    return encode_h264(clip, target, lambda frame, _: frame, options=_OPTIONS)
