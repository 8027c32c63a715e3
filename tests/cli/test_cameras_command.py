"""`conduct cameras`: a real RTSP server and a file probed, an ONVIF camera made here, a view accepted."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import timedelta
from io import StringIO
from pathlib import Path

import cv2
import pytest

from pipelines.hall.site import load_site
from pipelines.looking.viewpoints import ViewFile
from service import cli
from service.store import Store, open_database
from tests.conftest import moving, write_video
from tests.pipelines.streams.samples_onvif import MAIN, PASSWORD, USER, FakeCamera, Profile, Responder, match
from tests.pipelines.streams.samples_rtsp import RtspServer, hall_clip, need_server

SITE = """\
hall: Hall
timezone: Asia/Shanghai
cameras:
{camera}
posts:
  - {{id: w01, camera: east, staff_zone: [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6]]}}
"""


def run(monkeypatch: pytest.MonkeyPatch, *words: str, command: str = "probe") -> int:
    monkeypatch.setattr("sys.argv", ["conduct", "cameras", command, *words])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_camera_is_measured_with_its_login_from_the_environment(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    transport: str,
) -> None:
    """Slow: a clip is watched at its own speed."""
    need_server()
    monkeypatch.setenv("CAMERA_PASSWORD", "s3/c@r%41t")
    server = RtspServer(hall_clip(tmp_path / "clip.mp4", [(8, True)]), password="s3/c@r%41t")
    url = server.url("viewer:${CAMERA_PASSWORD}@")
    words = ["--transport", transport, "--seconds", "4", "--picture", str(tmp_path / "seen.png"), "--json"]
    try:
        assert run(monkeypatch, url, *words) == 0
    finally:
        server.kill()
    found = json.loads(capsys.readouterr().out)
    assert (found["codec"], found["width"], found["height"]) == ("h264", 160, 120)
    assert found["frame_rate"] == pytest.approx(10, abs=0.5)
    assert found["keyframe_s"] == pytest.approx(1, abs=0.05)
    assert 0 < found["first_picture_s"] < 10
    assert found["clock_skew_s"] is None or abs(found["clock_skew_s"]) < 2
    assert found["damaged"] == 0
    assert cv2.imread(str(tmp_path / "seen.png")).shape == (120, 160, 3)


def test_a_file_is_told_in_words_with_what_should_be_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_video(tmp_path / "a.mp4", moving(24), fps=3, gop=24)
    assert run(monkeypatch, str(path)) == 0
    out = capsys.readouterr().out
    assert "h264 128 x 96" in out
    assert "frame rate: 3 pictures a second" in out
    assert "keyframes are rare" in out
    assert "fewer than 4 pictures a second" in out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["rtsp://someone:s3cret@127.0.0.1:9/main"], "expected a readable video"),
        (["rtsp://someone:${NOT_SET_ANYWHERE}@127.0.0.1:9/main"], "NOT_SET_ANYWHERE"),
        (["none.mp4"], "none.mp4 is no file"),
        (["none.mp4", "--picture", "x.txt"], "--picture: expected a file that ends in .jpg or .png"),
        ([""], "URL: expected a camera's address"),
    ],
)
def test_what_cannot_be_probed_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], expected: str
) -> None:
    assert run(monkeypatch, *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert expected in line
    assert "s3cret" not in line


def test_a_view_is_accepted_and_that_is_in_the_audit_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONDUCT_DATA_DIR", str(tmp_path))
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "east.view.json").write_text("{}")
    assert run(monkeypatch, "west", command="accept") == 2
    assert "(east), got 'west'" in capsys.readouterr().err
    assert run(monkeypatch, "../state/east", command="accept") == 2
    assert not ViewFile(tmp_path / "state", "east").accepted()
    assert run(monkeypatch, "east", command="accept") == 0
    assert ViewFile(tmp_path / "state", "east").accepted()
    with closing(Store(open_database(f"sqlite:///{tmp_path / 'conduct.sqlite3'}"))) as store:
        (entry,) = store.audit.newest(limit=9)
    assert (entry.action, entry.object, entry.way) == ("camera.view_accepted", "east", "command")


def test_the_streams_of_an_onvif_camera_are_ready_to_paste(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("EAST_PASSWORD", PASSWORD)
    login = ["--user", USER, "--password-variable", "EAST_PASSWORD"]
    larger = Profile("p2", "Sub", (1280, 720), fps="15")
    with FakeCamera(profiles=(MAIN, larger), ahead=timedelta(minutes=5)) as camera:
        assert run(monkeypatch, camera.address, *login, command="streams") == 0
    out = capsys.readouterr().out
    assert "main: H264 2560 x 1440, 25 fps (MainStream)" in out
    assert "sub: H264 1280 x 720, 15 fps (Sub)" in out
    assert re.search(r"clock is \+\d+ s off", out)
    assert PASSWORD not in out
    line = next(line for line in out.splitlines() if "id: CAMERA" in line)
    (tmp_path / "site.yaml").write_text(
        SITE.format(camera=line.replace("CAMERA", "east", 1)), encoding="utf-8"
    )
    east = load_site(tmp_path / "site.yaml").cameras[0]
    assert east.resolved() == "rtsp://viewer:s3c%3Cr%26t@127.0.0.1:554/Streaming/p1"
    assert east.resolved_sub() == "rtsp://viewer:s3c%3Cr%26t@127.0.0.1:554/Streaming/p2"


def test_a_small_sub_stream_is_told_but_not_proposed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAMERA_PASSWORD", PASSWORD)
    with FakeCamera() as camera:
        assert run(monkeypatch, camera.address, "--user", USER, command="streams") == 0
        assert run(monkeypatch, camera.address, "--user", USER, "--json", command="streams") == 0
    words, lines = capsys.readouterr().out.split('{"name"', 1)
    assert "sub: H264 640 x 360" in words
    assert "sub_url" not in words
    main, sub = (json.loads(line) for line in ('{"name"' + lines).splitlines())
    assert (main["width"], sub["width"]) == (2560, 640)
    assert set(main) == {"name", "codec", "width", "height", "fps", "url"}


def test_cameras_are_discovered(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    scopes, at = "onvif://www.onvif.org/hardware/DS-2CD", "http://127.0.0.1/onvif/device_service"
    with Responder(lambda message: [match(message, scopes=scopes, addresses=at)]) as responder:
        words = ["--address", f"127.0.0.1:{responder.port}", "--timeout", "2"]
        assert run(monkeypatch, *words, command="discover") == 0
        assert run(monkeypatch, *words, "--json", command="discover") == 0
    told, line = capsys.readouterr().out.splitlines()
    assert told == f"127.0.0.1  DS-2CD  {at}"
    assert json.loads(line)["addresses"] == [at]


def test_nobody_is_discovered(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with Responder(lambda message: []) as responder:
        words = ["--address", f"127.0.0.1:{responder.port}", "--timeout", "0.3"]
        assert run(monkeypatch, *words, "--json", command="discover") == 0
    caught = capsys.readouterr()
    assert caught.out == ""
    assert "no camera answered within 0.3 s" in caught.err


@pytest.mark.parametrize(
    ("command", "words", "expected"),
    [
        ("streams", ["127.0.0.1:9", "--user", "viewer"], "the environment variable CAMERA_PASSWORD"),
        ("streams", ["127.0.0.1:9", "--user", "v", "--password-variable", "a b"], "--password-variable"),
        ("streams", ["127.0.0.1:9"], "127.0.0.1:9: expected an ONVIF camera, Connection refused"),
        ("streams", ["http://viewer:s3cret@127.0.0.1"], "HOST: expected a camera like"),
        ("discover", ["--address", "a b"], "--address: expected HOST or HOST:PORT"),
        ("discover", ["--timeout", "0"], "--timeout"),
        ("accept", ["east"], "CAMERA: expected one whose view is known (none yet), got 'east'"),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    words: list[str],
    expected: str,
) -> None:
    monkeypatch.setenv("CONDUCT_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("CAMERA_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", StringIO())
    assert run(monkeypatch, *words, command=command) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert expected in line
    assert "s3cret" not in line
