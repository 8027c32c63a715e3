"""Many enrolments at random: who is enrolled, who is judged, and the figures. Pure.

In every trial half of the plain outfits give the counter-examples and the other half are judged. Of a
uniform that several people wear, some people are enrolled and the others judged; of one person's outfit,
looks that were not enrolled. Every outfit weighs the same within its side, however many looks there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vision.behaviours.uniform import UNSURE
from vision.clothing import CommonClothes, Features
from vision.enrolment import WeakEnrolmentError, enrol

from ..metrics import auc

Indices = NDArray[np.intp]
GROUPED = 5
"""Looks at one outfit whose mean is judged as one, as the belief does over time."""


@dataclass(frozen=True)
class Split:
    """Indices of looks: enrolled in uniform and not, judged in uniform and not."""

    wear: Indices
    other: Indices
    judged_wear: Indices
    judged_other: Indices


@dataclass(frozen=True)
class Score:
    """One trial: AUC; balanced accuracy of all looks, of the decided, of means of looks; share unknown."""

    auc: float
    forced: float
    decided: float
    unknown: float
    grouped: float
    refused: bool = False


@dataclass
class Figures:
    """Trials of one uniform."""

    scores: list[Score] = field(default_factory=list)

    def summary(self) -> dict[str, float | list[float]]:
        """Means, with the 5th and 95th percentile over trials of the balanced accuracy, and counts."""
        made = [score for score in self.scores if not score.refused]
        if not made:
            return {"trials": len(self.scores), "refused": len(self.scores)}
        told: dict[str, float | list[float]] = {
            name: round(float(np.mean([getattr(score, name) for score in made])), 3)
            for name in ("auc", "forced", "decided", "unknown", "grouped")
        }
        low, high = np.quantile([score.decided for score in made], (0.05, 0.95))
        told["decided_5_95"] = [round(float(low), 3), round(float(high), 3)]
        return {**told, "trials": len(self.scores), "refused": len(self.scores) - len(made)}


def splits(
    outfits: Sequence[str], uniform: Sequence[str], apart: Sequence[str], count: int, trials: int, seed: int
) -> Iterator[Split]:
    """Random splits for one uniform, which the outfits ``uniform`` are; ``apart`` are left out of all.

    ``outfits`` (N,) says what each look shows. A split without enough looks is not made.
    """
    random, names = np.random.default_rng(seed), np.array(outfits)
    plain = sorted(set(outfits) - set(uniform) - set(apart))
    for _ in range(trials):
        held = _held_out(names, list(random.permutation(list(uniform))), count)
        if held:
            enrolled = np.isin(names, [name for name in uniform if name not in held]).nonzero()[0]
            judged = np.isin(names, held).nonzero()[0]
            wear = _evenly(names, enrolled, count, random)
        else:
            wear = _evenly(names, np.isin(names, uniform).nonzero()[0], count, random)
            judged = np.setdiff1d(np.isin(names, uniform).nonzero()[0], wear)
        mixed = list(random.permutation(plain))
        half = (len(mixed) + 1) // 2
        other = _evenly(names, np.isin(names, mixed[:half]).nonzero()[0], count, random)
        if len(wear) == len(other) == count and len(judged):
            yield Split(wear, other, judged, np.isin(names, mixed[half:]).nonzero()[0])


def _held_out(names: NDArray[np.str_], people: list[str], count: int) -> list[str]:
    """As many of the uniform's people as can be spared, half at most, while enough looks remain."""
    for spared in range(len(people) // 2, 0, -1):
        if np.isin(names, people[spared:]).sum() >= count:
            return people[:spared]
    return []


def _evenly(names: NDArray[np.str_], among: Indices, count: int, random: np.random.Generator) -> Indices:
    """``count`` looks, one of each outfit in turn."""
    mixed = random.permutation(among)
    turn = {int(i): int((names[mixed[:k]] == names[i]).sum()) for k, i in enumerate(mixed)}
    return np.array(sorted(turn, key=lambda i: turn[i])[:count], np.intp)


def judge(looks: Features, outfits: Sequence[str], split: Split, common: CommonClothes) -> Score:
    """Enrol and judge once; ``looks`` (N, V, D), of which all views teach and the first is judged."""
    try:
        uniform = enrol(looks[split.wear], looks[split.other], common).enrolment
    except WeakEnrolmentError:
        return Score(0, 0, 0, 0, 0, refused=True)
    names, sides, grouped, odds = np.array(outfits), [], [], []
    for judged, worn in ((split.judged_wear, True), (split.judged_other, False)):
        p = np.array([uniform.wears(looks[i, 0]) for i in judged])
        sure = (np.abs(p - 0.5) >= UNSURE) & np.array([uniform.knows(looks[i, 0]) for i in judged])
        right = (p > 0.5) == worn
        odds.append(np.log(p / (1 - p)))
        sides.append((_by_outfit(names[judged], right), _by_outfit(names[judged], right, sure), sure, judged))
        grouped.append(_by_outfit(*_means(names[judged], odds[-1], worn)))
    unknown = 1 - np.mean([_by_outfit(names[judged], sure) for _, _, sure, judged in sides])
    forced, decided = (float(np.nanmean([side[k] for side in sides])) for k in (0, 1))
    return Score(auc(odds[0], odds[1]) or 0.0, forced, decided, float(unknown), float(np.nanmean(grouped)))


def _by_outfit(
    names: NDArray[np.str_], right: NDArray[np.bool_], among: NDArray[np.bool_] | None = None
) -> float:
    """Mean over outfits of the share of right looks ``among`` those that count; NaN without any."""
    counts = np.ones(len(names), np.bool_) if among is None else among
    shares = [
        right[(names == name) & counts].mean()
        for name in np.unique(names)
        if ((names == name) & counts).any()
    ]
    return float(np.mean(shares)) if shares else float("nan")


def _means(
    names: NDArray[np.str_], odds: NDArray[np.float64], worn: bool
) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
    """Whether the mean log odds of every GROUPED looks at one outfit are right; the rest is a last group."""
    whose: list[str] = []
    right: list[bool] = []
    for name in np.unique(names):
        own = odds[names == name]
        for first in range(0, len(own), GROUPED):
            whose.append(str(name))
            right.append((own[first : first + GROUPED].mean() > 0) == worn)
    return np.array(whose), np.array(right, np.bool_)


def evaluate(
    looks: Features,
    outfits: Sequence[str],
    uniforms: Mapping[str, Sequence[str]],
    common: CommonClothes,
    count: int,
    trials: int,
) -> dict[str, Figures]:
    """Figures for each uniform by name. Outfits that share one with it are never plain clothes to it."""
    found: dict[str, Figures] = {}
    for number, (name, worn) in enumerate(sorted(uniforms.items())):
        shared = {outfit for other in uniforms.values() if set(other) & set(worn) for outfit in other}
        figures = Figures()
        for split in splits(outfits, worn, sorted(shared - set(worn)), count, trials, number):
            figures.scores.append(judge(looks, outfits, split, common))
        if figures.scores:
            found[name] = figures
    return found
