from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.evaluate import EvaluateError, Interval, read_intervals
from pipelines.regulation import load
from pipelines.reliability import Believed, compare, read_beliefs

RULES = load().rules


def looks(behaviour: str, p: float, *times: float, post: str = "w01") -> list[Believed]:
    return [Believed(t, post, behaviour, p) for t in times]


CALL = [Interval("w01", "phone_use", 10, 20)]


@pytest.mark.parametrize(
    ("beliefs", "error"),
    [
        pytest.param([*looks("phone", 1.0, 12, 14), *looks("phone", 0.0, 5, 25)], 0.0, id="always right"),
        pytest.param([*looks("phone", 0.0, 12, 14), *looks("phone", 1.0, 5, 25)], 1.0, id="always wrong"),
        pytest.param(looks("phone", 0.5, 12, 14, 5, 25), 0.0, id="says it cannot tell, and cannot"),
        pytest.param(looks("phone", 0.9, 12, 14, 5, 25), 0.4, id="too sure"),
        pytest.param(looks("phone", 0.0, 20), 0.0, id="the end itself is no longer in it"),
        pytest.param(looks("phone", 0.0, 12, post="w02"), 0.0, id="another post"),
    ],
)
def test_the_error_is_how_far_beliefs_are_from_what_happened(beliefs: list[Believed], error: float) -> None:
    (curve,) = compare(beliefs, CALL, RULES)
    assert curve.error == pytest.approx(error)


def test_a_post_is_staffed_when_its_rule_about_absence_is_kept() -> None:
    away = [Interval("w01", "absent", 10, 20)]
    beliefs = [*looks("presence", 0.0, 12), *looks("presence", 1.0, 5)]
    (curve,) = compare(beliefs, away, RULES)
    assert (curve.error, curve.looks, curve.happened) == (0.0, 2, 1)


def test_nobody_is_there_under_a_placard_either_but_that_is_no_event(tmp_path: Path) -> None:
    away = {"post": "w01", "rule": "absent", "start": 10, "end": 20}
    path = tmp_path / "truth.json"
    path.write_text(json.dumps({"start": "1970-01-01T00:00:00Z", "intervals": [], "covered": [away]}))
    assert read_intervals(path) == []
    assert read_intervals(path, covered=True) == [Interval("w01", "absent", 10, 20)]


def test_a_behaviour_that_no_rule_judges_has_no_curve() -> None:
    assert compare(looks("yawning", 0.5, 1), CALL, RULES) == []


def test_the_summary_tells_each_bin() -> None:
    (curve,) = compare([*looks("phone", 0.9, 12, 5), *looks("phone", 0.1, 25)], CALL, RULES)
    assert curve.summary()["bins"] == [[1, 0.1, 0.0], [2, 0.9, 0.5]]


def test_beliefs_are_read_from_a_runs_observations(tmp_path: Path) -> None:
    path = tmp_path / "observations.jsonl"
    line = {"t": "1970-01-01T08:00:12+08:00", "post": "w01"}
    said = {"cues": {"phone": 0.2, "uniform": None}, "beliefs": {"phone": 0.25, "uniform": 0.5}}
    path.write_text(json.dumps(line | said) + "\n")
    assert read_beliefs(path) == [Believed(12.0, "w01", "phone", 0.25)]


def test_what_is_judged_at_times_is_believed_between_too_what_is_never_judged_is_not(tmp_path: Path) -> None:
    path = tmp_path / "observations.jsonl"
    lines = [
        {"t": f"1970-01-01T08:00:0{second}+08:00", "post": post, "cues": {"uniform": cue}}
        for second, post, cue in ((1, "w01", None), (2, "w01", 0.9), (3, "w01", None), (4, "w02", None))
    ]
    path.write_text("".join(json.dumps(line | {"beliefs": {"uniform": 0.5}}) + "\n" for line in lines))
    assert [(one.t, one.post) for one in read_beliefs(path)] == [(1.0, "w01"), (2.0, "w01"), (3.0, "w01")]


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"t": "noon"}', '{"t": "1970-01-01T08:00:12+08:00", "post": "a"}']
)
def test_a_line_that_is_no_look_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "observations.jsonl"
    path.write_text(line)
    with pytest.raises(EvaluateError, match=r"observations\.jsonl:1: expected a look"):
        read_beliefs(path)
    with pytest.raises(EvaluateError, match="expected observations as JSON lines"):
        read_beliefs(tmp_path / "none.jsonl")
