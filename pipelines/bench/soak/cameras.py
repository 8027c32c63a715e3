"""Cameras for a soak: each connection gets a file's packets at their own pace, over and over, as one live
stream of MPEG-TS over HTTP. They run in a process of their own, so that their work is not counted as ours.
"""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path

import av
import av.container
import av.error
from av.packet import Packet
from av.video.stream import VideoStream

READY_S = 30.0


@dataclass(frozen=True, slots=True)
class Recording:
    """A file's packets: bytes, decode and presentation stamps from 0, whether a keyframe."""

    packets: tuple[tuple[bytes, int, int, bool], ...]
    length: int
    time_base: Fraction

    @classmethod
    def of(cls, path: Path) -> "Recording":
        """Read a file whole."""
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            found = [p for p in container.demux(stream) if p.size and p.dts is not None and p.pts is not None]
            first = found[0].dts or 0
            packets = tuple(
                (bytes(p), (p.dts or 0) - first, (p.pts or 0) - first, p.is_keyframe) for p in found
            )
            step = packets[1][1] - packets[0][1]
            return cls(packets, packets[-1][1] + step, stream.time_base or Fraction(1, 90_000))

    @property
    def seconds(self) -> float:
        """How long one round lasts."""
        return float(self.length * self.time_base)

    def loops(self) -> Iterator[tuple[bytes, int, int, bool]]:
        """Its packets over and over, with stamps that go on rising."""
        late = 0
        while True:
            for data, dts, pts, key in self.packets:
                yield data, late + dts, late + pts, key
            late += self.length


def looped(path: Path, target: Path, seconds: float, *, late_s: float = 0.0) -> Path:
    """A file of ``seconds`` in which another is repeated, remuxed without encoding anew.

    All but its first picture come ``late_s`` later, so that looks at a fixed interval fall in between.
    """
    recording = Recording.of(path)
    with av.open(str(path)) as given, av.open(str(target), "w") as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        late = 0
        for data, dts, pts, key in recording.loops():
            if dts * recording.time_base >= seconds:
                break
            _mux(out, stream, (data, dts + late, pts + late, key), recording.time_base)
            late = round(late_s / recording.time_base)
    return target


@contextmanager
def cameras(paths: Sequence[Path]) -> Iterator[list[str]]:
    """Serve a camera for each file on the loopback as long as the context lasts; gives their urls."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=_serve, args=([str(path) for path in paths], theirs), name="soak-cameras", daemon=True
    )
    process.start()
    try:
        if not ours.poll(READY_S):
            raise TimeoutError("expected the soak's cameras to start, they do not answer")
        port: int = ours.recv()
        yield [f"http://127.0.0.1:{port}/camera-{i}.ts" for i in range(len(paths))]
    finally:
        process.terminate()
        process.join(READY_S)


def _serve(paths: list[str], ready: Connection) -> None:
    recordings = {path: Recording.of(Path(path)) for path in set(paths)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp2t")
            self.end_headers()
            path = paths[int(self.path.rpartition("-")[2].removesuffix(".ts"))]
            try:
                _stream(path, recordings[path], self)
            except (OSError, av.error.FFmpegError):  # the other side hung up
                self.close_connection = True

        def write(self, content: bytes) -> int:
            return self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ready.send(server.server_address[1])
    server.serve_forever()


def _stream(path: str, recording: Recording, target: object) -> None:
    began = time.monotonic()
    with av.open(path) as given, av.open(target, "w", format="mpegts") as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        for packet in recording.loops():
            due = began + float(packet[1] * recording.time_base)
            time.sleep(max(0.0, due - time.monotonic()))
            _mux(out, stream, packet, recording.time_base)


def _mux(
    out: av.container.OutputContainer,
    stream: VideoStream,
    packet: tuple[bytes, int, int, bool],
    time_base: Fraction,
) -> None:
    data, dts, pts, key = packet
    made = Packet(data)
    made.stream, made.time_base = stream, time_base
    made.dts, made.pts, made.is_keyframe = dts, pts, key
    out.mux(made)
