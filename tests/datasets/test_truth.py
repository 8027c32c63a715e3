"""Ground truth: which rule is broken when, and how a frame's truth is put together and written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from datasets.synthetic_hall import scenario, truth

Found = list[tuple[str, float, float]]


def hall(*people: dict[str, Any], **more: Any) -> scenario.Scenario:
    staff = [{"post": "w01", "role": "staff", "wears": "Suit", **p} for p in people]
    return scenario.parse(
        {
            "name": "one",
            "start": "2026-01-05T09:00:00+08:00",
            "duration_s": 90,
            "uniform": ["Suit"],
            "posts": [{"id": "w01", "name": "1号窗口", "exit": [[-1, 0.5], [-3, 1]]}],
            "people": staff,
            **more,
        }
    )


def found(made: scenario.Scenario) -> Found:
    return [(i["rule"], i["start"], i["end"]) for i in truth.intervals(made)]


def does(*entries: tuple[float, str], **more: Any) -> dict[str, Any]:
    return {"id": "a", "do": [{"at": at, "action": action} for at, action in entries], **more}


COLLEAGUE = {"id": "b", "starts": "away", "do": [{"at": 14, "action": "comes_back"}]}


@pytest.mark.parametrize(
    ("situation", "people", "expected"),
    [
        ("ordinary work", [does((5, "writes"), (30, "drinks"), (50, "desk_phone"))], []),
        ("a call", [does((10, "takes_call"), (30, "works"))], [("phone_use", 10.7, 30.7)]),
        (
            "from the ear to the hand is one use",
            [does((10, "takes_call"), (20, "handles_phone"), (30, "works"))],
            [("phone_use", 10.7, 30.7)],
        ),
        ("a glance is too short", [does((10, "handles_phone"), (13, "works"))], []),
        ("smoking to the end", [does((70, "smokes"))], [("smoking", 70.7, 90.0)]),
        ("eating", [does((10, "eats"), (20, "works"))], [("eating", 10.7, 20.7)]),
        ("behind a placard", [does((5, "puts_up_placard"), (10, "leaves"), (70, "comes_back"))], []),
        ("a colleague sits in", [does((10, "leaves")), COLLEAGUE], []),
        (
            "a colleague in plain clothes",
            [does((10, "leaves")), {**COLLEAGUE, "wears": "Shirt"}],
            [("out_of_uniform", 16.1, 90.0)],
        ),
    ],
)
def test_rules_broken(situation: str, people: list[dict[str, Any]], expected: Found) -> None:
    got = found(hall(*people))
    assert [g[0] for g in got] == [e[0] for e in expected], situation
    for (_, start, end), (_, start_, end_) in zip(got, expected, strict=True):
        assert start == pytest.approx(start_, abs=0.15), situation
        assert end == pytest.approx(end_, abs=0.15), situation


def test_absence_lasts_from_leaving_the_seat_to_the_return() -> None:
    ((rule, start, end),) = found(hall(does((10, "leaves"), (50, "comes_back"))))
    assert rule == "absent"
    assert 11.4 < start < 13
    assert 50 < end < 53


def test_a_hold_of_the_scenario_replaces_the_usual_one() -> None:
    glance = does((10, "handles_phone"), (13, "works"))
    assert found(hall(glance, holds={"phone_use": 2})) == [("phone_use", 10.7, 13.7)]


def test_a_visitors_phone_breaks_no_rule() -> None:
    assert (
        found(
            hall(
                does((5, "works")), {"id": "v", "role": "visitor", "do": [{"at": 9, "action": "takes_call"}]}
            )
        )
        == []
    )


def test_the_same_scenario_gives_the_same_truth_and_hall_clean_breaks_nothing() -> None:
    folder = Path(scenario.__file__).parent / "scenarios"
    day = scenario.load(folder / "hall_day.yaml")
    assert truth.intervals(day) == truth.intervals(scenario.load(folder / "hall_day.yaml"))
    assert {i["rule"] for i in truth.intervals(day)} == set(scenario.HOLDS)
    clean = scenario.load(folder / "hall_clean.yaml")
    assert truth.intervals(clean) == []
    (away,) = truth.whole(clean, [])["covered"]
    assert (away["post"], away["rule"]) == ("w01", "absent")
    assert truth.whole(day, [])["covered"] == []


def test_a_file_holds_what_was_seen_one_line_a_frame(tmp_path: Path) -> None:
    made = hall(does((5, "works")))
    person = {"id": "a", "box": [1, 2, 3, 4]}
    regions = [
        {"people": [person], "objects": [{"label": "cup", "box": [5, 5, 6, 6]}]},
        {"people": [], "objects": [{"label": "cell phone", "box": [0, 0, 1, 1]}]},
    ]
    path = tmp_path / "one.truth.json"
    truth.write(path, truth.whole(made, [truth.frame(made, i, regions) for i in (0, 1)]))
    data = json.loads(path.read_text("utf-8"))
    assert (data["clip"], data["fps"], data["start"]) == ("one.mp4", 10, "2026-01-05T09:00:00+08:00")
    assert [f["t"] for f in data["frames"]] == [0.0, 0.1]
    assert [o["label"] for o in data["frames"][0]["objects"]] == ["cell phone", "cup"]
    assert sum(line.startswith('{"i"') for line in path.read_text("utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(0.0, 8.0, [], id="before it"),
        pytest.param(8.0, 20.0, [("phone_use", 2.7, 12.0)], id="it goes on after the part"),
        pytest.param(15.0, 20.0, [("phone_use", 0.0, 5.0)], id="all of the part"),
        pytest.param(20.0, 40.0, [("phone_use", 0.0, 10.7)], id="it began before the part"),
    ],
)
def test_a_part_of_a_clip_has_the_part_of_the_truth(start: float, end: float, expected: Found) -> None:
    made = hall(does((10, "takes_call"), (30, "works")))
    frames = [truth.frame(made, i, []) for i in range(round(start * 10), round(end * 10))]
    part = truth.part(truth.whole(made, frames), start, end)
    assert [(i["rule"], i["start"], i["end"]) for i in part["intervals"]] == expected
    assert (part["frames"][0]["i"], part["frames"][0]["t"]) == (0, 0.0)
    assert part["frames"][-1]["t"] == pytest.approx(end - start - 0.1)
    assert part["start"] == scenario.clock(made, start).isoformat()
