"""A soak: many live cameras for a long time, and whether anything grows old, grows large, or gets lost.

Each camera shows a video over and over; one camera run alone over the same video, as fast as it can be read,
says which events there are. It is run over the first rounds: from the second on, when what is remembered of a
post is that of a round before, all rounds are alike, and what goes on over a round's end is one event. It is
run once for each of `PHASES_S`: an event whose finding hangs on the moment of the looks is not expected,
and not invented either.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from pipelines.bench.hall import Shown, hall_of
from pipelines.bench.kept import SAMPLE_S, Kept, Memory, resident_mib
from pipelines.bench.soak.cameras import Recording, looped
from pipelines.bench.soak.figures import SoakFigures
from pipelines.bench.soak.truth import ROUNDS, UNFINISHED_S, Compared, Span, bare, compared, in_all, repeated
from pipelines.live import run_live
from pipelines.looking.eyes import Eyes
from pipelines.metrics import (
    DECODE_ERRORS,
    LOOKS_DROPPED,
    PICTURES_DROPPED,
    PICTURES_LOOKED_AT,
    RECONNECTS,
    Counters,
)
from pipelines.rules.belief import BRIDGE_S
from pipelines.run import Plan, make_plan, run_files

PHASES_S = (0.0, 0.1, 0.2, 0.3)
"""By how much later looks begin than the video does: all that a camera of ten pictures a second has within
`looks.INTERVAL_S`."""
FLAT_WITHIN = 0.05
"""Growth of memory from the second quarter to the last, as a share, that still counts as flat."""


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
    holds = {rule.name: rule.hold_s for rule in hall.active_rules}
    openings = np.array([by - holds[rule] for rule, by in events.openings] or [0.0])
    ages = {post: ages_of(times) for (_, post), times in kept.times.items()}
    everything = np.concatenate(list(ages.values())) if ages else np.zeros(1)
    by_post = {post: (_percentile(of, 50), _percentile(of, 99)) for post, of in sorted(ages.items())}
    return SoakFigures(
        model=eyes.model.name,
        sha256=eyes.model.sha256,
        runtime=eyes.runtime,
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
        opening_p50=_percentile(openings, 50),
        opening_p99=_percentile(openings, 99),
        opening_max=_percentile(openings, 100),
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
