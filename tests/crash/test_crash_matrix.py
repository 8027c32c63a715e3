"""The monitor killed with SIGKILL at random points of a recorded hall run, again and again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import service
from tests.conftest import DEMO_FOLDER

KILLS = int(os.environ.get("CONDUCT_CRASH_KILLS", "20"))
"""For the whole matrix: 200 or more."""
HERE = Path(__file__).parent


@pytest.mark.slow  # every kill costs a life of up to a second
def test_no_kill_loses_an_event_doubles_one_or_leaves_half_a_file(tmp_path: Path) -> None:
    inputs = {
        "--site": DEMO_FOLDER / "hall_day.site.yaml",
        "--video": DEMO_FOLDER / "hall_day.mp4",
        "--observations": HERE / "hall_day.looks.jsonl.gz",
        "--folder": tmp_path / "runs",
        "--kills": KILLS,
        "--seed": int(os.environ.get("CONDUCT_CRASH_SEED", "1")),
    }
    words = [str(word) for pair in inputs.items() for word in pair]
    done = subprocess.run(
        # A program of its own, because it forks: that wants a process without other threads.
        [sys.executable, str(HERE / "matrix.py"), *words],
        env={**os.environ, "PYTHONPATH": str(Path(service.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=300 + 10 * KILLS,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    sys.stdout.write(f"{found}\n")
    assert found["complaints"] == []
    assert found["kills"] >= KILLS
    assert found["events_undisturbed"] >= 4
    assert max(found["lives"]) >= 5  # runs were really killed again and again
