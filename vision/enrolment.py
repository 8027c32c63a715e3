"""The uniform, learnt from a few example crops.

A logistic regression with a quadratic penalty (Hastie, Tibshirani and Friedman, Elements of Statistical
Learning, 4.4 and 18.4), solved in the space of the examples because there are far fewer of them than
features. The features are standardised over people in general (`vision.clothing`), and such people
stand beside the hall's own counter-examples, so that a kind of clothes that nobody gave as an
example is not taken for the uniform. Whether the examples can teach at all is decided by leaving out each.

It rejects twice: near the boundary (`vision.behaviours.uniform`), and when a look is unlike everything that
was enrolled and unlike people's clothes in general.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from vision.clothing import CommonClothes, Features, nearest
from vision.mistake import MistakeError

MIN_EXAMPLES = 5
MIN_RECOGNISED = 0.65
"""Share of left-out examples that must fall on their own side."""
PENALTY = 0.0005
COMMON_SHARE = 0.2
"""Weight of people in general among the counter-examples."""
TWINS = 0.3
"""Looks nearer than this share of the usual distance between looks at one person are the same moment."""
_STEPS, _SETTLED, _NEAR = 60, 1e-7, 0.01
"""Most steps of a fit, and log odds within which it has settled: for judging, and for which side it is."""
_SHARPEST = 30.0
"""Largest log odds, lest an exponential overflow."""

Vector = NDArray[np.float64]


class WeakEnrolmentError(MistakeError):
    """Too few examples, or examples that do not differ from the counter-examples."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A fitted uniform: log odds = ``direction . clothing - offset`` for standardised features (D,).

    ``known`` (N, D) are all looks it was learnt from; ``reach`` is the distance to the nearest of them
    beyond which a look is unlike them all.
    """

    direction: Vector
    offset: float
    known: Features
    reach: float

    def wears(self, clothing: Features) -> float:
        """Probability that a torso with these features, shape (D,), wears the uniform."""
        if clothing.shape != self.direction.shape:
            raise ValueError(f"expected {len(self.direction)} clothing features, got shape {clothing.shape}")
        log_odds = float(self.direction @ clothing - self.offset)
        return float(1 / (1 + np.exp(-np.clip(log_odds, -_SHARPEST, _SHARPEST))))

    def knows(self, clothing: Features) -> bool:
        """Whether a torso looks like anything enrolled, or like clothes at all."""
        return float(nearest(clothing[None], self.known)[0]) <= self.reach


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """All uniforms of a hall, at least one: summer, winter... Any of them will do."""

    uniforms: tuple[Enrolment, ...]

    def wears(self, clothing: Features) -> float:
        """Probability of the likeliest uniform."""
        return max(uniform.wears(clothing) for uniform in self.uniforms)

    def knows(self, clothing: Features) -> bool:
        """Whether any uniform's examples or counter-examples look like this."""
        return any(uniform.knows(clothing) for uniform in self.uniforms)


@dataclass(frozen=True, slots=True)
class Learnt:
    """An enrolment and how well left-out examples were recognised: each a share from 0 to 1.

    ``other`` is None without counter-examples of the hall's own.
    """

    enrolment: Enrolment
    wear: float
    other: float | None


def enrol(wear: Features, other: Features, common: CommonClothes) -> Learnt:
    """Fit a uniform from standardised features: ``wear`` (N, D) of people in it, ``other`` (M, D) not.

    Or (N, V, D): several views of each example, the first as it was seen. An example counts once, however
    many views there are of it. ``other`` may be empty (0, D): then only people in general stand against the
    uniform. Raises WeakEnrolmentError with fewer than 5 of ``wear``, with 1 to 4 of ``other``, or when either
    is recognised too rarely while each example in turn is left out.
    """
    worn, others = _views(wear), _views(other)
    _check_counts(len(worn), len(others))
    known = np.concatenate([worn.reshape(-1, common.size), others.reshape(-1, common.size), common.looks])
    rows = common.whitened(known)
    counts = (worn.shape[0] * worn.shape[1], others.shape[0] * others.shape[1], len(common.looks))
    weights = _weights(*counts)
    signs = np.where(np.arange(len(rows)) < counts[0], 1.0, -1.0)
    gram = rows @ rows.T
    duals, offset = _fit(gram, signs, weights)
    left_out = partial(_left_out, gram, signs, weights, (duals, offset))
    examples = counts[0] + counts[1]
    odds_worn = [left_out(i, worn.shape[1]) for i in range(0, counts[0], worn.shape[1])]
    odds_others = [left_out(i, others.shape[1]) for i in range(counts[0], examples, others.shape[1])]
    seen_wear = float((np.array(odds_worn) > 0).mean())
    seen_other = float((np.array(odds_others) < 0).mean()) if len(others) else None
    _check_recognised(seen_wear, seen_other)
    direction = common.whitening @ (rows.T @ duals)
    enrolment = Enrolment(direction, -offset, known.astype(np.float32), common.reach)
    return Learnt(enrolment, seen_wear, seen_other)


def _views(examples: Features) -> Features:
    """(N, V, D)."""
    return examples[:, None] if examples.ndim == 2 else examples


