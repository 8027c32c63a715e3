"""Which runtime is the fastest here: a benchmark of a few seconds, once, and remembered.

The choice is kept in the user's cache folder under a key of everything it depends on: files, libraries, CPU,
cores. Whoever writes first decides for all, so programs started together agree. A choice that cannot be
kept is not made: then the default runs, because two runs on the same video must give the same events.
"""

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models import providers
from models.detector import BEST_BATCH, Detector
from models.manifest import Manifest, ModelError
from models.session import DEFAULT, Runtime, cores

FORMAT = 1
WIDE = ("avx", "amx", "sve", "asimd", "bf16", "i8mm")
BUDGET_S = 5.0
"""Time of the whole benchmark, loading included."""
MOST_ROUNDS = 15
LEAST_ROUNDS = 2
"""A runtime measured less often than this is out: the machine is too slow or too busy to tell."""
MARGIN = 1.15
"""How many times as fast as the default another runtime must be."""

Clock = Callable[[], float]
Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Choice:
    """What runs the detector, and why in a few words; ``ratios``: times as fast as the default."""

    runtime: Runtime
    why: str
    ratios: Mapping[str, float]

    def line(self) -> str:
        """For the console and the log."""
        return f"detector runs on {self.runtime.name}: {self.why}"


def choose(
    manifest: Manifest, name: str = "auto", *, folder: Path | None = None, clock: Clock = time.perf_counter
) -> Choice:
    """The runtime of a name as in CONDUCT_PROVIDER; `auto` takes the remembered or the fastest one.

    ``folder`` is where it is remembered (the user's cache). Raises ModelError for a name that is none.
    """
    if name != "auto":
        return Choice(Runtime.parse(name), "CONDUCT_PROVIDER says so", {})
    found = tuple(candidates(manifest))
    if found == (DEFAULT,):
        return Choice(DEFAULT, "there is no other", {})
    kept = Kept(folder or cache_folder(), key(manifest))
    known = kept.read()
    if known is not None:
        return known
    if not kept.writable():
        return Choice(DEFAULT, f"{kept.path.parent} cannot be written, so no choice could be kept", {})
    return kept.write(fastest(loaded(manifest, found), clock))


def candidates(manifest: Manifest) -> Iterator[Runtime]:
    """The default, and all that may stand in for it unasked: `runnable`, and trusted by the manifest."""
    _, entry = manifest.of_task("detect")
    trusted = {
        "fp32": providers.NAMES,
        "int8": entry.int8.auto_on if entry.int8 else (),
        "bf16": entry.bf16_on,
    }
    for runtime in runnable(manifest):
        if runtime == DEFAULT or runtime.provider in trusted[runtime.precision]:
            yield runtime


def runnable(manifest: Manifest) -> Iterator[Runtime]:
    """The default, and all others whose library and file are there and whole."""
    yield DEFAULT
    _, entry = manifest.of_task("detect")
    for name, _ in providers.installed():
        for precision in Runtime.precisions(name):
            runtime = Runtime(name, precision)
            try:
                manifest.verified_bytes(runtime.weight(manifest, entry))
            except ModelError:
                continue
            if runtime != DEFAULT:
                yield runtime


def detectors(manifest: Manifest, runtimes: Iterable[Runtime]) -> Iterator[tuple[Runtime, Detector]]:
    """The detector on each runtime, without those that cannot run it. The default must."""
    for runtime in runtimes:
        try:
            yield runtime, Detector(manifest, runtime=runtime)
        except ModelError:
            if runtime == DEFAULT:
                raise


def loaded(manifest: Manifest, runtimes: Iterable[Runtime]) -> Iterator[tuple[Runtime, Work]]:
    """Each runtime with the detector's real work: a full batch, and a picture alone as closer looks are."""
    for runtime, detector in detectors(manifest, runtimes):
        shape = (detector.together, 3, *detector.size)
        batch = np.random.default_rng(0).random(shape, np.float32)
        yield runtime, lambda run=detector.raw, batch=batch: (run(batch), run(batch[:1]))  # type: ignore[misc]


def fastest(work: Iterator[tuple[Runtime, Work]], clock: Clock) -> Choice:
    """Run all in turns until the time is up, and compare their best times. The default comes first."""
    began = clock()
    works: list[tuple[Runtime, Work]] = []
    for runtime, run in work:
        run()
        works.append((runtime, run))
        if clock() - began > BUDGET_S / 2:
            break
    times: dict[Runtime, list[float]] = {runtime: [] for runtime, _ in works}
    for _ in range(MOST_ROUNDS):
        for runtime, run in works:
            if clock() - began > BUDGET_S:
                break
            since = clock()
            run()
            times[runtime].append(clock() - since)
    return _compared(times)


