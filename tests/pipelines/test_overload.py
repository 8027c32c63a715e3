"""Models slower than the looks demanded of them, on a virtual clock.

The real readers' hand-over and the real looking thread's turns, without threads: time passes only where the
models work and where nothing is left to do. So it is decided exactly which picture is newest when.
"""

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pipelines.hall.site import Site
from pipelines.live import _LiveRun
from pipelines.looking.looks import BOUND_S, INTERVAL_S
from pipelines.metered import Metered
from pipelines.metrics import (
    FRAMES,
    LOOKS,
    LOOKS_DROPPED,
    OVERLOADED,
    PICTURES_DROPPED,
    PICTURES_LOOKED_AT,
    QUEUE,
    Counters,
    Metric,
)
from pipelines.reader import Patience, Reader
from pipelines.rules.events import HealthEntry
from pipelines.run import make_plan
from pipelines.sinks import Both
from pipelines.streams.clock import RunClock
from pipelines.streams.source import Picture, Source
from tests.conftest import moving, write_video
from tests.stub_eyes import UnsureEyes
from vision.frame import Frame, Image
from vision.picture import Picture as State

SECONDS = 20
POSTS = {"c0": 3, "c1": 1, "c2": 2, "c3": 1}
RATES = {"c0": 10, "c1": 25, "c2": 5, "c3": 10}


@dataclass
class Hall:
    """Cameras whose pictures come at their own times, and models that take ``cost`` seconds a look."""

    folder: Path
    cost: float
    now: float = 0.0
    counters: Counters = field(default_factory=Counters)
    looks: list[tuple[str, float, float]] = field(default_factory=list)
    """Post, time of the picture, time when the models were done with it."""
    offered: dict[str, int] = field(default_factory=dict)
    queues: list[float] = field(default_factory=list)
    pixels: list[tuple[int, int]] = field(default_factory=list)
    """After each turn: pictures whose pixels are in memory, and cameras with looks that are due at theirs."""
    ill: list[HealthEntry] = field(default_factory=list)

    def event(self, event: object) -> None:
        pass

    def health(self, entry: HealthEntry) -> None:
        self.ill.append(entry)

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        pass

    def covered(self, absence: object) -> None:
        pass

    def observation(self, line: dict[str, Any]) -> None:
        self.looks.append((line["post"], datetime.fromisoformat(line["t"]).timestamp(), self.now))

    def work(self, crops: int) -> None:
        self.now += crops * self.cost

    def run(self) -> None:
        eyes = UnsureEyes(self.work)
        plan = make_plan(site(), eyes, folder=self.folder)
        sink, clock = Both([self, Metered(self.counters)]), RunClock(lambda: self.now, lambda: self.now)
        run = _LiveRun(plan, eyes, sink, self.folder, 0.0, Patience(), clock, self.counters)
        streams = {r.camera.id: self.stream(r, plan.urls[r.camera.id]) for r in run.readers}
        images = self.opened(run)
        while any(streams.values()) or not run.over:
            for reader in run.readers:
                self.deliver(reader, streams[reader.camera.id])
            self.queues.append(self.counters.total(QUEUE))
            if run._busy:
                run.look()
                waiting = sum(offer.waiting for offer in run._turns._offers)
                self.pixels.append((sum(image() is not None for image in images), waiting))
            else:
                self.now = min((pictures[0].t for pictures in streams.values() if pictures), default=self.now)
            for reader in run.readers:
                reader.ended = not streams[reader.camera.id]

    def opened(self, run: _LiveRun) -> list[weakref.ref[Image]]:
        """Fills with the pictures that the run makes pixels of."""
        images: list[weakref.ref[Image]] = []
        for reader in run.readers:
            assert reader.channel is not None
            take_up = reader.channel.watch.take_up

            def noted(frame: Frame, take_up: Callable[[Frame], State] = take_up) -> State:
                images.append(weakref.ref(frame.image))
                return take_up(frame)

            reader.channel.watch.take_up = noted  # type: ignore[method-assign]
        return images

    def stream(self, reader: Reader, url: str) -> list[Picture]:
        channel = reader._connected(Source(reader.camera.id, url, start=0.0))
        pictures = list(channel.due_pictures())
        self.offered[reader.camera.id] = len(pictures)
        return pictures

    def deliver(self, reader: Reader, pictures: list[Picture]) -> None:
        while pictures and pictures[0].t <= self.now:
            reader._handover.put([pictures.pop(0)], self.now)

    def counted(self, metric: Metric, camera: str) -> float:
        return sum(r.value for r in self.counters.read([metric]) if r.labels[0] == camera)

    def of(self, post: str) -> list[tuple[float, float]]:
        return [(t, done) for name, t, done in self.looks if name == post]


def site() -> Site:
    return Site.model_validate(
        {
            "hall": "Test",
            "timezone": "Asia/Shanghai",
            "cameras": [{"id": camera, "url": f"{camera}.mp4"} for camera in POSTS],
            "posts": [
                {"id": f"{camera}-{i}", "camera": camera, "staff_zone": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]}
                for camera, count in POSTS.items()
                for i in range(count)
            ],
        }
    )


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hall")
    for seed, (camera, rate) in enumerate(RATES.items()):
        write_video(folder / f"{camera}.mp4", moving(SECONDS * rate, size=(64, 64), seed=seed), fps=rate)
    return folder


ALL = sum(POSTS.values())


