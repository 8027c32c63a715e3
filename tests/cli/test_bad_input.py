"""Wrong input: one line that names file, field and expectation, exit code 2, nothing half-written."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from models.manifest import PACKAGED
from service import cli
from tests.conftest import moving, write_video

SITE = """\
hall: Test
timezone: Asia/Shanghai
cameras:
  - {id: cam, url: "video.mp4"}
posts:
  - id: w01
    camera: cam
    staff_zone: [[0.1, 0.1], [0.6, 0.1], [0.6, 0.8]]
rules:
  absent: {grace_s: 2}
"""


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run the command line in this process; gives the exit code."""
    monkeypatch.setattr("sys.argv", ["conduct", *words])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


def one_error(capsys: pytest.CaptureFixture[str]) -> str:
    """The single line on stderr that begins with ``error:``."""
    shown = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert len(shown) == 1, shown
    assert shown[0].startswith("error: ")
    return shown[0]


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    """A folder with a good site file and a good video."""
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    write_video(tmp_path / "video.mp4", moving(12), options={"bf": "0"})
    return tmp_path


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        pytest.param("grace_s: 2", "grace: 2", ["site.yaml:10", "rules.absent.grace"], id="misspelt key"),
        pytest.param(", [0.6, 0.8]]", "]", ["site.yaml:8", "staff_zone", "3 points"], id="two points"),
        pytest.param("[0.6, 0.8]]", "[0.6, 1.8]]", ["site.yaml:8", "staff_zone", "0 to 1"], id="outside"),
        pytest.param("camera: cam", "camera: west", ["site.yaml:7", "camera", "cam"], id="unknown camera"),
        pytest.param("video.mp4", "none.mp4", ["site.yaml:4", "cam", "url", "none.mp4"], id="missing video"),
        pytest.param(
            "video.mp4", "x" * 300, ["site.yaml:4", "cam: url: ", "File name too long"], id="long video"
        ),
        pytest.param(
            "rules:",
            f"uniform: {{wear: {'x' * 300}}}\nrules:",
            ["site.yaml:9: uniform: expected a folder", "File name too long"],
            id="long folder of uniforms",
        ),
        *(
            pytest.param(
                "rules:",
                f"calibration: {name}\nrules:",
                ["site.yaml:9: calibration: ", f": expected a calibration in YAML, {reason}"],
                id=f"calibration: {reason}",
            )
            for name, reason in (
                ("nope.yaml", "No such file or directory"),
                ("x" * 300, "File name too long"),
                (r'"a\0b"', "it is no path"),
                (r'"\ud800"', "it is no path"),
            )
        ),
        pytest.param("hall: Test\n", "", ["site.yaml:1", "hall", "missing"], id="missing hall"),
        pytest.param("Asia/Shanghai", "Asia/Nowhere", ["site.yaml:2", "timezone"], id="unknown time zone"),
        pytest.param("cameras:", "cameras: [", ["site.yaml:", "YAML"], id="no YAML"),
        pytest.param(
            "video.mp4",
            "${NO_SUCH_SECRET}",
            ["site.yaml:4", "cam", "url", "NO_SUCH_SECRET"],
            id="unset secret",
        ),
    ],
)
def test_a_wrong_site(
    hall: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    right: str,
    wrong: str,
    told: list[str],
) -> None:
    (hall / "site.yaml").write_text(SITE.replace(right, wrong), encoding="utf-8")
    code = run(monkeypatch, "watch", "--site", str(hall / "site.yaml"), "--out", str(hall / "out"))
    assert code == 2
    error = one_error(capsys)
    assert "expected" in error
    assert [part for part in told if part not in error] == []
    assert not (hall / "out").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["--source", "west=video.mp4"], ["--source", "cam", "west"], id="unknown camera"),
        pytest.param(["--source", "video.mp4"], ["--source", "CAMERA="], id="no camera"),
        pytest.param(
            ["--source", "cam=video.mp4", "--source", "cam=b.mp4"],
            ["--source", "once", "cam"],
            id="a camera twice",
        ),
        pytest.param(["--start", "yesterday"], ["--start", "ISO 8601", "yesterday"], id="no time"),
    ],
)
def test_a_wrong_word(
    hall: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    told: list[str],
) -> None:
    site, out = str(hall / "site.yaml"), str(hall / "out")
    assert run(monkeypatch, "watch", "--site", site, "--out", out, *words) == 2
    error = one_error(capsys)
    assert [part for part in told if part not in error] == []
    assert not (hall / "out").exists()


