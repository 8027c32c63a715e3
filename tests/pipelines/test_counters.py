"""Counters: what is kept, what is read, what is refused."""

import math
import threading

import pytest

from pipelines.metrics import (
    EVENTS,
    LOOK_AGE,
    LOOK_INTERVAL,
    LOOKS,
    METRICS,
    PACKETS,
    QUEUE,
    SILENT,
    Counters,
    Metric,
)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def figures(counters: Counters, metric: Metric) -> dict[tuple[str, ...], float]:
    return {reading.labels: reading.value for reading in counters.read([metric])}


def test_a_counter_rises_for_each_set_of_labels_and_starts_at_0_when_told_so() -> None:
    counters = Counters()
    counters.add(PACKETS, "east")
    counters.add(PACKETS, "east", by=2)
    counters.add(PACKETS, "west", by=0)
    assert figures(counters, PACKETS) == {("east",): 3, ("west",): 0}
    assert counters.total(PACKETS) == 3


def test_what_never_came_has_no_figure() -> None:
    assert Counters().read() == []
    assert Counters().total(PACKETS) == 0


def test_an_age_grows_until_it_happens_again() -> None:
    clock = Clock()
    counters = Counters(clock)
    counters.mark(LOOK_AGE, "east", "w01")
    clock.now += 7
    counters.mark(LOOK_AGE, "east", "w02")
    clock.now += 3
    assert figures(counters, LOOK_AGE) == {("east", "w01"): 10, ("east", "w02"): 3}
    counters.mark(LOOK_AGE, "east", "w01")
    assert figures(counters, LOOK_AGE)["east", "w01"] == 0
    counters.forget(LOOK_AGE)
    assert figures(counters, LOOK_AGE) == {}


@pytest.mark.parametrize(
    ("value", "bucket"),
    [
        pytest.param(0.1, 0, id="below all bounds"),
        pytest.param(0.2, 0, id="a bound belongs to its bucket"),
        pytest.param(0.21, 1, id="just above"),
        pytest.param(31, len(LOOK_INTERVAL.bounds), id="above all bounds"),
    ],
)
def test_into_which_bucket_a_value_falls(value: float, bucket: int) -> None:
    counters = Counters()
    counters.observe(LOOK_INTERVAL, "east", "w01", value=value)
    (reading,) = counters.read([LOOK_INTERVAL])
    assert reading.spread is not None
    assert [i for i, count in enumerate(reading.spread.buckets) if count] == [bucket]
    assert reading.spread.total == value


def test_a_reading_does_not_change_afterwards() -> None:
    counters = Counters()
    counters.observe(LOOK_INTERVAL, "east", "w01", value=1)
    (reading,) = counters.read([LOOK_INTERVAL])
    counters.observe(LOOK_INTERVAL, "east", "w01", value=1)
    assert reading.spread is not None
    assert sum(reading.spread.buckets) == 1


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param(("rtsp://user:s3cret@camera/main",), id="an address"),
        pytest.param(("user:s3cret",), id="a login"),
        pytest.param(("1号窗口 社会保障",), id="a name in words"),
        pytest.param(("",), id="nothing"),
        pytest.param(("a" * 65,), id="too long"),
        pytest.param((), id="too few"),
        pytest.param(("east", "w01"), id="too many"),
    ],
)
def test_a_label_that_is_no_id_is_refused_without_being_shown(labels: tuple[str, ...]) -> None:
    counters = Counters()
    for write in (
        lambda: counters.add(EVENTS, *labels),
        lambda: counters.set(EVENTS, *labels, value=1),
        lambda: counters.mark(EVENTS, *labels),
    ):
        with pytest.raises(ValueError, match="expected") as refused:
            write()
        assert "s3cret" not in str(refused.value)
    assert counters.read() == []


def test_the_declared_metrics_are_well_formed() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    for metric in METRICS:
        assert metric.name.startswith("conduct_")
        assert not metric.name.endswith("_total"), "the exporter adds it"
        assert (metric.kind == "histogram") == bool(metric.bounds)
        assert list(metric.bounds) == sorted(set(metric.bounds))
        assert math.inf not in metric.bounds


def test_a_silent_meter_takes_everything() -> None:
    SILENT.add(LOOKS, "east", "w01")
    SILENT.set(QUEUE, "east", value=1)
    SILENT.mark(LOOK_AGE, "east", "w01")
    SILENT.observe(LOOK_INTERVAL, "east", "w01", value=1)
    assert Counters().read() == []


def test_nothing_is_lost_of_what_many_threads_add() -> None:
    counters = Counters()

    def work(camera: str) -> None:
        for i in range(2000):
            counters.add(PACKETS, camera)
            counters.add(EVENTS, "absent", by=2)
            if i % 500 == 0:
                counters.read()

    threads = [threading.Thread(target=work, args=(f"c{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert figures(counters, PACKETS) == {(f"c{i}",): 2000 for i in range(8)}
    assert figures(counters, EVENTS) == {("absent",): 8 * 2000 * 2}
