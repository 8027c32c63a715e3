"""Pictures as planes of floats."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from models.pixels import tensor


@pytest.mark.parametrize("bgr", [False, True])
@pytest.mark.parametrize("top", [1, 255])
def test_each_pixel_is_where_it_was_divided_as_floats_are(bgr: bool, top: Literal[1, 255]) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3), np.uint8)
    colours = pictures if bgr else pictures[..., ::-1]
    expected = colours.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255 / top)
    assert np.array_equal(tensor(pictures, bgr=bgr, top=top), expected)
    assert np.array_equal(tensor(list(pictures), bgr=bgr, top=top), expected)
