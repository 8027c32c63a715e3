"""One decoded picture and the event time at which the camera took it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded picture.

    ``image`` is BGR, uint8, shape (height, width, 3). ``t`` is event time: seconds since the Unix
    epoch, from the stream's own clock anchored once per connection. ``index`` counts the frames of
    one camera from 0. ``whole`` is False when the decoder had to guess parts of the picture.
    """

    camera: str
    index: int
    t: float
    image: Image
    whole: bool = True

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise ValueError(
                f"camera {self.camera}: expected a BGR uint8 picture of shape (height, width, 3), "
                f"got {self.image.dtype} {self.image.shape}"
            )

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.image.shape[0])
