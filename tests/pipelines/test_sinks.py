"""The output folder of a run that is used again: what the new run found, and what was not the run's own."""

import json
from pathlib import Path

import pytest

from pipelines.sinks import JsonLines

OLD, OTHER = "0123456789abcdef", "fedcba9876543210"


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        pytest.param(f"{OLD}.mp4", False, id="a clip of the earlier run"),
        pytest.param(f"{OLD}.jpg", False, id="its snapshot"),
        pytest.param(f"{OLD}.json", False, id="its timeline"),
        pytest.param(f"{OTHER}.mp4", True, id="a clip that its events do not name"),
        pytest.param(f"{OLD}.txt", True, id="a note beside it"),
        pytest.param("holiday.mp4", True, id="a video of somebody's"),
    ],
)
def test_what_becomes_of_an_earlier_runs_files(tmp_path: Path, name: str, stays: bool) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / name).write_text("x")
    lines = [json.dumps({"id": OLD, "rule": "absent"}), '{"id": "../../holiday"}', "no JSON"]
    (tmp_path / "events.jsonl").write_text("\n".join(lines))
    JsonLines(tmp_path).close()
    assert (tmp_path / "clips" / name).exists() is stays
    assert (tmp_path / "events.jsonl").read_text() == ""


def test_clips_of_a_folder_where_no_run_wrote_before_stay(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / f"{OLD}.mp4").write_text("x")
    JsonLines(tmp_path).close()
    assert (tmp_path / "clips" / f"{OLD}.mp4").exists()


def test_a_folder_is_one_runs_until_it_is_done(tmp_path: Path) -> None:
    files = JsonLines(tmp_path)
    files.observation({"t": 1})
    with pytest.raises(OSError, match="another run writes into this folder") as caught:
        JsonLines(tmp_path)
    assert caught.value.filename == str(tmp_path)
    files.close()
    assert (tmp_path / "observations.jsonl").read_text() == '{"t": 1}\n'
    JsonLines(tmp_path).close()
