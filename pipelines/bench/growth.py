"""What a camera costs as one of many: CPU time for a second of its video, by how many cameras there are.

All show the same, and are run as files, as fast as they can be read, so that each is looked at alike
however many there are. What a live hall has beside that, one reading thread for each camera and the plan of
each turn, is the soak's to measure.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from pipelines.bench.hall import Shown, hall_of
from pipelines.bench.kept import resident_mib, timed_run
from pipelines.looking.eyes import Eyes
from pipelines.run import make_plan

COUNTS = (1, 10, 50, 100)
AGAINST = 10
"""The number of cameras whose cost the others' is compared with."""


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of so many cameras. ``cost`` is CPU seconds for a second of one camera's video, ``ratio`` that
    over the cost at `AGAINST` cameras; memory in MiB, at the run's end."""

    cameras: int
    cost: float
    ratio: float
    looks_per_post_s: float
    rss: float


@dataclass(frozen=True, slots=True)
class GrowthBench:
    """Figures of one run."""

    model: str
    sha256: str
    runtime: str
    video_s: float
    posts_each: int
    rows: tuple[Row, ...]

    def line(self) -> dict[str, object]:
        """The figures as JSON."""
        return asdict(self)

    def markdown(self) -> str:
        """The figures as a table."""
        rows = "\n".join(
            f"| {row.cameras} | {row.cost} | {row.ratio} | {row.looks_per_post_s} | {row.rss} |"
            for row in self.rows
        )
        head = (
            f"| cameras | CPU s per camera second | over {AGAINST} cameras' | looks per post second | MiB |"
        )
        return (
            f"# Growth\n\n{self.runtime}, {self.video_s:.0f} s of video, {self.posts_each} posts each\n\n"
            f"{head}\n|---|---|---|---|---|\n{rows}\n"
        )


def bench_growth(
    shown: Shown,
    eyes: Eyes,
    *,
    seconds: float,
    counts: Sequence[int] = COUNTS,
    told: Callable[[str], None] = lambda _line: None,
) -> GrowthBench:
    """Measure with so many cameras in turn that all show ``shown``, ``seconds`` of it.

    ``told`` hears what is done now. Raises what a run raises.
    """
    spent: dict[int, tuple[float, float, float]] = {}
    for count in dict.fromkeys((AGAINST, *counts)):  # the first one also warms the models up
        if not spent:
            _run(shown, eyes, 1, seconds)
        told(f"{count} cameras")
        spent[count] = _run(shown, eyes, count, seconds)
    base = spent[AGAINST][0]
    return GrowthBench(
        model=eyes.model.name,
        sha256=eyes.model.sha256,
        runtime=eyes.runtime,
        video_s=seconds,
        posts_each=len(shown.posts),
        rows=tuple(
            Row(count, round(cost, 4), round(cost / base, 3), round(looks, 3), round(rss, 1))
            for count, (cost, looks, rss) in sorted(spent.items())
        ),
    )


def _run(shown: Shown, eyes: Eyes, cameras: int, seconds: float) -> tuple[float, float, float]:
    """CPU seconds for a camera's second, looks for a post's second, resident memory."""
    sources = {f"c{i}": str(shown.video) for i in range(cameras)}
    plan = make_plan(hall_of([shown] * cameras), eyes, sources=sources, folder=shown.folder)
    spent, kept = timed_run(plan, eyes)
    looks = sum(len(times) for times in kept.times.values())
    return spent / cameras / seconds, looks / cameras / len(shown.posts) / seconds, resident_mib()
