"""How fast a week of looks goes through the rules once more, from a journal on disk, against look by look."""

import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from pipelines.hall.covers import NO_COVERS, HallCovers
from pipelines.replay.journal import FULL, Place, kept_in, kept_places, packed, read_kept
from pipelines.replay.kept import replay_kept
from pipelines.replay.looks import PostLooks
from pipelines.replay.play import Asked, replay
from pipelines.replay.stretches import PostCovers
from pipelines.replay.week import DENSE, REALISTIC, post_day
from pipelines.rules.engine import RuleEngine
from pipelines.rules.machine import Change

BEGIN = datetime(2026, 1, 5, 1, tzinfo=UTC)
"""Nine o'clock on a Monday in Shanghai."""
HOURS = 10.0


@dataclass(frozen=True, slots=True)
class ReplayBench:
    """Figures of one made-up week. Bytes are those on disk; the seconds are from the files to what is asked,
    by the clock and (``cpu_s``) those of all cores together.

    ``ratio`` is how much longer the rules' engine takes over one post and day when it is shown every look,
    ``same`` whether it then asks the same.
    """

    posts: int
    days: int
    dense: bool
    looks: int
    bytes_per_look: float
    asked: int
    asked_per_post_and_day: float
    processes: int
    seconds: float
    cpu_s: float
    looks_per_s: float
    ratio: float
    same: bool

    def line(self) -> dict[str, object]:
        """The figures as JSON."""
        return asdict(self)


def bench_replay(
    engine: RuleEngine,
    folder: Path,
    *,
    posts: int,
    days: int,
    dense: bool,
    processes: int,
    told: Callable[[str], None],
) -> ReplayBench:
    """Write a week's journal into ``folder``, and replay it."""
    told(f"writing the looks of {posts} posts and {days} days")
    size = sum(_write(folder, post, day, dense) for post in range(posts) for day in range(days))
    told("replaying them")
    covers, kept = HallCovers(engine.schedule, NO_COVERS), kept_places(folder)
    began, used = time.perf_counter(), _cpu_s()
    found = replay_kept(engine, kept, covers, processes)
    seconds, cpu_s = time.perf_counter() - began, _cpu_s() - used
    told("one post and day look by look")
    place, files = next(iter(kept.items()))
    looks = read_kept(place, files[:1])
    quick, fast = _timed(lambda: replay(engine, [looks], covers))
    slow_found, slow = _timed(lambda: look_by_look(engine, looks, covers))
    return ReplayBench(
        posts=posts,
        days=days,
        dense=dense,
        looks=found.looks,
        bytes_per_look=round(size / found.looks, 2),
        asked=len(found.asked),
        asked_per_post_and_day=round(len(found.asked) / (posts * days), 2),
        processes=processes,
        seconds=round(seconds, 1),
        cpu_s=round(cpu_s, 1),
        looks_per_s=round(found.looks / seconds),
        ratio=round(slow / fast, 1),
        same=[_moments(one) for one in quick] == [_moments(one) for one in slow_found],
    )


def look_by_look(engine: RuleEngine, looks: PostLooks, covers: HallCovers) -> list[Asked]:
    """What the rules' engine asks when it is shown every look of a post."""
    state, found = engine.start(), dict[tuple[str, float], Asked]()
    mine = PostCovers(looks, covers)
    names = tuple(engine.dynamics)
    for t, row in zip(looks.t.tolist(), looks.columns(names).tolist(), strict=True):
        cues = {name: None if np.isnan(p) else p for name, p in zip(names, row, strict=True)}
        state, rulings = engine.look(state, t, cues, mine.around(t))
        for ruling in rulings:
            change, rule = ruling.transition, ruling.rule.name
            if ruling.cover is None and change.change in (Change.OPENED, Change.CLOSED):
                found[rule, change.start] = Asked(
                    rule, looks.post, change.start, change.end, change.confidence
                )
    return sorted(found.values(), key=lambda asked: (asked.start, asked.post, asked.rule))


def _write(folder: Path, post: int, day: int, dense: bool) -> int:
    """Write one post's day in full blocks; the bytes of it."""
    place, begin = Place(f"c{post // 4:02}", f"w{post + 1:02}"), BEGIN + timedelta(days=day)
    bustle = DENSE if dense else REALISTIC
    looks = post_day(place.post, place.camera, begin.timestamp(), HOURS, bustle, seed=1000 * post + day)
    path = kept_in(folder, place, begin.date())
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = (looks.part(i, i + FULL) for i in range(0, len(looks), FULL))
    return path.write_bytes(b"".join(packed(block) for block in blocks))


def _cpu_s() -> float:
    """Seconds of all cores that this process and the ended ones below it have used."""
    return sum(os.times()[:4])


def _timed(work: Callable[[], list[Asked]]) -> tuple[list[Asked], float]:
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began


def _moments(asked: Asked) -> tuple[str, float, float | None]:
    return asked.rule, asked.start, asked.end
