"""Cameras for a soak over real RTSP: GStreamer's server, run by Debian's own Python, which has its bindings.

It is a process of its own, so its work is not counted as ours. It sends what was encoded beforehand.
"""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SYSTEM_PYTHON = "/usr/bin/python3"
PACKAGES = "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
SERVER = """
import sys
import gi
for name, version in (("Gst", "1.0"), ("GstRtspServer", "1.0")):
    gi.require_version(name, version)
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
for i, clip in enumerate(sys.argv[1:]):
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch('( filesrc location="%s" ! qtdemux ! h264parse '
                       '! rtph264pay name=pay0 pt=96 config-interval=-1 )' % clip)
    server.get_mount_points().add_factory("/camera-%d" % i, factory)
if server.attach(None) == 0:
    raise SystemExit("no port can be had")
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
"""


class ServerError(Exception):
    """GStreamer's RTSP server cannot be started; one line."""


@contextmanager
def rtsp_cameras(clips: Sequence[Path]) -> Iterator[list[str]]:
    """Serve a camera for each of the H.264 ``clips`` on the loopback as long as the context lasts.

    Whoever connects gets the clip from its beginning, at its own speed, once. Gives the cameras' urls; raises
    ServerError.
    """
    words = [SYSTEM_PYTHON, "-W", "ignore", "-c", SERVER, *(str(clip.resolve()) for clip in clips)]
    try:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    except OSError as error:
        raise ServerError(f"{SYSTEM_PYTHON}: {error.strerror}; on Debian: apt install {PACKAGES}") from error
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        if not port:
            raise ServerError(f"GStreamer's RTSP server does not start; on Debian: apt install {PACKAGES}")
        yield [f"rtsp://127.0.0.1:{port}/camera-{i}" for i in range(len(clips))]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
