"""Packets of live streams that gather, on a clock that is handed in."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from av.packet import Packet

from pipelines.streams.clock import RunClock
from pipelines.streams.gathering import AT_ONCE, LONGEST_LULL_S, Gathering, Lulls
from pipelines.streams.timing import FileTiming, LiveTiming, Place

RATE = Fraction(1, 25)


def packet(stamp: int) -> Packet:
    made = Packet(b"\0")
    made.pts = made.dts = stamp
    return made


def test_the_more_streams_the_longer_the_lulls_up_to_half_the_time_between_looks() -> None:
    assert [round(Gathering(streams).lull_s, 3) for streams in (1, 16, 100, 400)] == [0.002, 0.032, 0.2, 0.2]


@pytest.mark.parametrize("stalls", [{}, {5.0: 3.0}], ids=["always on time", "once three seconds behind"])
@pytest.mark.parametrize("stamped", [True, False])
def test_packets_gather_in_lulls_and_a_backlog_is_worked_off_all_the_same(
    stamped: bool, stalls: dict[float, float]
) -> None:
    """Twenty-five a second; reading one takes a millisecond."""
    now, slept, behind = 0.0, list[float](), list[float]()
    ahead = dict(stalls)

    def packets() -> Iterator[Packet]:
        nonlocal now
        for i in range(500):
            now = max(now, i / 25) + 0.001
            for at in [at for at in ahead if now > at]:
                now += ahead.pop(at)
            behind.append(now - i / 25)
            yield packet(i)

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        slept.append(seconds)

    timing = LiveTiming(RunClock(lambda: 0.0, lambda: now), RATE, 1, stamped=stamped)
    lulls = Lulls(Gathering(100), sleep)
    for _ in timing.timed(packets()):
        lulls.after(timing.place)
    if not stamped:
        assert slept == [], "their times would be those of the reading"
        return
    assert set(slept) == {LONGEST_LULL_S}
    assert 60 < len(slept) < 125, "some five packets are read together"
    assert (max(behind) > 3) == bool(stalls)
    assert max(behind[300:]) < LONGEST_LULL_S * 1.5, "caught up"


def test_of_streams_that_are_behind_a_few_are_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.streams.gathering.LONGEST_WAIT_S", 0.05)
    gathering = Gathering(10)
    streams = [Lulls(gathering, lambda _: None) for _ in range(AT_ONCE + 2)]
    for lulls in streams:
        lulls.after(Place(100.0, 5.0))
    assert [lulls._held for lulls in streams] == AT_ONCE * [True] + 2 * [False], "none waits for ever"
    streams[0].after(Place(101.0, 0.0))
    assert gathering.turns.qsize() == 1, "whoever has caught up leaves it to others"
    for lulls in streams:
        with lulls:
            pass
    assert gathering.turns.qsize() == AT_ONCE


def test_a_file_is_never_left_alone() -> None:
    assert FileTiming(0.0, RATE).place is None
