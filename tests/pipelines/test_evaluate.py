from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.evaluate import TOLERANCE_S, EvaluateError, Interval, Score, evaluate, read_intervals


def span(start: float, end: float, post: str = "w01", rule: str = "absent") -> Interval:
    return Interval(post, rule, start, end)


def only(scores: list[Score]) -> Score:
    (score,) = scores
    return score


Pairs = list[tuple[float, float]]
"""Where a truth begins and where the event begins that was matched to it."""


@pytest.mark.parametrize(
    ("events", "truth", "matched", "missed", "false"),
    [
        pytest.param([span(1, 9)], [span(0, 10)], [(0, 1)], 0, 0, id="found, a little late and short"),
        pytest.param([], [span(0, 10)], [], 1, 0, id="missed"),
        pytest.param([span(0, 10)], [], [], 0, 1, id="invented"),
        pytest.param([span(0, 10, post="w02")], [span(0, 10)], [], 1, 1, id="at another post"),
        pytest.param(
            [span(0, 3), span(5, 10)], [span(0, 10)], [(0, 5)], 0, 1, id="one told as two: one is false"
        ),
        pytest.param(
            [span(0, 10)],
            [span(0, 4), span(5, 10)],
            [(5, 0)],
            1,
            0,
            id="two told as one: it is the longer one",
        ),
        pytest.param(
            [span(2, 20), span(0, 9)],
            [span(0, 10), span(8, 20)],
            [(0, 0), (8, 2)],
            0,
            0,
            id="most overlap goes first",
        ),
        pytest.param([span(11, 12)], [span(0, 10)], [(0, 11)], 0, 0, id="after it, but near enough"),
        pytest.param([span(10 + TOLERANCE_S, 20)], [span(0, 10)], [], 1, 1, id="after it and too far away"),
        pytest.param(
            [span(-5, -1), span(3, 4)], [span(0, 10)], [(0, 3)], 0, 1, id="overlap goes before nearness"
        ),
    ],
)
def test_events_against_the_truth(
    events: list[Interval], truth: list[Interval], matched: Pairs, missed: int, false: int
) -> None:
    score = only(evaluate(events, truth))
    assert [(match.truth.start, match.event.start) for match in score.matched] == matched
    assert (len(score.missed), len(score.false)) == (missed, false)


def test_each_rule_has_its_own_score() -> None:
    scores = evaluate([span(0, 10, rule="smoking")], [span(0, 10), span(0, 10, rule="smoking")])
    assert {score.rule: (len(score.matched), len(score.missed)) for score in scores} == {
        "absent": (0, 1),
        "smoking": (1, 0),
    }


def test_nothing_against_nothing_is_no_score() -> None:
    assert evaluate([], []) == []


@pytest.mark.parametrize(
    ("events", "truth", "recall", "precision"),
    [
        pytest.param(
            [span(0, 10), span(90, 99), span(30, 40)],
            [span(0, 10), span(30, 40)],
            1.0,
            0.667,
            id="one too many",
        ),
        pytest.param([span(0, 10)], [span(0, 10), span(30, 40), span(60, 70)], 0.333, 1.0, id="two too few"),
        pytest.param([], [span(0, 10)], 0.0, None, id="without a claim there is no precision"),
        pytest.param([span(0, 10)], [], None, 0.0, id="without a truth there is no recall"),
    ],
)
def test_recall_and_precision(
    events: list[Interval], truth: list[Interval], recall: float | None, precision: float | None
) -> None:
    summary = only(evaluate(events, truth)).summary()
    assert (summary["recall"], summary["precision"]) == (recall, precision)


def test_errors_are_positive_when_the_event_is_late() -> None:
    summary = only(evaluate([span(0.504, 9), span(29, 42.5)], [span(0, 10), span(30, 40)])).summary()
    assert summary["start_error_s"] == [0.5, -1.0]
    assert summary["end_error_s"] == [-1.0, 2.5]
    assert (summary["rule"], summary["matched"], summary["missed"], summary["false"]) == ("absent", 2, 0, 0)
    assert json.loads(json.dumps(summary)) == summary


spans = st.lists(
    st.builds(
        lambda start, length, post: span(start, start + length, post),
        st.integers(0, 60),
        st.integers(0, 20),
        st.sampled_from(["w01", "w02"]),
    ),
    max_size=6,
)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(spans, spans)
def test_every_event_and_every_truth_is_counted_exactly_once(
    events: list[Interval], truth: list[Interval]
) -> None:
    for score in evaluate(events, truth):
        key = repr
        found = [match.event for match in score.matched]
        assert sorted([*found, *score.false], key=key) == sorted(events, key=key)
        assert sorted([*(m.truth for m in score.matched), *score.missed], key=key) == sorted(truth, key=key)
        assert all(match.event.post == match.truth.post for match in score.matched)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(spans)
def test_the_truth_told_exactly_is_perfect(truth: list[Interval]) -> None:
    for score in evaluate(truth, truth):
        assert (score.missed, score.false) == ((), ())


