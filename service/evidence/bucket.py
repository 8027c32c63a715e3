"""A bucket of an S3-compatible store (MinIO, Ceph, Garage, Amazon S3...), as a place for evidence.

What the store answers is never passed on as it came: some stores repeat keys and signatures in errors.

Each call is waited for by a clock of our own: the library's time-outs are for parts of it, and the mover must
not stand still should one of them not come.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit

from service.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Store

CONNECT_S, READ_S, REQUEST_S = 3, 15, 300
"""Seconds for a connection, for the next bytes, and for one request with its whole body."""
RETRIES, RETRIES_S = 2, 10
ANSWER_S = 60
"""Seconds for a small answer, with the retries."""
PART = 5 << 20
"""Bytes of a file that go up in one request."""
CHUNK = 4 << 20
CODE = re.compile(r"<Code>(\w+)</Code>|\(code: (\w+)\)")
STATUS = re.compile(r"status code: (\d{3})")
CUT_OFF = "no connection"
"""The answer where there was none, or it ended too early."""

Answer = TypeVar("Answer")
Trouble = Literal["no_bucket", "refused", "away", "not_kept"]
"""The bucket is not there; the keys do not open it; it does not answer; it did not keep what it got."""


class BucketSettingsError(Exception):
    """The settings of the bucket cannot be used; one line."""


class BucketError(Exception):
    """The bucket did not do what it was asked; one line, never with a key in it."""

    def __init__(self, trouble: Trouble, message: str, answer: str = "") -> None:
        """``answer``: what it said, in a word; empty when it said nothing."""
        super().__init__(message)
        self.trouble, self.answer = trouble, answer


class Bucket:
    """Files in a bucket, below a prefix. Any thread without an event loop may use it; every call ends within
    bounded time."""

    def __init__(
        self, url: str, *, endpoint: str = "", region: str = "us-east-1", key_id: str, secret: str
    ) -> None:
        """``url`` is s3://BUCKET[/PREFIX]; without ``endpoint`` it is Amazon's. Raises
        BucketSettingsError."""
        parts = urlsplit(url)
        self.url = url.rstrip("/")
        self.shown = f"{self.url} at {endpoint}" if endpoint else self.url
        self._name = parts.netloc
        options: dict[str, Any] = {"endpoint": endpoint.rstrip("/")} if endpoint else {}
        self._store: S3Store = _library()(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            region=region,
            access_key_id=key_id,
            secret_access_key=secret,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=CONNECT_S),
                "read_timeout": timedelta(seconds=READ_S),
                "timeout": timedelta(seconds=REQUEST_S),
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRIES_S)},
            **options,
        )

    def check(self) -> None:
        """Ask for something that needs the bucket and the keys. Raises BucketError."""
        import obstore

        with self._asking():
            _answer(ANSWER_S, lambda: anext(aiter(obstore.list(self._store, chunk_size=1)), None))

    def put(self, name: str, path: Path) -> None:
        """Bring a file up; it is there whole or not at all. Raises BucketError, OSError."""
        import obstore

        with path.open("rb") as file, self._asking():
            longest_s = (REQUEST_S + RETRIES_S) * (1 + path.stat().st_size // PART)
            _answer(longest_s, lambda: obstore.put_async(self._store, name, file, chunk_size=PART))

    def read(self, name: str) -> Iterator[bytes]:
        """The bytes of a file, piece by piece. Raises FileNotFoundError, BucketError."""
        import obstore

        with self._asking(), asyncio.Runner() as runner:
            found = runner.run(_within(ANSWER_S, lambda: obstore.get_async(self._store, name)))
            pieces = aiter(found.stream(min_chunk_size=CHUNK))
            while (piece := runner.run(_within(REQUEST_S, lambda: anext(pieces, None)))) is not None:
                yield bytes(piece)

    def digest(self, name: str) -> tuple[str, int]:
        """SHA-256 in hex and size of what is there, read back. Raises FileNotFoundError, BucketError."""
        return self.copy(name, lambda _: None)

    def copy(self, name: str, into: Callable[[bytes], object]) -> tuple[str, int]:
        """Read a file piece by piece; gives SHA-256 in hex and size of what came.

        Of a file that lost its end in the bucket that is what is left of it, or less. Raises
        FileNotFoundError, BucketError.
        """
        found, size = hashlib.sha256(), 0
        try:
            for piece in self.read(name):
                found.update(piece)
                size += len(piece)
                into(piece)
        except BucketError as error:
            if error.answer != CUT_OFF or not self._lacks_its_end(name):
                raise
        return found.hexdigest(), size

    def _lacks_its_end(self, name: str) -> bool:
        """Whether the bucket answers, and yet cannot give the last byte that it says a file has."""
        import obstore

        with self._asking():
            size = _answer(ANSWER_S, lambda: obstore.head_async(self._store, name))["size"]
        last = max(size - 1, 0)
        try:
            with self._asking():
                _answer(ANSWER_S, lambda: obstore.get_range_async(self._store, name, start=last, length=1))
        except BucketError as error:
            self.check()
            return error.answer == CUT_OFF
        return False

    def delete(self, names: Sequence[str]) -> None:
        """Delete files; those that are not there are none the worse. Raises BucketError."""
        import obstore

        with self._asking():
            longest_s = REQUEST_S + RETRIES_S
            _answer(longest_s, lambda: obstore.delete_async(self._store, list(names)))

    @contextmanager
    def _asking(self) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except (FileNotFoundError, TimeoutError, BaseError) as error:
            said = str(error)
            code = CODE.search(said)
            told = next(filter(None, code.groups())) if code else ""
            if isinstance(error, FileNotFoundError) and told != "NoSuchBucket":
                raise FileNotFoundError(2, "not in the bucket", self.url) from None
            raise self._trouble(told, said) from None

    def _trouble(self, code: str, said: str) -> BucketError:
        status = STATUS.search(said)
        answer = code or (f"HTTP {status[1]}" if status else "")
        where = f"evidence bucket {self.shown}"
        if code == "NoSuchBucket":
            return BucketError(
                "no_bucket", f"{where}: expected a bucket {self._name}, there is none: make it"
            )
        if status and status[1] in ("401", "403"):
            keys = "CONDUCT_EVIDENCE_KEY_ID and CONDUCT_EVIDENCE_SECRET"
            return BucketError("refused", f"{where}: the keys ({keys}) are refused: {answer}", answer)
        answer = answer or ("connection refused" if "ConnectionRefused" in said else CUT_OFF)
        return BucketError("away", f"{where} does not answer: {answer}", answer)


def _answer(seconds: float, ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """What is answered within so many seconds, waited for in this thread. Raises TimeoutError."""
    return asyncio.run(_within(seconds, ask))


async def _within(seconds: float, ask: Callable[[], Awaitable[Answer]]) -> Answer:
    async with asyncio.timeout(seconds):
        return await ask()


def bucket_of(settings: Settings) -> Bucket | None:
    """The bucket that the settings name; None when evidence stays here. Raises BucketSettingsError."""
    if not settings.evidence_url:
        return None
    key_id, secret = settings.evidence_key_id, settings.evidence_secret.get_secret_value()
    for variable, value in (("KEY_ID", key_id), ("SECRET", secret)):
        if not value:
            raise BucketSettingsError(
                f"CONDUCT_EVIDENCE_{variable}: expected a key of the bucket CONDUCT_EVIDENCE_URL, got none"
            )
    return Bucket(
        settings.evidence_url,
        endpoint=settings.evidence_endpoint,
        region=settings.evidence_region,
        key_id=key_id,
        secret=secret,
    )


def _library() -> type[S3Store]:
    try:
        from obstore.store import S3Store
    except ImportError as error:
        raise BucketSettingsError(
            "CONDUCT_EVIDENCE_URL: expected the library obstore, it is not installed: "
            "pip install 'conduct-monitor[s3]'"
        ) from error
    return S3Store
