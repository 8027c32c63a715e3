"""Webcams: which addresses are devices, what is asked of them, and what their refusals are called.

No camera is plugged in where this runs. What a missing, a wrong and a forbidden device answer is real; what
one answers that is busy, or has no MJPEG, is FFmpeg's error of that number.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import av.error
import pytest

from pipelines.hall.site import Camera, is_live
from pipelines.streams.devices import Device, is_device
from pipelines.streams.opening import SourceError, open_container
from pipelines.streams.probe import probe

NOBODY = 65534


@pytest.mark.parametrize(
    ("url", "device"),
    [
        ("/dev/video0", True),
        ("/dev/v4l/by-id/usb-046d_HD_Webcam-video-index0?fps=15", True),
        ("dev/video0", False),
        ("/devices/video0.mp4", False),
        ("rtsp://camera/dev/video0", False),
    ],
)
def test_what_is_a_device_and_so_a_live_stream(url: str, device: bool) -> None:
    assert is_device(url) is device
    assert is_live(url) is (device or "://" in url)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("/dev/video0", {"input_format": "mjpeg"}),
        ("/dev/video0?", {"input_format": "mjpeg"}),
        ("/dev/video2?size=1280x720", {"input_format": "mjpeg", "video_size": "1280x720"}),
        (
            "/dev/video2?fps=15&size=1280x720",
            {"input_format": "mjpeg", "video_size": "1280x720", "framerate": "15"},
        ),
    ],
)
def test_what_is_asked_of_a_device(url: str, asked: dict[str, str]) -> None:
    assert Device.of(url).options("mjpeg") == asked


@pytest.mark.parametrize(
    "url",
    [
        "/dev/video0?size=1280",
        "/dev/video0?fps=0",
        "/dev/video0?fps=-1",
        "/dev/video0?rate=5",
        "/dev/video0?size=1x1",
        "/dev/video 0",
        "/dev/",
    ],
)
def test_what_no_device_is(url: str) -> None:
    with pytest.raises(ValueError, match=r"expected a device like /dev/video0 or .*, got"):
        Device.of(url)
    with pytest.raises(ValueError, match="expected a device like"):
        Camera(id="east", url=url)
    with pytest.raises(SourceError, match="camera east: url: expected a device like"):
        open_container("east", url)


@contextmanager
def without_rights() -> Iterator[None]:
    """As somebody who owns nothing, where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def forbidden_device() -> str:
    found = next((path for path in ("/dev/console", "/dev/tty0", "/dev/hwrng") if Path(path).exists()), None)
    if found is None:
        pytest.skip("there is no device here that only root may read")
    return found


@pytest.mark.skipif("video4linux2" not in str(sorted(av.formats_available)), reason="needs Linux")
@pytest.mark.parametrize(
    ("url", "told"),
    [
        pytest.param("/dev/video-none", "there is no such device", id="nothing is plugged in"),
        pytest.param("/dev/null", "it is no camera", id="another kind of device"),
        pytest.param("", "this user may not read it", id="no permission"),
    ],
)
def test_what_a_real_refusal_is_called(url: str, told: str) -> None:
    url = url or forbidden_device()
    with without_rights(), pytest.raises(SourceError) as caught:
        open_container("east", url)
    assert str(caught.value).startswith(f"camera east: url: expected a webcam, {url}: {told}")
    assert caught.value.loss.state == "gap"
    with without_rights(), pytest.raises(SourceError, match="expected a webcam"):
        probe(url)


class Webcams:
    """Answers in FFmpeg's place, one answer for each coding."""

    def __init__(self, **answers: Exception | str) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def open(self, path: str, *, format: str, options: dict[str, str], timeout: object) -> str:
        assert (path, format) == ("/dev/video0", "video4linux2")
        self.asked.append(options["input_format"])
        answer = self._answers[options["input_format"]]
        if isinstance(answer, Exception):
            raise answer
        return answer


def refusal(number: int) -> Exception:
    found: Any = av.error.ArgumentError if number == errno.EINVAL else av.error.OSError
    return found(number, os.strerror(number))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("webcam", "asked", "opened"),
    [
        pytest.param(Webcams(mjpeg="a camera"), ["mjpeg"], True, id="MJPEG"),
        pytest.param(
            Webcams(mjpeg=refusal(errno.EINVAL), h264="a camera"), ["mjpeg", "h264"], True, id="H.264 only"
        ),
        pytest.param(
            Webcams(mjpeg=refusal(errno.EINVAL), h264=refusal(errno.EINVAL)),
            ["mjpeg", "h264"],
            "it sends neither MJPEG nor H.264",
            id="raw pictures only",
        ),
        pytest.param(
            Webcams(mjpeg=refusal(errno.EBUSY)), ["mjpeg"], "it is busy: another program", id="busy"
        ),
        pytest.param(
            Webcams(mjpeg=refusal(errno.ENODEV)),
            ["mjpeg"],
            "there is no such device",
            id="unplugged just now",
        ),
        pytest.param(Webcams(mjpeg=refusal(errno.EIO)), ["mjpeg"], "Input/output error", id="broken"),
        pytest.param(
            Webcams(mjpeg=ValueError("no container format 'video4linux2'")),
            ["mjpeg"],
            "devices can be read on Linux only",
            id="a system without such devices",
        ),
    ],
)
def test_which_coding_is_taken(
    monkeypatch: pytest.MonkeyPatch, webcam: Webcams, asked: list[str], opened: bool | str
) -> None:
    monkeypatch.setattr(av, "open", webcam.open)
    if opened is True:
        assert str(open_container("east", "/dev/video0")) == "a camera"
    else:
        with pytest.raises(SourceError, match=str(opened)):
            open_container("east", "/dev/video0")
    assert webcam.asked == asked
    webcam.asked.clear()
