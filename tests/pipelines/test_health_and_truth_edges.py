"""Edges of camera health and of truth files that were once wrong."""

from __future__ import annotations

import itertools
import json
from datetime import UTC
from pathlib import Path

import pytest

from pipelines.evaluate import EvaluateError, read_intervals
from pipelines.health import CameraHealth
from vision.picture import Picture


def test_a_damaged_picture_amid_a_frozen_stretch_does_not_make_the_stretch_overlap_itself() -> None:
    health, ended = CameraHealth("east", UTC), []
    for t in range(30):
        picture = Picture.CORRUPT if t == 15 else Picture.FROZEN if t >= 5 else Picture.LIVE
        health, entries = health.picture(t, picture, 2.0)
        ended += [entry for entry in entries if entry.end is not None]
    ended += health.over(30, 0)
    frozen = [(e.start.timestamp(), e.end.timestamp()) for e in ended if e.state == "frozen" and e.end]
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(frozen))


@pytest.mark.parametrize("intervals", [pytest.param(5, id="a number"), pytest.param(None, id="nothing")])
def test_intervals_that_are_no_list(tmp_path: Path, intervals: object) -> None:
    path = tmp_path / "truth.json"
    path.write_text(json.dumps({"start": "2026-01-05T09:00:00Z", "intervals": intervals}))
    with pytest.raises(EvaluateError):
        read_intervals(path)


def test_intervals_in_iso_times_need_no_start_of_the_file(tmp_path: Path) -> None:
    row = {"post": "w01", "rule": "absent", "start": "2026-01-05T09:00:00Z", "end": "2026-01-05T09:00:10Z"}
    path = tmp_path / "truth.json"
    path.write_text(json.dumps({"intervals": [row]}))
    assert len(read_intervals(path)) == 1
