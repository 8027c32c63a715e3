"""Cameras on HTTP that send what they are told to, at its own speed, and hang up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from types import TracebackType
from typing import Self

import av

from tests.conftest import Pixels

Chunks = Iterable[tuple[float, bytes]]
"""When to send what: seconds since the connection, and bytes."""


class HttpCamera:
    """Sends the chunks of `content` to whoever connects; a context that serves on loopback."""

    def __init__(self, content: Callable[[], Chunks], kind: str = "video/mp2t") -> None:
        self.connections = 0
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera.connections += 1
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.end_headers()
                began = time.monotonic()
                for at, chunk in content():
                    if camera.closing.wait(max(0.0, at - (time.monotonic() - began))):
                        return
                    try:
                        self.wfile.write(chunk)
                    except OSError:  # the client went away
                        return

            def log_message(self, *_: object) -> None:
                pass

        self.closing = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.url = f"http://someone:s3cret@127.0.0.1:{self.server.server_address[1]}/stream"

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def transport_stream(
    frames: list[Pixels], *, fps: int = 10, codec: str = "libx264", from_s: float = 0.0, lead_s: float = 0.0
) -> list[tuple[float, bytes]]:
    """Frames as chunks of an MPEG transport stream: stamps begin at ``from_s``, sending at ``lead_s``."""
    x264 = f"sliced-threads=0:keyint={fps}:min-keyint={fps}:scenecut=0"
    x265 = f"log-level=none:crf=18:bframes=0:keyint={fps}:min-keyint={fps}:scenecut=0:open-gop=0"
    options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": x264}
    if codec != "libx264":
        options = {"preset": "ultrafast", "tune": "zerolatency", "x265-params": x265}
    buffer, chunks = BytesIO(), []
    with av.open(buffer, "w", format="mpegts", options={"flush_packets": "1"}) as out:
        stream = out.add_stream(codec, rate=fps, options=options)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, fps)
        for i, frame in enumerate([*frames, None]):
            picture = None if frame is None else av.VideoFrame.from_ndarray(frame, format="bgr24")
            if picture is not None:
                picture.pts = i + round(from_s * fps)
            out.mux(stream.encode(picture))
            chunks.append((lead_s + i / fps, buffer.getvalue()))
            buffer.seek(0)
            buffer.truncate()
    return chunks
