"""Tests that must not run at the same time stay together, whatever their files are called."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.beside import LIVE, together

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("test_*.py"))
BROWSER = "mark." + "browser"


@pytest.mark.parametrize(
    ("nodeid", "unit"),
    [
        ("tests/rules/test_machine.py::test_it[a::b]", "tests/rules/test_machine.py"),
        ("tests/service/test_browser_axe.py::test_it[en]", "browsers"),
        ("tests/service/alerts/test_alert_browser.py::test_it", "browsers"),
        ("tests/pipelines/streams/test_rtsp.py::test_it[tcp]", "live streams"),
        ("tests/service/test_live_killed.py::test_it", "live streams"),
    ],
)
def test_what_stays_together(nodeid: str, unit: str) -> None:
    assert together(nodeid) == unit


def test_every_test_in_a_browser_is_among_the_browsers() -> None:
    marked = [file for file in FILES if BROWSER in file.read_text(encoding="utf-8")]
    assert marked
    assert {together(f"{file}::test_it") for file in marked} == {"browsers"}


def test_every_file_of_live_streams_is_there() -> None:
    assert {file.stem for file in FILES} >= LIVE


DIES = """
import os, time
import pytest

@pytest.mark.parametrize("number", range(4))
def test_it(number):
    time.sleep(0.05)
    if number in {numbers}:
        os._exit(1)
"""
AS_HERE = "from tests.conftest import pytest_testnodedown, pytest_xdist_make_scheduler"


@pytest.mark.slow  # worker processes start
@pytest.mark.parametrize(
    "numbers", [[1], [3], [0, 2, 3]], ids=["the second", "the last", "one after the other"]
)
def test_a_worker_that_dies_costs_the_test_it_died_in(tmp_path: Path, numbers: list[int]) -> None:
    (tmp_path / "conftest.py").write_text(AS_HERE, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]", encoding="utf-8")
    for name, dies in (("a", []), ("b", numbers), ("c", [])):
        (tmp_path / f"test_{name}.py").write_text(DIES.replace("{numbers}", str(dies)), encoding="utf-8")
    words = ["-q", "-n", "2", "--no-loadscope-reorder", "-p", "no:cacheprovider", "-p", "no:schemathesis"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE.parent), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert f"{len(numbers)} failed, {12 - len(numbers)} passed" in run.stdout
    assert run.stdout.count(": exit code 1") == len(numbers)
    for number in numbers:
        assert f"crashed while running 'test_b.py::test_it[{number}]'" in run.stdout
