"""Shared ground: little videos that the tests make themselves, and the bundled clip."""

import logging
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from models import session
from models.manifest import Manifest
from pipelines.looking.eyes import Eyes
from tests.beside import Beside, how_it_died

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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, up to four: live streams play at their own speed, and mostly wait."""
    return min(session.cores() + 1, 4)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Beside:
    return Beside(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object | None) -> None:
    """What a worker died of, for a log that is read afterwards."""
    if error:
        sys.stdout.write(f"\n{how_it_died(node)}\n")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A worker begins with what is slow, so that at the end none is left alone with it."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session", autouse=True)
def a_share_of_the_cores() -> Iterator[None]:
    """Networks of workers that run beside each other would all take every core, and wait for each other."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    share = max(1, session.cores() // workers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "cores", lambda: share)
        yield


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """What a command of one test logs to is none of the next one's."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="session")
def example() -> Path:
    """The bundled clip: a member of staff works, takes a call, stands up at 8 s, is gone from 10 s on."""
    return DEMO_FOLDER / "example_12s.mp4"


@pytest.fixture(scope="session")
def eyes() -> Eyes:
    """The packaged models, loaded once."""
    return Eyes(Manifest.load())
