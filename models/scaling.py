"""Pictures made smaller: each pixel becomes the mean of the area it covers.

By FFmpeg's swscale, which takes a third of the time of OpenCV's `INTER_AREA` and differs from it by at most
one grey level.
"""

import threading
from collections import OrderedDict

import cv2
import numpy as np
from av import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from vision.frame import Image

Plane = NDArray[np.uint8]

AREA = Interpolation.AREA | Interpolation.FULL_CHR_H_INP
"""Without the second, colours of neighbouring pixels are averaged first."""
LEAST_SIDE = 2
"""A single row or column is where swscale does not take all of the area."""
READ_BEYOND = 64
"""Bytes behind a picture that its vector instructions may read."""
MOST_KNOWN = 64
"""Sizes that a thread remembers its preparations for: each takes as long as scaling a small picture."""


def planes(image: Image, width: int, height: int) -> tuple[Plane, Plane, Plane]:
    """A picture (BGR uint8) scaled to a size in pixels: blue, green and red, (height, width) each."""
    larger = width > image.shape[1] or height > image.shape[0]
    if larger or min(width, height) < LEAST_SIDE:
        method = cv2.INTER_LINEAR if larger else cv2.INTER_AREA
        blue, green, red = cv2.split(cv2.resize(image, (width, height), interpolation=method))
        return _bytes(blue), _bytes(green), _bytes(red)
    found = [(memoryview(plane), plane.line_size) for plane in _local.shrunk(image, width, height).planes]
    green, blue, red = (
        np.frombuffer(held, np.uint8).reshape(-1, line)[:height, :width] for held, line in found
    )
    return blue, green, red


def scaled(image: Image, width: int, height: int) -> Image:
    """A picture scaled to a size in pixels, (height, width, 3)."""
    return _bytes(cv2.merge(planes(image, width, height)))


def _bytes(pixels: cv2.typing.MatLike) -> NDArray[np.uint8]:
    return pixels.astype(np.uint8, copy=False)


class _Thread(threading.local):
    """What one thread scales with; FFmpeg's scalers serve one thread and one pair of sizes."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, int, int, int], VideoReformatter] = OrderedDict()
        self._room = np.empty(0, np.uint8)

    def shrunk(self, image: Image, width: int, height: int) -> VideoFrame:
        """The picture at the smaller size, its planes green, blue and red."""
        high, wide = image.shape[:2]
        if self._room.size < image.size + READ_BEYOND:
            self._room = np.empty(image.size + READ_BEYOND, np.uint8)
        whole = self._room[: image.size].reshape(high, wide, 3)
        np.copyto(whole, image)
        frame = VideoFrame.from_numpy_buffer(whole, format="bgr24")
        scaler = self._scaler((wide, high, width, height))
        return scaler.reformat(frame, width, height, "gbrp", interpolation=AREA, threads=1)

    def _scaler(self, sizes: tuple[int, int, int, int]) -> VideoReformatter:
        scaler = self._known.pop(sizes, None) or VideoReformatter()
        self._known[sizes] = scaler
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return scaler


_local = _Thread()
