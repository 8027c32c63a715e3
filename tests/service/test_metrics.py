"""A real run is scraped: figures right, every metric documented, no address in any label.

Slow where a whole run over a video takes seconds.
"""

import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import av
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families
from samples_service import Client
from sqlalchemy.exc import OperationalError

from pipelines.hall.site import Site, load_site
from pipelines.live import run_live
from pipelines.metered import Metered
from pipelines.metrics import METRICS, PICTURES_DROPPED, PICTURES_LOOKED_AT, Counters
from pipelines.run import make_plan, run_files
from pipelines.sinks import Both
from service.bootstrap import build_app
from service.cli.progress import Quiet
from service.intake import StoreSink
from service.metrics import OF_BUCKET, SCRAPED
from service.progress import Engine
from service.settings import Settings
from tests.conftest import moving, write_video
from tests.stub_eyes import StubEyes

DOCUMENTATION = Path(__file__).parent.parent.parent / "docs" / "metrics.md"
SECRET = "s3cr3t"
DUE = 25
"""Pictures that are due in 10 s."""
PATIENCE_S = 120.0
Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Kept(Quiet):
    """A sink that keeps the times of looks."""

    def __init__(self) -> None:
        self.times: list[datetime] = []

    def observation(self, line: object) -> None:
        assert isinstance(line, dict)
        self.times.append(datetime.fromisoformat(line["t"]))


@pytest.fixture(scope="module")
def kept() -> Kept:
    """What came of the run of `scraped`."""
    return Kept()


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory, kept: Kept) -> Iterator[Client]:
    """A service whose run over one video, 10 s of an empty post, is over; and one camera out of reach."""
    folder = tmp_path_factory.mktemp("hall")
    write_video(folder / "east.mp4", moving(100), options={"bf": "0"})
    site = Site.model_validate(
        {
            "hall": "Test",
            "timezone": "Asia/Shanghai",
            "cameras": [
                {"id": "east", "url": "east.mp4"},
                {"id": "west", "url": f"rtsp://admin:{SECRET}@127.0.0.1:9/main?token={SECRET}"},
            ],
            "posts": [
                {"id": "w01", "camera": "east", "staff_zone": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]},
                {"id": "w02", "camera": "west", "staff_zone": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]},
            ],
            "rules": {"absent": {"grace_s": 3}},
        }
    )
    counters, eyes = Counters(), StubEyes()
    client = Client(
        build_app(Settings(data_dir=folder / "data"), site, engine=Engine("stub", 2), counters=counters)
    )
    plan = make_plan(site, eyes, folder=folder)
    metered = Metered(counters)
    metered.begin(site, plan.cameras())
    sink = StoreSink(client.store)

    def enough() -> bool:
        done = counters.total(PICTURES_LOOKED_AT) + counters.total(PICTURES_DROPPED) >= DUE
        lost = figures(client)["conduct_camera_state", labels(camera="west", state="gap")] == 1
        return (done and lost) or time.monotonic() - began > PATIENCE_S

    both, began = Both([sink, kept, metered]), time.monotonic()
    run_live(plan, eyes, both, folder / "data", start=0.0, stopped=enough, meter=counters)
    yield client
    client.store.close()


def labels(**named: str) -> frozenset[tuple[str, str]]:
    return frozenset(named.items())


def figures(client: Client) -> Figures:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for found in text_string_to_metric_families(client.get("/metrics").text)
        for sample in found.samples
    }


pytestmark = pytest.mark.slow


def test_the_figures_of_a_run(scraped: Client, kept: Kept) -> None:
    found = figures(scraped)
    east, post = labels(camera="east"), labels(camera="east", post="w01")
    assert found["conduct_packets_total", east] == 100
    assert found["conduct_frames_total", east] == 100
    assert found["conduct_decode_errors_total", east] == 0
    looked_at = found["conduct_pictures_looked_at_total", east]
    assert looked_at + found["conduct_pictures_dropped_total", east] == DUE, "a busy machine drops some"
    looks = found["conduct_looks_total", post]
    assert looks == len(kept.times)
    assert found["conduct_look_interval_seconds_count", post] == looks - 1
    assert found["conduct_look_interval_seconds_sum", post] == pytest.approx(
        (kept.times[-1] - kept.times[0]).total_seconds()
    )
    assert found["conduct_look_interval_seconds_bucket", post | labels(le="0.2")] == 0
    assert found["conduct_look_interval_seconds_bucket", post | labels(le="+Inf")] == looks - 1
    assert 0 <= found["conduct_look_age_seconds", post] < 60
    assert found["conduct_events_total", labels(rule="absent")] == 1
    assert found["conduct_events_total", labels(rule="phone_use")] == 0
    assert found["conduct_queue_pictures", east] == 0
    assert found["conduct_clip_failures_total", east] == 0