ROW = {
    "post": "w01",
    "rule": "absent",
    "start": "2026-01-05T09:00:00+08:00",
    "end": "2026-01-05T09:00:10+08:00",
}
NINE = 1_767_574_800.0


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(json.dumps(ROW), id="one line of an event"),
        pytest.param(f"{json.dumps(ROW)}\n", id="one line with its end"),
        pytest.param(json.dumps([ROW]), id="a list"),
        pytest.param(json.dumps({"start": ROW["start"], "intervals": [ROW]}), id="intervals in ISO times"),
        pytest.param(
            json.dumps({"start": ROW["start"], "intervals": [{**ROW, "start": 0, "end": 10}]}),
            id="intervals in seconds from the start",
        ),
        pytest.param(json.dumps([{**ROW, "start": "2026-01-05T01:00:00Z"}]), id="a time in UTC"),
    ],
)
def test_one_interval_in_every_form_of_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "truth.json"
    path.write_text(content, encoding="utf-8")
    assert read_intervals(path) == [span(NINE, NINE + 10)]


def test_json_lines_with_an_empty_line_between_and_a_file_without_any(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(f"{json.dumps(ROW)}\n\n{json.dumps({**ROW, 'post': 'w02'})}\n", encoding="utf-8")
    assert [interval.post for interval in read_intervals(path)] == ["w01", "w02"]
    path.write_text("", encoding="utf-8")
    assert read_intervals(path) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(f"{json.dumps(ROW)}\n{{oops\n", ":2: expected one JSON object, ", id="a broken line"),
        pytest.param(
            json.dumps([ROW, {**ROW, "start": "nine"}]),
            ": entry 2: expected post, rule, start, end: Invalid isoformat",
            id="a time that is none",
        ),
        pytest.param(
            json.dumps([{**ROW, "end": "2026-01-05T09:00:10"}]),
            ": entry 1: expected post, rule, start, end: expected a time with an offset like +08:00, got",
            id="a time without an offset",
        ),
        pytest.param(
            json.dumps([{key: ROW[key] for key in ("post", "start", "end")}]),
            ": entry 1: expected post, rule, start, end: expected the key 'rule'",
            id="a key is missing",
        ),
        pytest.param(
            json.dumps([{**ROW, "start": 5}]),
            ": entry 1: expected post, rule, start, end: expected an ISO 8601 time, got 5",
            id="seconds from no beginning",
        ),
        pytest.param(
            json.dumps([{**ROW, "end": None}]),
            ": entry 1: expected post, rule, start, end: it has no end yet",
            id="no end yet",
        ),
        pytest.param(
            json.dumps([ROW, {**ROW, "start": ROW["end"], "end": ROW["start"]}]),
            ": entry 2: expected post, rule, start, end: the end comes before the start",
            id="an end before the start",
        ),
        *(
            pytest.param(
                f'{{"start": "{ROW["start"]}", "intervals": [{{"post": "a", "rule": "b", {times}}}]}}',
                f": entry 1: expected post, rule, start, end: expected an ISO 8601 time, got {got}",
                id=f"a time of {got[:4]}",
            )
            for times, got in (
                ('"start": NaN, "end": 2', "nan"),
                ('"start": 1, "end": Infinity', "inf"),
                ('"start": -Infinity, "end": 2', "-inf"),
                (f'"start": 1, "end": 1{"0" * 400}', f"1{'0' * 400}"),
            )
        ),
        pytest.param(
            json.dumps(ROW) + "\n" + "9" * 5000 + "\n",
            ":2: expected one JSON object, it cannot be read",
            id="a number without end",
        ),
        pytest.param(
            json.dumps(ROW) + "\n" + "[" * 100_000 + "\n",
            ":2: expected one JSON object, it cannot be read",
            id="brackets without end",
        ),
        pytest.param(
            "[5]",
            ": entry 1: expected post, rule, start, end: it is no object",
            id="a number for an interval",
        ),
        pytest.param(
            "null",
            ": entry 1: expected post, rule, start, end: it is no object",
            id="nothing for an interval",
        ),
        pytest.param(
            json.dumps([{**ROW, "rule": None}]),
            ": entry 1: expected post, rule, start, end: post and rule are texts",
            id="no name of a rule",
        ),
        pytest.param(
            json.dumps({"start": "today", "intervals": []}),
            ": start: expected an ISO 8601 time, ",
            id="a beginning that is none",
        ),
    ],
)
def test_what_is_wrong_with_a_file_of_intervals(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "truth.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(EvaluateError, match=f"^{re.escape(f'{path}{message}')}") as caught:
        read_intervals(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(None, "No such file or directory", id="a missing file"),
        pytest.param(b"\xff\xfe", "it is no UTF-8 text", id="another encoding"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "truth.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        EvaluateError, match=f"^{re.escape(str(path))}: expected events or truth as JSON, {reason}$"
    ):
        read_intervals(path)
