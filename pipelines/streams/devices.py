"""Cameras that are plugged into this machine: `/dev/video0`, read by Video4Linux2 (Linux only).

What such a camera sends must be encoded: clips are cut from its packets. So it is asked for MJPEG, then for
H.264, and one that has neither is refused.
"""

import errno
import re
from dataclasses import dataclass
from typing import Self

from vision.mistake import MistakeError

FORMAT = "video4linux2"
CODINGS = ("mjpeg", "h264")
"""In this order: a keyframe each time, and what nearly every webcam has, first."""
_ADDRESS = re.compile(r"(?P<path>/dev/[A-Za-z0-9_/.:+-]+)(?:\?(?P<query>.*))?")
_WANTED = {"size": re.compile(r"[1-9]\d{1,3}x[1-9]\d{1,3}"), "fps": re.compile(r"[1-9]\d{0,2}")}
_FORM = "a device like /dev/video0 or /dev/video0?size=1280x720&fps=15"
_REASONS = {
    errno.ENOENT: "there is no such device; is the camera plugged in?",
    errno.ENODEV: "there is no such device; is the camera plugged in?",
    errno.ENXIO: "there is no such device; is the camera plugged in?",
    errno.EACCES: "this user may not read it (on most systems it must be in the group video)",
    errno.EPERM: "this user may not read it (on most systems it must be in the group video)",
    errno.EBUSY: "it is busy: another program uses it",
    errno.ENOTTY: "it is no camera",
    errno.EINVAL: "it sends neither MJPEG nor H.264, or not of the size and rate asked for",
}


@dataclass(frozen=True, slots=True)
class Device:
    """A device file, and what is asked of it; None = as it is set."""

    path: str
    size: str | None = None
    fps: str | None = None

    @classmethod
    def of(cls, url: str) -> Self:
        """A camera's url as a device. Raises MistakeError that says what was expected."""
        parts = _ADDRESS.fullmatch(url)
        if parts is None:
            raise MistakeError("device", f"expected {_FORM}, got another form")
        asked = dict(word.partition("=")[::2] for word in (parts["query"] or "").split("&") if word)
        for name, value in asked.items():
            if name not in _WANTED or not _WANTED[name].fullmatch(value):
                raise MistakeError("device_wish", f"expected {_FORM}, got {{wish}}", wish=f"{name}={value}")
        return cls(parts["path"], **asked)

    def options(self, coding: str) -> dict[str, str]:
        """What FFmpeg is told to have it in one of the `CODINGS`."""
        wanted = {"input_format": coding, "video_size": self.size, "framerate": self.fps}
        return {name: value for name, value in wanted.items() if value is not None}


def is_device(url: str) -> bool:
    """Whether a camera's url is a device of this machine."""
    return url.startswith("/dev/")


def reason(number: int | None) -> str | None:
    """What a device's refusal with this error number means, None when that is not known."""
    return None if number is None else _REASONS.get(number)


def may_have_another_coding(number: int | None) -> bool:
    """Whether it may be only the coding asked for that a device does not have."""
    return number == errno.EINVAL
