"""Stamps of files: holes stay, damage is repaired, and a new beginning goes on where the old one ended."""

from __future__ import annotations

from fractions import Fraction

import pytest
from av.packet import Packet

from pipelines.streams.timing import FileTiming, _seconds

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
