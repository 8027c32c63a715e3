"""A soak: many live cameras for a long time, and whether anything grows old, grows large, or gets lost.

Each camera shows a video over and over; one camera run alone over the same video, as fast as it can be read,
says which events there are. It is run over the first rounds: from the second on, when what is remembered of a
post is that of a round before, all rounds are alike, and what goes on over a round's end is one event. It is
run once for each of `PHASES_S`: an event whose finding hangs on the moment of the looks is not expected,
and not invented either.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.eyes import Eyes
from pipelines.live import run_live
from pipelines.metrics import (
    DECODE_ERRORS,
    LOOKS_DROPPED,
    PICTURES_DROPPED,
    PICTURES_LOOKED_AT,
    RECONNECTS,
    Counters,
)
from pipelines.rules.belief import BRIDGE_S
from pipelines.rules.events import HealthEntry, RuleEvent
from pipelines.run import Plan, make_plan, run_files
from pipelines.site import Site
from pipelines.soak_cameras import Recording, looped
from pipelines.soak_truth import ROUNDS, UNFINISHED_S, Compared, Span, bare, compared, in_all, repeated
from vision.posts import Post

SAMPLE_S = 5.0
PHASES_S = (0.0, 0.2)
"""By how much later looks begin than the video does; nearly half of `looks.INTERVAL_S` apart."""
FLAT_WITHIN = 0.05
"""Growth of memory from the second quarter to the last, as a share, that still counts as flat."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a camera of a soak shows: ``video``, from the place of a site's first camera.

    ``folder`` is what the site is relative to.
    """

    site: Site
    folder: Path
    video: Path
    chosen: frozenset[str] | None = None
    """The posts that are watched, None = all that it shows."""

    @property
    def posts(self) -> tuple[Post, ...]:
        """The posts that are watched."""
        shown = self.site.posts_of(self.site.cameras[0].id)
        return tuple(post for post in shown if self.chosen is None or post.id in self.chosen)

    def some(self, count: int, turn: int) -> "Shown":
        """With ``count`` of its posts alone, other ones in each ``turn``."""
        posts = [post.id for post in self.posts]
        return replace(self, chosen=frozenset(posts[(turn * count + i) % len(posts)] for i in range(count)))


@dataclass(frozen=True, slots=True)
class SoakFigures:
    """What came of it. Ages in seconds, memory in MiB, ``cpu_cores`` = cores kept busy by this process."""

    model: str
    sha256: str
    cameras: int
    posts: int
    minutes: float
    looks: int
    age_p50: float
    age_p99: float
    age_max: float
    age_bound: float
    worst_post_p99: float
    posts_beyond_bound: int
    looks_dropped: int
    posts_p50_p99: Mapping[str, tuple[float, float]]
    pictures_looked_at: int
    pictures_dropped: int
    reconnects: int
    decode_errors: int
    health: Mapping[str, int]
    rss_start: float
    rss_second_quarter: float
    rss_last_quarter: float
    rss_by_minute: list[float]
    rss_flat: bool
    cpu_cores: float
    events_expected: int
    events_found: int
    events_lost: int
    events_invented: int
    lost: list[str]
    """Camera and post, rule, and when, in seconds since the camera's first picture."""
    invented: list[str]

    def line(self) -> dict[str, Any]:
        """The figures as JSON."""
        return asdict(self)

    def markdown(self) -> str:
        """The figures as a table."""
        rows = [(name, value) for name, value in self.line().items() if not isinstance(value, dict | list)]
        table = "\n".join(f"| {name} | {value} |" for name, value in rows)
        posts = "\n".join(f"| {post} | {p50} | {p99} |" for post, (p50, p99) in self.posts_p50_p99.items())
        health = ", ".join(f"{state} {count}" for state, count in self.health.items()) or "none"
        lost, invented = (", ".join(events) or "none" for events in (self.lost, self.invented))
        return (
            f"# Soak\n\n| figure | value |\n|---|---|\n{table}\n| health entries | {health} |\n"
            f"| lost | {lost} |\n| invented | {invented} |\n\n"
            f"| post | look age p50, s | p99, s |\n|---|---|---|\n{posts}\n"
        )


class Kept:
    """A sink that keeps what a bench asks for: times of looks, the newest form of events, health."""

    def __init__(self) -> None:
        self.times: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.events: dict[str, RuleEvent] = {}
        self.health_counts: dict[str, int] = defaultdict(int)

    def event(self, event: RuleEvent) -> None:
        """Keep its newest form."""
        self.events[event.id] = event

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
                found[event.camera].append(Span(event.post, event.rule, start - zero, end - zero))
        return found


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


def hall_of(shown: Sequence[Shown]) -> Site:
    """A site of cameras c0, c1... with their posts c0-w01...; all else is the first one's."""
    first = shown[0].site
    return first.model_validate(
        {
            **first.model_dump(by_alias=True),
            "cameras": [{"id": f"c{i}", "url": f"c{i}"} for i in range(len(shown))],
            "posts": [
                {**post.model_dump(), "id": f"c{i}-{post.id}", "camera": f"c{i}"}
                for i, one in enumerate(shown)
                for post in one.posts
            ],
        }
    )


