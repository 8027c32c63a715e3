"""The bucket: against a real S3-compatible store, with the troubles that such stores have."""

import hashlib
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from samples_s3 import KEY_ID, SECRET, S3Server, free_port

from service.evidence import bucket as bucket_module
from service.evidence.bucket import Bucket, BucketError, BucketSettingsError, bucket_of
from service.settings import Settings


@pytest.mark.parametrize("size", [0, 1, 5 * 1024 * 1024, 12_000_000])
def test_a_file_comes_back_as_it_went(s3: S3Server, tmp_path: Path, size: int) -> None:
    bucket, file = s3.bucket(f"sizes-{size}"), tmp_path / "clip.mp4"
    file.write_bytes(os.urandom(size))
    bucket.put("clips/a.mp4", file)
    assert bucket.digest("clips/a.mp4") == (hashlib.sha256(file.read_bytes()).hexdigest(), size)
    assert b"".join(bucket.read("clips/a.mp4")) == file.read_bytes()
    bucket.delete(["clips/a.mp4", "clips/never-there.mp4"])
    with pytest.raises(FileNotFoundError):
        bucket.digest("clips/a.mp4")


def test_halls_that_share_a_bucket_do_not_see_each_other(s3: S3Server, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"ours")
    s3.bucket("one/hall").put("clips/a.mp4", tmp_path / "a")
    assert s3.path("one/hall", "clips/a.mp4").read_bytes() == b"ours"
    with pytest.raises(FileNotFoundError):
        s3.bucket("another").digest("clips/a.mp4")


ASKED: dict[str, Callable[[Bucket, Path], object]] = {
    "check": lambda bucket, _: bucket.check(),
    "put": lambda bucket, file: bucket.put("clips/a.mp4", file),
    "digest": lambda bucket, _: bucket.digest("clips/a.mp4"),
    "delete": lambda bucket, _: bucket.delete(["clips/a.mp4"]),
}


@pytest.mark.parametrize("asked", list(ASKED))
@pytest.mark.parametrize(
    ("changes", "trouble", "words"),
    [
        pytest.param(
            {"secret": "an0ther-secret"}, "refused", "CONDUCT_EVIDENCE_SECRET.*refused", id="secret"
        ),
        pytest.param({"key_id": "an0ther-key"}, "refused", "CONDUCT_EVIDENCE_KEY_ID.*refused", id="key"),
        pytest.param({"url": "s3://nobodys/x"}, "no_bucket", "expected a bucket nobodys", id="no bucket"),
        pytest.param({"endpoint": None}, "away", "does not answer: connection refused", id="nobody there"),
    ],
)
def test_every_trouble_is_one_line_that_holds_no_key(
    s3: S3Server, tmp_path: Path, asked: str, changes: dict[str, str | None], trouble: str, words: str
) -> None:
    given = {k: f"http://127.0.0.1:{free_port()}" if v is None else v for k, v in changes.items()}
    (tmp_path / "a").write_bytes(b"ours")
    with pytest.raises(BucketError, match=words) as failure:
        ASKED[asked](s3.bucket("trouble", **given), tmp_path / "a")
    assert failure.value.trouble == trouble
    assert "\n" not in str(failure.value)
    assert not re.search(f"{SECRET}|an0ther", str(failure.value))
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__


class Talkative(BaseHTTPRequestHandler):
    """A store that repeats in its errors what it was asked with, as Amazon's does."""

    def do_GET(self) -> None:
        body = (
            f"<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>{KEY_ID}-id</AWSAccessKeyId></Error>"
        )
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nobody wants it."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on loopback; gives the address."""
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_a_store_says_of_the_keys_is_not_passed_on() -> None:
    with serving(Talkative) as endpoint:
        bucket = Bucket("s3://hall", endpoint=endpoint, key_id=f"{KEY_ID}-id", secret=SECRET)
        with pytest.raises(BucketError, match="refused: SignatureDoesNotMatch") as failure:
            bucket.check()
    assert f"{KEY_ID}-id" not in str(failure.value)


LISTED = b"<ListBucketResult><Name>hall</Name></ListBucketResult>"


