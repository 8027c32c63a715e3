"""Pictures made smaller: areas' means, whatever thread asks and wherever the part lies in its picture."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models import scaling
from models.detector import Crop, letterbox
from models.outputs.form import Intake
from models.scaling import planes, scaled

PICTURE = cv2.resize(
    np.random.default_rng(0).integers(0, 256, (54, 96, 3), np.uint8),
    (960, 540),
    interpolation=cv2.INTER_CUBIC,
).astype(np.uint8)


def by_opencv(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.int64]:
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.int64)


@pytest.mark.parametrize(
    ("region", "size"),
    [
        pytest.param((0, 0, 960, 540), (416, 234), id="the whole picture"),
        pytest.param((101, 33, 617, 540), (416, 409), id="a part at its lower edge"),
        pytest.param((457, 3, 960, 511), (103, 104), id="by much"),
        pytest.param((3, 5, 424, 421), (416, 411), id="by little"),
        pytest.param((10, 10, 426, 426), (416, 416), id="not at all"),
        pytest.param((0, 7, 960, 9), (416, 1), id="a stroke"),
        pytest.param((5, 0, 6, 540), (1, 416), id="an upright stroke"),
    ],
)
def test_a_pixel_is_the_mean_of_its_area(region: tuple[int, int, int, int], size: tuple[int, int]) -> None:
    x1, y1, x2, y2 = region
    part = PICTURE[y1:y2, x1:x2]
    assert np.abs(scaled(part, *size) - by_opencv(part, *size)).max() <= 1
    assert [plane.shape for plane in planes(part, *size)] == [size[::-1]] * 3


def test_the_area_of_saturated_colours_is_not_bled_into_its_neighbours() -> None:
    stripes = np.zeros((90, 333, 3), np.uint8)
    stripes[:, ::3, 0] = stripes[:, 1::3, 1] = stripes[:, 2::3, 2] = 255
    assert np.abs(scaled(stripes, 150, 41) - by_opencv(stripes, 150, 41)).max() <= 1


def test_enlarging_goes_smoothly_from_pixel_to_pixel() -> None:
    part = PICTURE[5:35, 6:26]
    expected = cv2.resize(part, (200, 300), interpolation=cv2.INTER_LINEAR)
    assert np.array_equal(scaled(part, 200, 300), expected)


def test_threads_that_scale_other_sizes_beside_each_other_do_not_disturb_each_other() -> None:
    # More sizes than are remembered, so preparations are thrown away and made anew meanwhile.
    sizes = [(200 + 3 * i, 150 + i) for i in range(scaling.MOST_KNOWN + 6)] * 2
    alone = [scaled(PICTURE, *size) for size in sizes]
    with ThreadPoolExecutor(4) as pool:
        beside = list(pool.map(lambda size: scaled(PICTURE, *size), sizes))
    assert all(np.array_equal(one, other) for one, other in zip(alone, beside, strict=True))


@pytest.mark.parametrize("bgr", [False, True])
@pytest.mark.parametrize("top", [1, 255])
@pytest.mark.parametrize("fit", ["centre", "corner", "stretch"])
def test_a_letterbox_is_the_scaled_crop_with_grey_around(fit: str, top: int, bgr: bool) -> None:
    out = np.full((3, 96, 128), np.nan, np.float32)
    place = letterbox(Crop(PICTURE, (100, 50, 300, 250)), out, Intake(fit, bgr, top))  # type: ignore[arg-type]
    width, height = (128, 96) if fit == "stretch" else (96, 96)
    left = 16 if fit == "centre" else 0
    expected = np.full((96, 128, 3), 114, np.uint8)
    expected[:height, left : left + width] = scaled(PICTURE[50:250, 100:300], width, height)
    if not bgr:
        expected = expected[..., ::-1]
    assert np.array_equal(out, expected.transpose(2, 0, 1) / np.float32(255 / top))
    assert place.pad == (left, 0)
