"""How near looks come to what the network can do alone.

The whole way from decoded pictures to detections, as a live run goes it turn by turn, against the same number
of network inputs that lie ready, in the same batches on the same lanes. Both take turns.
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from models.detector import Crop
from models.session import Tensor
from pipelines.bench.due import due_pictures
from pipelines.hall.site import Site
from pipelines.looking.eyes import Eyes
from pipelines.streams.source import Picture
from vision.frame import Frame
from vision.picture import PictureWatch

ROUNDS = 9
TURNS = 8
"""Turns of the models in a round."""
PICTURES = 4
"""Pictures in a turn: with three posts each it is a turn of twelve looks."""


@dataclass(frozen=True, slots=True)
class PathBench:
    """Figures of one run. Rates are looks a second, ``ratio`` of the medians; ``ratios`` by round."""

    model: str
    sha256: str
    runtime: str
    width: int
    height: int
    lanes: int
    batch: int
    posts: int
    path_per_s: float
    bare_per_s: float
    ratio: float
    ratios: tuple[float, ...]

    def line(self) -> dict[str, object]:
        """The figures as JSON."""
        return asdict(self)


def bench_path(site: Site, video: Path, eyes: Eyes) -> PathBench:
    """Measure on the posts of a site's first camera, as ``video`` shows them. Raises SourceError."""
    camera = site.cameras[0].id
    pictures = list(islice(due_pictures(camera, video), PICTURES * TURNS))
    pictures = pictures[: len(pictures) // PICTURES * PICTURES]
    turns = [pictures[i : i + PICTURES] for i in range(0, len(pictures), PICTURES)]
    ready = np.random.default_rng(0).random((eyes.detector.together, 3, *eyes.detector.size), np.float32)
    looks = len(pictures) * len(site.posts_of(camera))
    path, bare = [], []
    for _ in range(ROUNDS + 1):
        path.append(looks / _path(site, camera, turns, eyes))
        bare.append(looks / _bare(len(site.posts_of(camera)) * PICTURES, len(turns), ready, eyes))
    path, bare = path[1:], bare[1:]  # the first round is a warm-up
    return PathBench(
        model=eyes.model.name,
        sha256=eyes.model.sha256,
        runtime=eyes.runtime,
        width=pictures[0].size[0],
        height=pictures[0].size[1],
        lanes=eyes.lanes,
        batch=eyes.detector.together,
        posts=len(site.posts_of(camera)),
        path_per_s=round(statistics.median(path), 1),
        bare_per_s=round(statistics.median(bare), 1),
        ratio=round(statistics.median(path) / statistics.median(bare), 3),
        ratios=tuple(round(one / other, 3) for one, other in zip(path, bare, strict=True)),
    )


def _path(site: Site, camera: str, turns: Sequence[Sequence[Picture]], eyes: Eyes) -> float:
    watches = [PictureWatch()] * PICTURES  # each picture of a turn is another camera's
    began = time.perf_counter()
    for turn in turns:
        opened = eyes.beside(_open, list(zip(turn, watches, strict=True)))
        watches = [watch for _, watch in opened]
        crops = [
            Crop(frame.image, post.crop(frame.width, frame.height))
            for frame, _ in opened
            for post in site.posts_of(camera)
        ]
        eyes.beside(eyes.see, eyes.shares(crops))
    return time.perf_counter() - began


def _open(given: tuple[Picture, PictureWatch]) -> tuple[Frame, PictureWatch]:
    picture, watch = given
    frame = picture.frame()
    return frame, watch.look(frame.image, frame.t)[0]


def _bare(crops: int, turns: int, ready: Tensor, eyes: Eyes) -> float:
    lanes = [len(share) for share in eyes.shares(range(crops))]
    began = time.perf_counter()
    for _ in range(turns):
        eyes.beside(lambda count: _alone(count, ready, eyes), lanes)
    return time.perf_counter() - began


def _alone(count: int, ready: Tensor, eyes: Eyes) -> None:
    for first in range(0, count, len(ready)):
        eyes.detector.raw(ready[: min(len(ready), count - first)])