def soak(
    shown: Sequence[Shown], eyes: Eyes, urls: Sequence[str], out: Path, *, seconds: float
) -> SoakFigures:
    """Run as many cameras as there are ``urls``, which show ``shown`` over and over from the beginning.

    Writes into ``out``. Raises what a run raises.
    """
    hall = hall_of(shown)
    sources = {f"c{i}": url for i, url in enumerate(urls)}
    plan = make_plan(hall, eyes, sources=sources, folder=shown[0].folder)
    kept, counters, memory = Kept(), Counters(), Memory()
    memory.start()
    began, busy, rss = time.monotonic(), time.process_time(), resident_mib()
    run_live(
        plan,
        eyes,
        kept,
        out / "live",
        start=0.0,
        stopped=lambda: time.monotonic() - began > seconds,
        meter=counters,
    )
    lasted, busy = time.monotonic() - began, time.process_time() - busy
    memory.stop()
    events = _events(shown, eyes, kept, out, lasted)
    quarter = max(len(memory.samples) // 4, 1)
    second = float(np.mean(memory.samples[quarter : 2 * quarter] or memory.samples))
    last = float(np.mean(memory.samples[-quarter:]))
    ages = {post: ages_of(times) for (_, post), times in kept.times.items()}
    everything = np.concatenate(list(ages.values())) if ages else np.zeros(1)
    by_post = {post: (_percentile(of, 50), _percentile(of, 99)) for post, of in sorted(ages.items())}
    return SoakFigures(
        model=eyes.model.name,
        sha256=eyes.model.sha256,
        cameras=len(urls),
        posts=len(hall.posts),
        minutes=round(lasted / 60, 2),
        looks=sum(len(times) for times in kept.times.values()),
        age_p50=_percentile(everything, 50),
        age_p99=_percentile(everything, 99),
        age_max=_percentile(everything, 100),
        age_bound=BRIDGE_S,
        worst_post_p99=max((p99 for _, p99 in by_post.values()), default=0.0),
        posts_beyond_bound=sum(p99 > BRIDGE_S for _, p99 in by_post.values()),
        looks_dropped=int(counters.total(LOOKS_DROPPED)),
        posts_p50_p99=by_post,
        pictures_looked_at=int(counters.total(PICTURES_LOOKED_AT)),
        pictures_dropped=int(counters.total(PICTURES_DROPPED)),
        reconnects=int(counters.total(RECONNECTS)),
        decode_errors=int(counters.total(DECODE_ERRORS)),
        health=dict(kept.health_counts),
        rss_start=round(rss, 1),
        rss_second_quarter=round(second, 1),
        rss_last_quarter=round(last, 1),
        rss_by_minute=[round(one, 1) for one in memory.samples[:: int(60 / SAMPLE_S)]],
        rss_flat=last <= second * (1 + FLAT_WITHIN),
        cpu_cores=round(busy / lasted, 2),
        events_expected=len(events.there) + len(events.lost),
        events_found=len(events.there),
        events_lost=len(events.lost),
        events_invented=len(events.invented),
        lost=[_told(span) for span in events.lost],
        invented=[_told(span) for span in events.invented],
    )


def _events(shown: Sequence[Shown], eyes: Eyes, kept: Kept, out: Path, lasted: float) -> Compared:
    """`compared`, over all cameras."""
    spans, found = kept.spans(), Compared()
    for k, one in enumerate({one.video: one for one in shown}.values()):
        whole = replace(one, chosen=None)
        runs = [
            reference(whole, eyes, out / f"alone{k}", lasted, late_s=late, name=f"phase{i}")
            for i, late in enumerate(PHASES_S)
        ]
        every, possible = in_all(runs), [span for run in runs for span in run]
        for i, other in enumerate(shown):
            if other.video == one.video:
                posts = {post.id for post in other.posts}
                found += compared(
                    _of_posts(every, posts, i),
                    spans.get(f"c{i}", []),
                    lasted - UNFINISHED_S,
                    _of_posts(possible, posts, i),
                )
    return found


def _of_posts(spans: Iterable[Span], posts: set[str], camera: int) -> list[Span]:
    """Those of some posts of the camera alone, as they are called at a camera of the soak."""
    return [replace(span, post=f"c{camera}-{bare(span.post)}") for span in spans if bare(span.post) in posts]


def _told(span: Span) -> str:
    return f"{span.post} {span.rule} {span.start:.1f}-{span.end:.1f}"


def reference(shown: Shown, eyes: Eyes, out: Path, lasted: float, *, late_s: float, name: str) -> list[Span]:
    """The events of one camera alone over so many seconds of rounds of its video, looks ``late_s`` late."""
    out.mkdir(parents=True, exist_ok=True)
    length = Recording.of(shown.video).seconds
    video = looped(shown.video, out / f"{name}.mp4", min(lasted, ROUNDS * length), late_s=late_s)
    plan: Plan = make_plan(hall_of([shown]), eyes, sources={"c0": str(video)}, folder=shown.folder)
    kept = Kept()
    run_files(plan, eyes, kept, out / name, start=0.0)
    return repeated(kept.spans().get("c0", []), length, lasted)


def ages_of(times: Iterable[float]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """How old each last look had become when the next one came, in seconds."""
    return np.array([later - sooner for sooner, later in pairwise(times)] or [0.0], np.float64)


def _percentile(values: "np.ndarray[tuple[int], np.dtype[np.float64]]", share: float) -> float:
    return round(float(np.percentile(values, share)), 2)
