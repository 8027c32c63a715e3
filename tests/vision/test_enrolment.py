from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.clothing import CommonClothes
from vision.enrolment import Enrolment, Wardrobe, WeakEnrolmentError, enrol, twins, variety

Features = NDArray[np.float32]
D = 16
NONE = np.zeros((0, D), np.float32)


def clothes(n: int, seed: int, shift: float, spread: float = 1.0) -> Features:
    """``n`` torsos whose features lie around ``shift``."""
    drawn = np.random.default_rng(seed).normal(shift, spread, (n, D))
    return drawn.astype(np.float32)


def common(looks: Features = NONE, reach: float = 100.0) -> CommonClothes:
    """People in general who vary alike in all features; two looks at one lie at a distance of 1."""
    return CommonClothes(np.eye(D) / np.sqrt(D), looks, 1.0, reach)


ACROSS = np.repeat([1.0, -1.0], D // 2)
ELSEWHERE = (5 * ACROSS + clothes(9, 3, 0.0, 0.1)).astype(np.float32)
"""People whose clothes differ from the uniform in another way than the hall's other clothes do."""


def test_new_people_are_told_apart_by_a_clear_uniform() -> None:
    uniform = enrol(clothes(8, 1, 1.5), clothes(12, 2, -1.5), common()).enrolment
    assert min(uniform.wears(torso) for torso in clothes(50, 3, 1.5)) > 0.65
    assert max(uniform.wears(torso) for torso in clothes(50, 4, -1.5)) < 0.35


def test_a_torso_half_way_between_is_undecided() -> None:
    wear = clothes(8, 1, 1.0)
    middle = np.zeros(D, np.float32)
    assert enrol(wear, -wear, common()).enrolment.wears(middle) == pytest.approx(0.5, abs=1e-3)


def test_probabilities_stay_inside_0_and_1_however_far_the_torso_lies() -> None:
    uniform = enrol(clothes(8, 1, 1.0), clothes(8, 2, -1.0), common()).enrolment
    far = np.full(D, 1e6, np.float32)
    assert 0 < uniform.wears(-far) < 1e-9
    assert 1 - 1e-9 < uniform.wears(far) <= 1


def test_counts_do_not_matter_only_what_they_show() -> None:
    """Twice as many counter-examples of the same kind make the uniform no rarer."""
    wear, other = clothes(8, 1, 1.0), clothes(8, 2, -1.0)
    once = enrol(wear, other, common()).enrolment
    twice = enrol(wear, np.concatenate([other, other]), common()).enrolment
    assert once.wears(np.zeros(D, np.float32)) == pytest.approx(
        twice.wears(np.zeros(D, np.float32)), abs=0.02
    )


def test_clothes_that_nobody_gave_as_an_example_are_no_uniform_when_people_wear_them() -> None:
    """The hall's counter-examples differ from the uniform in one feature; people elsewhere in another."""
    wear, other, elsewhere = clothes(8, 1, 0, 0.3), clothes(8, 2, 0, 0.3), clothes(40, 3, 0, 0.3)
    wear[:, 0] += 2
    other[:, 0] -= 2
    elsewhere[:, 1] += 6
    stranger = np.zeros(D, np.float32)
    stranger[0], stranger[1] = 0.6, 6
    assert enrol(wear, other, common()).enrolment.wears(stranger) > 0.5
    assert enrol(wear, other, common(elsewhere)).enrolment.wears(stranger) < 0.35


def test_people_in_general_will_do_without_counter_examples() -> None:
    learnt = enrol(clothes(8, 1, 1.5), NONE, common(clothes(60, 2, -1.5)))
    assert learnt.other is None
    assert learnt.enrolment.wears(clothes(1, 3, 1.5)[0]) > 0.65
    assert learnt.enrolment.wears(clothes(1, 4, -1.5)[0]) < 0.35


def test_a_feature_that_changes_with_the_light_does_not_decide() -> None:
    """By chance the examples differ most in the first feature, which varies between looks at one person."""
    whitening = np.eye(D)
    whitening[0, 0] = 0.01
    wear, other = clothes(8, 1, 0.0, 0.3), clothes(8, 2, 0.0, 0.3)
    wear[:, 0], other[:, 0] = 3, -3
    wear[:, 1] += 1
    other[:, 1] -= 1
    uniform = enrol(wear, other, CommonClothes(whitening, NONE, 1.0, 100.0)).enrolment
    torso = np.zeros(D, np.float32)
    torso[0], torso[1] = -3, 1
    assert uniform.wears(torso) > 0.65


def test_examples_that_are_all_alike_are_recognised_when_left_out() -> None:
    learnt = enrol(clothes(8, 1, 1.0, 0.1), clothes(8, 2, -1.0, 0.1), common(ELSEWHERE))
    assert (learnt.wear, learnt.other) == (1.0, 1.0)


@pytest.mark.parametrize("seed", range(6))
def test_leaving_out_finds_the_side_that_a_fit_without_the_example_finds(seed: int) -> None:
    """Also where whole steps of the fit overshoot: many features, clear examples, a few near the boundary."""
    wear, other = clothes(8, seed, 1.4, 1.2), clothes(8, seed + 50, -1.4, 1.2)
    general = common(clothes(60, seed + 90, 0.0, 3.0))
    learnt = enrol(wear, other, general)
    fits = [enrol(np.delete(wear, i, axis=0), other, general).enrolment for i in range(8)]
    right = [fit.wears(torso) > 0.5 for fit, torso in zip(fits, wear, strict=True)]
    assert learnt.wear == pytest.approx(np.mean(right), abs=0.13)


def seen_again(looks: Features, views: int, spread: float) -> Features:
    """(N, V, D): each look, and views of it that lie around it."""
    others = [looks + clothes(len(looks), 60 + k, 0.0, spread) for k in range(views - 1)]
    return np.stack([looks, *others], axis=1)


def test_one_view_of_each_example_is_the_example() -> None:
    wear, other, general = clothes(8, 1, 1.0), clothes(9, 2, -1.0), common(ELSEWHERE)
    plain, viewed = enrol(wear, other, general), enrol(wear[:, None], other[:, None], general)
    torso = clothes(1, 3, 0.4)[0]
    assert plain.enrolment.wears(torso) == viewed.enrolment.wears(torso)
    assert (plain.wear, plain.other) == (viewed.wear, viewed.other)


def test_views_do_not_make_an_example_count_more() -> None:
    """The same views again and again change nothing."""
    wear, other = clothes(8, 1, 1.0), clothes(9, 2, -1.0)
    torso = clothes(1, 3, 0.4)[0]
    once = enrol(wear, other, common(ELSEWHERE)).enrolment.wears(torso)
    thrice = enrol(np.stack([wear] * 3, axis=1), other, common(ELSEWHERE)).enrolment.wears(torso)
    assert thrice == pytest.approx(once, abs=1e-4)


def test_an_example_is_left_out_with_all_its_views() -> None:
    """Examples that nobody can tell apart are not recognised by their own views."""
    random = np.random.default_rng(2)
    wear, other = (random.normal(0, 1, (6, 300)).astype(np.float32) for _ in range(2))
    general = CommonClothes(np.eye(300) / 17, np.zeros((0, 300), np.float32), 1.0, 100.0)
    with pytest.raises(WeakEnrolmentError, match="are recognised when left out"):
        enrol(np.stack([wear] * 3, axis=1), np.stack([other] * 3, axis=1), general)


def test_what_changes_between_views_does_not_decide() -> None:
    """By chance the examples differ most in the first feature; other hours show that it says nothing."""
    wear, other = clothes(8, 1, 0.0, 0.3), clothes(8, 2, 0.0, 0.3)
    wear[:, 0], other[:, 0] = 1.5, -1.5
    wear[:, 1] += 1
    other[:, 1] -= 1
    torso = np.zeros(D, np.float32)
    torso[0], torso[1] = -1.5, 1
    hours = [seen_again(looks, 3, 0.0) for looks in (wear, other)]
    for looks in hours:
        looks[:, 1, 0], looks[:, 2, 0] = 3.0, -3.0
    assert enrol(wear, other, common()).enrolment.wears(torso) < 0.5
    assert enrol(*hours, common()).enrolment.wears(torso) > 0.5


@pytest.mark.parametrize(
    ("wear", "other", "message"),
    [
        pytest.param(clothes(4, 1, 1), clothes(9, 2, -1), "5 examples in uniform, got 4", id="too few in it"),
        pytest.param(
            clothes(5, 1, 1), clothes(2, 2, -1), "5 examples in other clothes, got 2", id="too few others"
        ),
        pytest.param(
            clothes(30, 1, 0),
            clothes(30, 2, 0),
            r"do not tell the uniform from other clothes: \d+% of those in",
            id="everybody wears the same",
        ),
    ],
)
def test_examples_that_cannot_teach_are_refused(wear: Features, other: Features, message: str) -> None:
    with pytest.raises(WeakEnrolmentError, match=message):
        enrol(wear, other, common())


def test_what_only_fits_the_examples_themselves_is_refused() -> None:
    """With many features any few examples can be told apart, until each is left out in turn."""
    random = np.random.default_rng(2)
    wear, other = (random.normal(0, 1, (6, 300)).astype(np.float32) for _ in range(2))
    general = CommonClothes(np.eye(300) / 17, np.zeros((0, 300), np.float32), 1.0, 100.0)
    with pytest.raises(WeakEnrolmentError, match="are recognised when left out"):
        enrol(wear, other, general)


def test_five_of_each_are_enough() -> None:
    learnt = enrol(clothes(5, 1, 2), clothes(5, 2, -2), common())
    assert (learnt.wear, learnt.other) == (1.0, 1.0)
    assert learnt.enrolment.wears(clothes(1, 3, 2)[0]) > 0.65


@pytest.mark.parametrize(
    ("torso", "came"),
    [
        pytest.param(np.zeros(D + 1, np.float32), r"\(17,\)", id="one feature too many"),
        pytest.param(np.zeros((1, D), np.float32), r"\(1, 16\)", id="a row too many"),
    ],
)
def test_features_of_another_length_are_refused(torso: Features, came: str) -> None:
    uniform = enrol(clothes(8, 1, 1.0), clothes(8, 2, -1.0), common()).enrolment
    with pytest.raises(ValueError, match=rf"^expected 16 clothing features, got shape {came}$"):
        uniform.wears(torso)


@pytest.mark.parametrize(
    ("torso", "known"),
    [
        pytest.param(np.full(D, 1.0), True, id="like the uniform"),
        pytest.param(np.full(D, -1.0), True, id="like the other clothes"),
        pytest.param(5.0 * ACROSS, True, id="like people elsewhere"),
        pytest.param(np.full(D, 20.0), False, id="like nothing"),
    ],
)
def test_what_looks_like_anything_that_was_learnt_is_known(torso: NDArray[np.float64], known: bool) -> None:
    general = common(ELSEWHERE, reach=4.0)
    uniform = enrol(clothes(8, 1, 1.0, 0.1), clothes(8, 2, -1.0, 0.1), general).enrolment
    assert uniform.knows(torso.astype(np.float32)) is known


def test_any_uniform_of_the_wardrobe_will_do() -> None:
    def along(feature: int) -> Enrolment:
        return Enrolment(np.eye(2)[feature] * 4, 2.0, np.eye(2, dtype=np.float32)[[feature]], 0.5)

    both = Wardrobe((along(0), along(1)))
    summer, winter, neither = (np.array(x, np.float32) for x in ([1, 0], [0, 1], [0, 0]))
    assert both.wears(summer) == both.wears(winter) > 0.85
    assert both.wears(neither) < 0.15
    assert both.knows(summer)
    assert both.knows(winter)
    assert not both.knows(neither)


def test_the_same_moment_twice_is_named_with_the_first() -> None:
    looks = np.zeros((4, D), np.float32)
    looks[1] += 0.1
    looks[2] += 2
    looks[3] += 0.2
    assert twins(looks, common()) == [None, 0, None, 0]


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        pytest.param(np.zeros((5, D), np.float32), 0.0, id="one picture copied"),
        pytest.param(
            np.repeat([[0.0] * D, [1.0] * D], (1, 1), axis=0).astype(np.float32), 1.0, id="two looks"
        ),
        pytest.param(NONE, 0.0, id="none"),
        pytest.param(clothes(1, 1, 0), 0.0, id="one"),
    ],
)
def test_variety_is_how_far_two_pictures_lie_apart(looks: Features, expected: float) -> None:
    assert variety(looks, common()) == pytest.approx(expected)
