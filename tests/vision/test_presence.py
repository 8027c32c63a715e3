from __future__ import annotations

import pytest
from samples_vision import ANNE, BEN, DEAD_PICTURES, NOBODY, found, people, view

from vision.behaviours.presence import judge
from vision.cue import Reason
from vision.detections import Detections
from vision.picture import Picture

SURE, FAINT = ("person", 0.75, ANNE), ("person", 0.125, BEN)


@pytest.mark.parametrize(
    ("staff", "needed", "score", "why"),
    [
        pytest.param(found(SURE), 1, 0.75, Reason("staff_seen", {"seen": 1, "percent": 75}), id="one of one"),
        pytest.param(NOBODY, 1, 0.0, Reason("nobody_seen", {"seen": 0, "needed": 1}), id="nobody"),
        pytest.param(found(SURE), 2, 0.0, Reason("too_few_seen", {"seen": 1, "needed": 2}), id="one of two"),
        pytest.param(
            found(SURE, FAINT),
            2,
            0.125,
            Reason("staff_seen", {"seen": 2, "percent": 12}),
            id="two of two are as sure as the fainter one",
        ),
        pytest.param(
            found(SURE, FAINT),
            1,
            0.75,
            Reason("staff_seen", {"seen": 2, "percent": 75}),
            id="two of one are as sure as the surest",
        ),
        pytest.param(
            found(FAINT),
            1,
            0.125,
            Reason("staff_seen", {"seen": 1, "percent": 12}),
            id="a faint person is a faint presence, not none",
        ),
    ],
)
def test_how_surely_a_post_is_staffed(staff: Detections, needed: int, score: float, why: Reason) -> None:
    cue = judge(view(staff=staff, needed=needed))
    assert (cue.behaviour, cue.score, cue.why) == ("presence", score, why)
    assert cue.evidence is staff


@pytest.mark.parametrize("picture", [pytest.param(p, id=f"{p.value} picture") for p in DEAD_PICTURES])
@pytest.mark.parametrize(
    "staff", [pytest.param(people(ANNE), id="somebody"), pytest.param(NOBODY, id="nobody")]
)
def test_a_dead_picture_tells_neither_presence_nor_absence(picture: Picture, staff: Detections) -> None:
    cue = judge(view(staff=staff, picture=picture))
    assert (cue.score, cue.why.code) == (None, f"picture_{picture.value}")
