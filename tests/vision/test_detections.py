from __future__ import annotations

import re

import numpy as np
import pytest
from numpy.typing import NDArray
from samples_vision import found

from vision.detections import Detections

BOX = np.array([[0, 0, 10, 10]], dtype=np.float32)
SCORE = np.array([0.5], dtype=np.float32)


@pytest.mark.parametrize(
    ("given_boxes", "scores", "labels", "message"),
    [
        pytest.param(
            BOX.astype(np.float64),
            SCORE,
            ("cup",),
            "expected float32 boxes of shape (1, 4) for 1 labels, got float64 (1, 4)",
            id="boxes of double precision",
        ),
        pytest.param(
            BOX[0],
            SCORE,
            ("cup",),
            "expected float32 boxes of shape (1, 4) for 1 labels, got float32 (4,)",
            id="a single box without its row",
        ),
        pytest.param(
            np.zeros((1, 5), np.float32),
            SCORE,
            ("cup",),
            "expected float32 boxes of shape (1, 4) for 1 labels, got float32 (1, 5)",
            id="five columns",
        ),
        pytest.param(
            BOX,
            SCORE,
            ("cup", "fork"),
            "expected float32 boxes of shape (2, 4) for 2 labels, got float32 (1, 4)",
            id="more labels than boxes",
        ),
        pytest.param(
            BOX,
            np.array([0.5, 0.6], np.float32),
            ("cup",),
            "expected float32 scores of shape (1,), got float32 (2,)",
            id="more scores than boxes",
        ),
        pytest.param(
            BOX,
            SCORE[None],
            ("cup",),
            "expected float32 scores of shape (1,), got float32 (1, 1)",
            id="scores in a column",
        ),
        pytest.param(
            BOX,
            np.array([1]),
            ("cup",),
            "expected float32 scores of shape (1,), got int64 (1,)",
            id="whole numbers as scores",
        ),
        pytest.param(
            BOX,
            np.array([1.5], np.float32),
            ("cup",),
            "expected scores from 0 to 1, got 1.5 to 1.5",
            id="a score above 1",
        ),
        pytest.param(
            BOX,
            np.array([-0.25], np.float32),
            ("cup",),
            "expected scores from 0 to 1, got -0.25 to -0.25",
            id="a negative score",
        ),
        pytest.param(
            BOX,
            np.array([np.nan], np.float32),
            ("cup",),
            "expected finite boxes and scores, got NaN or infinity",
            id="a score that is no number",
        ),
        pytest.param(
            np.array([[0, 0, np.inf, 10]], np.float32),
            SCORE,
            ("cup",),
            "expected finite boxes and scores, got NaN or infinity",
            id="a box without end",
        ),
    ],
)
def test_wrong_arrays_are_refused_with_what_was_expected_and_what_came(
    given_boxes: NDArray[np.float32], scores: NDArray[np.float32], labels: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Detections(given_boxes, scores, labels)


def test_nothing_found_is_a_normal_value() -> None:
    nothing = Detections.none()
    assert len(nothing) == 0
    assert len(nothing.of({"person"})) == 0
    assert len(nothing.take(np.zeros(0, np.bool_))) == 0


def test_scores_of_exactly_0_and_1_are_allowed() -> None:
    assert len(found(("cup", 0.0, (0, 0, 1, 1)), ("cup", 1.0, (0, 0, 1, 1)))) == 2


@pytest.mark.parametrize(
    ("index", "labels", "scores"),
    [
        pytest.param(np.array([True, False, True]), ("person", "person"), [0.25, 0.75], id="by mask"),
        pytest.param(
            np.array([2, 0]), ("person", "person"), [0.75, 0.25], id="by index, in the index's order"
        ),
        pytest.param(np.zeros(3, np.bool_), (), [], id="none of them"),
    ],
)
def test_some_are_taken_with_their_own_boxes_scores_and_labels(
    index: NDArray[np.intp], labels: tuple[str, ...], scores: list[float]
) -> None:
    three = found(("person", 0.25, (0, 0, 1, 1)), ("cup", 0.5, (1, 1, 2, 2)), ("person", 0.75, (2, 2, 3, 3)))
    chosen = three.take(index)
    assert (chosen.labels, chosen.scores.tolist()) == (labels, scores)
    assert [row[0] for row in chosen.boxes.tolist()] == [{0.25: 0, 0.75: 2}[score] for score in scores]


def test_the_detections_of_some_classes_keep_their_order() -> None:
    three = found(("fork", 0.25, (0, 0, 1, 1)), ("cup", 0.5, (1, 1, 2, 2)), ("spoon", 0.75, (2, 2, 3, 3)))
    assert three.of({"spoon", "fork"}).labels == ("fork", "spoon")
    assert three.is_a({"cup": 1.0}).tolist() == [False, True, False]
