"""`conduct replay`: other rules over the looks of a run."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.replay.journal import LooksJournal
from tests.cli.test_bad_input import one_error, run

SITE = """\
hall: Test
timezone: Asia/Shanghai
cameras: [{id: hall, url: hall.mp4}]
posts:
  - {id: w01, camera: hall, staff_zone: [[0, 0], [1, 0], [1, 1]]}
rules: {phone_use: {hold_s: HOLD}}
"""
NINE = datetime.fromisoformat("2026-01-05T09:00:00+08:00")
CALM = {"phone": 0.02, "presence": 0.97, "smoking": 0.02, "eating": 0.02, "uniform": None}


def look(second: float, **cues: float | None) -> dict[str, Any]:
    t = (NINE + timedelta(seconds=second)).isoformat(timespec="milliseconds")
    return {"t": t, "camera": "hall", "post": "w01", "presence": True, "cues": {**CALM, **cues}}


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    """A run of three minutes with a phone in hand for a quarter of a minute, and for one."""
    phone = [*range(30, 45), *range(90, 150)]
    lines = [look(s, phone=0.97) if s in phone else look(s) for s in range(180)]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "observations.jsonl").write_text(text, encoding="utf-8")
    for hold in (8, 30):
        site = SITE.replace("HOLD", str(hold))
        (tmp_path / f"hold{hold}.yaml").write_text(site, encoding="utf-8")
    events = [
        {
            "post": "w01",
            "rule": "phone_use",
            "start": (NINE + timedelta(seconds=start)).isoformat(),
            "end": (NINE + timedelta(seconds=end)).isoformat(),
        }
        for start, end in ((30, 45), (90, 150), (170, 175))
    ]
    text = "".join(json.dumps(event) + "\n" for event in events)
    (tmp_path / "events.jsonl").write_text(text, encoding="utf-8")
    return tmp_path


def replayed(hall: Path, hold: int, *more: str) -> list[str]:
    observations = str(hall / "observations.jsonl")
    return ["replay", "--site", str(hall / f"hold{hold}.yaml"), "--observations", observations, *more]


@pytest.mark.parametrize(("hold", "asked", "still", "gone"), [(8, 2, 2, 1), (30, 1, 1, 2)])
def test_what_would_be_asked_with_other_rules(
    hall: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    hold: int,
    asked: int,
    still: int,
    gone: int,
) -> None:
    assert run(monkeypatch, *replayed(hall, hold, "--json")) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["rule"]: row["asked"] for row in rows if row["asked"]} == {"phone_use": asked}

    assert run(monkeypatch, *replayed(hall, hold, "--events", str(hall / "events.jsonl"), "--json")) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (row,) = [row for row in rows if row["rule"] == "phone_use"]
    assert row == {
        "rule": "phone_use",
        "asked": asked,
        "before": 3,
        "still": still,
        "gone": gone,
        "new": 0,
    }
    assert run(monkeypatch, *replayed(hall, hold)) == 0
    assert "phone_use" in capsys.readouterr().out


def test_the_looks_that_serve_keeps(
    hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = LooksJournal(hall / "data" / "looks", ZoneInfo("Asia/Shanghai"))
    for text in (hall / "observations.jsonl").read_text(encoding="utf-8").splitlines():
        journal.observation(json.loads(text))
        journal.observation({**json.loads(text), "post": "w09"})
    journal.close()
    monkeypatch.setenv("CONDUCT_DATA_DIR", str(hall / "data"))

    assert run(monkeypatch, "replay", "--site", str(hall / "hold8.yaml"), "--json") == 0

    told = capsys.readouterr()
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert {row["rule"]: row["asked"] for row in rows if row["asked"]} == {"phone_use": 2}
    assert "passed over: post w09 at camera hall" in told.err


def test_no_looks_are_kept_yet(
    hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONDUCT_DATA_DIR", str(hall))
    assert run(monkeypatch, "replay", "--site", str(hall / "hold8.yaml")) == 2
    assert "expected a looks journal" in one_error(capsys)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param(
            '{"t": 1 "post": 2}',
            "observations.jsonl:2: expected one JSON object, Expecting ',' delimiter",
            id="no JSON",
        ),
        pytest.param(
            "9" * 5000,
            "observations.jsonl:2: expected one JSON object, it cannot be read",
            id="a number without end",
        ),
        pytest.param(
            "[1]", "observations.jsonl:2: expected one JSON object, got something else", id="no object"
        ),
        pytest.param(
            json.dumps({"t": 1}),
            "observations.jsonl:2: expected a look as `conduct watch` writes it: expected the key 'post'",
            id="no look",
        ),
        pytest.param(json.dumps(look(1, phone=1.5)), "expected a probability or null", id="no probability"),
        pytest.param(
            json.dumps({**look(1), "post": "w09"}), "got post w09 at camera hall", id="no post of it"
        ),
        pytest.param(json.dumps({**look(1), "camera": "b"}), "got post w01 at camera b", id="another camera"),
    ],
)
def test_looks_that_cannot_be_used(
    hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, told: str
) -> None:
    path = hall / "observations.jsonl"
    path.write_text(json.dumps(look(0)) + "\n" + line + "\n", encoding="utf-8")
    assert run(monkeypatch, *replayed(hall, 8)) == 2
    shown = one_error(capsys)
    assert told in shown
    assert "Error" not in shown
    assert "line 1" not in shown


def test_no_such_file(
    hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (hall / "observations.jsonl").unlink()
    assert run(monkeypatch, *replayed(hall, 8)) == 2
    assert "observations.jsonl: expected observations as JSON lines" in one_error(capsys)
