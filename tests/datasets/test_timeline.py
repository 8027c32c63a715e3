"""From timetables to postures: what a person does at a given second."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest

from datasets.synthetic_hall import hands, poses, scenario, timeline
from datasets.synthetic_hall.actions import ACTIONS


def play(do: list[dict[str, Any]], **person: Any) -> timeline.Timeline:
    made = scenario.parse(
        {
            "name": "one",
            "start": "2026-01-05T09:00:00+08:00",
            "duration_s": 100,
            "cycle_s": 5,
            "uniform": ["Suit"],
            "posts": [{"id": "w01", "name": "1号窗口", "exit": [[0.5, 0.4], [0.5, 3.4]]}],
            "people": [{"id": "a", "post": "w01", "role": "staff", "wears": "Suit", "do": do, **person}],
        }
    )
    return timeline.Timeline(made, made.people[0])


CALL = [{"at": 10, "action": "takes_call"}, {"at": 30, "action": "works"}]


@pytest.mark.parametrize(
    ("t", "action", "held"),
    [
        (0, "works", {}),
        (10.5, "works", {}),  # reaches for the phone
        (10.8, "takes_call", {"phone": "right"}),
        (29.9, "takes_call", {"phone": "right"}),
        (30.5, "takes_call", {"phone": "right"}),  # carries it back to the desk
        (30.8, "works", {}),
    ],
)
def test_a_call_lasts_from_picking_the_phone_up_to_putting_it_down(
    t: float, action: str, held: dict[str, str]
) -> None:
    moment = play(CALL).at(t)
    assert (moment.action, moment.held) == (action, held)


def test_leaving_and_coming_back_in_other_clothes() -> None:
    line = play([{"at": 10, "action": "leaves"}, {"at": 40, "action": "comes_back", "wears": "Shirt"}])
    seated, gone, back = line.at(5), line.at(30), line.at(60)
    assert seated.at_post
    assert seated.chair == 0
    assert not gone.present
    assert gone.chair == 1
    assert back.at_post
    assert (seated.wears, back.wears) == ("Suit", "Shirt")
    walk_s = timeline.length(line.path) / timeline.WALK_M_S
    assert not line.at(11.4 + walk_s + 0.1).present
    assert line.at(11.4 + walk_s - 0.1).present


def test_the_way_to_the_exit_is_walked_without_jumps() -> None:
    line = play([{"at": 10, "action": "leaves"}])
    places = [line.at(10 + i / 20).pose.base for i in range(100) if line.at(10 + i / 20).present]
    steps = [math.dist(a[:2], b[:2]) for a, b in pairwise(places)]
    assert max(steps) < 0.16
    assert places[-1][1] > 3.2


def test_a_placard_goes_up_and_comes_down() -> None:
    line = play([{"at": 10, "action": "puts_up_placard"}, {"at": 20, "action": "takes_down_placard"}])
    assert [line.at(t).placard for t in (5, 15, 25)] == [False, True, False]


def test_equal_moments_of_a_cycle_are_equal_pictures() -> None:
    line = play(CALL)
    assert line.at(15.3) == line.at(20.3)
    assert line.at(15.3) != line.at(16.1)


def test_an_entry_that_comes_before_the_last_one_has_ended_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'works' at 10.5 s begins before"):
        play([{"at": 10, "action": "takes_call"}, {"at": 10.5, "action": "works"}])


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("side", ["left", "right"])
def test_every_posture_repeats_after_a_cycle_and_has_both_hands(action: str, side: str) -> None:
    first, last = (ACTIONS[action].posture(phase, side) for phase in (0.0, 1.0))
    for pose in (first, last):
        assert {_side(pose.left), _side(pose.right)} == {"left", "right"}
    for name in ("hip", "head", "foot_left", "foot_right"):
        assert getattr(first, name) == pytest.approx(getattr(last, name), abs=1e-6)


def _side(hand: hands.HandLike) -> str:
    return hand.side if isinstance(hand, hands.Hand) else _side(hand.end)


def test_half_way_between_two_postures_is_their_middle() -> None:
    a, b = poses.standing(), poses.rising()
    middle = poses.blend(a, b, 0.5)
    assert middle.hip[2] == pytest.approx((a.hip[2] + b.hip[2]) / 2)
    assert isinstance(middle.left, hands.Mix)
    assert poses.blend(a, b, 0) is a
    assert poses.blend(a, b, 1) is b
