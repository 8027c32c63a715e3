"""What came of a soak, as JSON and as a table."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SoakFigures:
    """What came of it. Ages in seconds, memory in MiB, ``cpu_cores`` = cores kept busy by this process.

    ``opening`` is how long after the camera alone saw something begin its event was opened, less the rule's
    hold, in seconds of event time, over all events found.
    """

    model: str
    sha256: str
    runtime: str
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
    opening_p50: float
    opening_p99: float
    opening_max: float
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
