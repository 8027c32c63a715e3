"""Fetching weights from a server of our own: whole, cut, damaged, resumed."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from service import download
from service.download import DownloadError, fetch

CONTENT = bytes(range(256)) * 9000
HASH = hashlib.sha256(CONTENT).hexdigest()


class Publisher(BaseHTTPRequestHandler):
    """Serves CONTENT; the path says in which way it fails. Each request's range is written down."""

    server: Any

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        if self.path == "/none":
            self.send_error(404)
        elif self.path == "/moved":
            self._moved("/whole")
        elif self.path == "/to-file":
            self._moved("file:///etc/hostname")
        elif self.path == "/too-far" or (wanted and int(wanted[6:-1]) >= len(CONTENT)):
            self.send_error(416)
        else:
            self._content(wanted)

    def _moved(self, to: str) -> None:
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _content(self, wanted: str | None) -> None:
        first = int(wanted[6:-1]) if wanted and self.path != "/no-ranges" else 0
        part = CONTENT[first:]
        self.send_response(206 if first else 200)
        if first:
            begins = first + 1 if self.path == "/other-part" else first
            self.send_header("Content-Range", f"bytes {begins}-{len(CONTENT) - 1}/{len(CONTENT)}")
        if self.path != "/no-length":
            self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        cut = self.path in ("/cut", "/other-part", "/no-ranges") and len(self.server.asked) == 1
        self.wfile.write(part[: len(part) // 3] if cut else part)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def publisher() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def at(publisher: ThreadingHTTPServer, path: str) -> str:
    return f"http://127.0.0.1:{publisher.server_port}{path}"


@pytest.mark.parametrize("path", ["/whole", "/no-length", "/moved"])
def test_a_file_is_fetched_whole_and_checked(publisher, tmp_path: Path, path: str) -> None:
    told: list[tuple[int, int | None]] = []
    target = fetch(
        at(publisher, path), HASH, tmp_path / "new" / "w.onnx", progress=lambda *now: told.append(now)
    )
    assert target.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), None if path == "/no-length" else len(CONTENT))
    assert sorted(target.parent.iterdir()) == [target]


def test_what_is_there_already_is_not_fetched_again(publisher, tmp_path: Path) -> None:
    (tmp_path / "w.onnx").write_bytes(CONTENT)
    fetch(at(publisher, "/whole"), HASH, tmp_path / "w.onnx")
    assert publisher.asked == []


def test_a_cut_connection_is_told_and_the_next_try_goes_on(publisher, tmp_path: Path) -> None:
    third = len(CONTENT) // 3
    with pytest.raises(
        DownloadError, match=rf"expected {len(CONTENT)} bytes, the connection ended after {third}"
    ):
        fetch(at(publisher, "/cut"), HASH, tmp_path / "w.onnx")
    assert not (tmp_path / "w.onnx").exists()
    assert fetch(at(publisher, "/cut"), HASH, tmp_path / "w.onnx").read_bytes() == CONTENT
    assert [wanted for _, wanted in publisher.asked] == [None, f"bytes={third}-"]


def test_a_server_without_ranges_is_begun_anew(publisher, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="ended after"):
        fetch(at(publisher, "/no-ranges"), HASH, tmp_path / "w.onnx")
    assert fetch(at(publisher, "/no-ranges"), HASH, tmp_path / "w.onnx").read_bytes() == CONTENT


def test_another_part_than_the_rest_is_refused(publisher, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="ended after"):
        fetch(at(publisher, "/other-part"), HASH, tmp_path / "w.onnx")
    with pytest.raises(DownloadError, match="expected the rest of the file"):
        fetch(at(publisher, "/other-part"), HASH, tmp_path / "w.onnx")


def test_more_than_all_of_it_is_begun_anew(publisher, tmp_path: Path) -> None:
    (tmp_path / f"w.onnx.{HASH[:16]}.partial").write_bytes(CONTENT + b"more")
    assert fetch(at(publisher, "/whole"), HASH, tmp_path / "w.onnx").read_bytes() == CONTENT


def test_a_wrong_hash_leaves_nothing_behind(publisher, tmp_path: Path) -> None:
    wrong = "0" * 64
    with pytest.raises(DownloadError, match=rf"expected sha256 000000000000…, got {HASH[:12]}…"):
        fetch(at(publisher, "/whole"), wrong, tmp_path / "w.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_rest_that_does_not_fit_its_beginning_is_found_by_the_hash(publisher, tmp_path: Path) -> None:
    (tmp_path / f"w.onnx.{HASH[:16]}.partial").write_bytes(b"x" * 1000)
    with pytest.raises(DownloadError, match="expected sha256"):
        fetch(at(publisher, "/whole"), HASH, tmp_path / "w.onnx")
    assert fetch(at(publisher, "/whole"), HASH, tmp_path / "w.onnx").read_bytes() == CONTENT


def test_another_size_than_the_table_says_is_refused_before_it_is_fetched(publisher, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=rf"expected 5 bytes, the server has {len(CONTENT)}"):
        fetch(at(publisher, "/whole"), HASH, tmp_path / "w.onnx", size=5)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_before_it_is_full(publisher, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(download.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(DownloadError, match=rf"expected room for {len(CONTENT)} bytes more, there are 1000"):
        fetch(at(publisher, "/whole"), HASH, tmp_path / "w.onnx")


def test_a_file_that_cannot_be_written(publisher, tmp_path: Path) -> None:
    (tmp_path / f"w.onnx.{HASH[:16]}.partial").mkdir()
    with pytest.raises(DownloadError, match="cannot be written"):
        fetch(at(publisher, "/no-ranges"), HASH, tmp_path / "w.onnx")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        pytest.param("/none", "the server says 404", id="not there"),
        pytest.param("/to-file", "is not allowed", id="sent to a file of this machine"),
        pytest.param("/too-far", "the server says 416", id="nonsense"),
    ],
)
def test_a_server_that_has_no_such_file(publisher, tmp_path: Path, path: str, told: str) -> None:
    with pytest.raises(DownloadError, match=told):
        fetch(at(publisher, path), HASH, tmp_path / "w.onnx")
    assert list(tmp_path.iterdir()) == []


def test_no_network(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(DownloadError, match=r"cannot be fetched .* is there a network"):
            fetch(f"http://127.0.0.1:{port}/w", HASH, tmp_path / "w.onnx")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://h/x", "w.onnx", "http://"])
def test_an_address_of_another_kind(tmp_path: Path, url: str) -> None:
    with pytest.raises(DownloadError, match="begins with http"):
        fetch(url, HASH, tmp_path / "w.onnx")


def test_a_password_in_an_address_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(DownloadError) as caught:
        fetch("http://me:geheim@127.0.0.1:9/w?token=geheim", HASH, tmp_path / "w.onnx")
    assert "geheim" not in str(caught.value)
