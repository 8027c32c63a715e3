"""Fetch one file whose sha256 is known: to a file beside its place, checked, then put there in one step.

What has come when a connection ends stays in a ``.partial`` file that carries the hash in its name; the next
try asks for the rest (RFC 9110, 14.2) and begins anew where the server does not know ranges.
"""

import hashlib
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

TIMEOUT_S = 30.0
CHUNK = 1 << 20
LARGEST = 2 << 30
"""A model of more bytes than this is a mistake."""


class DownloadError(Exception):
    """A file could not be fetched; one line that names its address and the reason."""


class _OnlyHttp(urllib.request.HTTPRedirectHandler):
    """Follows redirections to http and https, and never from https to http."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """The next request, or DownloadError."""
        allowed = ("https",) if urlsplit(req.full_url).scheme == "https" else ("http", "https")
        if urlsplit(newurl).scheme not in allowed:
            raise DownloadError(
                f"{shown(req.full_url)}: expected no redirection to another protocol, got one"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def shown(url: str) -> str:
    """An address without its user, password and query, which may be secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def fetch(
    url: str,
    sha256: str,
    target: Path,
    *,
    size: int | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> Path:
    """Fetch ``url`` to ``target``; gives ``target``.

    ``size`` in bytes, if known beforehand. ``progress`` gets the bytes that are there and those expected. A
    file that is there already with that hash is not fetched again. Raises DownloadError.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise DownloadError(
            f"--url: expected an address that begins with http:// or https://, got {shown(url)!r}"
        )
    if target.is_file() and _hash_of(target) == sha256:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{sha256[:16]}.partial")
    try:
        total = _receive(url, partial, size, progress)
    except urllib.error.HTTPError as error:
        raise DownloadError(
            f"{shown(url)}: expected a file, the server says {error.code} {error.reason}"
        ) from error
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or error
        raise DownloadError(
            f"{shown(url)}: cannot be fetched ({reason or type(error).__name__}); is there a network?"
        ) from error
    except OSError as error:
        raise DownloadError(f"{partial}: cannot be written, {error.strerror}") from error
    _check(url, partial, sha256, total)
    partial.replace(target)
    return target


def _receive(
    url: str, partial: Path, size: int | None, progress: Callable[[int, int | None], None] | None
) -> int | None:
    """Append what is missing to ``partial``; gives the whole's size where the server tells it."""
    there = partial.stat().st_size if partial.exists() else 0
    opener = urllib.request.build_opener(_OnlyHttp)
    request = urllib.request.Request(
        url, headers={"Accept-Encoding": "identity", "User-Agent": "conduct-monitor"}
    )
    if there:
        request.add_header("Range", f"bytes={there}-")
    try:
        response = cast(HTTPResponse, opener.open(request, timeout=TIMEOUT_S))
    except urllib.error.HTTPError as error:
        if error.code != 416 or not there:
            raise
        # There is no more than we have: too much, or all of it. Begin anew.
        partial.unlink()
        return _receive(url, partial, size, progress)
    with response:
        resumed = response.status == 206 and _begins_at(response, there)
        if there and response.status == 206 and not resumed:
            raise DownloadError(f"{shown(url)}: expected the rest of the file, the server gave another part")
        there = there if resumed else 0
        length = response.headers.get("Content-Length", "")
        total = there + int(length) if length.isdigit() else size
        _check_room(url, partial, there, total, size)
        with partial.open("ab" if resumed else "wb") as file:
            while chunk := response.read(CHUNK):
                there += file.write(chunk)
                if there > (total or LARGEST):
                    raise DownloadError(f"{shown(url)}: expected {total or LARGEST} bytes at most, more came")
                if progress is not None:
                    progress(there, total)
    return total


def _begins_at(response: HTTPResponse, first: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {first}-")


def _check_room(url: str, partial: Path, there: int, total: int | None, size: int | None) -> None:
    if total is not None and total > LARGEST:
        raise DownloadError(f"{shown(url)}: expected {LARGEST} bytes at most, the server has {total}")
    if size is not None and total is not None and total != size:
        raise DownloadError(f"{shown(url)}: expected {size} bytes, the server has {total}")
    room = shutil.disk_usage(partial.parent).free
    if total is not None and total - there > room:
        raise DownloadError(
            f"{partial.parent}: expected room for {total - there} bytes more, there are {room} on the disk"
        )


def _check(url: str, partial: Path, sha256: str, total: int | None) -> None:
    there = partial.stat().st_size
    if total is not None and there < total:
        raise DownloadError(
            f"{shown(url)}: expected {total} bytes, the connection ended after {there}; "
            "the same command goes on from there"
        )
    found = _hash_of(partial)
    if found != sha256:
        with suppress(OSError):
            partial.unlink()
        raise DownloadError(
            f"{shown(url)}: expected sha256 {sha256[:12]}…, got {found[:12]}…; the file was thrown away"
        )


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
