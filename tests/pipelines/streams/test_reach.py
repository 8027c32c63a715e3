"""Camera addresses that lead where no camera is, and cameras that send the monitor on to somebody else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from pipelines.streams.opening import SourceError, open_container
from pipelines.streams.reach import leads_to_metadata


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        pytest.param("http://169.254.169.254/latest/meta-data/", True, id="most clouds"),
        pytest.param("http://2852039166/", True, id="as one number"),
        pytest.param("http://0xa9fea9fe/", True, id="hexadecimal"),
        pytest.param("http://0251.0376.0251.0376/", True, id="octal"),
        pytest.param("rtsp://user:word@169.254.169.254:554/", True, id="with a login"),
        pytest.param("http://[::ffff:169.254.169.254]/", True, id="in IPv6"),
        pytest.param("http://[64:ff9b::a9fe:a9fe]/", True, id="behind NAT64"),
        pytest.param("http://[fd00:ec2::254]/", True, id="IPv6"),
        pytest.param("http://100.100.100.200/", True, id="Alibaba"),
        pytest.param("http://168.63.129.16/", True, id="Azure"),
        pytest.param("rtsp://169.254.10.7/main", False, id="a camera that gave itself an address"),
        pytest.param("rtsp://192.168.1.64/main", False, id="a camera at a private address"),
        pytest.param("rtsp://127.0.0.1:8554/gateway", False, id="a gateway on this machine"),
        pytest.param("http://no.such.host.invalid/", False, id="no such host"),
        pytest.param("http://[/", False, id="no address at all"),
    ],
)
def test_which_addresses_lead_to_a_metadata_service(url: str, leads: bool) -> None:
    assert leads_to_metadata(url) is leads


def test_a_name_that_leads_there_is_refused_without_asking_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(SourceError, match=r"camera east: url: expected a camera, .*metadata service") as told:
        open_container("east", "http://user:word@camera.example/stream")
    assert "word" not in str(told.value)


@dataclass
class Web:
    """A server with these answers by path, and the paths that it was asked for."""

    answers: dict[str, tuple[int, dict[str, str], bytes]]
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @contextmanager
    def up(self) -> Iterator[Web]:
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.asked.append(self.path)
                status, headers, body = web.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            self.port = server.server_address[1]
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            yield self
            server.shutdown()
            thread.join()


HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{target}\n#EXT-X-ENDLIST\n"
DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT5S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
    'bandwidth="1"><BaseURL>{target}</BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>'
)
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 26\n"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with Web({}).up() as inner:
        target = f"http://127.0.0.1:{inner.port}/keys"
        answers = {"/video": (status, {"Location": target}, b"")}
        with Web(answers).up() as camera, pytest.raises(SourceError, match="redirects are not followed"):
            open_container("east", f"http://127.0.0.1:{camera.port}/video", timeout_s=5)
        assert camera.asked == ["/video"]
        assert inner.asked == []


@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}/keys", "file:///etc/passwd"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(HLS, "application/vnd.apple.mpegurl", id="HLS"),
        pytest.param(DASH, "application/dash+xml", id="DASH"),
        pytest.param("ffconcat version 1.0\nfile {target}\n", "text/plain", id="a list of files"),
        pytest.param(SDP, "application/sdp", id="a description of other streams"),
    ],
)
def test_a_playlist_is_no_camera(body: str, kind: str, target: str) -> None:
    with Web({}).up() as inner:
        told = body.replace("{target}", target.format(port=inner.port)).encode()
        for name in ("/video", "/video.m3u8", "/video.mpd", "/video.sdp"):
            answers = {name: (200, {"Content-Type": kind}, told)}
            with Web(answers).up() as camera, pytest.raises(SourceError):
                open_container("east", f"http://127.0.0.1:{camera.port}{name}", timeout_s=5)
        assert inner.asked == []
