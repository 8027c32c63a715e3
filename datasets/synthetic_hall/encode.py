"""H.264 by PyAV: yuv420p, a keyframe every 1.5 s, the index in front so that a browser can start at once."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

KEYFRAME_S = 1.5


def encode(path: Path, frames: Iterable[NDArray[np.uint8]], fps: float, crf: int) -> int:
    """Write BGR frames (h, w, 3) to an MP4 file; returns its size in bytes."""
    unfinished = path.with_name(path.stem + ".part.mp4")
    pictures = iter(frames)
    first = next(pictures)
    rate = Fraction(fps).limit_denominator(1000)
    with av.open(str(unfinished), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = max(1, round(KEYFRAME_S * fps))
        stream.options = {"crf": str(crf), "preset": "medium", "profile": "main", "sc_threshold": "0"}
        stream.height, stream.width = first.shape[:2]
        for picture in chain([first], pictures):
            container.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24"))
            )
        container.mux(stream.encode())
    unfinished.replace(path)
    return path.stat().st_size
