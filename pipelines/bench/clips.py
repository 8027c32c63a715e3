"""What cutting a clip costs: CPU time for a second of it, from a ring as a live camera fills it."""

import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.evidence.recorder import Clip, Ring, Stream
from pipelines.streams.source import Source

COUNT = 20
"""Clips that are cut."""


@dataclass(frozen=True, slots=True)
class ClipsBench:
    """Figures of one run: CPU and wall time in ms for a second of clip, sizes in bytes."""

    clips: int
    seconds_each: float
    bits_per_s: float
    cpu_ms_per_s: float
    wall_ms_per_s: float

    def line(self) -> dict[str, object]:
        """The figures as JSON."""
        return asdict(self)


def bench_clips(video: Path, seconds: float) -> ClipsBench:
    """Cut clips of so many seconds from a file's beginning. Raises SourceError or ClipError."""
    ring = Ring(float("inf"))
    with (
        Source("bench", str(video), start=0.0, decode=False) as source,
        tempfile.TemporaryDirectory() as folder,
    ):
        for step in source:
            if step.packet is not None:
                ring.add(step.packet)
            if ring.newest > seconds + 1:
                break
        stream = Stream(source.stream, source.time_base)
        began, busy = time.perf_counter(), time.process_time()
        cut = [_cut(Path(folder) / f"{i}.mp4", stream, ring, seconds) for i in range(COUNT)]
        wall, cpu = time.perf_counter() - began, time.process_time() - busy
        size = cut[0].path.stat().st_size
    lasted = sum(clip.last_t - clip.t0 for clip in cut)
    return ClipsBench(
        clips=COUNT,
        seconds_each=round(lasted / COUNT, 2),
        bits_per_s=round(8 * size * COUNT / lasted),
        cpu_ms_per_s=round(1e3 * cpu / lasted, 3),
        wall_ms_per_s=round(1e3 * wall / lasted, 3),
    )


def _cut(path: Path, stream: Stream, ring: Ring, seconds: float) -> Clip:
    clip = Clip(path, stream, ring, 0.0)
    clip.grow(seconds)
    clip.finish()
    return clip
