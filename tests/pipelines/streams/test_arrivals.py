"""Gaps of a live camera are those between its pictures, not those between looks."""

from zoneinfo import ZoneInfo

import pytest

from pipelines.health import CameraHealth
from pipelines.streams.arrivals import Arrivals, Holes
from vision.picture import Picture


@pytest.mark.parametrize(
    ("times", "asked", "holes"),
    [
        pytest.param([0, 0.1, 0.2], [0.2], [()], id="none"),
        pytest.param([0, 0.1, 5, 5.1], [5], [((0.1, 5),)], id="one"),
        pytest.param([0, 0.1, 5, 5.1], [5, 5.1], [((0.1, 5),), ()], id="told once"),
        pytest.param([0, 5, 5.1, 9], [5, 9], [((0, 5),), ((5.1, 9),)], id="a later one is told later"),
        pytest.param([0, 5, 9], [9], [((0, 5), (5, 9))], id="two between looks"),
        pytest.param([0, 2, 4], [4], [()], id="as far apart as pictures may be"),
    ],
)
def test_gaps_between_pictures(times: list[float], asked: list[float], holes: list[Holes]) -> None:
    arrivals = Arrivals()
    for t in times:
        arrivals.came(t)
    assert [arrivals.until(t) for t in asked] == holes


@pytest.mark.parametrize(
    ("holes", "gaps"),
    [
        pytest.param(None, [(0.0, 8.0)], id="nothing is known of the pictures between looks"),
        pytest.param((), [], id="there were pictures all the time"),
        pytest.param(((1.0, 4.0),), [(1.0, 4.0)], id="there were some"),
    ],
)
def test_looks_far_apart(holes: Holes | None, gaps: list[tuple[float, float]]) -> None:
    health, _ = CameraHealth("east", ZoneInfo("UTC")).picture(0.0, Picture.LIVE, None)
    _, entries = health.picture(8.0, Picture.LIVE, None, holes)
    assert [(e.start.timestamp(), e.end and e.end.timestamp()) for e in entries] == gaps
