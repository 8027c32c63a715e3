"""Detection metrics in numpy: matching, average precision as COCO defines it, calibration error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

COCO_IOUS: tuple[float, ...] = tuple(float(x) for x in np.arange(0.5, 0.96, 0.05).round(2))
MOST_PER_CLASS = 100
RECALL_POINTS = np.linspace(0, 1, 101)


@dataclass(frozen=True)
class Judged:
    """One picture: found Nx6 (x1, y1, x2, y2, score, class) and truth Mx5 (class, x1, y1, x2, y2)."""

    found: Floats
    truth: Floats

    def of_class(self, number: int) -> tuple[Floats, Floats, Floats]:
        """Boxes Nx4 and scores N of one class, best first and at most 100, and its true boxes Mx4."""
        mine = self.found[self.found[:, 5] == number]
        mine = mine[np.argsort(-mine[:, 4], kind="stable")][:MOST_PER_CLASS]
        return mine[:, :4], mine[:, 4], self.truth[self.truth[:, 0] == number, 1:]


def iou_matrix(a: Floats, b: Floats) -> Floats:
    """Intersection over union of boxes Nx4 and Mx4 (x1, y1, x2, y2), as NxM."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(x[:, 2] - x[:, 0]) * (x[:, 3] - x[:, 1]) for x in (a, b)]
    return np.asarray(shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9))


def matches(boxes: Floats, truth: Floats, least: float) -> Bools:
    """Which boxes, best first, hit a true box of IoU >= `least` that no better one has hit (as COCO does)."""
    overlap = iou_matrix(boxes, truth)
    hit = np.zeros(len(boxes), bool)
    for i in range(len(boxes)):
        if len(truth) == 0:
            break
        best = int(overlap[i].argmax())
        if overlap[i, best] >= least:
            hit[i] = True
            overlap[:, best] = -1
    return hit


def average_precision(pictures: list[Judged], number: int, least: float) -> float:
    """COCO's 101-point average precision of one class at one IoU; NaN if the class has no true box."""
    return pooled_precision(pictures, (number,), least)


def pooled_precision(pictures: list[Judged], numbers: tuple[int, ...], least: float) -> float:
    """The same over the boxes of several classes in one ranking; a box must still hit its own class."""
    scores, hits, truths = [np.zeros(0)], [np.zeros(0, bool)], 0
    for picture, number in ((picture, number) for picture in pictures for number in numbers):
        boxes, score, truth = picture.of_class(number)
        scores.append(score)
        hits.append(matches(boxes, truth, least))
        truths += len(truth)
    if truths == 0:
        return float("nan")
    order = np.argsort(-np.concatenate(scores), kind="stable")
    hit = np.concatenate(hits)[order]
    recall, precision = hit.cumsum() / truths, hit.cumsum() / np.arange(1, len(hit) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, RECALL_POINTS, side="left")
    return (
        float(np.where(at < len(hit), envelope[np.minimum(at, len(hit) - 1)], 0).mean()) if len(hit) else 0.0
    )


def precision_over(pictures: list[Judged], number: int, ious: tuple[float, ...] = COCO_IOUS) -> float:
    """Average precision of one class, averaged over IoU thresholds."""
    return float(np.mean([average_precision(pictures, number, least) for least in ious]))


def mean_precision(pictures: list[Judged], classes: range) -> float:
    """COCO's mAP50-95 over the classes that have a true box in these pictures."""
    values = [
        precision_over(pictures, number)
        for number in classes
        if any((picture.truth[:, 0] == number).any() for picture in pictures)
    ]
    return float(np.mean(values))


def recall_at(pictures: list[Judged], number: int, score: float, least: float) -> float:
    """Share of the true boxes of a class that a detection of at least this score hits."""
    hit, truths = 0, 0
    for picture in pictures:
        boxes, scores, truth = picture.of_class(number)
        hit += int(matches(boxes[scores >= score], truth, least).sum())
        truths += len(truth)
    return hit / truths if truths else float("nan")


def false_per_picture(pictures: list[Judged], number: int, score: float) -> float:
    """Detections of a class with at least this score that hit nothing (IoU 0.3), per picture."""
    wrong = 0
    for picture in pictures:
        boxes, scores, truth = picture.of_class(number)
        wrong += int((~matches(boxes[scores >= score], truth, 0.3)).sum())
    return wrong / max(len(pictures), 1)


def auc(positive: Floats, negative: Floats) -> float | None:
    """Area under the ROC curve by ranks (Mann-Whitney), ties half; None without examples of both."""
    if not len(positive) or not len(negative):
        return None
    below = (positive[:, None] > negative[None]).mean() + 0.5 * (positive[:, None] == negative[None]).mean()
    return round(float(below), 3)
