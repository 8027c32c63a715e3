"""The reader on real pixels of the rendered hall: each test loads two networks and reads, about a second."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from models.manifest import ModelError
from models.reader import Line, Reader, model_folder
from tests.conftest import DEMO_FOLDER, Pixels
from vision.placard import TEXTS, placard_in

pytestmark = pytest.mark.slow
COUNTER = (0.017, 0.566, 0.279, 0.829)
"""About the first post's counter edge, as its staff zone gives it."""


def frame_at(seconds: float) -> Pixels:
    with av.open(str(DEMO_FOLDER / "hall_clean.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        container.seek(int(seconds / stream.time_base), stream=stream)
        return next(
            frame.to_ndarray(format="bgr24") for frame in container.decode(stream) if frame.time >= seconds
        )


@pytest.fixture(scope="module")
def up() -> Pixels:
    return frame_at(60)


@pytest.fixture(scope="module")
def down() -> Pixels:
    return frame_at(20)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def lines_of(reader: Reader, image: Pixels) -> list[Line]:
    height, width = image.shape[:2]
    x1, y1, x2, y2 = COUNTER
    left, top = int(x1 * width), int(y1 * height)
    return reader.read(image[top : int(y2 * height), left : int(x2 * width)], (left, top))


def resized(image: Pixels, height: int) -> Pixels:
    width = round(image.shape[1] * height / image.shape[0])
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)


@pytest.mark.parametrize("height", [1080, 720, 540, 360])
def test_the_placard_is_read_in_pictures_of_every_usual_height(
    reader: Reader, up: Pixels, height: int
) -> None:
    assert placard_in([line.text for line in lines_of(reader, resized(up, height))], TEXTS) == "暂停服务"


def test_a_counter_without_a_placard_has_none(reader: Reader, down: Pixels) -> None:
    assert placard_in([line.text for line in lines_of(reader, down)], TEXTS) is None


def test_it_is_read_in_dim_light_and_by_noise(reader: Reader, up: Pixels) -> None:
    noise = np.random.default_rng(1).normal(0, 8, up.shape)
    dim = np.clip(up * 0.4 + noise, 0, 255).astype(np.uint8)
    assert placard_in([line.text for line in lines_of(reader, dim)], TEXTS) == "暂停服务"


def test_boxes_are_in_pixels_of_the_whole_picture(reader: Reader, up: Pixels) -> None:
    (line,) = [line for line in lines_of(reader, up) if line.text == "暂停服务"]
    x1, y1, x2, y2 = line.box
    assert 205 < x1 < x2 < 335
    assert 475 < y1 < y2 < 530
    assert line.score > 0.9


def test_the_same_picture_gives_the_same_bytes(reader: Reader, up: Pixels) -> None:
    assert lines_of(reader, up) == lines_of(Reader(), up)


def test_an_empty_region_has_no_lines(reader: Reader, up: Pixels) -> None:
    assert reader.read(up[10:10, 10:10], (10, 10)) == []
    assert reader.read(np.full((80, 200, 3), 128, np.uint8)) == []


def test_missing_models_are_told_in_one_line(monkeypatch: pytest.MonkeyPatch, up: Pixels) -> None:
    monkeypatch.setattr("models.reader.DETECTOR", "gone.onnx")
    with pytest.raises(ModelError, match=r"^placards: expected the package rapidocr with gone\.onnx"):
        lines_of(Reader(), up)


def test_the_wheel_carries_the_models() -> None:
    assert isinstance(model_folder(), Path)
