"""Tests that must not run at the same time stay together, whatever their files are called."""

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
