"""Shared ground: little videos that the tests make themselves, and the bundled clip."""

import os
from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from models.manifest import Manifest
from pipelines.eyes import Eyes

# What the tests see must not hang on which runtime is the fastest today.
os.environ["CONDUCT_PROVIDER"] = "onnxruntime"

# A red test must be red again; and how long an example takes says more of the machine than of the code.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

Pixels = NDArray[np.uint8]
DEMO_FOLDER = Path(__file__).parent.parent / "datasets" / "demo"
"""The demo's clips, beside the tests."""

FIXED_GOP = {"sc_threshold": "0", "keyint_min": "1000", "flags": "+cgop"}
"""No keyframes but the regular ones, for encoders that would add some at a change of scene."""


def write_video(
    path: Path,
    frames: Iterable[Pixels],
    *,
    fps: int = 10,
    codec: str = "libx264",
    gop: int = 10,
    options: dict[str, str] | None = None,
) -> Path:
    """Encode BGR frames; ``gop`` frames from keyframe to keyframe."""
    fixed = FIXED_GOP if codec.startswith("libx26") else {}
    given = {"g": str(gop), **fixed, **(options or {})}
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps, options=given)
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            if not stream.codec_context.is_open:
                stream.width, stream.height = frame.shape[1], frame.shape[0]
            for packet in stream.encode(av.VideoFrame.from_ndarray(frame, format="bgr24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def read_frames(path: Path) -> list[Pixels]:
    """All frames of a video as BGR."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def packet_bytes(path: Path) -> list[bytes]:
    """The encoded packets of a video, in the order of decoding."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def moving(count: int, *, size: tuple[int, int] = (96, 128), seed: int = 0) -> list[Pixels]:
    """A grainy wall with a square that moves and a little noise: no two frames are alike."""
    random = np.random.default_rng(seed)
    wall = random.integers(90, 110, (*size, 3), dtype=np.uint8)
    frames = []
    for i in range(count):
        frame = wall + random.integers(0, 6, (*size, 3), dtype=np.uint8)
        x = (3 * i) % (size[1] - 16)
        frame[20:36, x : x + 16] = (20, 40, 220)
        frames.append(frame)
    return frames


@pytest.fixture(scope="session")
def example() -> Path:
    """The bundled clip: a member of staff works, takes a call, stands up at 8 s, is gone from 10 s on."""
    return DEMO_FOLDER / "example_12s.mp4"


@pytest.fixture(scope="session")
def eyes() -> Eyes:
    """The packaged models, loaded once."""
    return Eyes(Manifest.load())
