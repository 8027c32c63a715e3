"""`conduct models`: what is there, one's own detector in its place, weights from a server, the workbench."""

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.manifest import Manifest
from service import cli
from service.cli.models import MOST_BYTES
from tests.models.test_outputs import write_anchor_free, write_end_to_end

NAMES = "person,cell phone,cup"


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run the command line in this process; gives the exit code."""
    monkeypatch.setattr("sys.argv", ["conduct", "models", *words])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models that is not there yet, as CONDUCT_MODELS names it."""
    folder = tmp_path / "own"
    monkeypatch.setenv("CONDUCT_MODELS", str(folder))
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_anchor_free(tmp_path / "theirs.onnx", takes=(1, 3, 64, 64))


def test_the_list_shows_every_model_with_licence_data_hash_and_figures(monkeypatch, capsys) -> None:
    assert run(monkeypatch, "list", "--json") == 0
    shown = capsys.readouterr()
    rows = [json.loads(line) for line in shown.out.splitlines()]
    assert [row["name"] for row in rows] == list(Manifest.load().models)
    assert shown.err == ""
    for row, entry in zip(rows, Manifest.load().models.values(), strict=True):
        assert row["sha256"] == entry.sha256
        assert row["licence"]
        assert row["source"]
        assert row["bytes"] <= MOST_BYTES
        assert row["figures"] == entry.figures
    assert rows[0]["calibrated"] == "calibrated"
    assert run(monkeypatch, "list") == 0
    table = capsys.readouterr().out
    assert rows[0]["sha256"][:12] in table
    assert "0.6717" in table


def test_the_list_warns_of_what_is_missing_or_large(own: Path, model: Path, monkeypatch, capsys) -> None:
    assert run(monkeypatch, "add", str(model), "--name", "theirs", "--classes", NAMES) == 0
    (own / "weights" / "theirs.onnx").unlink()
    with (own / "weights" / "person_n.onnx").open("ab") as file:
        file.truncate(MOST_BYTES + 1)
    capsys.readouterr()
    assert run(monkeypatch, "list", "--json") == 0
    shown = capsys.readouterr()
    theirs = json.loads(shown.out.splitlines()[0])
    assert (theirs["bytes"], theirs["calibrated"]) == (None, "not calibrated")
    warnings = shown.err.splitlines()
    assert len(warnings) == 2
    assert "theirs.onnx: expected a model file, there is none" in warnings[0]
    assert "person_n.onnx: expected at most 12 MB" in warnings[1]


