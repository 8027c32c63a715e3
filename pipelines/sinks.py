"""Where the results of a run go."""

import errno
import fcntl
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, TextIO

from pipelines.evidence.timeline import CLIPS, SUFFIXES
from pipelines.rules.events import CoveredAbsence, HealthEntry, RuleEvent, compact_json

_ID = re.compile(r'\{"id": "([0-9a-f]{16})"')


class Sink(Protocol):
    """Takes what a run finds, in the order of event time per post.

    An event comes several times under one id: open, closed, and closed with its evidence. A health
    entry comes when it begins and when it ends, under the same camera, state and start.
    """

    def event(self, event: RuleEvent) -> None:
        """A new or changed event."""

    def health(self, entry: HealthEntry) -> None:
        """A new or ended health entry."""

    def covered(self, absence: CoveredAbsence) -> None:
        """An absence that a cover allows, when it begins and when it ends."""

    def observation(self, line: dict[str, Any]) -> None:
        """What one look saw, as a line of observations.jsonl."""

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        """How much of the input's time has been looked at; the total is None for live streams."""


class JsonLines:
    """Writes observations.jsonl, events.jsonl, covered.jsonl and health.jsonl into a folder.

    An event is one line, written when its evidence is whole; what is still without evidence at the
    end is written by `close`.
    """

    def __init__(self, folder: Path) -> None:
        """Make the folder, begin the files anew, and remove the evidence of the events that stood
        in them: the folder then holds what this run found, whatever was there before. Raises OSError,
        also when another run writes there.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._mine = _locked(folder)
        _forget(folder)
        self._observations = _begin(folder / "observations.jsonl")
        self._events = _begin(folder / "events.jsonl")
        self._health = _begin(folder / "health.jsonl")
        self._covered = _begin(folder / "covered.jsonl")
        self._lasting: dict[str, CoveredAbsence] = {}
        self._waiting: dict[str, RuleEvent] = {}
        self._ill: dict[tuple[str, str, str], HealthEntry] = {}

    def event(self, event: RuleEvent) -> None:
        """Keep the event's newest form; write it once it is closed and its clip is there or never will be."""
        self._waiting[event.id] = event
        if event.state == "closed" and (event.clip is not None or event.clip_missing is not None):
            _write(self._events, self._waiting.pop(event.id).line())

    def health(self, entry: HealthEntry) -> None:
        """Write an entry when it has ended."""
        key = (entry.camera, entry.state, entry.start.isoformat())
        self._ill[key] = entry
        if entry.end is not None:
            _write(self._health, self._ill.pop(key).line())

    def covered(self, absence: CoveredAbsence) -> None:
        """Write an absence when it has ended."""
        self._lasting[absence.id] = absence
        if absence.end is not None:
            _write(self._covered, self._lasting.pop(absence.id).line())

    def observation(self, line: dict[str, Any]) -> None:
        """Write one look."""
        self._observations.write(compact_json(line) + "\n")

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        """Files need no progress."""

    def close(self) -> None:
        """Write what still waits, and close."""
        for event in sorted(self._waiting.values(), key=lambda e: (e.start, e.post, e.rule)):
            _write(self._events, event.line())
        for entry in self._ill.values():
            _write(self._health, entry.line())
        for absence in self._lasting.values():
            _write(self._covered, absence.line())
        for file in (self._observations, self._events, self._health, self._covered):
            file.close()
        os.close(self._mine)


class Both:
    """Hands everything to several sinks in turn."""

    def __init__(self, sinks: Iterable[Sink]) -> None:
        """The sinks, in the order in which they are told."""
        self._sinks = tuple(sinks)

    def event(self, event: RuleEvent) -> None:
        """Tell all."""
        for sink in self._sinks:
            sink.event(event)

    def health(self, entry: HealthEntry) -> None:
        """Tell all."""
        for sink in self._sinks:
            sink.health(entry)

    def covered(self, absence: CoveredAbsence) -> None:
        """Tell all."""
        for sink in self._sinks:
            sink.covered(absence)

    def observation(self, line: dict[str, Any]) -> None:
        """Tell all."""
        for sink in self._sinks:
            sink.observation(line)

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        """Tell all."""
        for sink in self._sinks:
            sink.progress(seconds_done, seconds_total)


def _locked(folder: Path) -> int:
    """A descriptor that holds the folder until it is closed, or its process ends."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise BlockingIOError(errno.EWOULDBLOCK, "another run writes into this folder", str(folder)) from None
    except OSError as error:  # a network's file system without locks
        if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP, errno.EBADF):
            os.close(descriptor)
            raise
    return descriptor


def _forget(folder: Path) -> None:
    """Remove the evidence of an earlier run, and no other file: what its events.jsonl names by id."""
    earlier = folder / "events.jsonl"
    if not earlier.is_file():
        return
    lines = earlier.read_text(encoding="utf-8", errors="replace").splitlines()
    for found in {match.group(1) for line in lines if (match := _ID.match(line))}:
        for suffix in SUFFIXES.values():
            (folder / CLIPS / f"{found}.{suffix}").unlink(missing_ok=True)


def _begin(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="\n")


def _write(file: TextIO, line: str) -> None:
    file.write(line + "\n")
    file.flush()
