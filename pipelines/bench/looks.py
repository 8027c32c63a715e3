"""How fast the monitor looks, as ratios within one run: never a bare time.

`looks`: looks a second in batches against one by one, in turns on the same crops; and what share of
a whole run over a file is decoding, detecting, and the rest.
"""

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from models.detector import BEST_BATCH, Crop
from models.manifest import Manifest
from pipelines.bench.due import due_pictures
from pipelines.hall.site import Site
from pipelines.looking.eyes import Eyes, Seen
from pipelines.run import make_plan, run_files
from pipelines.sinks import JsonLines

ROUNDS = 7
MOST_CROPS = 128


@dataclass(frozen=True, slots=True)
class LooksBench:
    """Figures of one run. Rates are looks a second, shares are of the whole run's time."""

    model: str
    sha256: str
    looks: int
    batch: int
    rounds: int
    batched_per_s: float
    single_per_s: float
    ratio: float
    ratios: tuple[float, ...]
    decode_share: float
    detect_share: float
    rest_share: float

    def line(self) -> dict[str, object]:
        """The figures as JSON."""
        return asdict(self)


class _TimedEyes(Eyes):
    """Eyes that keep how long they took."""

    seconds = 0.0

    def see(self, crops: Sequence[Crop]) -> list[Seen]:
        """Look, and add up the time."""
        began = time.perf_counter()
        try:
            return super().see(crops)
        finally:
            self.seconds += time.perf_counter() - began


def bench_looks(site: Site, folder: Path, manifest: Manifest) -> LooksBench:
    """Measure on the files of a site (relative to ``folder``). Raises what a run of it raises."""
    eyes = _TimedEyes(manifest)
    plan = make_plan(site, eyes, folder=folder)
    crops: list[Crop] = []
    decode_s = 0.0
    for camera in plan.cameras():
        found, seconds = _read(site, camera.id, plan.urls[camera.id])
        crops.extend(found)
        decode_s += seconds
    crops = crops[:MOST_CROPS]
    batched, single = [], []
    eyes.see(crops[:BEST_BATCH])
    for _ in range(ROUNDS):
        batched.append(_time(eyes, [crops]))
        single.append(_time(eyes, [[crop] for crop in crops]))
    ratios = tuple(round(one / many, 3) for one, many in zip(single, batched, strict=True))
    eyes.seconds = 0.0
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        sink = JsonLines(Path(out))
        run_files(plan, eyes, sink, Path(out), start=0.0)
        sink.close()
    total = time.perf_counter() - began
    return LooksBench(
        model=eyes.model.name,
        sha256=eyes.model.sha256,
        looks=len(crops),
        batch=BEST_BATCH,
        rounds=ROUNDS,
        batched_per_s=round(len(crops) / statistics.median(batched), 1),
        single_per_s=round(len(crops) / statistics.median(single), 1),
        ratio=round(statistics.median(ratios), 3),
        ratios=ratios,
        decode_share=round(decode_s / total, 3),
        detect_share=round(eyes.seconds / total, 3),
        rest_share=round(1 - (decode_s + eyes.seconds) / total, 3),
    )


def _time(eyes: Eyes, groups: list[list[Crop]]) -> float:
    began = time.perf_counter()
    for group in groups:
        eyes.see(group)
    return time.perf_counter() - began


def _read(site: Site, camera: str, url: str) -> tuple[list[Crop], float]:
    """The crops of all due pictures of a file, and the seconds that reading it took."""
    crops: list[Crop] = []
    began = time.perf_counter()
    for picture in due_pictures(camera, url):
        frame = picture.frame()
        size = (frame.width, frame.height)
        crops.extend(Crop(frame.image, post.crop(*size)) for post in site.posts_of(camera))
    return crops, time.perf_counter() - began