@pytest.mark.parametrize(
    "load",
    [pytest.param(load, id=f"{load} times what the models manage") for load in (0.5, 0.95, 2, 5, 20)],
)
def test_looks_are_dropped_oldest_first_and_no_post_starves(videos: Path, load: float) -> None:
    cost = load * INTERVAL_S / ALL
    hall = Hall(videos, cost)
    hall.run()
    a_round = ALL * cost
    demanded = sum(hall.offered.values())
    looked_at, dropped = hall.counters.total(PICTURES_LOOKED_AT), hall.counters.total(PICTURES_DROPPED)
    looks_dropped = hall.counters.total(LOOKS_DROPPED)

    assert len(hall.looks) == hall.counters.total(LOOKS)
    assert looked_at + dropped == demanded, "every picture is looked at or counted as dropped"
    assert max(hall.queues) <= len(POSTS), "never more than one picture of each camera waits"
    assert hall.counters.total(QUEUE) == 0
    assert hall.ill == [], "that nobody looks is not the cameras' fault"
    for camera, count in POSTS.items():
        for i in range(count):
            looked = hall.of(f"{camera}-{i}")
            ages = [later[0] - earlier[0] for earlier, later in pairwise(looked)]
            oldest = a_round + 2 * cost + 2 * INTERVAL_S
            assert max(ages) <= oldest, "the last look at every post is about a round old, and a turn"
            assert max(done - t for t, done in looked) <= oldest, "what is looked at is new"
            times = [t for t, _ in looked]
            assert times == sorted(times)
            assert looked[-1][0] >= SECONDS - INTERVAL_S - 1e-6, "the newest picture is always looked at"
    wanted = sum(hall.offered[camera] * count for camera, count in POSTS.items())
    if load < 1:
        assert dropped == looks_dropped == 0
        assert len(hall.looks) == wanted
    else:
        assert len(hall.looks) / wanted == pytest.approx(1 / load, abs=0.12), "as many as the models manage"
        assert dropped + looks_dropped > 0


def test_every_look_is_taken_or_counted_as_dropped(videos: Path) -> None:
    hall = Hall(videos, cost=4 * INTERVAL_S / ALL)
    hall.run()
    for camera, count in POSTS.items():
        shown = hall.counted(PICTURES_LOOKED_AT, camera)
        looks = sum(len(hall.of(f"{camera}-{i}")) for i in range(count))
        assert looks + hall.counted(LOOKS_DROPPED, camera) == shown * count


@pytest.mark.parametrize("load", [0.5, 5])
def test_no_picture_outlives_the_looks_at_it(videos: Path, load: float) -> None:
    hall = Hall(videos, INTERVAL_S / ALL * load)
    hall.run()
    assert len(hall.pixels) > 20
    assert all(held <= waiting for held, waiting in hall.pixels)
    assert load < 1 or max(waiting for _, waiting in hall.pixels) > 1


def test_a_machine_that_is_too_slow_is_said_to_be(videos: Path, caplog: pytest.LogCaptureFixture) -> None:
    hall = Hall(videos, cost=1.5 * BOUND_S / ALL)
    hall.run()
    assert caplog.text.count("more than this machine can look at") == 1
    assert caplog.text.count("again") == 1, "as soon as only cameras are left that it can manage"
    caplog.clear()
    quick = Hall(videos, cost=0.01)
    quick.run()
    assert "this machine" not in caplog.text
    assert [reading.value for reading in quick.counters.read([OVERLOADED])] == [0]


@pytest.mark.parametrize(("overloaded", "decoded", "left_out"), [(False, 201, 0), (True, 20, 9 * 4)])
def test_pictures_for_which_there_is_no_time_are_not_even_decoded_but_counted(
    tmp_path: Path, overloaded: bool, decoded: int, left_out: int
) -> None:
    for camera in POSTS:
        write_video(tmp_path / f"{camera}.mp4", moving(201), fps=10, gop=20, options={"tune": "zerolatency"})
    eyes, counters = UnsureEyes(lambda crops: None), Counters()
    plan, clock = make_plan(site(), eyes, folder=tmp_path), RunClock(lambda: 0.0, lambda: 0.0)
    run = _LiveRun(plan, eyes, Metered(counters), tmp_path, 0.0, Patience(), clock, counters)
    reader = run.readers[0]
    channel = reader._connected(Source(reader.camera.id, plan.urls[reader.camera.id]))
    run._turns.overloaded = overloaded
    due = list(channel.due_pictures())
    # All pictures until it is known how far apart keyframes are.
    assert counters.total(FRAMES) == decoded
    assert counters.total(PICTURES_DROPPED) == left_out
    assert len(due) + left_out == 20.0 / INTERVAL_S + 1
    channel.open(due[-1])
    channel.taken_up(due[-1], State.LIVE)
    assert counters.total(FRAMES) == decoded + overloaded, "once it is looked at"
    run.news.stop.set()


def test_overload_lasts_no_longer_than_its_cause(videos: Path) -> None:
    hall = Hall(videos, cost=0.001)
    slow = lambda crops: setattr(hall, "now", hall.now + (6.0 if 5 <= hall.now < 6 else 0.01))  # noqa: E731
    hall.work = slow  # type: ignore[method-assign]
    hall.run()
    stalled = [done - t for _, t, done in hall.looks if t < 5 or t > 12]
    assert max(stalled) < 1, "nothing is left over from the stall"
    assert hall.counters.total(PICTURES_DROPPED) > 0
