"""Opening a camera's stream: what FFmpeg is told, and what its refusals mean.

No error and no log line from here shows a user name or a password.
"""

import errno
from pathlib import Path

import av
import av.container
import av.error

from pipelines.hall.site import Transport, hide_login, is_live
from pipelines.streams.devices import CODINGS, FORMAT, Device, is_device, may_have_another_coding, reason
from pipelines.streams.loss import Loss
from pipelines.streams.reach import leads_to_metadata

OPEN_TIMEOUT_S = 8.0
READ_TIMEOUT_S = 8.0
"""A stream that sends nothing for this long is dead; a stall is found within ten seconds."""

_REFUSED = (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError)
_PROBING = {"fpsprobesize": "2"}
"""Pictures read to guess the frame rate, which nobody asks for here; FFmpeg's own 20 cost a second."""


_ONE_HOST = {
    "max_redirects": "0",
    "format_whitelist": "mpjpeg,mjpeg,jpeg_pipe,mpegts,flv,matroska,mov,nut,avi,asf,h264,hevc",
}
"""A camera that somebody has taken over must not send us on to other hosts, by a redirect or a playlist."""


class SourceError(Exception):
    """A camera cannot be opened or read; one line, without user name or password."""

    loss = Loss("gap", "the camera cannot be reached")


class UnauthorisedError(SourceError):
    """The camera refuses the user name and password."""

    loss = Loss("unauthorised", "the camera refuses the user name and password (unauthorised)")


def open_container(
    camera: str, url: str, transport: Transport = "tcp", *, timeout_s: float = READ_TIMEOUT_S
) -> av.container.InputContainer:
    """Open a stream, a device or a file. Raises SourceError naming what cannot be opened and why."""
    if is_device(url):
        return _open_device(camera, url, timeout_s)
    shown = hide_login(url)
    if is_live(url) and leads_to_metadata(url):
        raise SourceError(f"camera {camera}: url: expected a camera, {shown} is a cloud's metadata service")
    try:
        if not is_live(url) and not Path(url).is_file():
            raise SourceError(f"camera {camera}: url: expected a video file, {shown} is no file")
        return av.open(url, options=_options(url, transport), timeout=(OPEN_TIMEOUT_S, timeout_s))
    except _REFUSED:
        raise UnauthorisedError(
            f"camera {camera}: url: expected a user name and password that the camera takes, "
            f"{shown} refuses them (unauthorised)"
        ) from None
    except (av.error.FFmpegError, OSError, ValueError) as error:
        why = _reason(url, error)
        raise SourceError(f"camera {camera}: url: expected a readable video, {shown}: {why}") from None


def _options(url: str, transport: Transport) -> dict[str, str]:
    options = dict(_PROBING) if is_live(url) else {}
    if url.startswith("http"):
        options |= _ONE_HOST
    if url.startswith("rtsp"):
        options["rtsp_transport"] = transport
    return options


def _reason(url: str, error: Exception) -> str:
    told = str(getattr(error, "strerror", None) or type(error).__name__)
    refused = url.startswith("http") and isinstance(error, OSError) and error.errno == errno.EIO
    return f"{told} (redirects are not followed)" if refused else told


def _open_device(camera: str, url: str, timeout_s: float) -> av.container.InputContainer:
    try:
        device = Device.of(url)
    except ValueError as error:
        raise SourceError(f"camera {camera}: url: {error}") from None
    told = ""
    for coding in CODINGS:
        options = device.options(coding)
        try:
            return av.open(device.path, format=FORMAT, options=options, timeout=(OPEN_TIMEOUT_S, timeout_s))
        except av.error.FFmpegError as error:
            told = reason(error.errno) or str(error.strerror)
            if not may_have_another_coding(error.errno):
                break
        except ValueError:  # an FFmpeg that does not know the format
            told = "devices can be read on Linux only"
            break
    raise SourceError(f"camera {camera}: url: expected a webcam, {device.path}: {told}")
