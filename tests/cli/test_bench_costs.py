"""`conduct bench growth, path, clips, detect`: figures of one run, printed and written. Slow: real models."""

import json
from pathlib import Path

import pytest

from tests.cli.test_bad_input import run
from tests.conftest import DEMO_FOLDER

pytestmark = pytest.mark.slow

SITE = str(DEMO_FOLDER / "example_12s.site.yaml")


@pytest.fixture(autouse=True)
def no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCT_PROVIDER", "onnxruntime")


def figures(out: Path, name: str) -> dict[str, object]:
    """What a bench wrote: it says on what it was measured, beside a table."""
    told = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))
    assert {"machine", "cores", "commit", "load"} <= told.keys()
    assert (out / f"{name}.md").read_text(encoding="utf-8").count("|---|") >= 1
    return told


def test_cameras_that_show_the_same_are_looked_at_alike(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ["--site", SITE, "--seconds", "4", "--cameras", "2", "--out", str(tmp_path)]
    assert run(monkeypatch, "bench", "growth", *words) == 0
    told = figures(tmp_path, "growth")
    rows = told["rows"]
    assert isinstance(rows, list)
    assert [row["cameras"] for row in rows] == [2, 10]
    assert rows[1]["ratio"] == 1
    assert rows[0]["looks_per_post_s"] == rows[1]["looks_per_post_s"] > 0
    assert 0 < rows[0]["cost"] < 4


def test_the_path_is_slower_than_the_network_alone_but_not_by_much(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run(monkeypatch, "bench", "path", "--site", SITE, "--out", str(tmp_path)) == 0
    told = figures(tmp_path, "path")
    assert (told["width"], told["height"]) == (1920, 1080)
    assert 0.3 < float(str(told["ratio"])) < 1.2


def test_a_clip_is_cut_in_a_small_part_of_its_length(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = ["--site", SITE, "--seconds", "4", "--out", str(tmp_path)]
    assert run(monkeypatch, "bench", "clips", *words) == 0
    told = figures(tmp_path, "clips")
    assert told["seconds_each"] == pytest.approx(4.0, abs=0.1)
    assert 0 < float(str(told["cpu_ms_per_s"])) < 200


def test_runtimes_are_compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = ["--size", "128", "--batch", "1", "--rounds", "3", "--out", str(tmp_path)]
    assert run(monkeypatch, "bench", "detect", *words) == 0
    rows = figures(tmp_path, "detect")["figures"]
    assert isinstance(rows, list)
    assert rows[0]["runtime"] == "onnxruntime"
    assert rows[0]["ratio"] == 1


def test_a_folder_that_cannot_be_made_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf-8")
    assert run(monkeypatch, "bench", "clips", "--out", str(taken)) == 2
    assert capsys.readouterr().err.count("\n") == 1
