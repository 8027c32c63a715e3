"""Evidence files and what the store knows of them: taking their hashes down, and checking them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipelines.rules.events import RuleEvent

KINDS = ("clip", "snapshot", "timeline")
SPOT = "spot check"
"""The kind of a spot check's clip, which is no event's."""
FilingProblem = Literal["missing", "changed", "unreadable"]


@dataclass(frozen=True)
class FiledFile:
    """One file of an event's evidence when it became whole; ``path`` is relative to the data folder.

    ``moved``: it is in the bucket under the same path, and a local copy may be missing.
    """

    event: str
    kind: str
    path: str
    sha256: str
    size: int
    moved: bool = False

    @property
    def of(self) -> str:
        """Whose file it is, in words."""
        return f"{'spot check' if self.kind == SPOT else 'event'} {self.event}"


@dataclass(frozen=True)
class BadFile:
    """A file that is not what it was."""

    file: FiledFile
    problem: FilingProblem
    in_bucket: bool = False


def file_event(root: Path, event: RuleEvent) -> tuple[RuleEvent, list[FiledFile]]:
    """Hash an event's files; gives the event without names of files that are not there (any more)."""
    named = {kind: name for kind in KINDS if (name := getattr(event, kind)) is not None}
    filed: list[FiledFile] = []
    gone: dict[str, None] = {}
    for kind, name in named.items():
        try:
            digest, size = hashed(root / name)
        except FileNotFoundError:
            gone[kind] = None
        else:
            filed.append(FiledFile(event.id, kind, name, digest, size))
    return (event.model_copy(update=gone) if gone else event), filed


def hashed(path: Path) -> tuple[str, int]:
    """SHA-256 in hex and size of a file. Raises OSError."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def check(
    root: Path, files: list[FiledFile], in_bucket: Callable[[str], tuple[str, int]] | None = None
) -> Iterator[BadFile]:
    """The files that are missing or not, byte for byte, what they were.

    What was moved may have no copy here; ``in_bucket`` gives hash and size of a name there, or raises
    FileNotFoundError. What else it raises goes through.
    """
    for file in files:
        trouble = _trouble(file, lambda name: hashed(root / name))
        if trouble is not None and not (trouble == "missing" and file.moved):
            yield BadFile(file, trouble)
        if file.moved:
            trouble = "missing" if in_bucket is None else _trouble(file, in_bucket)
            if trouble is not None:
                yield BadFile(file, trouble, in_bucket=True)


def check_in_use(
    root: Path,
    files: list[FiledFile],
    listed: Callable[[], list[FiledFile]],
    in_bucket: Callable[[str], tuple[str, int]] | None = None,
) -> Iterator[BadFile]:
    """The same while others file, move and delete: what changed while it was looked at is looked at anew.

    ``files`` are those that were listed at first, ``listed`` gives those that must be there now.
    """
    while files:
        bad = list(check(root, files, in_bucket))
        now = {file.path: file for file in listed()} if bad else {}
        settled = [one for one in bad if now.get(one.file.path) == one.file]
        yield from settled
        changed = {one.file.path for one in bad} - {one.file.path for one in settled}
        files = [file for path, file in now.items() if path in changed]


def _trouble(file: FiledFile, digest: Callable[[str], tuple[str, int]]) -> FilingProblem | None:
    try:
        found, _ = digest(file.path)
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"
    return None if found == file.sha256 else "changed"
