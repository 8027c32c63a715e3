"""`conduct detect` and `conduct look` on pictures of every kind. Slow: the real models."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from service import cli
from tests.conftest import Pixels, read_frames

pytestmark = pytest.mark.slow


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> list[dict]:
    """Run a command in this process; gives its lines of JSON."""
    monkeypatch.setattr("sys.argv", ["conduct", *words])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert not caught.value.code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture(scope="module")
def hall(example: Path) -> Pixels:
    return read_frames(example)[0]


def enlarged(image: Pixels, factor: float) -> Pixels:
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)


def portrait(image: Pixels) -> Pixels:
    canvas = np.full((1200, 640, 3), 114, np.uint8)
    canvas[420:780] = image
    return canvas


@pytest.mark.parametrize(
    ("change", "offset", "scale"),
    [
        pytest.param(lambda image: image, (0, 0), 1, id="landscape"),
        pytest.param(portrait, (0, 420), 1, id="portrait"),
        pytest.param(lambda image: enlarged(image, 6), (0, 0), 6, id="4K"),
        pytest.param(lambda image: cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (0, 0), 1, id="grey"),
        pytest.param(lambda image: image[100:360, 20:180], (-20, -100), 1, id="a narrow part"),
    ],
)
def test_boxes_are_in_the_pixels_of_the_picture_given(
    tmp_path: Path, hall: Pixels, monkeypatch, capsys, change, offset: tuple[int, int], scale: float
) -> None:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), change(hall))
    line = run(monkeypatch, capsys, "detect", str(path), "--json")[0]
    assert line["image"] == str(path)
    people = [box for box, name in zip(line["boxes"], line["classes"], strict=True) if name == "person"]
    # The visitor stands at the left edge: x 31 to 160, y 111 to 360 of the clip.
    wanted = np.array([31, 111, 160, 360]) * scale + np.array([*offset, *offset])
    assert any(np.abs(np.array(box) - wanted).max() < 18 * scale for box in people), people
    assert len(line["boxes"]) == len(line["classes"]) == len(line["scores"])


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (17, 9)])
def test_a_tiny_picture_is_no_error(tmp_path: Path, monkeypatch, capsys, size: tuple[int, int]) -> None:
    path = tmp_path / "tiny.png"
    cv2.imwrite(str(path), np.full((*size, 3), 90, np.uint8))
    line = run(monkeypatch, capsys, "detect", str(path), "--json")[0]
    assert all(0 <= box[0] <= box[2] <= size[1] and box[3] <= size[0] for box in line["boxes"])
    assert run(monkeypatch, capsys, "look", str(path), "--json")[0]["cues"].keys() == CUES


CUES = {"presence", "phone", "smoking", "eating", "uniform"}


def test_a_look_gives_five_cues_with_their_reasons(tmp_path: Path, hall: Pixels, monkeypatch, capsys) -> None:
    staffed, empty = tmp_path / "staffed.png", tmp_path / "empty.png"
    cv2.imwrite(str(staffed), hall[100:280, 340:520])
    cv2.imwrite(str(empty), hall[0:90, 250:420])
    there, gone = run(monkeypatch, capsys, "look", str(staffed), str(empty), "--json")
    assert set(there) == {"image", "presence", "cues", "boxes", "why"}
    assert there["cues"].keys() == there["why"].keys() == CUES
    assert there["presence"] is True
    assert there["cues"]["presence"] > 0.8
    assert there["cues"]["uniform"] is None
    assert "no uniform is enrolled" in there["why"]["uniform"]
    assert gone["presence"] is False
    assert gone["cues"]["phone"] is None


def test_a_look_at_a_black_picture_knows_nothing(tmp_path: Path, monkeypatch, capsys) -> None:
    path = tmp_path / "black.png"
    cv2.imwrite(str(path), np.zeros((200, 200, 3), np.uint8))
    line = run(monkeypatch, capsys, "look", str(path), "--json", "--lang", "zh-CN")[0]
    assert line["presence"] is None
    assert set(line["cues"].values()) == {None}
    assert line["why"]["presence"] == "画面过暗"
