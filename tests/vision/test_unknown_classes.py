"""A detector that does not know a thing says nothing by not finding it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from samples_vision import LAP, MOUTH, posture, view

from vision.behaviours import BEHAVIOURS, NEEDS, judge_all

ALL = frozenset({"person", "cell phone", "remote", "cigarette", "sandwich", "cup"})


def test_every_behaviour_says_what_it_needs() -> None:
    assert NEEDS.keys() == BEHAVIOURS.keys()
    assert all(NEEDS.values())


@pytest.mark.parametrize(
    ("lacking", "unknown"),
    [
        pytest.param({"cigarette"}, {"smoking": "detector_without_cigarette"}, id="no cigarette"),
        pytest.param({"cell phone"}, {"phone": "detector_without_phone"}, id="a remote alone is no phone"),
        pytest.param({"sandwich"}, {"eating": "detector_without_food"}, id="a drink alone is no food"),
        pytest.param({"remote", "cup"}, {}, id="what only helps may be missing"),
        pytest.param(
            {"person"},
            dict.fromkeys(("eating", "phone", "presence", "smoking", "uniform"), "detector_without_person"),
            id="nobody",
        ),
    ],
)
def test_what_the_detector_does_not_know_is_unknown_and_the_rest_is_judged(
    lacking: set[str], unknown: dict[str, str]
) -> None:
    looked = replace(view(), classes=ALL - lacking)
    cues = judge_all(looked)
    told = {name: cue.why.code for name, cue in cues.items() if cue.why.code.startswith("detector_without")}
    assert told == unknown
    assert all(cues[name].score is None for name in unknown)
    judged = {name for name in ("presence", "phone", "smoking", "eating") if name not in unknown}
    assert all(cues[name].score is not None for name in judged)


def test_an_empty_post_is_no_absence_to_a_detector_that_knows_no_people() -> None:
    looked = replace(view(staff=view().staff.of(())), classes=frozenset({"cigarette"}))
    assert judge_all(looked)["presence"].score is None


def test_a_posture_alone_does_not_speak_for_a_thing_that_is_not_known() -> None:
    looked = replace(view(posture=posture(smoking=0.9)), classes=ALL - {"cigarette"})
    cue = BEHAVIOURS["smoking"](looked)
    assert cue.score is None
    assert cue.posture is None


def test_a_detector_that_knows_all_judges_as_before() -> None:
    for things in (
        (("cigarette", 0.8, MOUTH),),
        (("cell phone", 0.8, LAP),),
        (("sandwich", 0.8, MOUTH),),
        (),
    ):
        before, after = judge_all(view(*things)), judge_all(replace(view(*things), classes=ALL))
        assert [cue.score for cue in before.values()] == [cue.score for cue in after.values()]
        assert [cue.why for cue in before.values()] == [cue.why for cue in after.values()]
