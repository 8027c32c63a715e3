"""`conduct covers ...`, `conduct watch --covers`, and a site whose holidays nobody knows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.hall.holidays import LAST
from tests.cli.test_bad_input import SITE, one_error, run
from tests.conftest import moving, write_video

COVERS = "covers:\n  - {kind: pause, posts: [w01], from: 2026-01-05T09:00, note: 培训}\n"


@pytest.fixture
def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    (tmp_path / "covers.yaml").write_text(COVERS, encoding="utf-8")
    write_video(tmp_path / "video.mp4", moving(12), options={"bf": "0"})
    monkeypatch.setenv("CONDUCT_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def test_covers_are_imported_listed_ended_and_withdrawn(
    hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["covers", "import", str(hall / "covers.yaml"), "--site", str(hall / "site.yaml")]
    for _ in range(2):
        assert run(monkeypatch, *words) == 0
    assert "1 covers entered" in capsys.readouterr().out
    assert run(monkeypatch, "covers", "list", "--json") == 0
    (line,) = capsys.readouterr().out.splitlines()
    cover = json.loads(line)
    assert (cover["kind"], cover["posts"], cover["end"]) == ("pause", ["w01"], None)
    assert run(monkeypatch, "covers", "end", cover["id"], "--at", "2026-01-05T10:00") == 0
    assert "09:00+08:00 - 2026-01-05T10:00+08:00" in capsys.readouterr().out
    assert run(monkeypatch, "covers", "list", "--post", "w02") == 0
    assert capsys.readouterr().out == ""
    assert run(monkeypatch, "covers", "delete", cover["id"]) == 0
    assert run(monkeypatch, "covers", "delete", cover["id"]) == 2
    assert "none has" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["end", "0" * 16], "none has", id="an unknown cover is ended"),
        pytest.param(["import", "none.yaml"], "posts yet", id="a store that knows no posts"),
        pytest.param(["import"], "FILE", id="no file"),
    ],
)
def test_wrong_words(
    hall: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    told: str,
) -> None:
    assert run(monkeypatch, "covers", *words) == 2
    assert told in one_error(capsys)


def test_an_end_before_the_start_is_refused(
    hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "covers", "import", str(hall / "covers.yaml"), "--site", str(hall / "site.yaml"))
    run(monkeypatch, "covers", "list", "--json")
    cover = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert run(monkeypatch, "covers", "end", cover["id"], "--at", "2026-01-05T08:00") == 2
    assert "--at: expected a time after the cover's start" in one_error(capsys)


def test_a_wrong_file_of_covers_ends_the_watch_before_anything_is_written(
    hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (hall / "covers.yaml").write_text(COVERS.replace("w01", "w07"), encoding="utf-8")
    words = ["watch", "--site", str(hall / "site.yaml"), "--out", str(hall / "out")]
    assert run(monkeypatch, *words, "--covers", str(hall / "covers.yaml")) == 2
    assert "covers.yaml:2: covers.0.posts: expected ids of posts (w01), got 'w07'" in one_error(capsys)
    assert not (hall / "out").exists()


def test_a_watch_with_covers_says_in_each_look_that_one_holds(
    hall: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["watch", "--site", str(hall / "site.yaml"), "--out", str(hall / "out")]
    assert run(monkeypatch, *words, "--covers", str(hall / "covers.yaml")) == 0
    looks = [json.loads(line) for line in (hall / "out" / "observations.jsonl").read_text().splitlines()]
    assert {look.get("cover") for look in looks} == {"pause"}


@pytest.mark.parametrize(
    ("start", "schedule", "code"),
    [
        pytest.param(f"{LAST}-10-01T09:00:00", "{holidays: china}", 0, id="a known year"),
        pytest.param(f"{LAST + 1}-10-01T09:00:00", "{holidays: china}", 2, id="an unknown year"),
        pytest.param(f"{LAST + 1}-10-01T09:00:00", "{}", 0, id="no holidays asked for"),
        pytest.param(
            f"{LAST + 1}-10-01T09:00:00",
            f"{{holidays: china, closed: [{LAST + 1}-10-01]}}",
            0,
            id="the hall lists the year's days",
        ),
    ],
)
def test_holidays_that_nobody_knows_are_said_and_not_guessed(
    hall: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    start: str,
    schedule: str,
    code: int,
) -> None:
    (hall / "site.yaml").write_text(SITE + f"schedule: {schedule}\n", encoding="utf-8")
    words = ["watch", "--site", str(hall / "site.yaml"), "--out", str(hall / "out"), "--start", start]
    assert run(monkeypatch, *words) == code
    if code:
        assert f"site.yaml:11: schedule.holidays: expected a year from 2004 to {LAST}" in one_error(capsys)
