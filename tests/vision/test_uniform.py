from __future__ import annotations

import numpy as np
import pytest
from samples_vision import ANNE, NOBODY, people, view

from vision.behaviours.uniform import judge
from vision.cue import Reason
from vision.enrolment import Enrolment
from vision.picture import Picture

ENROLLED = Enrolment(np.array([1.0, 0.0]), 0.0, known=np.array([[0, 7]], np.float32), reach=10.0)
"""A uniform whose log odds are the first feature."""


def torso(log_odds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array([log_odds, 7.0], np.float32)


@pytest.mark.parametrize(
    ("log_odds", "score", "why"),
    [
        pytest.param(3.0, 0.9526, Reason("uniform_worn", {"percent": 95}), id="surely worn"),
        pytest.param(-3.0, 0.0474, Reason("uniform_not_worn", {"percent": 95}), id="surely not worn"),
        pytest.param(0.9, 0.7109, Reason("uniform_worn", {"percent": 71}), id="just decided for it"),
        pytest.param(-0.9, 0.2891, Reason("uniform_not_worn", {"percent": 71}), id="just decided against it"),
        pytest.param(0.0, None, Reason("uniform_unsure", {"percent": 50}), id="undecided"),
        pytest.param(0.8, None, Reason("uniform_unsure", {"percent": 69}), id="leaning to worn, undecided"),
        pytest.param(-0.8, None, Reason("uniform_unsure", {"percent": 31}), id="leaning to not, undecided"),
    ],
)
def test_clothes_against_the_enrolled_uniform(log_odds: float, score: float | None, why: Reason) -> None:
    cue = judge(view(clothing=torso(log_odds), enrolment=ENROLLED))
    assert cue.behaviour == "uniform"
    assert cue.why == why
    assert cue.score == (None if score is None else pytest.approx(score, abs=1e-4))


def test_what_looks_like_nothing_enrolled_is_unknown_however_clear_the_side() -> None:
    cue = judge(view(clothing=torso(11.0), enrolment=ENROLLED))
    assert (cue.score, cue.why) == (None, Reason("uniform_unlike"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"clothing": torso(3)}, "no_enrolment", id="no uniform is enrolled"),
        pytest.param({"enrolment": ENROLLED}, "torso_not_seen", id="too little of the torso is seen"),
        pytest.param(
            {"clothing": torso(3), "enrolment": ENROLLED, "staff": NOBODY},
            "nobody_to_judge",
            id="nobody there",
        ),
        pytest.param(
            {"clothing": torso(3), "enrolment": ENROLLED, "staff": people(ANNE, score=0.25)},
            "nobody_to_judge",
            id="a person too faint to be judged",
        ),
        pytest.param(
            {"clothing": torso(3), "enrolment": ENROLLED, "picture": Picture.DARK}, "picture_dark", id="dark"
        ),
    ],
)
def test_what_leaves_the_uniform_unknown(changes: dict[str, object], code: str) -> None:
    cue = judge(view(**changes))  # type: ignore[arg-type]
    assert (cue.score, cue.why.code) == (None, code)


def test_the_person_who_wears_it_is_the_evidence() -> None:
    cue = judge(view(clothing=torso(3), enrolment=ENROLLED))
    assert cue.evidence.boxes.tolist() == [list(ANNE)]
