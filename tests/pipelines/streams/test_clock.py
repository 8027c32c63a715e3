"""Event time of live streams: sender reports, arrival, drift, jumps, and the host's clock stepped."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.streams.clock import RunClock, Stamp, StreamClock

UTC = 1_700_000_000.0


def run(stamps: list[Stamp], lead: int = 1) -> tuple[StreamClock, list[float], float | None]:
    """The clock after all stamps, the event time of each, and the jump that ended it, if any."""
    clock = StreamClock.anchored(stamps[:lead])
    times = [stamp.stream + clock.offset for stamp in stamps[:lead]]
    for stamp in stamps[lead:]:
        clock, jump = clock.look(stamp)
        if jump is not None:
            return clock, times, jump
        times.append(stamp.stream + clock.offset)
    return clock, times, None


@dataclass
class HostClock:
    """A host whose wall can be set while its monotonic clock runs on."""

    passed: float = 0.0
    stepped: float = 0.0

    def wall(self) -> float:
        return UTC + self.passed + self.stepped

    def monotonic(self) -> float:
        return 77.0 + self.passed


@pytest.mark.parametrize("step", [3600.0, -3600.0, 0.0])
def test_the_runs_clock_goes_on_evenly_however_the_hosts_is_set(step: float) -> None:
    host = HostClock()
    clock = RunClock(host.wall, host.monotonic)
    host.passed = 10.0
    host.stepped = step
    assert clock.now() == pytest.approx(UTC + 10, abs=1e-5)
    assert clock.stepped_s() == pytest.approx(step, abs=1e-5)
    host.passed = 20.0
    assert clock.now() == pytest.approx(UTC + 20, abs=1e-5)


def even(seconds: float, delay: float, *, sender: float | None = None, rate: float = 1.0) -> list[Stamp]:
    """A picture each 40 ms, each with the same delay; ``rate`` = UTC seconds for a stream's second."""
    stamps = []
    for i in range(round(seconds / 0.04)):
        taken = UTC + i * 0.04 * rate
        stamps.append(Stamp(i * 0.04, taken + delay, None if sender is None else taken + sender))
    return stamps


def test_without_sender_reports_time_is_that_of_the_least_delayed_packet() -> None:
    burst = [Stamp(i * 0.04, UTC + 1.0) for i in range(25)]  # a second of pictures, read at once
    clock, times, _ = run([*burst, *even(5, 0.04)[25:]], lead=25)
    assert times[0] == pytest.approx(UTC + 0.04, abs=1e-5)
    assert clock.sender_off is None


def test_sender_reports_of_a_right_clock_take_the_delay_out() -> None:
    clock, times, _ = run(even(5, 0.8, sender=0.0))
    assert times == pytest.approx([UTC + i * 0.04 for i in range(125)], abs=1e-5)
    assert clock.sender_off == pytest.approx(-0.8, abs=1e-5)
    assert not clock.sender_wrong


@pytest.mark.parametrize("off", [8 * 3600.0, -8 * 3600.0, 12.0])
def test_a_camera_whose_own_clock_is_far_off_is_told_by_arrival_and_said_to_be_wrong(off: float) -> None:
    clock, times, _ = run(even(5, 0.1, sender=off))
    assert times[-1] == pytest.approx(UTC + 124 * 0.04 + 0.1, abs=1e-5)
    assert clock.sender_wrong
    assert clock.sender_off == pytest.approx(off - 0.1, abs=1e-5)


def test_reports_that_come_later_are_followed_without_a_step() -> None:
    stamps = even(300, 0.8)[:250] + even(300, 0.8, sender=0.0)[250:]
    _, times, _ = run(stamps)
    assert all(0.0397 < later - sooner < 0.0403 for sooner, later in pairwise(times))
    assert times[250] == pytest.approx(UTC + 10.8, abs=0.001)
    assert times[-1] == pytest.approx(UTC + 7499 * 0.04, abs=1e-4)


@pytest.mark.parametrize("ppm", [-200.0, 50.0, 200.0])
@pytest.mark.parametrize("sender", [None, 0.0])
def test_drift_of_the_cameras_crystal_is_followed_and_told(ppm: float, sender: float | None) -> None:
    clock, times, jump = run(even(3600, 0.0, sender=sender, rate=1 + ppm * 1e-6))
    assert jump is None
    # Without reports a slow camera's drift shows only as windows roll: it may lag by one of two windows.
    allowed = 0.001 if sender is not None or ppm < 0 else 1300 * ppm * 1e-6
    assert abs(times[-1] - (UTC + 89_999 * 0.04 * (1 + ppm * 1e-6))) < allowed
    assert clock.drift_ppm == pytest.approx(ppm, abs=2 if allowed == 0.001 else abs(ppm) / 2)


def test_drift_is_not_told_too_early() -> None:
    clock, _, _ = run(even(30, 0.0))
    assert clock.drift_ppm is None


