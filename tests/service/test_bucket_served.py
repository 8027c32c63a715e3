"""Evidence in a real S3-compatible store as people meet it: the page's clips, the commands, the doctor."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from samples_bucket import wait_for
from samples_s3 import KEY_ID, SECRET, S3Server
from samples_service import HALL, POSTS, Client, EventMaker, make_clip, now

from pipelines.rules.events import RuleEvent
from service import cli
from service.bootstrap import build_app
from service.delivery import Direct
from service.doctor import Patient
from service.doctor.checks import bucket as bucket_check
from service.evidence.mover import Mover
from service.settings import Settings


@pytest.fixture
def served(tmp_path: Path, s3: S3Server) -> Iterator[Client]:
    """A service with a bucket of its own, and no hours for local copies."""
    given = {"data_dir": tmp_path / "data", "evidence_local_hours": 0, **s3.settings(tmp_path.name)}
    made = Client(build_app(Settings.model_validate(given)))
    made.store.set_site(HALL, POSTS)
    yield made
    made.store.close()


def move(served: Client) -> None:
    mover: Mover = served.app.state.context.mover
    mover.work()


def filed(served: Client, given: RuleEvent, codec: str = "libx264") -> tuple[RuleEvent, bytes]:
    """An event with a clip that can be played; gives the clip too."""
    name = f"clips/{given.id}.mp4"
    clip = make_clip(served.data_dir / name, codec=codec)
    given = given.model_copy(update={"clip": name})
    Direct(served.store, served.data_dir).event(given)
    return given, clip.read_bytes()


def test_a_clip_in_the_bucket_is_played_in_ranges_like_one_that_is_here(
    served: Client, event: EventMaker, tmp_path: Path
) -> None:
    given, clip = filed(served, event(1))
    here = served.get(f"/api/events/{given.id}/clip", headers={"Range": "bytes=100-299"})
    move(served)
    assert not (served.data_dir / "clips" / f"{given.id}.mp4").exists()
    part = served.get(f"/api/events/{given.id}/clip", headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, clip[100:300])
    assert part.headers["content-range"] == here.headers["content-range"]
    assert served.get(f"/api/events/{given.id}/clip").content == clip
    assert served.get(f"/api/events/{given.id}/snapshot").status_code == 409


def test_a_clip_that_browsers_cannot_play_is_transcoded_from_the_bucket(
    served: Client, event: EventMaker
) -> None:
    given, clip = filed(served, event(1), codec="libx265")
    move(served)
    found = served.get(f"/api/events/{given.id}/clip")
    assert found.status_code == 200
    assert found.content != clip
    assert b"avc1" in found.content


def test_while_the_bucket_is_away_what_is_here_is_played_and_the_rest_later(
    served: Client, event: EventMaker, s3: S3Server
) -> None:
    (gone, clip), (here, other) = filed(served, event(1)), (None, b"")
    move(served)
    here, other = filed(served, event(2))
    s3.kill()
    assert served.get(f"/api/events/{here.id}/clip").content == other
    away = served.get(f"/api/events/{gone.id}/clip")
    assert away.status_code == 503
    assert "try again later" in away.json()["detail"]
    assert SECRET not in away.text
    s3.start()
    assert served.get(f"/api/events/{gone.id}/clip").content == clip


@pytest.mark.parametrize("harm", ["replaced", "cut short", "deleted"])
def test_what_is_in_the_bucket_and_is_not_the_evidence_is_not_shown(
    served: Client, event: EventMaker, s3: S3Server, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    given, _ = filed(served, event(1))
    move(served)
    there = s3.path(served.data_dir.parent.name, f"clips/{given.id}.mp4")
    if harm == "replaced":
        there.write_bytes(b"x" * there.stat().st_size)
    elif harm == "cut short":
        os.truncate(there, there.stat().st_size // 2)
    else:
        there.unlink()
    assert served.get(f"/api/events/{given.id}/clip").status_code == 404
    assert f"clips/{given.id}.mp4 is " in caplog.text
    assert list((served.data_dir / "clips").iterdir()) == []


def test_copies_whose_process_was_killed_while_it_fetched_are_tidied_up(
    served: Client, event: EventMaker
) -> None:
    left = served.data_dir / "clips" / f".{event(1).id}.mp4.1.fetched"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    move(served)
    assert not left.exists()


def test_the_metrics_say_how_many_files_wait(served: Client, event: EventMaker, s3: S3Server) -> None:
    filed(served, event(1))
    s3.kill()
    mover: Mover = served.app.state.context.mover
    mover.start()
    deadline = time.monotonic() + 60
    while not mover.state.trouble:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    mover.close()
    text = served.get("/metrics").text
    assert "\nconduct_bucket_up 0.0\n" in text
    assert "\nconduct_bucket_waiting_files 1.0\n" in text
    assert "\nconduct_disk_floor_bytes 1e+09\n" in text
    assert "\nconduct_spool_records 0.0\n" in text


# -- commands


def test_serve_moves_what_is_filed_and_stops_cleanly(served: Client, event: EventMaker, s3: S3Server) -> None:
    given, clip = filed(served, event(1))
    prefix = served.data_dir.parent.name
    environment = {"data_dir": str(served.data_dir), "port": "0", **s3.settings(prefix)}
    environment["evidence_local_hours"] = "0"
    with subprocess.Popen(
        [sys.executable, "-c", "from service import cli; cli.main()", "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(cli.__file__).parents[2]),
            **{f"CONDUCT_{name.upper()}": value for name, value in environment.items()},
        },
    ) as process:
        wait_for(lambda: not (served.data_dir / "clips" / f"{given.id}.mp4").exists())
        assert s3.path(prefix, f"clips/{given.id}.mp4").read_bytes() == clip
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert SECRET not in said


def command(
    words: list[str], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> int | str | None:
    for name, value in environment.items():
        monkeypatch.setenv(f"CONDUCT_{name.upper()}", value)
    monkeypatch.setattr("sys.argv", ["conduct", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


@pytest.mark.parametrize("cut", [pytest.param(False, id="replaced"), pytest.param(True, id="cut short")])
def test_verify_names_the_place_in_the_bucket(
    cut: bool,
    served: Client,
    event: EventMaker,
    s3: S3Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given, _ = filed(served, event(1))
    move(served)
    prefix = served.data_dir.parent.name
    environment = {"data_dir": str(served.data_dir), **s3.settings(prefix)}
    assert not command(["evidence", "verify"], environment, monkeypatch)
    assert "1 of 1 files" in capsys.readouterr().out
    there = s3.path(prefix, f"clips/{given.id}.mp4")
    there.write_bytes(b"x" * (there.stat().st_size - 1000 * cut))
    assert command(["evidence", "verify"], environment, monkeypatch) == 1
    assert f"changed: s3://hall/{prefix}/clips/{given.id}.mp4" in capsys.readouterr().out
    s3.kill()
    assert command(["evidence", "verify"], environment, monkeypatch) == 2
    error = capsys.readouterr().err
    assert "does not answer" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"evidence_url": "https://hall"}, "CONDUCT_EVIDENCE_URL: expected", id="no s3 url"),
        pytest.param(
            {"evidence_url": f"s3://me:{SECRET}@hall"}, "CONDUCT_EVIDENCE_URL: expected", id="login"
        ),
        pytest.param(
            {"evidence_endpoint": f"http://me:{SECRET}@127.0.0.1"},
            "CONDUCT_EVIDENCE_ENDPOINT: expected",
            id="a login in the address",
        ),
        pytest.param({"evidence_key_id": ""}, "CONDUCT_EVIDENCE_KEY_ID: expected", id="no key"),
        pytest.param({"evidence_secret": ""}, "CONDUCT_EVIDENCE_SECRET: expected", id="no secret"),
    ],
)
def test_settings_that_cannot_work_end_the_start_with_one_line(
    tmp_path: Path,
    s3: S3Server,
    changes: dict[str, str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment = {"data_dir": str(tmp_path), "port": "0", **s3.settings(), **changes}
    assert command(["serve"], environment, monkeypatch) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {words}")
    assert error.count("\n") == 1
    assert SECRET not in error


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({}, "ready", id="well"),
        pytest.param({"evidence_url": ""}, "none", id="no bucket wanted"),
        pytest.param({"evidence_secret": ""}, "no_keys", id="no keys"),
        pytest.param({"evidence_secret": "wrong"}, "refused", id="wrong keys"),
        pytest.param({"evidence_url": "s3://nobodys"}, "no_bucket", id="no such bucket"),
        pytest.param({"evidence_endpoint": "http://127.0.0.1:9"}, "away", id="nobody there"),
    ],
)
def test_the_doctor_says_what_is_wrong_with_the_bucket(
    tmp_path: Path, s3: S3Server, changes: dict[str, str], code: str
) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, **s3.settings(), **changes})
    (finding,) = bucket_check.examine(Patient(settings, None, now()))
    assert finding.code == code
    assert not {KEY_ID, SECRET, "wrong"} & set(map(str, finding.args.values()))
