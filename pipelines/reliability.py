"""How far beliefs can be taken at their word: of the looks that say 0.8, was it so in eight of ten?

Beliefs come from the observations of a run, what was so from the truth's intervals: at any moment a rule is
broken or it is not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.evaluate import EvaluateError, Interval, seconds
from pipelines.json_text import value_of
from pipelines.rules.regulation import Rule
from vision.calibration import Bin, reliability


@dataclass(frozen=True, slots=True)
class Believed:
    """The belief in one behaviour at one post after one look, ``t`` in seconds since the epoch."""

    t: float
    post: str
    behaviour: str
    p: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """One behaviour's curve. ``error`` is the expected calibration error over its bins (Guo et al. 2017)."""

    behaviour: str
    looks: int
    happened: int
    error: float
    bins: tuple[Bin, ...]

    def summary(self) -> dict[str, Any]:
        """As JSON; each bin is [looks, mean belief, share in which the behaviour was there]."""
        return {
            "behaviour": self.behaviour,
            "looks": self.looks,
            "happened": self.happened,
            "calibration_error": round(self.error, 4),
            "bins": [[bin.count, round(bin.said, 3), round(bin.happened, 3)] for bin in self.bins],
        }


def compare(
    beliefs: Iterable[Believed], truth: Sequence[Interval], rules: Mapping[str, Rule]
) -> list[Reliability]:
    """The curve of each behaviour that a rule judges, against the truth of all times and posts."""
    found: dict[str, tuple[list[float], list[bool]]] = {}
    by_behaviour = {rule.behaviour: (name, rule) for name, rule in rules.items()}
    for belief in beliefs:
        if belief.behaviour not in by_behaviour:
            continue
        name, rule = by_behaviour[belief.behaviour]
        broken = any(i.rule == name and i.post == belief.post and i.start <= belief.t < i.end for i in truth)
        said, happened = found.setdefault(belief.behaviour, ([], []))
        said.append(belief.p)
        happened.append(broken == (rule.broken_when == "yes"))
    return [_curve(name, *found[name]) for name in sorted(found)]


def _curve(behaviour: str, said: list[float], happened: list[bool]) -> Reliability:
    bins, error = reliability(np.array(said), np.array(happened))
    return Reliability(behaviour, len(said), sum(happened), error, bins)


def read_beliefs(path: Path) -> list[Believed]:
    """Beliefs of `observations.jsonl`, without what no look at a post has judged (a uniform that is not
    enrolled). Raises EvaluateError naming the line that is wrong."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise EvaluateError(f"{path}: expected observations as JSON lines, {reason}") from error
    found: list[Believed] = []
    judged: set[tuple[str, str]] = set()
    for number, line in enumerate(lines, 1):
        try:
            row = value_of(line)
            t, post = seconds(row["t"], None), str(row["post"])
            found += [Believed(t, post, str(name), float(p)) for name, p in row["beliefs"].items()]
            judged |= {(post, str(name)) for name, p in row["cues"].items() if p is not None}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EvaluateError(
                f"{path}:{number}: expected a look with t, post, cues and beliefs: {error}"
            ) from error
    return [one for one in found if (one.post, one.behaviour) in judged]
