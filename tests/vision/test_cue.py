from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.cue import Cue, Reason
from vision.detections import Detections
from vision.frame import Frame


@pytest.mark.parametrize(
    "score",
    [
        pytest.param(-0.01, id="below 0"),
        pytest.param(1.01, id="above 1"),
        pytest.param(float("nan"), id="no number"),
    ],
)
def test_a_score_that_is_no_share_is_refused_with_the_behaviours_name(score: float) -> None:
    with pytest.raises(ValueError, match=rf"^phone: expected a score from 0 to 1 or None, got {score}$"):
        Cue("phone", score, Reason("no_phone"), Detections.none())


@pytest.mark.parametrize("score", [pytest.param(0.0, id="0"), pytest.param(1.0, id="1")])
def test_the_ends_are_scores(score: float) -> None:
    assert Cue("phone", score, Reason("no_phone"), Detections.none()).score == score


def test_an_unknown_cue_says_why_and_rests_on_nothing() -> None:
    cue = Cue.unknown("uniform", "uniform_unsure", percent=52)
    assert (cue.score, cue.why) == (None, Reason("uniform_unsure", {"percent": 52}))
    assert len(cue.evidence) == 0


def test_a_frame_knows_its_size() -> None:
    frame = Frame("east", 0, 12.5, np.zeros((48, 64, 3), np.uint8))
    assert (frame.width, frame.height, frame.whole) == (64, 48, True)


@pytest.mark.parametrize(
    ("image", "came"),
    [
        pytest.param(np.zeros((48, 64), np.uint8), r"uint8 \(48, 64\)", id="grey"),
        pytest.param(np.zeros((48, 64, 4), np.uint8), r"uint8 \(48, 64, 4\)", id="with an alpha channel"),
        pytest.param(np.zeros((48, 64, 3), np.float32), r"float32 \(48, 64, 3\)", id="floating point"),
    ],
)
def test_a_picture_of_another_kind_is_refused_with_the_cameras_name(
    image: NDArray[np.uint8], came: str
) -> None:
    with pytest.raises(ValueError, match=rf"^camera east: expected a BGR uint8 picture .*, got {came}$"):
        Frame("east", 0, 0.0, image)