def test_an_added_detector_is_used_and_what_it_cannot_see_stays_unknown(
    own: Path, model: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    words = ["--classes", NAMES, "--licence", "MIT", "--source", "trained by them"]
    assert run(monkeypatch, "add", str(model), "--name", "theirs", *words) == 0
    told = capsys.readouterr().out
    assert "Ultralytics without NMS (YOLOv8, 11), input 64 x 64, 3 classes, not calibrated" in told
    assert "smoking stays unknown: the model has no class cigarette" in told
    assert "eating stays unknown" in told
    assert "phone stays unknown" not in told
    assert f"export CONDUCT_MODELS={own}" in told

    red = np.random.default_rng(1).integers(0, 256, (128, 128, 3), np.uint8)
    red[..., 2] = np.maximum(red[..., 2], 200)
    cv2.imwrite(str(tmp_path / "red.png"), red)
    monkeypatch.setattr("sys.argv", ["conduct", "detect", str(tmp_path / "red.png"), "--json"])
    with pytest.raises(SystemExit):
        cli.main()
    found = json.loads(capsys.readouterr().out)
    assert found["classes"] == ["person", "cell phone"]
    assert found["boxes"][0] == pytest.approx([16, 16, 80, 48], abs=0.5)

    monkeypatch.setattr("sys.argv", ["conduct", "look", str(tmp_path / "red.png"), "--json"])
    with pytest.raises(SystemExit):
        cli.main()
    looked = json.loads(capsys.readouterr().out)
    assert looked["presence"] is True
    assert looked["cues"]["smoking"] is None
    assert looked["why"]["smoking"] == "the detector does not know cigarettes"
    assert 0.1 < looked["cues"]["phone"] < 0.9


def test_a_size_that_the_model_does_not_take(
    own: Path, model: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    run(monkeypatch, "add", str(model), "--name", "theirs", "--classes", NAMES)
    capsys.readouterr()
    cv2.imwrite(str(tmp_path / "p.png"), np.zeros((9, 9, 3), np.uint8))
    monkeypatch.setattr("sys.argv", ["conduct", "detect", str(tmp_path / "p.png"), "--size", "320"])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 2
    assert "expected an input of 64 x 64" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["--name", "theirs", "--classes", "person"], ["3 classes", "got 1"], id="too few names"),
        pytest.param(["--name", "a b", "--classes", NAMES], ["--name", "a b"], id="no name"),
        pytest.param(
            ["--name", "person_n", "--classes", NAMES], ["person_n", "--force"], id="a name of ours"
        ),
        pytest.param(["--name", "theirs"], ["classes", "names none"], id="no class names anywhere"),
        pytest.param(["--name", "theirs", "--classes", NAMES, "--size", "320"], ["64 x 64"], id="a size"),
        pytest.param(
            ["--name", "theirs", "--classes", NAMES, "--size", "100"], ["multiple of 32"], id="an odd size"
        ),
    ],
)
def test_what_cannot_be_added_leaves_nothing_behind(
    own: Path, model: Path, monkeypatch, capsys, words: list[str], told: list[str]
) -> None:
    assert run(monkeypatch, "add", str(model), *words) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("error: ")
    assert len(shown.splitlines()) == 1
    assert [part for part in told if part not in shown] == []
    assert not own.exists()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[str]:
    """A server with one model at /m.onnx."""
    folder = tmp_path / "published"
    folder.mkdir()
    names = '["person", "cell phone", "cigarette"]'
    write_end_to_end(folder / "m.onnx", metadata={"names": names})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/m.onnx"
    server.shutdown()
    thread.join()
    server.server_close()


def test_weights_are_pulled_by_address_and_hash(
    own: Path, publisher: str, tmp_path: Path, monkeypatch, capsys
) -> None:
    content = (tmp_path / "published" / "m.onnx").read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    words = ["--url", publisher, "--sha256", sha256.upper(), "--licence", "Apache-2.0"]
    assert run(monkeypatch, "pull", "theirs", *words) == 0
    name, entry = Manifest.load(own).of_task("detect")
    assert (name, entry.sha256, entry.licence) == ("theirs", sha256, "Apache-2.0")
    assert entry.classes == ("person", "cell phone", "cigarette")
    assert list((own / "downloads").iterdir()) == []
    assert run(monkeypatch, "pull", "theirs", *words) == 2
    assert "--force" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["no_such"], "expected a name of the table of sources", id="not in the table"),
        pytest.param(["x", "--url", "http://h/x"], "expected both or neither", id="no hash"),
        pytest.param(
            ["x", "--url", "http://h/x", "--sha256", "12"], "expected an address", id="no such hash"
        ),
        pytest.param(
            ["x", "--url", "file:///x", "--sha256", "0" * 64], "expected an address", id="a local file"
        ),
        pytest.param(
            ["x", "--url", "http://127.0.0.1:9/x", "--sha256", "0" * 64], "is there a network", id="offline"
        ),
        pytest.param(
            ["x", "--url", "PUBLISHER", "--sha256", "0" * 64], "expected sha256 000", id="another file"
        ),
    ],
)
def test_what_cannot_be_pulled_is_one_line(
    own: Path, publisher: str, monkeypatch, capsys, words: list[str], told: str
) -> None:
    assert run(monkeypatch, "pull", *(word.replace("PUBLISHER", publisher) for word in words)) == 2
    error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(error) == 1
    assert told in error[0]
    assert not (own / "manifest.toml").exists()
