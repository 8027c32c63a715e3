"""The site file on the disk: read, and written anew without ever losing one."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from pipelines.durable import put_in_place, sync
from pipelines.hall.document import PlainTimes
from pipelines.hall.site import SiteError, load_site

NO_FILE = ""
"""The hash of a file that is not there yet."""


class SiteFileError(Exception):
    """The site file cannot be read or written; one line that says why."""


class SiteChangedError(Exception):
    """The file is no longer the one that the draft was made from."""


@dataclass(frozen=True)
class Saved:
    """The site file as it is: its plain values, and the SHA-256 of its bytes (`NO_FILE`: there is none)."""

    site: dict[str, Any]
    hash: str


class SiteFile:
    """One site file. Any thread, and another process, may save it."""

    def __init__(self, path: Path, *, served: bool) -> None:
        """``served``: the service watches with it, so what is saved counts from the next start on."""
        self.path, self.served = path.resolve(), served
        self._at_start = self._hash() if served else NO_FILE

    @property
    def folder(self) -> Path:
        """What files of the site are relative to."""
        return self.path.parent

    def needs_restart(self, now: str) -> bool:
        """Whether the file with this hash is another one than the service was started with."""
        return now != self._at_start

    def read(self) -> Saved:
        """The file, checked; an empty site where there is none. Raises SiteError, SiteFileError."""
        content = self._content()
        if content is None:
            return Saved({}, NO_FILE)
        load_site(self.path)
        site: dict[str, Any] = yaml.load(content, Loader=PlainTimes)  # a SafeLoader
        return Saved(site, _digest(content))

    def save(self, text: str, expected: str, now: datetime, told: Callable[[str, str], None]) -> str:
        """Write the file, keep the one before as `.bak` with the time; gives the new file's hash.

        ``expected`` is the hash of the file that the draft was made from. ``told`` gets the new hash and the
        backup's name (empty: there was no file) when all but the last step is done. Raises SiteChangedError,
        SiteFileError, SiteError, and what ``told`` raises; then the file is as it was.
        """
        content = text.encode()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._locked():
                before = self._content()
                if _digest(before) != expected:
                    raise SiteChangedError
                backup = "" if before is None else self._keep(before, now)
                partial = self._written_beside(content)
                try:
                    told(_digest(content), backup)
                    if self._hash() != expected:
                        raise SiteChangedError
                    put_in_place(partial, self.path)
                finally:
                    partial.unlink(missing_ok=True)
        except OSError as error:
            raise SiteFileError(f"{self.path.name}: it cannot be written: {error.strerror}") from error
        return _digest(content)

    def _written_beside(self, content: bytes) -> Path:
        """The new file under another name, for the same readers as the old one, and known to load."""
        partial = self.path.with_name(f".{self.path.name}.new")
        partial.unlink(missing_ok=True)
        self._write(partial, content)
        try:
            load_site(partial)
        except SiteError:
            partial.unlink()
            raise
        return partial

    def _keep(self, content: bytes, now: datetime) -> str:
        stem = f"{self.path.name}.{now:%Y%m%dT%H%M%SZ}"
        names = (f"{stem}{'' if n == 1 else f'-{n}'}.bak" for n in count(1))
        kept = next(self.folder / name for name in names if not (self.folder / name).exists())
        self._write(kept, content)
        sync(kept)
        return kept.name

    def _write(self, path: Path, content: bytes) -> None:
        """A new file, never readable by more people than the site file is."""
        mode = self.path.stat().st_mode & 0o777 if self.path.exists() else 0o600
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(content)
        path.chmod(mode)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _content(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SiteFileError(f"{self.path.name}: it cannot be read: {error.strerror}") from error

    def _hash(self) -> str:
        return _digest(self._content())


def _digest(content: bytes | None) -> str:
    return NO_FILE if content is None else hashlib.sha256(content).hexdigest()
