"""Events against ground truth: what was found, missed, invented, and how far off in time.

Both files may be JSON lines of events, a JSON list of them, or a JSON object with an ``intervals``
list (as our renderer writes). An interval is ``post, rule, start, end``; times are ISO 8601, or
seconds from the object's ``start``.
"""

import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.json_text import value_of

TOLERANCE_S = 2.0
"""How far apart an event and a truth may lie that do not overlap, to be a match still."""


class EvaluateError(Exception):
    """A file of events or truth cannot be used; one line: file, line or entry, expectation."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A rule broken at a post from ``start`` to ``end``, seconds since the epoch."""

    post: str
    rule: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Match:
    """A found truth, and how much later (+) or earlier (-) the event begins and ends, seconds."""

    truth: Interval
    event: Interval

    @property
    def start_error(self) -> float:
        """Event's start minus truth's."""
        return self.event.start - self.truth.start

    @property
    def end_error(self) -> float:
        """Event's end minus truth's."""
        return self.event.end - self.truth.end


@dataclass(frozen=True, slots=True)
class Score:
    """One rule's result."""

    rule: str
    matched: tuple[Match, ...]
    missed: tuple[Interval, ...]
    false: tuple[Interval, ...]

    def summary(self) -> dict[str, Any]:
        """Counts, recall, precision and the largest errors in seconds, as JSON."""
        found, truths = len(self.matched), len(self.matched) + len(self.missed)
        claimed = found + len(self.false)
        return {
            "rule": self.rule,
            "matched": found,
            "missed": len(self.missed),
            "false": len(self.false),
            "recall": round(found / truths, 3) if truths else None,
            "precision": round(found / claimed, 3) if claimed else None,
            "start_error_s": [round(match.start_error, 2) for match in self.matched],
            "end_error_s": [round(match.end_error, 2) for match in self.matched],
        }


def evaluate(events: Iterable[Interval], truth: Iterable[Interval]) -> list[Score]:
    """Match events to truths of the same post and rule, one to one, most overlap first."""
    events, truth = list(events), list(truth)
    rules = sorted({interval.rule for interval in [*events, *truth]})
    return [
        _score(rule, [e for e in events if e.rule == rule], [t for t in truth if t.rule == rule])
        for rule in rules
    ]


def _score(rule: str, events: list[Interval], truths: list[Interval]) -> Score:
    pairs = sorted(
        (
            (-_overlap(truth, event), i, j)
            for i, truth in enumerate(truths)
            for j, event in enumerate(events)
            if truth.post == event.post and _overlap(truth, event) > -TOLERANCE_S
        )
    )
    by_truth: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in by_truth and j not in by_truth.values():
            by_truth[i] = j
    return Score(
        rule,
        tuple(Match(truths[i], events[j]) for i, j in sorted(by_truth.items())),
        tuple(truth for i, truth in enumerate(truths) if i not in by_truth),
        tuple(event for j, event in enumerate(events) if j not in by_truth.values()),
    )


def _overlap(a: Interval, b: Interval) -> float:
    """Shared seconds; negative: the seconds between them."""
    return min(a.end, b.end) - max(a.start, b.start)


def read_intervals(path: Path, *, covered: bool = False) -> list[Interval]:
    """Events or truths from a file. Raises EvaluateError naming the entry that is wrong.

    ``covered`` adds what a truth lists as covered: an absence that a placard allows is no event to be found,
    but nobody was there.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise EvaluateError(f"{path}: expected events or truth as JSON, {reason}") from error
    origin: float | None = None
    loaded = _loaded(path, content)
    rows: Any = loaded if isinstance(loaded, list) else [loaded]
    if isinstance(loaded, dict) and "intervals" in loaded:
        try:
            origin = seconds(loaded["start"], None) if "start" in loaded else None
        except ValueError as error:
            raise EvaluateError(f"{path}: start: expected an ISO 8601 time, {error}") from error
        rows = loaded["intervals"]
        also = loaded.get("covered", []) if covered else []
        if not isinstance(also, list):
            raise EvaluateError(f"{path}: covered: expected a list, got {type(also).__name__}")
        if isinstance(rows, list):
            rows = rows + also
    if not isinstance(rows, list):
        raise EvaluateError(f"{path}: intervals: expected a list, got {type(rows).__name__}")
    return [_interval(path, number, row, origin) for number, row in enumerate(rows, 1)]


def _loaded(path: Path, content: str) -> Any:
    """The file's one JSON value, or the list of its lines' values."""
    try:
        return value_of(content)
    except ValueError:
        return [
            _line(path, number, line) for number, line in enumerate(content.splitlines(), 1) if line.strip()
        ]


def _line(path: Path, number: int, line: str) -> Any:
    try:
        return value_of(line)
    except ValueError as error:
        raise EvaluateError(f"{path}:{number}: expected one JSON object, {error}") from error


def _interval(path: Path, number: int, row: Any, origin: float | None) -> Interval:
    try:
        if not isinstance(row, dict):
            raise ValueError("it is no object")
        if not (isinstance(row["post"], str) and isinstance(row["rule"], str)):
            raise ValueError("post and rule are texts")
        if row["end"] is None:
            raise ValueError("it has no end yet")
        start, end = seconds(row["start"], origin), seconds(row["end"], origin)
        if end < start:
            raise ValueError("the end comes before the start")
        return Interval(row["post"], row["rule"], start, end)
    except (KeyError, TypeError, ValueError) as error:
        what = f"expected the key {error}" if isinstance(error, KeyError) else str(error)
        raise EvaluateError(f"{path}: entry {number}: expected post, rule, start, end: {what}") from error


def seconds(value: Any, origin: float | None) -> float:
    """A time since the epoch, of an ISO 8601 time or of seconds from ``origin``; ValueError for all else."""
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(f"expected a time with an offset like +08:00, got {value!r}")
        return moment.timestamp()
    with suppress(OverflowError):  # of a whole number that no float can hold
        if isinstance(value, int | float) and math.isfinite(value) and origin is not None:
            return origin + float(value)
    raise ValueError(f"expected an ISO 8601 time, got {value!r}")
