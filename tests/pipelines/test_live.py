"""Live streams over a real connection: out of reach, watched, broken off, watched again.

What is slow is so because real time passes.
"""

import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from pipelines.hall.site import Site
from pipelines.live import run_live
from pipelines.looking.eyes import Eyes
from pipelines.reader import LONGEST_PAUSE_S, News, Patience
from pipelines.rules.events import HealthEntry, RuleEvent
from pipelines.run import make_plan
from pipelines.streams.source import Source
from tests.pipelines.streams.samples_http import HttpCamera

PATIENCE_S = 60.0


class Seen:
    """A sink that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[RuleEvent] = []
        self.entries: list[HealthEntry] = []
        self.looks: list[dict[str, Any]] = []

    def event(self, event: RuleEvent) -> None:
        self.events.append(event)

    def health(self, entry: HealthEntry) -> None:
        self.entries.append(entry)

    def observation(self, line: dict[str, Any]) -> None:
        self.looks.append(line)

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        pass


@pytest.fixture
def camera(example: Path, tmp_path: Path) -> Iterator[HttpCamera]:
    stream = tmp_path / "stream.ts"
    with av.open(str(example)) as given, av.open(str(stream), "w", format="mpegts") as out:
        copied = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = copied
                out.mux(packet)
    content = stream.read_bytes()
    with HttpCamera(lambda: [(0.0, content)]) as camera:  # all at once, as often as it is asked
        yield camera


def site_of(url: str) -> Site:
    return Site.model_validate(
        {
            "hall": "Test",
            "timezone": "Asia/Shanghai",
            "cameras": [{"id": "cam", "url": url}],
            "posts": [{"id": "w02", "camera": "cam", "staff_zone": [[0.5, 0.2], [0.8, 0.2], [0.8, 0.7]]}],
        }
    )


def gaps(entries: list[HealthEntry]) -> list[tuple[HealthEntry, HealthEntry]]:
    """Each gap as it was told when it began and when it ended.

    A busy machine may look so seldom that pictures lie far apart; that is told once, and not meant here.
    """
    told = [e for e in entries if e.state == "gap" and not e.detail.startswith("no picture for")]
    return list(zip(told[::2], told[1::2], strict=True))


@pytest.fixture
def dead_url() -> Iterator[str]:
    """The address of a camera that refuses every connection."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening
        yield f"http://someone:s3cret@127.0.0.1:{taken.getsockname()[1]}/stream.ts"


def test_a_camera_that_was_never_reached_is_a_gap_from_the_first_try_to_the_end(
    dead_url: str, eyes: Eyes, tmp_path: Path
) -> None:
    sink, began = Seen(), time.monotonic()

    def enough() -> bool:
        return bool(sink.entries) or time.monotonic() - began > PATIENCE_S

    run_live(make_plan(site_of(dead_url), eyes), eyes, sink, tmp_path, start=0.0, stopped=enough)
    ((begun, ended),) = gaps(sink.entries)
    assert (begun.camera, begun.end, begun.detail) == ("cam", None, "the camera cannot be reached")
    assert ended.end is not None
    assert ended.model_copy(update={"end": None}) == begun


@pytest.mark.slow
def test_a_stream_that_breaks_off_is_watched_again(
    camera: HttpCamera, eyes: Eyes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sink, began = Seen(), time.monotonic()

    def enough() -> bool:
        lost = [entry for entry in sink.entries if entry.state == "gap" and entry.end is None]
        seen = camera.connections >= 3 and len(sink.looks) >= 3 and len(lost) >= 2
        return seen or time.monotonic() - began > PATIENCE_S

    run_live(make_plan(site_of(camera.url), eyes), eyes, sink, tmp_path, start=0.0, stopped=enough)
    assert camera.connections >= 3
    times = [look["t"] for look in sink.looks]
    assert len(times) >= 3
    assert times == sorted(set(times))
    assert "s3cret" not in caplog.text
    broken = gaps(sink.entries)
    assert len(broken) >= 2
    assert all((begun.end, begun.start) == (None, ended.start) for begun, ended in broken)
    assert {begun.detail for begun, _ in broken} == {"the stream broke off"}
    ends = [entry.end for _, entry in broken]
    assert all(
        end is not None and end <= later.start for end, (later, _) in zip(ends, broken[1:], strict=False)
    )
    assert not list(tmp_path.rglob("*.partial"))


def test_news_that_come_at_any_moment_wake_whoever_waits() -> None:
    news, there = News(), deque[int]()
    seen, longest = 0, 0.0

    def tell() -> None:
        for i in range(2000):
            there.append(i)
            news.tell()
            if i % 7 == 0:
                time.sleep(0.0005)

    teller = threading.Thread(target=tell)
    teller.start()
    while seen < 2000:
        began = time.monotonic()
        with news.fresh:
            news.wait_for(lambda: bool(there), 30.0)
        longest = max(longest, time.monotonic() - began)
        while there:
            there.popleft()
            seen += 1
    teller.join()
    assert longest < 10.0, "nobody slept through what came"


def test_pauses_between_tries_grow_to_a_minute_and_no_further() -> None:
    waits = list(islice(Patience().pauses(), 12))
    assert 0.75 <= waits[0] <= 1.25
    assert all(later > sooner * 1.1 for sooner, later in pairwise(waits[:5]))
    assert all(0.75 * LONGEST_PAUSE_S <= wait <= 1.25 * LONGEST_PAUSE_S for wait in waits[8:])


def test_a_refused_password_is_tried_again_only_after_the_longest_pause() -> None:
    waits = [Patience().after_refusal() for _ in range(100)]
    assert all(0.75 * LONGEST_PAUSE_S <= wait <= 1.25 * LONGEST_PAUSE_S for wait in waits)
    assert len(set(waits)) > 1


def test_a_reader_that_fails_in_an_unforeseen_way_says_so_and_tries_again(
    eyes: Eyes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[int] = []
    url = "rtsp://someone:s3cret@camera/main"

    def opened(*_: object, **__: object) -> Source:
        tries.append(1)
        raise IndexError(url)

    monkeypatch.setattr("pipelines.reader.Source", opened)
    sink, began = Seen(), time.monotonic()
    run_live(
        make_plan(site_of(url), eyes),
        eyes,
        sink,
        tmp_path,
        start=0.0,
        stopped=lambda: len(tries) >= 3 or time.monotonic() - began > PATIENCE_S,
        patience=Patience(0.01, 0.05),
    )
    assert len(tries) >= 3
    ((begun, _),) = gaps(sink.entries)
    assert begun.detail == "reading failed: IndexError"
    assert "reading failed: IndexError" in caplog.text
    assert "s3cret" not in caplog.text