def test_a_camera_out_of_reach_shows(scraped: Client) -> None:
    found = figures(scraped)
    assert found["conduct_connect_failures_total", labels(camera="west")] >= 1
    assert found["conduct_frames_total", labels(camera="west")] == 0
    assert found["conduct_look_age_seconds", labels(camera="west", post="w02")] > 9
    assert ("conduct_looks_total", labels(camera="west", post="w02")) not in found


def test_the_surroundings_are_looked_up_at_the_scrape(
    scraped: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(scraped.data_dir).free
    found = figures(scraped)
    assert found["conduct_disk_free_bytes", labels()] == pytest.approx(free, rel=0.2)
    assert found["conduct_store_up", labels()] == 1
    assert found["conduct_store_answer_seconds", labels()] < 60
    assert found["conduct_run_state", labels(state="idle")] == 1
    assert sum(value for (name, _), value in found.items() if name == "conduct_run_state") == 1
    assert found["process_resident_memory_bytes", labels()] > 1e6

    def away() -> None:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr(scraped.store, "ping", away)
    found = figures(scraped)
    assert found["conduct_store_up", labels()] == 0
    assert ("conduct_store_answer_seconds", labels()) not in found


def test_no_address_and_no_secret_is_exported(scraped: Client) -> None:
    text = scraped.get("/metrics").text
    assert SECRET not in text
    assert "://" not in text
    assert "127.0.0.1" not in text


def test_openmetrics_is_spoken_when_asked_for(scraped: Client) -> None:
    answer = scraped.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    names = {found.name for found in openmetrics_families(answer.text)}
    assert {metric.name for metric in SCRAPED} <= names


def test_every_metric_is_documented_with_its_kind_and_labels_and_no_other_is(scraped: Client) -> None:
    rows = [
        [cell.strip().replace("`", "") for cell in line.strip("|\n ").split("|")]
        for line in DOCUMENTATION.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `conduct_")
    ]
    documented = {(name, kind, labels) for name, kind, labels, _ in rows}
    declared = {
        (
            metric.name + ("_total" if metric.kind == "counter" else ""),
            "gauge" if metric.kind == "age" else metric.kind,
            ", ".join(metric.labels),
        )
        for metric in (*METRICS, *SCRAPED, *OF_BUCKET)
    }
    assert documented == declared
    exported = {
        found.name
        for found in text_string_to_metric_families(scraped.get("/metrics").text)
        if not found.name.startswith("process_")
    }
    assert exported <= {name.removesuffix("_total") for name, _, _ in documented}


def test_the_page_alone_has_figures_too(client: Client) -> None:
    assert figures(client)["conduct_run_state", labels(state="idle")] == 1


def test_foreign_host_names_get_no_figures(client: Client) -> None:
    assert client.get("/metrics", headers={"Host": "evil.example"}).status_code == 400


def test_a_run_over_files_counts_the_same(example: Path, tmp_path: Path) -> None:
    counters, eyes = Counters(), StubEyes()
    site_file = example.with_suffix(".site.yaml")
    plan = make_plan(load_site(site_file), eyes, folder=site_file.parent)
    metered, kept = Metered(counters), Kept()
    run_files(plan, eyes, Both([kept, metered]), tmp_path, start=0.0, meter=counters)
    client = Client(build_app(Settings(data_dir=tmp_path / "data"), counters=counters))
    found = figures(client)
    client.store.close()
    frames = [value for (name, _), value in found.items() if name == "conduct_frames_total"]
    looks = [value for (name, _), value in found.items() if name == "conduct_looks_total"]
    with av.open(str(example)) as video:
        assert frames == [len(list(video.decode(video=0)))]
    assert sum(looks) == len(kept.times) > 0


def test_no_cache_keeps_the_figures(client: Client) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
