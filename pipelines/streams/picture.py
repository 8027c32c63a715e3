"""One picture of a stream, on its way to whoever looks at it."""

from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame

from pipelines.streams.resting import Coding
from pipelines.streams.timing import VideoPacket
from vision.frame import Frame


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A picture that is not decoded yet: most of them give way to newer ones while all is too much.

    ``width`` and ``height`` are those of its stream, in pixels.
    """

    coding: Coding
    packet: VideoPacket
    width: int
    height: int

    def decode(self) -> VideoFrame | None:
        """The picture, None when it cannot be decoded. Any thread may ask."""
        return next(self.coding.pictures([self.packet], threads=1), None)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is turned into pixels only when somebody looks at it."""

    camera: str
    index: int
    t: float
    coded: VideoFrame | Keyframe
    whole: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.coded.width, self.coded.height

    @property
    def decoded(self) -> bool:
        """Whether it was decoded as it came."""
        return not isinstance(self.coded, Keyframe)

    def frame(self) -> Frame:
        """The picture as BGR pixels; black, and not whole, when it cannot be decoded."""
        found = self.coded.decode() if isinstance(self.coded, Keyframe) else self.coded
        if found is None:
            width, height = self.size
            return Frame(self.camera, self.index, self.t, np.zeros((height, width, 3), np.uint8), whole=False)
        pixels = found.to_ndarray(format="bgr24", threads=1).astype(np.uint8, copy=False)
        return Frame(self.camera, self.index, self.t, pixels, self.whole and not found.is_corrupt)
