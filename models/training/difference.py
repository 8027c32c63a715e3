"""Two results side by side: every number of two JSON files, and how far they are apart."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure in both results; None where a result lacks it."""

    name: str
    first: float | None
    second: float | None

    @property
    def difference(self) -> float | None:
        """Second minus first, None where one is lacking."""
        if self.first is None or self.second is None:
            return None
        return self.second - self.first

    def agrees(self, tolerance: float) -> bool:
        """Whether both have the figure, no further apart than ``tolerance``."""
        return self.difference is not None and abs(self.difference) <= tolerance + 1e-12


def figures(result: object, name: str = "") -> Iterator[tuple[str, float]]:
    """Every finite number of a JSON value with its path, `metrics/test/phone/416/ap50`."""
    if isinstance(result, Mapping):
        for key, value in result.items():
            yield from figures(value, f"{name}/{key}" if name else str(key))
    elif isinstance(result, list):
        for number, value in enumerate(result):
            yield from figures(value, f"{name}/{number}")
    elif isinstance(result, (int, float)) and not isinstance(result, bool) and math.isfinite(result):
        yield name, float(result)


def compare(first: object, second: object) -> list[Row]:
    """All figures of both, in the order of the first, then what only the second has."""
    a, b = dict(figures(first)), dict(figures(second))
    return [Row(name, a.get(name), b.get(name)) for name in (*a, *(name for name in b if name not in a))]


def as_markdown(rows: list[Row], first: str, second: str, tolerance: float = 0.0) -> str:
    """A table of the figures that differ by more than ``tolerance``, and how many do not."""
    told = [row for row in rows if not row.agrees(tolerance)]
    lines = [f"{len(rows) - len(told)} of {len(rows)} figures agree within {tolerance:g}."]
    if told:
        lines += ["", f"| figure | {first} | {second} | difference |", "|---|---|---|---|"]
        lines += [
            f"| {row.name} | {_shown(row.first)} | {_shown(row.second)} | {_shown(row.difference, '+')} |"
            for row in told
        ]
    return "\n".join(lines) + "\n"


def read_result(path: Path) -> Any:
    """A JSON file; ValueError names it when it is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: expected a result as JSON, {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{path}: expected a result as JSON, {error}") from error


def _shown(value: float | None, sign: str = "") -> str:
    return "-" if value is None else f"{value:{sign}.4g}"
