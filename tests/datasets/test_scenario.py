"""Scenario files: what is accepted, and that a mistake is named with its field."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from datasets.synthetic_hall import scenario

FOLDER = Path(scenario.__file__).parent / "scenarios"
GOOD: dict[str, Any] = {
    "name": "small",
    "start": "2026-01-05T09:00:00+08:00",
    "duration_s": 60,
    "uniform": ["Suit"],
    "posts": [{"id": "w01", "name": "1号窗口 社会保障", "exit": [[-3, 1]]}],
    "people": [
        {
            "id": "a",
            "post": "w01",
            "role": "staff",
            "wears": "Suit",
            "do": [{"at": 5, "action": "takes_call"}],
        }
    ],
}


def changed(path: str, value: object) -> dict[str, Any]:
    data: Any = copy.deepcopy(GOOD)
    *way, last = path.split(".")
    place = data
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[int(last) if last.isdigit() else last] = value
    return dict(data)


def test_small_file_fills_in_camera_light_and_holds() -> None:
    made = scenario.parse(GOOD)
    assert made.frames == 600
    assert made.camera.height_m == 2.8
    assert made.light.kind == "day"
    assert made.holds["absent"] == 10
    assert scenario.clock(made, 61.5).isoformat() == "2026-01-05T09:01:01.500000+08:00"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("people.0.do", [{"at": 5, "action": "sleeps"}], ["people.0.do.0", "'sleeps'", "takes_call"]),
        (
            "people.0.do",
            [{"at": 9, "action": "works"}, {"at": 9, "action": "talks"}],
            ["'a'", "'talks'", "9.0 s"],
        ),
        ("people.0.do", [{"at": 5, "action": "comes_back"}], ["at the post", "comes_back"]),
        (
            "people.0.do",
            [{"at": 5, "action": "leaves"}, {"at": 20, "action": "eats"}],
            ["away", "20.0 s", "'eats'"],
        ),
        ("people.0.do", [{"at": 5, "action": "eats", "wears": "Shirt"}], ["comes_back", "'eats'"]),
        ("people.0.do", [{"at": 60, "action": "eats"}], ["after the clip's end"]),
        ("people.0.post", "w09", ["'w09'", "w01"]),
        ("people.0.hat", "red", ["people.0.hat"]),
        ("posts.0.id", "W 1", ["posts.0.id"]),
        ("posts", GOOD["posts"] * 2, ["unique", "w01"]),
        ("camera", {"tilt_deg": 80}, ["camera.tilt_deg", "70"]),
        ("start", "2026-01-05T09:00:00", ["start", "timezone"]),
        ("width", 641, ["width", "2"]),
        ("holds", {"sleeping": 3}, ["holds.sleeping"]),
    ],
)
def test_a_mistake_is_named_with_field_and_expectation(path: str, value: object, words: list[str]) -> None:
    with pytest.raises(scenario.ScenarioError) as caught:
        scenario.parse(changed(path, value), "small.yaml")
    for word in ["small.yaml", *words]:
        assert word in str(caught.value)


def test_text_that_is_no_yaml_names_the_file(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("posts: [", encoding="utf-8")
    with pytest.raises(scenario.ScenarioError, match=r"broken\.yaml: not YAML"):
        scenario.load(broken)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda p: p.stem)
def test_shipped_scenarios_are_valid_and_named_like_their_file(path: Path) -> None:
    made = scenario.load(path)
    assert made.name == path.stem
    assert [p.id for p in made.posts] == ["w01", "w02", "w03"]
