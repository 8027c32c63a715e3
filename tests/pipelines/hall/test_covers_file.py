"""Covers as people write them: times, files, errors with their line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.hall.covers import FixedCovers, HallCovers, by_post, load_covers, moment
from pipelines.hall.document import DocumentError
from pipelines.rules.covers import CoverKind
from pipelines.rules.schedule import Break, Schedule

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
POSTS = ["w01", "w02"]
GOOD = """\
covers:
  - {kind: leave, posts: [w01], from: 2026-01-05T10:00, to: 2026-01-05T11:30, note: 培训}
  - {kind: closed, posts: all, from: 2026-01-06, to: 2026-01-07}
  - {kind: pause, posts: [w02, w01], from: "2026-01-05 14:00:00+08:00"}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "covers.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file(tmp_path: Path) -> None:
    leave, closed, pause = load_covers(write(tmp_path, GOOD), SHANGHAI, POSTS)
    assert (leave.kind, leave.posts, leave.note) == ("leave", ("w01",), "培训")
    assert [leave.start.isoformat(), leave.end and leave.end.isoformat()] == [
        "2026-01-05T10:00:00+08:00",
        "2026-01-05T11:30:00+08:00",
    ]
    assert (closed.posts, closed.end and closed.end.isoformat()) == (None, "2026-01-08T00:00:00+08:00")
    assert (pause.posts, pause.end) == (("w01", "w02"), None)
    covers = by_post([leave, closed, pause], POSTS)
    assert [cover.kind.value for cover in covers["w02"]] == ["closed", "pause"]
    assert covers["w01"][2].end == float("inf")


def test_the_same_file_gives_the_same_ids_also_with_another_end(tmp_path: Path) -> None:
    once = load_covers(write(tmp_path, GOOD), SHANGHAI, POSTS)
    again = load_covers(write(tmp_path, GOOD.replace("11:30", "12:00")), SHANGHAI, POSTS)
    assert [cover.id for cover in once] == [cover.id for cover in again]
    assert len({cover.id for cover in once}) == 3


@pytest.mark.parametrize(
    ("text", "zone", "whole_day", "expected"),
    [
        pytest.param("2026-01-05T09:00", SHANGHAI, False, "2026-01-05T01:00", id="the hall's zone"),
        pytest.param("2026-01-05T09:00Z", SHANGHAI, False, "2026-01-05T09:00", id="Greenwich"),
        pytest.param("2026-01-05T09:00+02:00", SHANGHAI, False, "2026-01-05T07:00", id="another offset"),
        pytest.param("2026-01-05", SHANGHAI, False, "2026-01-04T16:00", id="a day begins"),
        pytest.param("2026-01-05", SHANGHAI, True, "2026-01-05T16:00", id="a day ends"),
        pytest.param("2026-01-05T24:00", SHANGHAI, False, "2026-01-05T16:00", id="24:00"),
        pytest.param("2026-12-31T24:00", SHANGHAI, False, "2026-12-31T16:00", id="24:00 on New Year's Eve"),
        pytest.param("2028-02-28T24:00", SHANGHAI, False, "2028-02-28T16:00", id="29 February begins"),
        pytest.param("2028-02-29", SHANGHAI, True, "2028-02-29T16:00", id="29 February ends"),
        pytest.param("2026-03-29T03:30", BERLIN, False, "2026-03-29T01:30", id="the clock went forward"),
        pytest.param("2026-10-25", BERLIN, True, "2026-10-25T23:00", id="the end of a day of 25 hours"),
    ],
)
def test_times(text: str, zone: ZoneInfo, whole_day: bool, expected: str) -> None:
    assert moment(text, zone, whole_day=whole_day) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        pytest.param("kind: leave", "kind: holiday", [":2: covers.0.kind", "'leave'"], id="another kind"),
        pytest.param("kind: leave", "kind: placard", [":2: covers.0.kind"], id="a placard is read"),
        pytest.param("[w01]", "[w9]", [":2: covers.0.posts", "w01, w02", "'w9'"], id="an unknown post"),
        pytest.param("[w01]", "[]", [":2: covers.0.posts", "one or more"], id="no post"),
        pytest.param("[w01]", "w01", [":2: covers.0.posts"], id="a word for a list"),
        pytest.param(
            "2026-01-05T11:30", "2026-01-05T09:30", [":2: covers.0.to", "after from"], id="backwards"
        ),
        pytest.param("2026-01-06,", "tomorrow,", [":3: covers.1.from", "ISO 8601", "tomorrow"], id="no time"),
        pytest.param("2026-01-06,", "2026-02-30,", [":3: covers.1.from"], id="30 February"),
        pytest.param("2026-01-06,", "20260106,", [":3: covers.1.from"], id="a number"),
        pytest.param(
            "to: 2026-01-07", "till: 2026-01-07", [":3: covers.1.till", "unknown key"], id="a wrong key"
        ),
        pytest.param(", from: 2026-01-06", "", [":3: covers.1.from", "missing"], id="no from"),
        pytest.param("covers:", "cover:", [":1: cover", "expected one of covers"], id="another top key"),
        pytest.param(
            "  - {kind: pause",
            "  - {kind: leave, posts: [w01], from: 2026-01-05T10:00}\n  - {kind: pause",
            [":4: covers.2", "once"],
            id="the same cover twice",
        ),
        pytest.param("[w01]", "[w01", ["expected YAML"], id="no YAML"),
        pytest.param(GOOD, "- 1", [":1: expected a file with covers"], id="a list alone"),
    ],
)
def test_a_wrong_file_is_told_with_line_and_field(
    tmp_path: Path, right: str, wrong: str, told: list[str]
) -> None:
    assert right in GOOD
    with pytest.raises(DocumentError) as caught:
        load_covers(write(tmp_path, GOOD.replace(right, wrong, 1)), SHANGHAI, POSTS)
    message = str(caught.value)
    assert "\n" not in message
    assert [part for part in ["covers.yaml", *told] if part not in message] == []


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"none\.yaml: expected a file in YAML, No such file"):
        load_covers(tmp_path / "none.yaml", SHANGHAI, POSTS)


def test_the_schedules_breaks_stand_beside_what_people_entered(tmp_path: Path) -> None:
    pause = Break.model_validate({"days": "mon-fri", "from": "10:00", "to": "10:20", "posts": ["w01"]})
    entered = FixedCovers(by_post(load_covers(write(tmp_path, GOOD), SHANGHAI, POSTS), POSTS))
    hall = HallCovers(Schedule((), SHANGHAI, (pause,)), entered)
    t = moment("2026-01-05T10:05", SHANGHAI).timestamp()
    assert [cover.kind for cover in hall.around("w01", t) if cover.holds(t)] == [
        CoverKind.BREAK,
        CoverKind.LEAVE,
    ]
    assert [cover.kind for cover in hall.around("w02", t) if cover.holds(t)] == []
    assert [cover.kind for cover in hall.around("w02", t)] == [CoverKind.CLOSED, CoverKind.PAUSE]
    later = moment("2026-03-05T10:05", SHANGHAI).timestamp()
    assert [cover.kind for cover in hall.around("w02", later)] == [CoverKind.PAUSE]
