"""`conduct cameras probe` on a real RTSP server, a file, and what cannot be had."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import cv2
import pytest

from pipelines.viewpoints import ViewFile
from service import cli
from service.store import Store, open_database
from tests.conftest import moving, write_video
from tests.pipelines.samples_rtsp import RtspServer, hall_clip, need_server


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
