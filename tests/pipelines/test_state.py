"""What of a camera's run survives its process, and what the next one makes of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.evidence.recorder import Ring, Stream
from pipelines.evidence.spill import LOG, Spill, Window
from pipelines.hall.site import Site
from pipelines.keeper import open_events
from pipelines.regulation import load
from pipelines.rules.belief import Belief
from pipelines.rules.engine import PostState, RuleEngine
from pipelines.rules.events import at, event_id
from pipelines.rules.machine import Machine
from pipelines.rules.schedule import Span
from pipelines.state import CameraState, SavedCase, StateFile, carried
from pipelines.streams.source import Source
from tests.conftest import moving, write_video

SITE = Site.model_validate(
    {
        "hall": "Hall",
        "timezone": "Asia/Shanghai",
        "cameras": [{"id": "east", "url": "rtsp://camera.example/main"}],
        "posts": [{"id": "w01", "camera": "east", "staff_zone": [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6]]}],
    }
)
VERSIONS = {rule.name: rule.version for rule in SITE.active_rules}
OPEN = Machine(start=1 / 3, open=True, held_s=20.1, known_at=21.0, weight_s=1e-3, weighted_p=0.1)
POST = PostState({"phone": Belief(0.97, 21.0, 21.0)}, {"phone_use": OPEN}, Span(float("-inf"), float("inf")))


def case(**changes: object) -> SavedCase:
    fields = {
        "post": "w01",
        "rule": "phone_use",
        "start": 1 / 3,
        "end": None,
        "end_known": True,
        "confidence": 0.9,
        "open": True,
        "sure_until": 21.0,
        "best": 0.93,
        "why": "phone_in_hand",
        "why_args": {"percent": 93},
        "closing": False,
    }
    return SavedCase.model_validate({**fields, **changes})


def state(**changes: object) -> CameraState:
    fields = {"camera": "east", "t": 21.0, "rules": VERSIONS, "posts": {"w01": POST}, "cases": (case(),)}
    return CameraState.model_validate({**fields, **changes})


def test_what_is_saved_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "state", "east")
    assert file.load() is None
    file.save(state(), sync=True)
    assert file.load() == state()
    file.clear()
    assert file.load() is None


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda path: path.write_text(path.read_text()[:-20]), id="cut off"),
        pytest.param(lambda path: path.write_text(""), id="empty"),
        pytest.param(lambda path: path.write_text("[]"), id="something else"),
        pytest.param(
            lambda path: path.write_text(path.read_text().replace(":1,", ":99,", 1)), id="of the future"
        ),
    ],
)
def test_a_state_that_cannot_be_used_is_a_fresh_start(
    tmp_path: Path, harm: object, caplog: pytest.LogCaptureFixture
) -> None:
    file = StateFile(tmp_path, "east")
    file.save(state(), sync=False)
    harm(file.path)  # type: ignore[operator]
    assert file.load() is None
    assert "cannot be used" in caplog.text


def test_half_a_state_beside_a_whole_one_is_swept(tmp_path: Path) -> None:
    file = StateFile(tmp_path, "east")
    file.save(state(), sync=False)
    (tmp_path / "east.json.partial").write_text('{"version":')
    assert file.load() == state()
    assert [path.name for path in tmp_path.iterdir()] == ["east.json"]


def test_a_folder_that_cannot_be_written_does_not_stop_the_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("a file")
    for _ in range(3):
        StateFile(tmp_path / "state", "east").save(state(), sync=True)
    assert "begins anew" in caplog.text


@pytest.mark.parametrize(
    ("same", "machine"),
    [
        pytest.param(frozenset({"phone_use"}), OPEN, id="the rule is as it was"),
        pytest.param(frozenset(), Machine(), id="the rule was changed: it begins anew"),
    ],
)
def test_beliefs_go_on_and_machines_where_their_rule_is_the_same(
    same: frozenset[str], machine: Machine
) -> None:
    engine = RuleEngine(SITE.active_rules, load().beliefs, {}, SITE.calendar)
    found = carried(POST, engine.start(), same)
    assert found.beliefs["phone"] == POST.beliefs["phone"]
    assert found.machines["phone_use"] == machine
    assert set(found.machines) == set(VERSIONS)
    assert carried(None, engine.start(), same) == engine.start()


@pytest.mark.parametrize(
    ("saved", "goes_on"),
    [
        pytest.param(state(), True, id="an open event"),
        pytest.param(state(cases=()), False, id="none"),
        pytest.param(state(cases=(case(post="w09"),)), False, id="its post is no longer in the site"),
        pytest.param(state(rules={**VERSIONS, "phone_use": "0"}), False, id="its rule was changed"),
    ],
)
def test_which_open_events_a_run_goes_on_with(tmp_path: Path, saved: CameraState, goes_on: bool) -> None:
    StateFile(tmp_path, "east").save(saved, sync=False)
    known = event_id("w01", "phone_use", at(1 / 3, SITE.zone))
    assert open_events(tmp_path, SITE) == (frozenset({known}) if goes_on else frozenset())


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[tuple[Ring, Source]]:
    path, ring = write_video(tmp_path / "a.mp4", moving(100), options={"bf": "0"}), Ring(60.0)
    with Source("cam", str(path), start=0.0) as source:
        for step in source:
            if step.packet is not None:
                ring.add(step.packet)
        yield ring, source


@pytest.mark.parametrize("cut", [0, 1, 1000])
def test_packets_looks_and_snapshots_are_rescued_as_far_as_they_were_whole(
    tmp_path: Path, recorded: tuple[Ring, Source], cut: int
) -> None:
    ring, source = recorded
    folder, wanted = tmp_path / "spill", [Window(2.5, 6.0)]
    spill = Spill(folder)
    stream = Stream(source.stream, source.time_base)
    picture = [("0123456789abcdef", b"jpeg")]
    spill.keep(ring, stream, (128, 96), wanted=wanted, growing=wanted, looks=["{}"], snapshots=picture)
    spill.broken()
    (log,) = folder.rglob(LOG)
    content = log.read_bytes()
    log.write_bytes(content[: len(content) - cut])  # the process was killed while it wrote
    (found,) = Spill(folder).rescued()
    given = ring.after(None, 2.0)
    assert found.packets == [p for p in given if p.t <= 6.0][: len(found.packets)]
    assert len(found.packets) == 41 if cut == 0 else 30 <= len(found.packets) < 41
    assert (found.looks, found.snapshots, found.size) == (["{}"], {"0123456789abcdef": b"jpeg"}, (128, 96))
    assert found.packets[0].key


def test_logs_go_when_no_clip_wants_them(tmp_path: Path, recorded: tuple[Ring, Source]) -> None:
    ring, source = recorded
    spill, stream = Spill(tmp_path / "spill"), Stream(source.stream, source.time_base)
    early, late = Window(1.0, 3.0), Window(7.0, 9.0)
    spill.keep(ring, stream, (128, 96), wanted=[early], growing=[early])
    spill.broken()
    spill.keep(ring, stream, (128, 96), wanted=[early, late], growing=[late])
    assert len(list((tmp_path / "spill").rglob(LOG))) == 2
    spill.keep(ring, stream, (128, 96), wanted=[late], growing=[late])
    assert len(list((tmp_path / "spill").rglob(LOG))) == 1
    spill.keep(ring, stream, (128, 96), wanted=[], growing=[])
    assert not (tmp_path / "spill").exists()