def _compared(times: Mapping[Runtime, Sequence[float]]) -> Choice:
    best = {runtime: min(spent) for runtime, spent in times.items() if len(spent) >= LEAST_ROUNDS}
    if DEFAULT not in best or len(best) == 1:
        return Choice(DEFAULT, "no other runs this model, or could be measured in time", {})
    ratios = {runtime: best[DEFAULT] / spent for runtime, spent in best.items()}
    winner = max(ratios, key=lambda runtime: ratios[runtime])
    told = {runtime.name: round(ratio, 2) for runtime, ratio in ratios.items()}
    if ratios[winner] < MARGIN:
        return Choice(DEFAULT, f"no other is {MARGIN} times as fast on this machine", told)
    return Choice(winner, f"{ratios[winner]:.2f} times as fast as {DEFAULT.name} on this machine", told)


def cache_folder() -> Path:
    """The program's folder in the user's cache (XDG base directories)."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(given) if Path(given).is_absolute() else Path(os.path.expanduser("~")) / ".cache"  # noqa: PTH111
    return base / "conduct-monitor"


def key(manifest: Manifest) -> dict[str, object]:
    """Everything that a choice depends on."""
    name, entry = manifest.of_task("detect")
    return {
        "format": FORMAT,
        "model": name,
        "sha256": entry.sha256,
        "int8_sha256": entry.int8.sha256 if entry.int8 else None,
        "candidates": [runtime.name for runtime in candidates(manifest)],
        "libraries": {found: provider.version() for found, provider in providers.installed()},
        "cpu": cpu_name(),
        "instructions": cpu_instructions(),
        "cores": cores(),
        "input": [BEST_BATCH, *entry.input],
    }


def cpu_name() -> str:
    """The CPU's name as Linux tells it, elsewhere as Python does."""
    named = (text for key, text in _cpu_lines() if key in ("model name", "CPU part"))
    return next(named, "") or platform.processor() or platform.machine()


def cpu_instructions() -> list[str]:
    """The CPU's wide instructions where Linux tells them, as two kinds of cloud machine may have one name."""
    flags = next((text.split() for key, text in _cpu_lines() if key in ("flags", "Features")), [])
    return sorted(flag for flag in flags if flag.startswith(WIDE))


def _cpu_lines() -> Iterator[tuple[str, str]]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        key, _, value = line.partition(":")
        yield key.strip(), value.strip()


class Kept:
    """A remembered choice: one file, named by the hash of its key."""

    def __init__(self, folder: Path, about: Mapping[str, object]) -> None:
        self._about = json.loads(json.dumps(about))
        name = hashlib.sha256(json.dumps(self._about, sort_keys=True).encode()).hexdigest()[:16]
        self.path = folder / f"runtime-{name}.json"

    def read(self) -> Choice | None:
        """What is remembered; None when nothing is, or the file is broken or about something else."""
        try:
            told = json.loads(self.path.read_text(encoding="utf-8"))
            if told["about"] != self._about or told["runtime"] not in self._about["candidates"]:
                return None
            ratios = {str(name): float(ratio) for name, ratio in told["ratios"].items()}
            return Choice(
                Runtime.parse(told["runtime"]), f"{told['why']} (remembered in {self.path})", ratios
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def writable(self) -> bool:
        """Whether a choice can be kept here; makes the folder."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            return False
        return os.access(self.path.parent, os.W_OK)

    def write(self, choice: Choice) -> Choice:
        """Keep a choice and give the one in force: another program's, where that was first."""
        told = {
            "about": self._about,
            "runtime": choice.runtime.name,
            "why": choice.why,
            "ratios": dict(choice.ratios),
        }
        mine = self.path.with_suffix(f".{os.getpid()}")
        try:
            mine.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        except OSError:
            return Choice(DEFAULT, f"{self.path} cannot be written, so no choice could be kept", {})
        try:
            return self.read() or self._first(mine, choice)
        finally:
            mine.unlink(missing_ok=True)

    def _first(self, mine: Path, choice: Choice) -> Choice:
        self.path.unlink(missing_ok=True)  # broken
        try:
            os.link(mine, self.path)
        except FileExistsError:
            return self.read() or choice
        except OSError:  # a file system without links
            mine.replace(self.path)
        return choice
