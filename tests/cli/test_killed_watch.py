"""`conduct watch` on files: killed and started again it gives the same bytes. Slow: the real models."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import service
from tests.conftest import DEMO_FOLDER

PATIENCE_S = 180


def watch(out: Path) -> "subprocess.Popen[bytes]":
    words = ["watch", "--site", str(DEMO_FOLDER / "example_12s.site.yaml"), "--out", str(out)]
    program = "import sys; from service.cli import main; sys.argv[0] = 'conduct'; main()"
    env = {**os.environ, "PYTHONPATH": str(Path(service.__file__).parents[1])}
    nothing = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-c", program, *words], env=env, stdout=nothing, stderr=nothing)


def content(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_watch_that_was_killed_begins_anew_and_gives_the_same_bytes(tmp_path: Path) -> None:
    assert watch(tmp_path / "calm").wait(PATIENCE_S) == 0
    killed = watch(tmp_path / "killed")
    deadline, looks = time.monotonic() + PATIENCE_S, tmp_path / "killed" / "observations.jsonl"
    while not (looks.exists() and looks.stat().st_size > 0):
        assert killed.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait(PATIENCE_S)
    assert watch(tmp_path / "killed").wait(PATIENCE_S) == 0
    assert content(tmp_path / "killed") == content(tmp_path / "calm")