@pytest.mark.parametrize(
    ("file", "out"),
    [
        pytest.param("out", "out", id="a file"),
        pytest.param("out", "out/deep/er", id="below a file"),
        pytest.param("out/clips", "out", id="a file where the clips go"),
    ],
)
def test_an_out_that_is_no_folder_is_refused_before_anything_is_written(
    hall: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, file: str, out: str
) -> None:
    (hall / file).parent.mkdir(exist_ok=True)
    (hall / file).write_text("mine")
    before = sorted(hall.rglob("*"))
    site = str(hall / "site.yaml")
    assert run(monkeypatch, "watch", "--site", site, "--out", str(hall / out)) == 2
    assert one_error(capsys) == f"error: --out: expected a folder, {hall / file} is a file"
    assert sorted(hall.rglob("*")) == before
    assert (hall / file).read_text() == "mine"


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_data_folder_that_is_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (tmp_path / "data").write_text("mine")
    monkeypatch.setenv("CONDUCT_DATA_DIR", str(tmp_path / "data"))
    assert run(monkeypatch, command, "--port", "0") == 2
    assert one_error(capsys) == f"error: CONDUCT_DATA_DIR: expected a folder, {tmp_path / 'data'} is a file"


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        pytest.param(
            'licence = "', '# licence = "', "licence: expected this key, it is missing", id="no licence"
        ),
        pytest.param("input = [416, 416]", 'input = "416"', "input: expected a list, got '416'", id="a word"),
    ],
)
def test_a_wrong_manifest(
    hall: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    right: str,
    wrong: str,
    told: str,
) -> None:
    manifest = (PACKAGED / "manifest.toml").read_text(encoding="utf-8")
    assert right in manifest
    (hall / "manifest.toml").write_text(manifest.replace(right, wrong, 1), encoding="utf-8")
    monkeypatch.setenv("CONDUCT_MODELS", str(hall))
    site, out = str(hall / "site.yaml"), str(hall / "out")
    assert run(monkeypatch, "watch", "--site", site, "--out", out) == 2
    error = one_error(capsys)
    assert error.startswith(f"error: {hall / 'manifest.toml'}: models.")
    assert error.endswith(told)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["watch"], "--site", id="missing option"),
        pytest.param(["wach"], "wach", id="misspelt command"),
        pytest.param(["detect", "a.png", "--size", "0"], "--size", id="out of range"),
        pytest.param(["serve", "--port", "-1"], "--port", id="no port"),
        pytest.param(["serve", "--host", ""], "HOST", id="every address of the machine"),
    ],
)
def test_wrong_usage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    assert run(monkeypatch, *words) == 2
    assert told in one_error(capsys)


def test_a_login_given_as_a_word_is_not_repeated(
    hall: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, out = str(hall / "site.yaml"), str(hall / "out")
    word = "rtsp://someone:geheim@127.0.0.1/x?a=b"
    assert run(monkeypatch, "watch", "--site", site, "--out", out, "--source", word) == 2
    assert "geheim" not in one_error(capsys)


def test_a_text_file_named_as_a_video(
    hall: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (hall / "video.mp4").write_text("no video\n" * 100)
    site, out = str(hall / "site.yaml"), str(hall / "out")
    assert run(monkeypatch, "watch", "--site", site, "--out", out) == 2
    assert "expected a readable video" in one_error(capsys)
    assert not (hall / "out").exists()


def test_a_video_cut_short_is_judged_as_far_as_it_goes_and_said(
    hall: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = write_video(hall / "whole.mp4", moving(100), options={"bf": "0"})
    from tests.pipelines.streams.test_source import write_faststart

    write_faststart(whole, hall / "video.mp4")
    content = (hall / "video.mp4").read_bytes()
    (hall / "video.mp4").write_bytes(content[: len(content) // 2])
    site, out = str(hall / "site.yaml"), str(hall / "out")
    assert run(monkeypatch, "watch", "--site", site, "--out", out) == 2
    error = one_error(capsys)
    assert "camera cam: expected" in error
    assert str(hall / "video.mp4") in error
    assert "the rest is a gap" in error
    last = json.loads((hall / "out" / "observations.jsonl").read_text().splitlines()[-1])
    assert last["t"] >= "2026-01-05T09:00:01.6"
    assert '"state": "gap"' in (hall / "out" / "health.jsonl").read_text()
    assert not list((hall / "out").rglob("*.partial"))


def models_with(tmp_path: Path, content: bytes, *, right_hash: bool) -> Path:
    """A models folder whose detector has other content, with or without the right hash for it."""
    folder = tmp_path / "models"
    shutil.copytree(PACKAGED / "weights", folder / "weights")
    manifest = (PACKAGED / "manifest.toml").read_text(encoding="utf-8")
    detector = folder / "weights" / "hall_detector_n.onnx"
    if right_hash:
        before = hashlib.sha256(detector.read_bytes()).hexdigest()
        manifest = manifest.replace(before, hashlib.sha256(content).hexdigest())
    detector.write_bytes(content)
    (folder / "manifest.toml").write_text(manifest, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("content", "right_hash", "told"),
    [
        pytest.param(b"not a model", False, "expected sha256", id="another hash"),
        pytest.param(b"not a model", True, "expected an ONNX model", id="corrupt ONNX"),
        pytest.param(b"", True, "expected an ONNX model", id="empty file"),
    ],
)
def test_a_broken_weight(
    hall: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    right_hash: bool,
    told: str,
) -> None:
    monkeypatch.setenv("CONDUCT_MODELS", str(models_with(hall, content, right_hash=right_hash)))
    site, out = str(hall / "site.yaml"), str(hall / "out")
    assert run(monkeypatch, "watch", "--site", site, "--out", out) == 2
    error = one_error(capsys)
    assert told in error
    assert "hall_detector_n.onnx" in error
    assert not (hall / "out").exists()


@pytest.mark.parametrize("command", ["detect", "look"])
def test_a_picture_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (tmp_path / "a.jpg").write_text("no picture")
    assert run(monkeypatch, command, str(tmp_path / "a.jpg"), "--json") == 2
    assert "a.jpg: expected a picture" in one_error(capsys)


def test_truth_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "events.jsonl").write_text("")
    (tmp_path / "truth.json").write_text('[{"post": "w01", "rule": "absent", "start": "soon"}]')
    events, truth = str(tmp_path / "events.jsonl"), str(tmp_path / "truth.json")
    assert run(monkeypatch, "evaluate", "--events", events, "--truth", truth) == 2
    assert "truth.json: entry 1: expected post, rule, start, end" in one_error(capsys)
