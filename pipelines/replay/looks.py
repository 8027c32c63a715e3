"""What a post's looks said, as arrays: all that rules need of them, without boxes and pictures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.json_text import value_of
from vision.behaviours import BEHAVIOURS


class LooksError(Exception):
    """Looks that cannot be read: where, and what was expected."""


@dataclass(frozen=True, slots=True)
class PostLooks:
    """A post's looks in the order of time.

    ``t`` (N,) seconds of event time; ``cues`` (N, B) probabilities, NaN = unknown, one column for each of
    ``behaviours``; ``placard`` (N,) whether a placard was up.
    """

    post: str
    camera: str
    behaviours: tuple[str, ...]
    t: NDArray[np.float64]
    cues: NDArray[np.float64]
    placard: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.t)

    def columns(self, behaviours: Iterable[str]) -> NDArray[np.float64]:
        """The cues of some behaviours, (N, len(behaviours)); all unknown for one that was never asked."""
        unknown = np.full(len(self), np.nan)
        given = {name: self.cues[:, i] for i, name in enumerate(self.behaviours)}
        return np.stack([given.get(name, unknown) for name in behaviours], axis=1)

    def part(self, begin: int, end: int) -> "PostLooks":
        """The looks from one index to another, exclusive."""
        some = slice(begin, end)
        return replace(self, t=self.t[some], cues=self.cues[some], placard=self.placard[some])


def in_order(looks: PostLooks) -> PostLooks:
    """Looks in the order of time, of those at one moment the last."""
    if len(looks) == 0 or bool((np.diff(looks.t) > 0).all()):
        return looks
    order = np.argsort(looks.t, kind="stable")
    t = looks.t[order]
    last = order[np.append(np.diff(t) > 0, True)]
    return PostLooks(
        looks.post, looks.camera, looks.behaviours, looks.t[last], looks.cues[last], looks.placard[last]
    )


def time_of(looks: Iterable[PostLooks]) -> tuple[float, float]:
    """Event time of the first and of the last look; zeros when there is none."""
    ends = [(float(one.t[0]), float(one.t[-1])) for one in looks if len(one)]
    return min((first for first, _ in ends), default=0.0), max((last for _, last in ends), default=0.0)


def read_observations(path: Path) -> list[PostLooks]:
    """The looks of an observations.jsonl, by post. Raises LooksError naming the line that is wrong."""
    rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    try:
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                line = _line(path, number, text)
                rows.setdefault((line["post"], line["camera"]), []).append(line)
    except OSError as error:
        raise LooksError(f"{path}: expected observations as JSON lines, {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LooksError(f"{path}: expected observations as JSON lines, got something else") from error
    return [_of_lines(post, camera, lines) for (post, camera), lines in rows.items()]


def _line(path: Path, number: int, text: str) -> dict[str, Any]:
    line = _object(path, number, text)
    try:
        return {
            "post": str(line["post"]),
            "camera": str(line["camera"]),
            "t": datetime.fromisoformat(line["t"]).timestamp(),
            "cues": {str(name): _probability(p) for name, p in line["cues"].items()},
            "placard": "placard" in line,
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        expected = "a look as `conduct watch` writes it"
        what = f"expected the key {error}" if isinstance(error, KeyError) else str(error)
        raise LooksError(f"{path}:{number}: expected {expected}: {what}") from error


def _object(path: Path, number: int, text: str) -> dict[str, Any]:
    try:
        line = value_of(text)
    except ValueError as error:
        raise LooksError(f"{path}:{number}: expected one JSON object, {error}") from error
    if not isinstance(line, dict):
        raise LooksError(f"{path}:{number}: expected one JSON object, got something else")
    return line


def _probability(p: float | None) -> float:
    if p is None:
        return float("nan")
    if not 0 <= p <= 1:
        raise ValueError(f"expected a probability or null, got {p}")
    return float(p)


def _of_lines(post: str, camera: str, lines: list[Mapping[str, Any]]) -> PostLooks:
    names = tuple(BEHAVIOURS)
    unknown = float("nan")
    return in_order(
        PostLooks(
            post,
            camera,
            names,
            np.array([line["t"] for line in lines], np.float64),
            np.array([[line["cues"].get(name, unknown) for name in names] for line in lines], np.float64),
            np.array([line["placard"] for line in lines], np.bool_),
        )
    )