@pytest.mark.parametrize("by", [3.0, 3600.0, -3.0, -3600.0])
def test_a_camera_whose_clock_jumps_is_found_at_once(by: float) -> None:
    before = even(20, 0.05)
    stamps = before + [Stamp(s.stream + by, s.arrival) for s in even(25, 0.05)[len(before) :]]
    _, times, jump = run(stamps)
    assert len(times) == len(before)
    assert jump == pytest.approx(by, abs=0.1)


@pytest.mark.parametrize(
    "late",
    [
        pytest.param([0.0, 5.0, 4.96, 4.92, 0.0], id="the network stalls for five seconds, then catches up"),
        pytest.param([0.0, 1.5, 0.0, 1.5, 0.0], id="jitter"),
    ],
)
def test_what_only_comes_late_is_no_jump(late: list[float]) -> None:
    stamps = [Stamp(i * 0.04, UTC + i * 0.04 + delay) for i, delay in enumerate(late * 50)]
    _, times, jump = run(stamps)
    assert jump is None
    assert times == pytest.approx([UTC + i * 0.04 for i in range(len(times))], abs=0.001)


def test_a_stream_that_comes_faster_than_it_plays_has_not_jumped() -> None:
    stamps = [Stamp(i * 0.04, UTC + i * 0.004) for i in range(1000)]
    _, times, jump = run(stamps)
    assert jump is None
    assert times[-1] - times[0] == pytest.approx(999 * 0.04, rel=0.006)


def test_a_camera_that_skips_ahead_to_catch_up_has_not_jumped() -> None:
    stamps = even(20, 0.05)
    stamps += [Stamp(s.stream, s.arrival + 8) for s in even(22, 0.05)[500:]]
    stamps += even(40, 0.05)[750:]
    _, times, jump = run(stamps)
    assert jump is None
    assert times[-1] == pytest.approx(stamps[-1].arrival, abs=0.01)


def test_pictures_that_are_lost_on_the_way_are_no_jump() -> None:
    stamps = [stamp for stamp in even(60, 0.05) if not 20 < stamp.stream < 50]
    _, times, jump = run(stamps)
    assert jump is None
    assert times[-1] == pytest.approx(stamps[-1].arrival, abs=1e-5)


def test_a_stream_that_stays_late_for_a_whole_window_has_jumped() -> None:
    stamps = even(700, 0.05) + [Stamp(s.stream, s.arrival + 30) for s in even(2600, 0.05)[17_500:]]
    _, times, jump = run(stamps)
    assert jump == pytest.approx(-30, abs=0.1)
    assert times == sorted(times)


def test_a_camera_that_sets_its_own_clock_keeps_its_line() -> None:
    stamps = even(60, 0.1, sender=0.0)[:750] + even(60, 0.1, sender=3600.0)[750:]
    clock, times, jump = run(stamps)
    assert jump is None
    assert clock.sender_wrong
    assert times[-1] == pytest.approx(UTC + 1499 * 0.04, abs=0.11)
    assert all(0 < later - sooner < 0.05 for sooner, later in pairwise(times))


def test_the_wrap_of_the_32_bit_stamps_is_seen_through() -> None:
    wrap = 2**32 / 90_000
    stamps = even(20, 0.1, sender=0.0)
    stamps[100:200] = [Stamp(s.stream, s.arrival, (s.sender or 0) - wrap) for s in stamps[100:200]]
    clock = StreamClock.anchored(stamps[:1], wrap=wrap)
    for stamp in stamps[1:]:
        clock, jump = clock.look(stamp)
        assert jump is None
        assert not clock.sender_wrong
    assert clock.offset == pytest.approx(UTC, abs=1e-4)


def test_a_connection_begins_after_what_was_told_before_and_falls_back_slowly() -> None:
    clock = StreamClock.anchored(even(1, 0.0)[:1]).not_before(0.0, UTC + 1.0)
    times = []
    for stamp in even(400, 0.0):
        clock, _ = clock.look(stamp)
        times.append(stamp.stream + clock.offset)
    assert times[0] == pytest.approx(UTC + 1.0, abs=1e-5)
    assert all(later > sooner for sooner, later in pairwise(times))
    assert times[-1] == pytest.approx(UTC + 9999 * 0.04, abs=1e-4)


@given(
    st.lists(
        st.tuples(st.floats(0.001, 3), st.floats(0, 30), st.one_of(st.none(), st.floats(-1e5, 1e5))),
        min_size=2,
        max_size=60,
    )
)
def test_whatever_comes_event_time_never_runs_back(steps: list[tuple[float, float, float | None]]) -> None:
    stream, stamps = 0.0, []
    for step, delay, off in steps:
        stream += step
        sender = None if off is None else UTC + stream + off
        stamps.append(Stamp(stream, UTC + stream + delay, sender))
    _, times, _ = run(stamps)
    assert all(later > sooner for sooner, later in pairwise(times))
    assert all(math.isfinite(t) for t in times)
