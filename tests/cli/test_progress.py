"""The progress of a run on stderr, with a terminal and without one."""

import io

import pytest
from rich.console import Console

from service.cli.progress import shown_progress

Told = list[tuple[float, float | None]]


def shown(told: Told, *, terminal: bool, lines: bool = True) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=40)
    with shown_progress("a very long name of a [hall] that does not fit.mp4", console, lines=lines) as sink:
        for done, total in told:
            sink.progress(done, total)
    return file.getvalue()


EACH_SECOND: Told = [(float(t), 100.0) for t in range(101)]


@pytest.mark.parametrize(
    ("told", "percents"),
    [
        pytest.param(EACH_SECOND, list(range(10, 101, 10)), id="a line at each ten per cent"),
        pytest.param(
            [(0.0, 9.0), (4.0, 9.0), (8.9, 9.0)], [40, 90], id="a short video: only what was passed"
        ),
        pytest.param([(35.0, 100.0), (36.0, 100.0), (39.9, 100.0)], [30], id="no line twice"),
        pytest.param([(12.0, 10.0)], [100], id="never more than all"),
        pytest.param([(5.0, None), (500.0, None)], [], id="a live stream has no end"),
        pytest.param([], [], id="nothing yet: no empty line"),
    ],
)
def test_the_lines_without_a_terminal(told: Told, percents: list[int]) -> None:
    name = "a very long name of a [hall] that does not fit.mp4"
    assert shown(told, terminal=False).splitlines() == [f"watched {p} % of {name}" for p in percents]


def test_without_a_terminal_and_without_lines_nothing_is_printed() -> None:
    assert shown(EACH_SECOND, terminal=False, lines=False) == ""


def test_in_a_terminal_a_bar_is_drawn() -> None:
    drawn = shown(EACH_SECOND, terminal=True)
    assert "watching" in drawn
    assert "watched" not in drawn
