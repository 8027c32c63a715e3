"""What a bench keeps of a run: times of looks, events, health, and the process's memory."""

import tempfile
import threading
import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.bench.soak.truth import Span
from pipelines.looking.eyes import Eyes
from pipelines.rules.events import HealthEntry, RuleEvent
from pipelines.run import Plan, run_files

SAMPLE_S = 5.0
"""How often memory is sampled."""


class Kept:
    """A sink that keeps what a bench asks for: times of looks, the newest form of events, health."""

    def __init__(self) -> None:
        self.times: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.events: dict[str, RuleEvent] = {}
        self.opened: dict[str, float] = {}
        """By event: the time of the look at which it was told first."""
        self.health_counts: dict[str, int] = defaultdict(int)

    def event(self, event: RuleEvent) -> None:
        """Keep its newest form."""
        self.events[event.id] = event
        times = self.times[event.camera, event.post]
        self.opened.setdefault(event.id, times[-1] if times else event.start.timestamp())

    def covered(self, absence: object) -> None:
        """Of no interest here."""

    def health(self, entry: HealthEntry) -> None:
        """Count what begins, and what is told only when it is over."""
        if entry.end is None or entry.detail.startswith("no picture for"):
            self.health_counts[entry.state] += 1

    def observation(self, line: dict[str, Any]) -> None:
        """Keep when it was."""
        self.times[line["camera"], line["post"]].append(datetime.fromisoformat(line["t"]).timestamp())

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        """Of no interest here."""

    def spans(self) -> dict[str, list[Span]]:
        """By camera: its closed events, since its first look."""
        began: dict[str, float] = {}
        for (camera, _), times in self.times.items():
            began[camera] = min(began.get(camera, times[0]), times[0])
        found: dict[str, list[Span]] = {camera: [] for camera in began}
        for event in self.events.values():
            if event.end is not None:
                start, end = event.start.timestamp(), event.end.timestamp()
                zero = began[event.camera]
                opened = self.opened[event.id] - zero
                found[event.camera].append(Span(event.post, event.rule, start - zero, end - zero, opened))
        return found


def timed_run(plan: Plan, eyes: Eyes) -> tuple[float, Kept]:
    """CPU seconds of a run over the plan's files, and what it found. Raises what the run raises."""
    kept = Kept()
    with tempfile.TemporaryDirectory() as out:
        began = time.process_time()
        run_files(plan, eyes, kept, Path(out), start=0.0)
        return time.process_time() - began, kept


class Memory(threading.Thread):
    """Samples this process's resident memory, in MiB."""

    def __init__(self) -> None:
        super().__init__(name="memory", daemon=True)
        self._stopped = threading.Event()
        self.samples: list[float] = []

    def run(self) -> None:
        """Sample until stopped."""
        while not self._stopped.wait(SAMPLE_S):
            self.samples.append(resident_mib())

    def stop(self) -> None:
        """No more samples."""
        self._stopped.set()
        self.join()
        self.samples.append(resident_mib())


def resident_mib() -> float:
    """Resident memory of this process as Linux tells it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