def twins(clothing: Features, common: CommonClothes) -> list[int | None]:
    """For each look (N, D) the first earlier one that shows the same moment again, or None."""
    rows = common.whitened(clothing)
    first: list[int | None] = []
    for i, row in enumerate(rows):
        gaps = np.sqrt(np.square(rows[:i] - row).sum(axis=1))
        near = [j for j in range(i) if gaps[j] < TWINS * common.same and first[j] is None]
        first.append(near[0] if near else None)
    return first


def variety(clothing: Features, common: CommonClothes) -> float:
    """Median distance of two looks (N, D), in units of the usual distance of two looks at one person."""
    rows = common.whitened(clothing)
    gaps = [np.sqrt(np.square(rows[i + 1 :] - row).sum(axis=1)) for i, row in enumerate(rows)]
    joined = np.concatenate(gaps) if len(rows) > 1 else np.zeros(1)
    return float(np.median(joined) / common.same)


def _check_counts(wear: int, other: int) -> None:
    if wear < MIN_EXAMPLES:
        raise _too_few("wear", "in uniform", wear)
    if 0 < other < MIN_EXAMPLES:
        raise _too_few("other", "in other clothes", other)


def _too_few(whose: str, words: str, count: int) -> WeakEnrolmentError:
    told = f"expected at least {{least}} examples {words}, got {{count}}"
    return WeakEnrolmentError("uniform_too_few", told, whose=whose, least=MIN_EXAMPLES, count=count)


def _check_recognised(wear: float, other: float | None) -> None:
    shares = {"wear": wear} if other is None else {"wear": wear, "other": other}
    whose = min(shares, key=lambda name: shares[name])
    if shares[whose] < MIN_RECOGNISED:
        words = {"wear": "in uniform", "other": "in other clothes"}[whose]
        raise WeakEnrolmentError(
            "uniform_not_told_apart",
            f"the examples do not tell the uniform from other clothes: {{share}} of those {words} "
            "are recognised when left out; give clearer or more examples",
            whose=whose,
            share=f"{shares[whose]:.0%}",
        )


def _weights(wear: int, other: int, common: int) -> Vector:
    """Half the weight for the uniform, half against it, whatever the counts; one for each example."""
    share = (COMMON_SHARE if other else 1.0) if common else 0.0
    parts = ((wear, 0.5), (other, 0.5 * (1 - share)), (common, 0.5 * share))
    return np.concatenate([np.full(count, mass / max(count, 1)) for count, mass in parts])


def _left_out(
    gram: Vector, signs: Vector, weights: Vector, start: tuple[Vector, float], first: int, count: int
) -> float:
    """Log odds of row ``first`` under a fit that begins at the fit of all, without it and the ``count`` - 1
    rows after it: other views of the same example."""
    rest = np.delete(np.arange(len(signs)), np.arange(first, first + count))
    share = weights[rest]
    side = signs[rest] == signs[first]
    share[side] *= weights[signs == signs[first]].sum() / share[side].sum()
    duals, offset = _fit(gram[np.ix_(rest, rest)], signs[rest], share, (start[0][rest], start[1]), _NEAR)
    return float(gram[first, rest] @ duals + offset)


def _fit(
    gram: Vector,
    signs: Vector,
    weights: Vector,
    start: tuple[Vector, float] | None = None,
    settled: float = _SETTLED,
) -> tuple[Vector, float]:
    """Dual coefficients (N,) and offset of the penalised fit, by iteratively reweighted least squares.

    Ends when no example's log odds move by more than ``settled``.
    """
    count, target = len(signs), signs > 0
    duals, offset = (np.zeros(count), 0.0) if start is None else start
    system = np.ones((count + 1, count + 1))
    system[count, count] = 0
    loss = _loss(gram, signs, weights, duals, offset)
    for _ in range(_STEPS):
        odds = np.clip(gram @ duals + offset, -_SHARPEST, _SHARPEST)
        share = 1 / (1 + np.exp(-odds))
        curve = weights * np.maximum(share * (1 - share), 1e-6)
        system[:count, :count] = gram + PENALTY * np.diag(1 / curve)
        solved = np.linalg.solve(system, np.append(odds + (target - share) * weights / curve, 0.0))
        step, shift = solved[:count] - duals, float(solved[count]) - offset
        # A whole step may overshoot where hardly any example is near the boundary: halve it until it helps.
        while (reached := _loss(gram, signs, weights, duals + step, offset + shift)) > loss + 1e-12:
            step, shift = step / 2, shift / 2
        moved = np.abs(gram @ step + shift).max()
        duals, offset, loss = duals + step, offset + shift, reached
        if moved < settled:
            break
    return duals, offset


def _loss(gram: Vector, signs: Vector, weights: Vector, duals: Vector, offset: float) -> float:
    """What the fit makes smallest: weighted logistic loss and half the penalised square of the direction."""
    odds = gram @ duals
    misfit = float(weights @ np.logaddexp(0, -signs * (odds + offset)))
    return misfit + PENALTY / 2 * float(duals @ odds)
