from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples_vision import ANNE, DEAD_PICTURES, NOBODY, STEADY, VISITOR, Rect, Thing, boxes, people, view

from vision.behaviours import BEHAVIOURS, judge_all, register
from vision.behaviours._body import Body, at_head, belongs_to_staff, head, near_hands, near_mouth, reach
from vision.cue import Cue
from vision.picture import Picture
from vision.view import PostView


def behaviour(name: str, module: str = "anywhere") -> ModuleType:
    made = ModuleType(module)

    def judge(seen: PostView) -> Cue:
        return Cue.unknown(name, "nobody_to_judge")

    made.NAME, made.judge = name, judge  # type: ignore[attr-defined]
    return made


def without(module: ModuleType, attribute: str) -> ModuleType:
    delattr(module, attribute)
    return module


def test_the_five_behaviours_are_found_by_scanning() -> None:
    assert set(BEHAVIOURS) >= {"eating", "phone", "presence", "smoking", "uniform"}
    assert list(BEHAVIOURS) == sorted(BEHAVIOURS)


def test_behaviours_come_in_the_order_of_their_names() -> None:
    assert list(register([behaviour("standing"), behaviour("chatting")])) == ["chatting", "standing"]


def test_two_behaviours_of_one_name_are_refused_with_the_second_ones_module() -> None:
    with pytest.raises(ValueError, match=r"^behaviour 'chatting' is defined twice, the second time in late$"):
        register([behaviour("chatting", "early"), behaviour("chatting", "late")])


@pytest.mark.parametrize(
    "missing", [pytest.param("NAME", id="no name"), pytest.param("judge", id="no judge")]
)
def test_a_module_that_is_no_behaviour_is_refused(missing: str) -> None:
    with pytest.raises(AttributeError, match=missing):
        register([without(behaviour("chatting"), missing)])


def test_the_registry_cannot_be_changed_by_those_who_read_it() -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        BEHAVIOURS["chatting"] = BEHAVIOURS["phone"]  # type: ignore[index]


def test_every_behaviour_answers_under_its_own_name() -> None:
    cues = judge_all(view())
    assert {name: cue.behaviour for name, cue in cues.items()} == {name: name for name in BEHAVIOURS}


@pytest.mark.parametrize("picture", [pytest.param(p, id=f"{p.value} picture") for p in DEAD_PICTURES])
def test_a_dead_picture_leaves_everything_unknown(picture: Picture) -> None:
    cues = judge_all(view(("cell phone", 0.9, (140, 230, 155, 250)), picture=picture))
    assert {cue.score for cue in cues.values()} == {None}
    assert {cue.why.code for cue in cues.values()} == {f"picture_{picture.value}"}


def test_an_empty_post_is_an_absence_and_nothing_else() -> None:
    scores = {name: cue.score for name, cue in judge_all(view(staff=NOBODY)).items()}
    assert scores.pop("presence") == 0.0
    assert [scores[name] for name in ("phone", "smoking", "eating", "uniform")] == [None] * 4


LABELS = ("cell phone", "remote", "cigarette", "sandwich", "bottle", "bowl", "cup", "chair")


@st.composite
def things(draw: st.DrawFn) -> Thing:
    x, y = draw(st.integers(0, 300)), draw(st.integers(0, 500))
    wide, high = draw(st.integers(1, 120)), draw(st.integers(1, 120))
    return draw(st.sampled_from(LABELS)), draw(st.floats(0, 1, width=32)), (x, y, x + wide, y + high)


@STEADY
@given(st.lists(things(), max_size=6), st.booleans(), st.booleans())
def test_no_cue_about_a_thing_is_surer_than_the_detector_was_of_it(
    seen: list[Thing], with_visitor: bool, drinking: bool
) -> None:
    visitors = people(VISITOR) if with_visitor else NOBODY
    looked = view(*seen, visitors=visitors, drinking_counts=drinking)
    for name in ("phone", "smoking", "eating"):
        cue = BEHAVIOURS[name](looked)
        assert cue.score is not None
        assert cue.score <= max((float(score) for score in cue.evidence.scores), default=0.0) + 1e-6
        assert set(cue.evidence.labels) <= set(looked.objects.labels)


@STEADY
@given(st.lists(things(), min_size=1, max_size=6))
def test_furniture_never_counts(seen: list[Thing]) -> None:
    looked = view(*seen, furniture=[True] * len(seen))
    assert {BEHAVIOURS[name](looked).score for name in ("phone", "smoking", "eating")} == {0.0}


PERSON = np.array(ANNE, np.float32)


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        pytest.param(
            ANNE, (111.6, 95.0, 188.4, 162.0), id="seated: the head is as wide as the shoulders allow"
        ),
        pytest.param(
            (0, 0, 400, 100), (176.4, -3.0, 223.6, 38.0), id="lying: the head is as high as the box allows"
        ),
    ],
)
def test_where_the_head_is(person: Rect, expected: Rect) -> None:
    assert head(np.array(person, np.float32)) == pytest.approx(expected, abs=0.1)


def test_the_reach_goes_beyond_the_body_most_of_all_downward() -> None:
    assert reach(PERSON) == pytest.approx((85, 96, 215, 324))


@pytest.mark.parametrize(
    ("thing", "hands", "mouth", "in_head"),
    [
        pytest.param((140, 230, 155, 250), 1.0, 0.470, False, id="before the body"),
        pytest.param((202, 250, 212, 270), 0.6, 0.151, False, id="in the reach beside it"),
        pytest.param((260, 280, 280, 300), 0.0, 0.0, False, id="on the desk"),
        pytest.param((146, 138, 158, 148), 1.0, 1.0, True, id="at the mouth"),
        pytest.param((150, 85, 158, 93), 0.0, 0.833, False, id="above the head"),
    ],
)
def test_nearness_of_one_thing(thing: Rect, hands: float, mouth: float, in_head: bool) -> None:
    assert near_hands(boxes(thing), Body.by_box(PERSON))[0] == pytest.approx(hands, abs=0.01)
    assert near_mouth(boxes(thing), Body.by_box(PERSON))[0] == pytest.approx(mouth, abs=0.002)
    assert bool(at_head(boxes(thing), Body.by_box(PERSON))[0]) is in_head


def test_no_things_are_near_nothing() -> None:
    empty = view(visitors=people(VISITOR))
    assert near_hands(boxes(), Body.by_box(PERSON)).shape == (0,)
    assert near_mouth(boxes(), Body.by_box(PERSON)).shape == (0,)
    assert belongs_to_staff(empty, boxes()).shape == (0,)
