"""Stamps of files: holes stay, damage is repaired, and a new beginning goes on where the old one ended.

And when a live stream's packets may be left to gather.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from av.packet import Packet

from pipelines.streams.clock import RunClock
from pipelines.streams.timing import CAUGHT_UP_S, FileTiming, LiveTiming, _seconds

TENTHS = Fraction(1, 10)


def packet(stamp: int | None) -> Packet:
    made = Packet(b"\0")
    made.pts = made.dts = stamp
    return made


@pytest.mark.parametrize(
    ("stamps", "times"),
    [
        pytest.param([5, 6, 7, 8], [0.0, 0.1, 0.2, 0.3], id="even"),
        pytest.param([0, 1, 95, 96], [0.0, 0.1, 9.5, 9.6], id="a hole of some seconds"),
        pytest.param([0, 1, 601, 602], [0.0, 0.1, 60.1, 60.2], id="a hole of a minute"),
        pytest.param([0, 1, 2**30, 3, 4], [0.0, 0.1, 0.2, 0.3, 0.4], id="one stamp far ahead"),
        pytest.param([600, 601, 2, 603], [0.0, 0.1, 0.2, 0.3], id="one stamp far back"),
        pytest.param([0, 1, 2**30, 3, 2**29, 5], [0.0, 0.1, 0.2, 0.3, 0.4, 0.5], id="two stamps apart"),
        pytest.param([0, 1, 2, 9000], [0.0, 0.1, 0.2, 0.3], id="the last stamp of all"),
        pytest.param([500, 501, 0, 1, 2], [0.0, 0.1, 0.2, 0.3, 0.4], id="stamps begin anew"),
        pytest.param(
            [500, 501, 0, 1, 500, 501], [0.0, 0.1, 0.2, 0.3, 50.2, 50.3], id="anew, then a hole as long"
        ),
    ],
)
def test_event_time_of_a_files_packets(stamps: list[int], times: list[float]) -> None:
    timing = FileTiming(0.0, TENTHS)
    timed = list(timing.timed(iter([packet(stamp) for stamp in stamps])))
    assert [timing.event_time(p.pts) for p in timed if p.pts is not None] == pytest.approx(times)


def test_a_packet_without_a_stamp_goes_through() -> None:
    timed = FileTiming(0.0, TENTHS).timed(iter([packet(0), packet(None), packet(2)]))
    assert [p.pts for p in timed] == [0, None, 2]


def test_a_shown_time_far_from_the_decode_time_is_damage() -> None:
    damaged = packet(3)
    damaged.pts = 2**30
    timed = list(FileTiming(0.0, TENTHS).timed(iter([packet(2), damaged, packet(4)])))
    assert [p.pts for p in timed] == [2, 3, 4]


@pytest.mark.parametrize("units", [1, 3600 * 90_000 + 1, 2**33 - 1, -7])
@pytest.mark.parametrize("time_base", [Fraction(1, 90_000), Fraction(1001, 30_000), TENTHS])
def test_seconds_are_those_of_the_exact_product(units: int, time_base: Fraction) -> None:
    assert _seconds(units, time_base) == float(units * time_base)


@pytest.mark.parametrize("stamped", [True, False])
def test_packets_may_gather_while_they_come_on_time_and_have_stamps(stamped: bool) -> None:
    """Ten a second; those from the 20th on come late, ever less so, as when a backlog is worked off."""
    now, found = 0.0, []
    late = {i: max(1.0 - 0.1 * (i - 20), 0.0) if i >= 20 else 0.0 for i in range(40)}

    def packets() -> Iterator[Packet]:
        nonlocal now
        for i, by in late.items():
            now = i / 10 + by
            yield packet(i)

    timing = LiveTiming(RunClock(lambda: 0.0, lambda: now), TENTHS, 1, stamped=stamped)
    for _ in timing.timed(packets()):
        found.append(timing.may_pause)
    known = next((i for i, pause in enumerate(found) if pause), None)
    if stamped:
        assert known is not None
        assert known < 10, "as soon as it is known how early packets come"
        assert found[known:] == [by < CAUGHT_UP_S for by in list(late.values())[known:]]
    else:
        assert known is None, "their times would be those of the reading"


def test_files_are_read_on_end() -> None:
    assert not FileTiming(0.0, TENTHS).may_pause