class Stumbling(BaseHTTPRequestHandler):
    """A store behind a bad line: it has the whole file, and answers with more than a byte of it break off."""

    def do_HEAD(self) -> None:
        self._answer(b"x" * 100, 0)

    def do_GET(self) -> None:
        if "list-type" in self.path:
            self._answer(LISTED, len(LISTED))
        elif self.headers.get("Range") == "bytes=99-99":
            self._answer(b"x", 1, status=206, span="bytes 99-99/100")
        else:
            self._answer(b"x" * 100, 50)

    def _answer(self, body: bytes, sent: int, status: int = 200, span: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Mon, 05 Jan 2026 01:00:00 GMT")
        if span:
            self.send_header("Content-Range", span)
        self.end_headers()
        self.wfile.write(body[:sent])

    def log_message(self, format: str, *args: object) -> None:
        """Nobody wants it."""


def test_a_bad_line_is_not_taken_for_a_file_cut_short_in_the_bucket() -> None:
    with serving(Stumbling) as endpoint:
        bucket = Bucket("s3://hall", endpoint=endpoint, key_id=KEY_ID, secret=SECRET)
        with pytest.raises(BucketError, match="does not answer") as failure:
            bucket.digest("clips/a.mp4")
    assert failure.value.trouble == "away"


@pytest.mark.parametrize("left", [0, 1, 99])
def test_a_file_cut_short_in_the_bucket_is_another_file(s3: S3Server, tmp_path: Path, left: int) -> None:
    bucket, file = s3.bucket("cut"), tmp_path / "clip.mp4"
    file.write_bytes(os.urandom(100))
    bucket.put("clips/a.mp4", file)
    os.truncate(s3.path("cut", "clips/a.mp4"), left)
    digest, size = bucket.digest("clips/a.mp4")
    assert digest != hashlib.sha256(file.read_bytes()).hexdigest()
    assert size <= left
    s3.kill()
    with pytest.raises(BucketError, match="does not answer"):
        bucket.digest("clips/a.mp4")


def test_the_tests_own_store_takes_a_file_in_the_midst_of_which_it_was_killed(
    s3: S3Server, tmp_path: Path
) -> None:
    left = s3.folder / "hall" / ".nanio-meta" / "killed" / "clips" / "a.mp4.json.tmp"
    left.parent.mkdir(parents=True)
    left.touch()
    s3.kill()
    s3.start()
    (tmp_path / "clip.mp4").write_bytes(b"again")
    s3.bucket("killed").put("clips/a.mp4", tmp_path / "clip.mp4")


@contextmanager
def silent() -> Iterator[str]:
    """A store that takes connections and says nothing; gives its address."""
    with socket.socket() as taking:
        taking.bind(("127.0.0.1", 0))
        taking.listen()
        yield f"http://127.0.0.1:{taking.getsockname()[1]}"


def test_a_store_that_takes_connections_and_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket_module, "READ_S", 0.2)
    with silent() as endpoint:
        bucket = Bucket("s3://hall", endpoint=endpoint, key_id=KEY_ID, secret=SECRET)
        with pytest.raises(BucketError, match="does not answer") as failure:
            bucket.check()
    assert failure.value.trouble == "away"


@pytest.mark.parametrize("asked", list(ASKED))
def test_a_request_that_the_library_does_not_give_up_is_given_up_by_our_own_clock(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: str
) -> None:
    (tmp_path / "a").write_bytes(b"ours")
    with silent() as endpoint:
        bucket = Bucket("s3://hall", endpoint=endpoint, key_id=KEY_ID, secret=SECRET)
        for name in ("ANSWER_S", "REQUEST_S", "RETRIES_S"):
            monkeypatch.setattr(bucket_module, name, 0.1)
        began = time.monotonic()
        with pytest.raises(BucketError, match="does not answer") as failure:
            ASKED[asked](bucket, tmp_path / "a")
    assert time.monotonic() - began < bucket_module.READ_S / 2, "the library would still wait"
    assert failure.value.trouble == "away"


def test_without_a_url_there_is_no_bucket() -> None:
    assert bucket_of(Settings(evidence_key_id=KEY_ID)) is None


def test_the_settings_do_not_show_their_keys() -> None:
    settings = Settings.model_validate({"evidence_key_id": KEY_ID, "evidence_secret": SECRET})
    assert KEY_ID not in repr(settings)
    assert SECRET not in repr(settings)


def test_without_its_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore.store", None)
    given = {"evidence_url": "s3://hall", "evidence_key_id": KEY_ID, "evidence_secret": SECRET}
    with pytest.raises(BucketSettingsError, match=r"conduct-monitor\[s3\]"):
        bucket_of(Settings.model_validate(given))
