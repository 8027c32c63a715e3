"""A breach that the camera cannot see is refused: nobody could find it."""

from typing import Any

import pytest

from datasets.synthetic_hall import scenario
from datasets.synthetic_hall.findable import UnseenError, refuse_unseen

PLAY = scenario.parse(
    {
        "name": "one",
        "start": "2026-01-05T09:00:00+08:00",
        "duration_s": 10,
        "uniform": ["Suit"],
        "posts": [{"id": "w01", "name": "1号窗口", "exit": [[-1, 0.5]]}],
        "people": [
            {"id": "a", "post": "w01", "role": "staff", "wears": "Suit"},
            {"id": "v", "post": "w01", "role": "visitor", "wears": "Shirt"},
        ],
    }
)
PHONE = {"label": "cell phone", "box": [10, 10, 20, 14], "holder": "a"}
SLIVER = {**PHONE, "box": [10, 10, 20, 12]}
VISITORS = {**PHONE, "holder": "v"}
LYING = {**PHONE, "holder": None}


def truth(seen: list[dict[str, Any] | None], rule: str = "phone_use") -> dict[str, Any]:
    frames = [{"t": float(i), "objects": [thing] if thing else []} for i, thing in enumerate(seen)]
    interval = {"post": "w01", "rule": rule, "start": 0.0, "end": float(len(seen))}
    return {"frames": frames, "intervals": [interval]}


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param([PHONE] * 10, id="always in view"),
        pytest.param([None, None, PHONE, PHONE], id="half of the time"),
    ],
)
def test_what_is_in_view_half_of_the_time_passes(seen: list[Any]) -> None:
    refuse_unseen(PLAY, truth(seen))


@pytest.mark.parametrize(
    ("seen", "share"),
    [
        pytest.param([None] * 10, "0%", id="behind a head"),
        pytest.param([SLIVER] * 10, "0%", id="two pixels of it"),
        pytest.param([VISITORS] * 10, "0%", id="only the visitor's"),
        pytest.param([LYING] * 10, "0%", id="on the desk"),
        pytest.param([PHONE] + [None] * 3, "25%", id="a glimpse"),
    ],
)
def test_what_is_hidden_is_refused_with_post_rule_and_share(seen: list[Any], share: str) -> None:
    with pytest.raises(UnseenError, match=f"one: w01 phone_use 0.0 to .* got {share}"):
        refuse_unseen(PLAY, truth(seen))


def test_rules_about_people_need_no_thing() -> None:
    refuse_unseen(PLAY, truth([None] * 10, "absent"))
