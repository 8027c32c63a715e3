"""A whole journal through the rules once more, on several cores: posts share nothing."""

import multiprocessing
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines.hall.covers import HallCovers
from pipelines.replay.journal import Place, read_kept
from pipelines.replay.looks import PostLooks
from pipelines.replay.play import Asked, replay
from pipelines.rules.engine import RuleEngine


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was asked, about how many looks; ``over`` is the last one's time, 0 without any."""

    asked: Sequence[Asked]
    looks: int
    over: float


def replay_kept(
    engine: RuleEngine, kept: Mapping[Place, Sequence[Path]], covers: HallCovers, processes: int = 1
) -> Replayed:
    """All that ``engine`` asks about the looks of ``kept`` files, by start, post and rule.

    A post comes once. Raises LooksError.
    """
    places = list(kept.items())
    shares = [share for i in range(processes) if (share := places[i::processes])]
    task = partial(_replay_share, engine, covers)
    if len(shares) < 2:
        parts = [task(share) for share in shares]
    else:
        # Spawned: a fork would copy the threads' locks of numpy and of whoever calls.
        with ProcessPoolExecutor(len(shares), multiprocessing.get_context("spawn")) as pool:
            parts = list(pool.map(task, shares))
    found = [asked for part in parts for asked in part.asked]
    return Replayed(
        sorted(found, key=lambda asked: (asked.start, asked.post, asked.rule)),
        sum(part.looks for part in parts),
        max((part.over for part in parts), default=0.0),
    )


def _replay_share(
    engine: RuleEngine, covers: HallCovers, places: Sequence[tuple[Place, Sequence[Path]]]
) -> Replayed:
    return replay_looks(engine, [read_kept(place, files) for place, files in places], covers)


def replay_looks(engine: RuleEngine, looks: Sequence[PostLooks], covers: HallCovers) -> Replayed:
    """The same of looks at hand."""
    over = max((float(one.t[-1]) for one in looks if len(one)), default=0.0)
    return Replayed(replay(engine, looks, covers), sum(map(len, looks)), over)
