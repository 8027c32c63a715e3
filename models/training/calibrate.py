"""From scores to probabilities: P(a box is right) = sigmoid(slope * logit(score) + intercept), per class
(Platt 1999).

Fitted on the calibrate split alone. A box is right if it hits a true box of its class with IoU >= 0.3: cues
ask whether a phone or a cigarette is there and roughly where, not how tight the box is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vision.calibration import reliability

from .data import CELL_PHONE, CIGARETTE, PERSON, read_ledger
from .evaluate import BANDS, POST_SIZE, Scenes, scenes_of
from .infer import OnnxDetector, judge, shrunk_scenes
from .metrics import Bools, Floats, Judged, matches

FOOD = tuple(range(46, 56))
CALIBRATED = (PERSON, CELL_PHONE, CIGARETTE, *FOOD)
LEAST_IOU = 0.3
LEAST_SCORE = 0.01
FEWEST = 15  # right and wrong boxes each, below which a class shares the fit of all COCO classes
RIDGE = 1e-2


@dataclass(frozen=True)
class Samples:
    """Scores (0..1) of the boxes of some classes and whether each box is right."""

    scores: Floats
    right: Bools

    def enough(self) -> bool:
        """Whether a fit of its own can be trusted."""
        return int(self.right.sum()) >= FEWEST and int((~self.right).sum()) >= FEWEST


@dataclass(frozen=True)
class Fit:
    """Slope and intercept on the logit of the score, and the number of boxes they come from."""

    slope: float
    intercept: float
    samples: int

    def probability(self, scores: Floats) -> Floats:
        """P(right) of boxes with these scores."""
        return np.asarray(1 / (1 + np.exp(-(self.slope * logit(scores) + self.intercept))))


def logit(scores: Floats) -> Floats:
    """Log odds, with scores kept off 0 and 1."""
    safe = np.clip(scores, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(safe / (1 - safe)))


def collect(pictures: list[Judged], classes: Iterable[int]) -> Samples:
    """All boxes of these classes of at least `LEAST_SCORE`."""
    scores, right = [np.zeros(0)], [np.zeros(0, bool)]
    for picture in pictures:
        for number in classes:
            boxes, found, truth = picture.of_class(number)
            seen = found >= LEAST_SCORE
            scores.append(found[seen])
            right.append(matches(boxes[seen], truth, LEAST_IOU))
    return Samples(np.concatenate(scores), np.concatenate(right))


def fit(samples: Samples) -> Fit:
    """Logistic regression by Newton's method, with a slight pull toward slope 1 and intercept 0."""
    x = np.stack([logit(samples.scores), np.ones(len(samples.scores))], axis=1)
    prior, weights = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (p - samples.right) + RIDGE * (weights - prior)
        curvature = x.T @ (x * (p * (1 - p))[:, None]) + RIDGE * np.eye(2)
        weights = weights - np.linalg.solve(curvature, gradient)
    return Fit(float(weights[0]), float(weights[1]), len(samples.scores))


def with_shrunk(scenes: Scenes) -> Scenes:
    """The pictures as published and with cigarettes of CCTV's sizes: scores mean less on small ones."""
    return [*scenes, *(small for low, high in BANDS for small in shrunk_scenes(scenes, low, high, POST_SIZE))]


def judged_sets(detector: OnnxDetector, data: Path, ledger: Path, held_out: bool) -> dict[str, list[Judged]]:
    """Judged pictures for `cigarette`, `cell phone` and the rest: calibrate split, or test with coco_val."""
    entries = read_ledger(ledger, *(("test", "coco_val") if held_out else ("calibrate",)))
    coco = judge(detector, scenes_of(data, entries, "coco_val" if held_out else "coco_train"), POST_SIZE)
    by_folder = {
        folder: judge(detector, scenes_of(data, entries, folder), POST_SIZE)
        for folder in ("phone", "desk_objects", "driver_phone")
    }
    smoking = judge(detector, with_shrunk(scenes_of(data, entries, "cigarette")), POST_SIZE)
    return {
        "cigarette": [*smoking, *(picture for pictures in by_folder.values() for picture in pictures)],
        "cell phone": [*coco, *by_folder["phone"], *by_folder["desk_objects"]],
        "coco": coco,
    }


def calibrate(onnx: Path, data: Path, ledger: Path) -> dict[str, dict[str, float | int | str]]:
    """Slope, intercept, samples and calibration errors per class name; `fit` says whose boxes the fit comes
    from.

    `ece_test` is measured on the test split (coco_val for COCO's classes), `ece_test_raw` is that of the bare
    score.
    """
    detector = OnnxDetector(onnx)
    fitted, tested = (judged_sets(detector, data, ledger, held_out) for held_out in (False, True))
    pooled = fit(collect(fitted["coco"], range(CIGARETTE)))
    result: dict[str, dict[str, float | int | str]] = {}
    for number in CALIBRATED:
        name = detector.names[number]
        pictures = name if name in fitted else "coco"
        group: tuple[int, ...] = (number,)
        own, basis = collect(fitted[pictures], group), "own"
        if number in FOOD and not own.enough():
            own, basis, group = collect(fitted["coco"], FOOD), "food pooled", FOOD
        chosen = fit(own) if own.enough() else pooled
        basis = basis if own.enough() else "all COCO classes pooled"
        test = collect(tested[pictures], group)
        result[name] = {
            "slope": round(chosen.slope, 4),
            "intercept": round(chosen.intercept, 4),
            "samples": chosen.samples,
            "fit": basis,
            "right_boxes_fitted": int(own.right.sum()),
            "ece_test": round(reliability(chosen.probability(test.scores), test.right)[1], 4),
            "ece_test_raw": round(reliability(test.scores, test.right)[1], 4),
            "test_samples": len(test.scores),
        }
    return result
