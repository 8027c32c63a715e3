"""The looks journal: what was seen comes back, whatever happened to the file in between."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from pipelines.replay.journal import (
    FULL,
    LONGEST_S,
    LooksJournal,
    Place,
    forget_looks,
    kept_places,
    kept_size,
    read_kept,
)
from pipelines.replay.looks import LooksError, PostLooks
from vision.behaviours import BEHAVIOURS

ZONE = ZoneInfo("Asia/Shanghai")
NINE = datetime.fromisoformat("2026-01-05T09:00:00+08:00")
EAST = Place("east", "w01")


def look(second: float, *, post: str = "w01", placard: bool = False, **cues: float | None) -> dict[str, Any]:
    t = (NINE + timedelta(seconds=second)).isoformat(timespec="milliseconds")
    said = {name: cues.get(name, 0.1234) for name in BEHAVIOURS}
    line = {"t": t, "camera": "east", "post": post, "presence": True, "cues": said}
    return line | ({"placard": "暂停服务"} if placard else {})


def keep(folder: Path, lines: Iterable[dict[str, Any]]) -> Path:
    journal = LooksJournal(folder, ZONE)
    for line in lines:
        journal.observation(line)
    journal.close()
    return folder / "2026-01-05" / "east.w01.looks"


def read(folder: Path, place: Place = EAST) -> PostLooks:
    return read_kept(place, kept_places(folder)[place])


def test_what_looks_said_comes_back(tmp_path: Path) -> None:
    keep(tmp_path, [look(0.04, phone=0.9001, uniform=None), look(2.08, placard=True), look(1, post="w02")])

    found = read(tmp_path)

    assert (found.post, found.camera, found.behaviours) == ("w01", "east", tuple(BEHAVIOURS))
    assert found.t.tolist() == [NINE.timestamp() + 0.04, NINE.timestamp() + 2.08]
    assert found.columns(["phone", "smoking"]).tolist() == [[0.9001, 0.1234], [0.1234, 0.1234]]
    assert np.isnan(found.columns(["uniform"])[0, 0])
    assert found.placard.tolist() == [False, True]
    assert len(read(tmp_path, Place("east", "w02"))) == 1


def test_a_day_is_the_halls_own(tmp_path: Path) -> None:
    keep(tmp_path, [look(0), look(15 * 3600 - 0.001), look(15 * 3600)])
    assert [path.parent.name for path in kept_places(tmp_path)[EAST]] == ["2026-01-05", "2026-01-06"]
    assert len(read(tmp_path)) == 3


def test_so_much_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    journal = LooksJournal(tmp_path, ZONE)
    for second in range(2 * int(LONGEST_S)):
        journal.observation(look(second))
    # No close: killed.
    assert 2 * LONGEST_S - len(read(tmp_path)) <= LONGEST_S


@pytest.mark.parametrize("cut", [1, 5, 14, 40])
def test_a_torn_last_block_is_passed_over_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, cut: int
) -> None:
    path = keep(tmp_path, [look(second / 5) for second in range(FULL + 10)])
    os.truncate(path, path.stat().st_size - cut)
    assert len(read(tmp_path)) == FULL
    assert "no whole block" in caplog.text

    keep(tmp_path, [look(1000)])  # the next process writes behind it
    assert read(tmp_path).t[-1] == NINE.timestamp() + 1000
    assert len(read(tmp_path)) == FULL + 1


def test_a_damaged_block_takes_no_other_with_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = keep(tmp_path, [look(second / 5) for second in range(3 * FULL)])
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert len(read(tmp_path)) == 2 * FULL
    assert "no whole block" in caplog.text


def test_a_behaviour_that_was_not_judged_then_is_unknown(tmp_path: Path) -> None:
    early, late = look(0), look(1)
    early["cues"] = {"phone": 0.5, "waving": 0.9}
    keep(tmp_path, [early, late])
    found = read(tmp_path)
    assert found.columns(["phone"])[:, 0].tolist() == [0.5, 0.1234]
    assert np.isnan(found.columns(["smoking"])[0, 0])


def test_a_file_watched_again_says_everything_once(tmp_path: Path) -> None:
    for _ in range(2):
        keep(tmp_path, [look(second) for second in range(10)])
    assert len(read(tmp_path)) == 10


def test_a_disk_that_takes_nothing_does_not_stop_the_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "looks"
    folder.write_text("in the way")
    journal = LooksJournal(folder, ZONE)
    for second in range(3 * FULL):
        journal.observation(look(second / 5))
    assert caplog.text.count("looks are not kept meanwhile") == 1
    folder.unlink()
    for second in range(FULL):
        journal.observation(look(1000 + second / 5))
    assert len(read(folder)) == FULL


def test_old_looks_are_forgotten(tmp_path: Path) -> None:
    path = keep(tmp_path, [look(0), look(0, post="w02"), look(86_400)])
    now = datetime.now(UTC)
    old = (now - timedelta(days=9)).timestamp()
    os.utime(path, (old, old))
    before = kept_size(tmp_path)

    forget_looks(tmp_path, timedelta(days=8), now)

    assert not path.exists()
    assert 0 < kept_size(tmp_path) < before
    assert [path.parent.name for path in kept_places(tmp_path)[EAST]] == ["2026-01-06"]
    forget_looks(tmp_path, timedelta(days=8), now + timedelta(days=9))
    assert not list(tmp_path.iterdir())
    assert kept_size(tmp_path / "never") == 0


def test_a_folder_without_looks(tmp_path: Path) -> None:
    with pytest.raises(LooksError, match="expected a looks journal"):
        kept_places(tmp_path)
