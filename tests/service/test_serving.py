"""Serving for real: a socket, a run beside it, and a clean end."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest
from samples_postgres import Cluster
from samples_service import NINE, Client, EventMaker, wait_until_settled

from pipelines.hall.site import Site
from pipelines.rules.events import HealthEntry
from service import serving
from service.bootstrap import build_app
from service.intake import RunStoppedError, StoreSink
from service.serving import ServeError, listen, serve
from service.settings import Settings
from service.store import StoreUnavailableError

SITE = Site.model_validate(
    {
        "hall": "测试大厅",
        "timezone": "Asia/Shanghai",
        "cameras": [{"id": "east", "url": "rtsp://user:${EAST_PASSWORD}@camera.example/main"}],
        "posts": [
            {
                "id": "w01",
                "name": "1号窗口",
                "camera": "east",
                "staff_zone": [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6]],
                "visitor_zone": [[0.1, 0.6], [0.4, 0.6], [0.4, 0.9]],
            }
        ],
    }
)


def test_the_sites_hall_and_posts_are_taken_over_and_stay_without_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    for site in (SITE, None):
        store = build_app(settings, site).state.context.store
        assert (store.hall().name, store.hall().zone.key) == ("测试大厅", "Asia/Shanghai")
        (post,) = store.posts()
        assert (post.name, post.active, post.staff_zone[1]) == ("1号窗口", True, (0.4, 0.2))
        store.close()


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_while_the_store_is_away_from_the_start_nobody_comes_in_and_then_all_is_as_ever(
    tmp_path: Path, empty_url: str, cluster: Cluster
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=empty_url)
    cluster.stop()
    try:
        client = Client(build_app(settings, SITE, patient=True))
        found = [client.get(path).status_code for path in ("/api/posts", "/api/health", "/", "/login")]
        assert found == [503, 503, 503, 503]
    finally:
        cluster.start()
    delivery = client.app.state.context.delivery
    delivery.start()
    wait_until_settled(delivery)
    delivery.close()
    assert [post["id"] for post in client.get("/api/posts").json()["posts"]] == ["w01"]
    assert client.get("/").status_code == 200
    client.store.close()


def test_a_port_that_is_taken_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=f"127.0.0.1:{port} .*CONDUCT_PORT.*in use") as failure:
            listen(Settings(port=port))
    assert "\n" not in str(failure.value)


def test_a_second_service_on_the_same_port_is_refused(tmp_path: Path) -> None:
    with listen(Settings(data_dir=tmp_path, port=0)) as first, pytest.raises(ServeError):
        listen(Settings(port=first.getsockname()[1]))


def test_a_store_that_cannot_be_opened_ends_the_start(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=0, database_url="sqlite:////dev/null/x")
    with pytest.raises(StoreUnavailableError):
        serve(settings, None, announce=lambda _: None)


class Served:
    """A service in its own thread, stopped as a signal would stop it."""

    def __init__(self, settings: Settings, run: object, monkeypatch: pytest.MonkeyPatch) -> None:
        self.servers: list[object] = []
        self.address = ""
        self.announced = Event()
        make = serving.server_for

        def remember(app: object) -> object:
            self.servers.append(make(app))  # type: ignore[arg-type]
            return self.servers[0]

        monkeypatch.setattr(serving, "server_for", remember)
        self.thread = Thread(
            target=serve, args=(settings, SITE), kwargs={"run": run, "announce": self._announce}
        )
        self.thread.start()
        assert self.announced.wait(30)

    def _announce(self, address: str) -> None:
        self.address = address
        self.announced.set()

    def get(self, path: str) -> httpx.Response:
        # The socket listens before it is announced, so this waits for the answer instead of being refused.
        return httpx.get(self.address + path.lstrip("/"), timeout=30)

    def stop(self) -> None:
        self.servers[0].should_exit = True  # type: ignore[attr-defined]
        self.thread.join(30)
        assert not self.thread.is_alive()


def join_run() -> None:
    """Wait for the end of the run that has begun."""
    for thread in threading.enumerate():
        if thread.name == "run":
            thread.join(30)
            assert not thread.is_alive()


def test_a_run_feeds_the_page_while_it_goes_on(
    tmp_path: Path, event: EventMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered, stopped = Event(), Event()

    def run(sink: StoreSink) -> None:
        sink.progress(4.0, 12.0)
        sink.event(event())
        delivered.set()
        try:
            while True:
                sink.progress(5.0, 12.0)
        except RunStoppedError:
            stopped.set()
            raise

    served = Served(Settings(data_dir=tmp_path, port=0), run, monkeypatch)
    assert delivered.wait(30)
    health = served.get("/api/health").json()
    assert (health["run"]["state"], health["run"]["seconds_total"]) == ("running", 12.0)
    assert health["queue"]["none"] == 1
    assert served.get("/").status_code == 200
    served.stop()
    assert stopped.is_set()


def test_the_trouble_of_a_run_that_was_killed_does_not_stay_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, begun = Settings(data_dir=tmp_path, port=0), Event()
    killed = Client(build_app(settings))
    killed.store.upsert_health(HealthEntry(camera="east", state="gap", start=NINE, end=None, detail=""))
    assert killed.get("/api/health").json()["status"] == "degraded"
    killed.store.close()
    served = Served(settings, lambda _: begun.set(), monkeypatch)
    assert begun.wait(30)
    join_run()
    health = served.get("/api/health").json()
    served.stop()
    assert health["status"] == "ok"
    assert health["cameras"][0]["end"] is not None


def test_a_run_that_ends_leaves_the_page_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = Event()

    def run(sink: StoreSink) -> None:
        begun.set()
        sink.progress(12.0, 12.0)

    served = Served(Settings(data_dir=tmp_path, port=0), run, monkeypatch)
    assert begun.wait(30)
    join_run()
    health = served.get("/api/health").json()
    served.stop()
    assert health["run"] == {"state": "done", "seconds_done": 12.0, "seconds_total": 12.0, "error": None}


def test_a_run_that_fails_is_shown_without_its_secrets_and_leaves_the_page_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begun = Event()

    def run(_sink: StoreSink) -> None:
        begun.set()
        raise OSError("cannot open rtsp://user:hunter2@camera.example/main")

    served = Served(Settings(data_dir=tmp_path, port=0), run, monkeypatch)
    assert begun.wait(30)
    join_run()
    health = served.get("/api/health").json()
    served.stop()
    assert health["status"] == "degraded"
    assert health["run"]["state"] == "failed"
    assert health["run"]["error"] == "OSError: cannot open rtsp://***@camera.example/main"
    assert "the run failed" in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_service_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    program = f"""if True:
        from pathlib import Path
        from service.serving import serve
        from service.settings import Settings

        settings = Settings(data_dir=Path({str(tmp_path)!r}), port=0)
        serve(settings, None, announce=lambda address: print(address, flush=True))
        print("closed", flush=True)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(serving.__file__).parents[1])},
    )
    with process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert httpx.get(address, timeout=30).status_code == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out.strip(), err) == (0, "closed", "")
    # WAL's side files go when the last connection closes properly.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alerts.key", "conduct.sqlite3"]
