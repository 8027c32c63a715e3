"""`conduct uniform enrol` on the bundled crops and on what is wrong with some. Slow: the real models."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from service import cli
from tests.conftest import DEMO_FOLDER

pytestmark = pytest.mark.slow
BUNDLED = DEMO_FOLDER / "uniform"


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[dict, str]:
    """Run `conduct uniform enrol --json`; gives what it found and its error line."""
    monkeypatch.setattr("sys.argv", ["conduct", "uniform", "enrol", "--json", *words])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    captured = capsys.readouterr()
    assert bool(caught.value.code) == bool(captured.err)
    return json.loads(captured.out), captured.err


def test_the_bundled_examples_make_a_good_uniform(monkeypatch, capsys) -> None:
    found, _ = run(monkeypatch, capsys, "--wear", str(BUNDLED / "wear"), "--other", str(BUNDLED / "other"))
    assert found["usable"]
    assert found["weak"] == []
    assert len(found["wear"][0]["used"]) == len(found["other"]["used"]) == 10
    assert found["wear"][0]["recognised"] >= 0.75


def test_one_picture_many_times_is_too_little_and_each_copy_is_named(
    monkeypatch, capsys, tmp_path: Path
) -> None:
    for i in range(6):
        shutil.copy(BUNDLED / "wear" / "01.jpg", tmp_path / f"{i}.jpg")
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((200, 150, 3), 200, np.uint8))
    found, told = run(monkeypatch, capsys, "--wear", str(tmp_path))
    assert not found["usable"]
    assert found["wear"][0]["used"] == ["0.jpg"]
    why = {line["picture"]: line["why"] for line in found["wear"][0]["unused"]}
    assert why["3.jpg"] == "shows nearly the same as 0.jpg"
    assert why["wall.png"] == "no person found"
    assert told.count("\n") == 1
    assert "expected at least 5 examples in uniform, got 1 (6 of 7 left out" in told


def test_folders_inside_are_uniforms_of_their_own(monkeypatch, capsys, tmp_path: Path) -> None:
    for name in ("summer", "winter"):
        shutil.copytree(BUNDLED / "wear", tmp_path / name)
    found, _ = run(monkeypatch, capsys, "--wear", str(tmp_path))
    assert [Path(lesson["folder"]).name for lesson in found["wear"]] == ["summer", "winter"]
    assert any("no pictures of other clothes" in line for line in found["weak"])
