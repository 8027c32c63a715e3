from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.looking.looks import INTERVAL_S, LookGrid

RATES = [pytest.param(rate, id=f"{rate:g} frames a second") for rate in (5, 10, 12.5, 15, 20, 25, 30)]
MORNING = 1_767_574_800.0
"""Event times are seconds since 1970: so large that they are exact to a quarter of a microsecond."""


def looked_at(times: list[float]) -> list[float]:
    grid, chosen = LookGrid(), []
    for t in times:
        grid, due = grid.due(t)
        if due:
            chosen.append(t)
    return chosen


@pytest.mark.parametrize("rate", RATES)
def test_a_file_is_looked_at_in_the_same_moments_at_any_frame_rate(rate: float) -> None:
    chosen = looked_at([MORNING + i / rate for i in range(int(60 * rate))])
    assert chosen == pytest.approx([MORNING + INTERVAL_S * i for i in range(150)], abs=1e-5)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.floats(0, 4e9), st.sampled_from([25, 12.5, 10, 5]))
def test_the_moments_do_not_depend_on_when_the_stream_began(start: float, rate: float) -> None:
    chosen = looked_at([start + i / rate for i in range(int(20 * rate))])
    assert chosen == pytest.approx([start + INTERVAL_S * i for i in range(50)], abs=1e-5)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param([7.3], [7.3], id="the first picture is looked at"),
        pytest.param([0, 0.1, 0.39], [0], id="too soon for another"),
        pytest.param([0, 0.5, 0.7, 0.8], [0, 0.5, 0.8], id="a late picture does not shift the grid"),
        pytest.param([0, 10, 10.1, 10.4], [0, 10, 10.4], id="a gap is not made up for"),
        pytest.param([0, 1, 2, 3], [0, 1, 2, 3], id="keyframes only: each one"),
        pytest.param([5, 4, 5.4], [5, 5.4], id="a picture from before is not looked at"),
    ],
)
def test_which_pictures_are_looked_at(times: list[float], expected: list[float]) -> None:
    assert looked_at(times) == expected


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.lists(st.floats(0.001, 3), max_size=200))
def test_there_is_at_most_one_look_in_each_interval(gaps: list[float]) -> None:
    times = [sum(gaps[:i]) for i in range(len(gaps) + 1)]
    chosen = looked_at(times)
    ticks = [int((t - times[0]) / INTERVAL_S + 1e-6) for t in chosen]
    assert len(set(ticks)) == len(ticks)
    assert {int((t - times[0]) / INTERVAL_S + 1e-6) for t in times} == set(ticks)


def test_another_interval() -> None:
    grid, chosen = LookGrid(interval_s=1.0), []
    for i in range(50):
        grid, due = grid.due(i / 10)
        chosen.append(due)
    assert [i for i, due in enumerate(chosen) if due] == [0, 10, 20, 30, 40]
