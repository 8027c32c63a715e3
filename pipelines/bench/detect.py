"""How fast the detector's network runs by provider, precision, size and batch, as ratios within one run.

All runtimes take turns on the same inputs, so what else the machine does hits them alike. Wall time is
what counts; CPU time is told beside it, because on a busy machine it is the steadier of the two.
"""

import platform
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from models import providers
from models.choice import detectors, runnable
from models.detector import Detector
from models.manifest import Manifest
from models.session import DEFAULT, Runtime, Tensor

ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Row:
    """One runtime at one size and batch. Times in ms a picture; ``ratio``: times as fast as the default.

    ``ratio`` is of the medians, ``ratio_best`` of the shortest, ``ratio_cpu`` of the medians of CPU time.
    """

    runtime: str
    sha256: str
    size: int
    batch: int
    ms: float
    ms_best: float
    cpu_ms: float
    ratio: float
    ratio_best: float
    ratio_cpu: float


@dataclass(frozen=True, slots=True)
class _Spent:
    wall: list[float]
    cpu: list[float]


@dataclass(frozen=True, slots=True)
class DetectBench:
    """Figures of one run; ``libraries`` are the runtimes' versions."""

    model: str
    sha256: str
    libraries: Mapping[str, str]
    rounds: int
    figures: tuple[Row, ...]
    input: str = "uniform noise, float32, seed 0"
    default: str = DEFAULT.name
    system: str = platform.platform()

    def line(self) -> dict[str, object]:
        """The figures as JSON."""
        return asdict(self)

    def markdown(self) -> str:
        """The figures as a table."""
        names = [field.name for field in fields(Row) if field.name != "sha256"]
        rows = "\n".join(
            "| " + " | ".join(str(getattr(row, name)) for name in names) + " |" for row in self.figures
        )
        return f"# Detector\n\n| {' | '.join(names)} |\n|{'---|' * len(names)}\n{rows}\n"


def bench_detect(
    manifest: Manifest, sizes: Sequence[int], batches: Sequence[int], rounds: int = ROUNDS
) -> DetectBench:
    """Measure all runtimes that are there, trusted or not. Raises models.manifest.ModelError."""
    loaded = dict(detectors(manifest, runnable(manifest)))
    rows: list[Row] = []
    for size in sizes:
        for batch in batches:
            rows.extend(_measured(loaded, size, batch, rounds))
    name, entry = manifest.of_task("detect")
    versions = {found: provider.version() for found, provider in providers.installed()}
    return DetectBench(name, entry.sha256, versions, rounds, tuple(rows))


def _measured(loaded: dict[Runtime, Detector], size: int, batch: int, rounds: int) -> list[Row]:
    pictures = np.random.default_rng(0).random((batch, 3, size, size), np.float32)
    spent = {runtime: _Spent([], []) for runtime in loaded}
    for detector in loaded.values():
        detector.raw(pictures)
    for _ in range(rounds):
        for runtime, detector in loaded.items():
            wall, cpu = _time(detector, pictures)
            spent[runtime].wall.append(wall / batch)
            spent[runtime].cpu.append(cpu / batch)
    base = spent[DEFAULT]
    return [
        Row(
            runtime=runtime.name,
            sha256=loaded[runtime].sha256,
            size=size,
            batch=batch,
            ms=round(statistics.median(own.wall), 2),
            ms_best=round(min(own.wall), 2),
            cpu_ms=round(statistics.median(own.cpu), 2),
            ratio=round(statistics.median(base.wall) / statistics.median(own.wall), 3),
            ratio_best=round(min(base.wall) / min(own.wall), 3),
            ratio_cpu=round(statistics.median(base.cpu) / statistics.median(own.cpu), 3),
        )
        for runtime, own in spent.items()
    ]


def _time(detector: Detector, pictures: Tensor) -> tuple[float, float]:
    """Wall and CPU time of one call, in ms."""
    wall, cpu = time.perf_counter(), time.process_time()
    detector.raw(pictures)
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3


def commit() -> str | None:
    """The checkout's commit, None outside one."""
    try:
        told = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return told.stdout.strip()
