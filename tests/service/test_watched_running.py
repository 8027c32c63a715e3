"""How much was seen, kept by real runs: it adds up to the time of the run, and a replay adds nothing."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from samples_service import Client

from pipelines.hall.site import Site
from pipelines.live import run_live
from pipelines.run import Plan, make_plan, run_files
from pipelines.streams.clock import RunClock
from service.intake import StoreSink
from tests.conftest import moving
from tests.pipelines.streams.samples_http import HttpCamera, transport_stream
from tests.stub_eyes import StubEyes

START = datetime.fromisoformat("2026-01-05T09:00:00+08:00").timestamp()
MOST_CALLS = 3000


def site_of(url: str) -> Site:
    return Site.model_validate(
        {
            "hall": "Test",
            "timezone": "Asia/Shanghai",
            "cameras": [{"id": "cam", "url": url}],
            "posts": [{"id": "w02", "camera": "cam", "staff_zone": [[0.5, 0.2], [0.8, 0.2], [0.8, 0.7]]}],
        }
    )


class Told(StoreSink):
    """Remembers what event time it was told of, first and last."""

    def __init__(self, client: Client, site: Site) -> None:
        super().__init__(client.store, site=site)
        self.times: list[float] = []

    def passed(self, cameras: Collection[str], now: float) -> None:
        super().passed(cameras, now)
        self.times.append(now)


def run(client: Client, plan: Plan, clock: RunClock, stopped: Callable[[], bool]) -> float:
    """A live run of stub eyes into the store; gives how long it lasted in event time."""
    sink = Told(client, plan.site)
    calls = itertools.count()
    run_live(
        plan,
        StubEyes(),
        sink,
        client.data_dir,
        start=0.0,
        stopped=lambda: stopped() or next(calls) > MOST_CALLS,
        clock=clock,
        passed=sink.passed,
    )
    sink.finish()
    return sink.times[-1] - sink.times[0]


@pytest.mark.slow  # the bundled clip is decoded twice
def test_a_files_run_adds_up_and_its_replay_adds_nothing(client: Client, example: Path) -> None:
    eyes = StubEyes()
    plan = make_plan(site_of(str(example)), eyes)
    found = []
    for _ in range(2):
        sink = StoreSink(client.store, site=plan.site)
        run_files(plan, eyes, sink, client.data_dir, start=START)
        sink.finish()
        found.append(client.store.watched.seconds()["w02"])
    assert found[0] == found[1]
    (look,) = client.store.last_looks()
    assert sum(found[0].values()) == pytest.approx(look.t.timestamp() - START, abs=0.002)
    assert found[0]["unstaffed"] > 10


def test_a_camera_that_never_answers_is_unknown_for_as_long_as_the_run_lasts(client: Client) -> None:
    steps = itertools.count()
    clock = RunClock(lambda: START, lambda: 5.0 * next(steps))  # each time it is asked, five seconds are over
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: every connection is refused
        eyes = StubEyes()
        plan = make_plan(site_of(f"http://127.0.0.1:{taken.getsockname()[1]}/stream.ts"), eyes)
        rounds = itertools.count()
        lasted = run(client, plan, clock, lambda: next(rounds) > 5)
    found = client.store.watched.seconds()["w02"]
    assert found["unknown"] == pytest.approx(lasted, abs=0.01)
    assert sum(found.values()) == found["unknown"]
    assert lasted >= 25


@pytest.fixture
def camera() -> Iterator[HttpCamera]:
    """It hangs up after three seconds, each time."""
    with HttpCamera(lambda: transport_stream(moving(30))) as made:
        yield made


@pytest.mark.slow  # a stream plays, breaks off and is opened again in real time
def test_a_live_run_adds_up_whatever_the_stream_does(client: Client, camera: HttpCamera) -> None:
    eyes = StubEyes()
    plan = make_plan(site_of(camera.url), eyes)

    def looked() -> bool:
        return bool(client.store.last_looks()) and camera.connections >= 2

    lasted = run(client, plan, RunClock(time.time, time.monotonic), looked)
    found = client.store.watched.seconds()["w02"]
    assert sum(found.values()) == pytest.approx(lasted, abs=0.5)
    assert found["unstaffed"] > 1
