"""`conduct demo` and `conduct serve` as processes: they start, the events appear, a signal ends them.

Slow: whole processes with the real models.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipelines.replay.journal import kept_places, read_kept

pytestmark = pytest.mark.slow
COMMAND = [sys.executable, "-c", "from service.cli import main; main()"]
PATIENCE_S = 240.0
POLL = threading.Event()
"""Never set: waiting for it leaves the processor to the process that is watched."""


@contextmanager
def running(tmp_path: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that serves a page, and the page's address."""
    environment = {**os.environ, "CONDUCT_DATA_DIR": str(tmp_path / "data"), "CONDUCT_PORT": "0"}
    process = subprocess.Popen(
        [*COMMAND, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=Path(__file__).parent.parent.parent,
    )
    try:
        assert process.stdout is not None
        address = next(m.group() for line in process.stdout if (m := re.search(r"http://\S+", line)))
        yield process, address
    finally:
        process.kill()
        process.communicate()


def posts(address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(address, "api/health")["posts"]
    return found


def ask(address: str, path: str) -> Any:
    with urllib.request.urlopen(address + path, timeout=10) as answer:
        return json.loads(answer.read())


def test_a_sites_events_appear_with_playable_clips_and_a_signal_ends_it(
    tmp_path: Path, example: Path
) -> None:
    with running(tmp_path, "serve", "--site", str(example.with_suffix(".site.yaml"))) as (process, address):
        end = time.monotonic() + PATIENCE_S
        events: list[dict[str, Any]] = []
        while time.monotonic() < end and not (events and all(event["clip"] for event in events)):
            events = ask(address, "api/events")["events"]
            POLL.wait(0.3)
        assert "absent" in {event["rule"] for event in events}
        with urllib.request.urlopen(f"{address}api/events/{events[0]['id']}/clip", timeout=10) as clip:
            assert clip.headers["Content-Type"] == "video/mp4"
            assert clip.read(12)[4:8] == b"ftyp"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    kept = kept_places(tmp_path / "data" / "looks")
    looks = {place.post: read_kept(place, files) for place, files in kept.items()}
    assert {event["post"] for event in events} <= set(looks)
    assert sum(map(len, looks.values())) > 10


def test_the_demo_needs_nothing_and_a_signal_ends_it_in_the_middle(tmp_path: Path) -> None:
    with running(tmp_path, "demo") as (process, address):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and not any(post["last_look"] for post in posts(address)):
            POLL.wait(0.3)
        assert [post["post"] for post in posts(address)] == ["w01", "w02", "w03"]
        assert any(post["last_look"] for post in posts(address))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def test_serving_without_a_site_is_a_page_with_an_empty_queue(tmp_path: Path) -> None:
    with running(tmp_path, "serve") as (process, address):
        assert ask(address, "api/events")["events"] == []
        assert ask(address, "api/posts")["posts"] == []
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with running(tmp_path, "serve") as (_, address):
        port = re.search(r":(\d+)/", address)
        assert port is not None
        second = subprocess.run(
            [*COMMAND, "serve", "--port", port.group(1)],
            capture_output=True,
            text=True,
            env={**os.environ, "CONDUCT_DATA_DIR": str(tmp_path / "other")},
            check=False,
        )
    assert second.returncode == 2
    assert len(second.stderr.strip().splitlines()) == 1
    assert "cannot listen on 127.0.0.1" in second.stderr
