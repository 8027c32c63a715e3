"""What a run counts about itself, for whoever watches the watcher. Knows no exporter.

Every metric is declared once, here, as data. The engine speaks to a `Meter`; `Counters` keeps the
figures and any exporter reads them (Prometheus: `service/metrics.py`). Label values are ids of the
site or words of the program, never anything that could hold a camera's address.
"""

import re
import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

_LABEL = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure: its name without a counter's ``_total``, what it says, what it is split by.

    An ``age`` is the seconds since something last happened, reckoned when it is read. ``bounds`` are the
    upper bounds of a histogram's buckets, rising.
    """

    name: str
    kind: Literal["counter", "gauge", "age", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


PACKETS = Metric("conduct_packets", "counter", "Encoded packets taken from a camera.", ("camera",))
FRAMES = Metric("conduct_frames", "counter", "Pictures decoded.", ("camera",))
DECODE_ERRORS = Metric(
    "conduct_decode_errors", "counter", "Packets that could not be decoded, and streams cut off.", ("camera",)
)
RECONNECTS = Metric("conduct_reconnects", "counter", "Streams opened again after a break.", ("camera",))
CONNECT_FAILURES = Metric(
    "conduct_connect_failures", "counter", "Tries to open a stream that failed.", ("camera",)
)
LOOKS = Metric("conduct_looks", "counter", "Looks taken.", ("camera", "post"))
PICTURES_LOOKED_AT = Metric(
    "conduct_pictures_looked_at",
    "counter",
    "Due pictures taken up: their posts were looked at, or passed over because all was settled.",
    ("camera",),
)
PICTURES_DROPPED = Metric(
    "conduct_pictures_dropped",
    "counter",
    "Due pictures given up, with all their looks: there was no time for them before a newer one came.",
    ("camera",),
)
LOOKS_DROPPED = Metric(
    "conduct_looks_dropped",
    "counter",
    "Looks given up at pictures taken up: other posts had to be looked at first, and a newer picture came.",
    ("camera", "post"),
)
LOOK_COST = Metric(
    "conduct_look_cost_seconds", "gauge", "How long a look takes by the clock, over the last turns."
)
OVERLOADED = Metric(
    "conduct_overloaded",
    "gauge",
    "1 while the machine is too slow to look at every post within the bound on a look's age.",
)
LOOK_AGE = Metric("conduct_look_age_seconds", "age", "Seconds since the last look.", ("camera", "post"))
LOOK_INTERVAL = Metric(
    "conduct_look_interval_seconds",
    "histogram",
    "How old a post's last look had become when the next one came, in event time.",
    ("camera", "post"),
    (0.2, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0),
)
QUEUE = Metric(
    "conduct_queue_pictures", "gauge", "Pictures that wait for the models: never more than 1.", ("camera",)
)
EVENTS = Metric("conduct_events", "counter", "Rule events opened.", ("rule",))
CLIP_FAILURES = Metric(
    "conduct_clip_failures", "counter", "Events that were completed without their clip.", ("camera",)
)
CAMERA_STATE = Metric(
    "conduct_camera_state", "gauge", "1 while a camera is in this state of ill health.", ("camera", "state")
)

METRICS = (
    PACKETS,
    FRAMES,
    DECODE_ERRORS,
    RECONNECTS,
    CONNECT_FAILURES,
    LOOKS,
    PICTURES_LOOKED_AT,
    PICTURES_DROPPED,
    LOOKS_DROPPED,
    LOOK_COST,
    OVERLOADED,
    LOOK_AGE,
    LOOK_INTERVAL,
    QUEUE,
    EVENTS,
    CLIP_FAILURES,
    CAMERA_STATE,
)
"""All that a run counts."""


class Meter(Protocol):
    """Takes what happens. ``labels`` are values in the order of the metric's labels."""

    def add(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """A counter rises."""

    def set(self, metric: Metric, *labels: str, value: float) -> None:
        """A gauge stands at ``value``."""

    def mark(self, metric: Metric, *labels: str) -> None:
        """It happens now: an age starts from 0."""

    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        """A histogram takes a value in."""


class Silent:
    """A meter that keeps nothing."""

    def add(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Not kept."""

    def set(self, metric: Metric, *labels: str, value: float) -> None:
        """Not kept."""

    def mark(self, metric: Metric, *labels: str) -> None:
        """Not kept."""

    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        """Not kept."""


SILENT = Silent()


@dataclass(slots=True)
class Spread:
    """A histogram's state: how many values fell into each bucket (the last: above all bounds), their sum."""

    buckets: list[int]
    total: float = 0.0

    def copy(self) -> "Spread":
        """The state as it is now."""
        return Spread(list(self.buckets), self.total)


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure as it was read."""

    metric: Metric
    labels: tuple[str, ...]
    value: float = 0.0
    spread: Spread | None = None


@dataclass(slots=True)
class _Figures:
    values: dict[tuple[str, ...], float] = field(default_factory=dict)
    spreads: dict[tuple[str, ...], Spread] = field(default_factory=dict)


MOST_ADDED = 500
"""So much is added before it is summed up."""


class Counters:
    """A meter that keeps the figures in memory. Any thread may write and read."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives the seconds that ages are reckoned in."""
        self._clock, self._lock = clock, threading.Lock()
        self._figures: dict[str, _Figures] = {}
        self._known: set[tuple[str, tuple[str, ...]]] = set()
        self._added: deque[tuple[Metric, tuple[str, ...], float]] = deque()
        """What was added and not yet summed up. To append takes no lock, for which a hundred cameras wait."""

    def add(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """See `Meter.add`. Raises ValueError for a wrong label, as all of these do."""
        self._vet(metric, labels)
        self._added.append((metric, labels, by))
        if len(self._added) > MOST_ADDED:
            with self._lock:
                self._sum_up()

    def set(self, metric: Metric, *labels: str, value: float) -> None:
        """See `Meter.set`."""
        with self._lock:
            self._of(metric, labels).values[labels] = value

    def mark(self, metric: Metric, *labels: str) -> None:
        """See `Meter.mark`."""
        with self._lock:
            self._of(metric, labels).values[labels] = self._clock()

    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        """See `Meter.observe`."""
        with self._lock:
            spreads = self._of(metric, labels).spreads
            spread = spreads.setdefault(labels, Spread([0] * (len(metric.bounds) + 1)))
            spread.buckets[bisect_left(metric.bounds, value)] += 1
            spread.total += value

    def forget(self, metric: Metric) -> None:
        """Drop all figures of a metric: nothing is known of it any more."""
        with self._lock:
            self._sum_up()
            self._figures.pop(metric.name, None)

    def read(self, metrics: Iterable[Metric] = METRICS) -> list[Reading]:
        """All figures of ``metrics`` as they stand, in that order; one that never came has none."""
        with self._lock:
            self._sum_up()
            now = self._clock()
            return [reading for metric in metrics for reading in self._readings(metric, now)]

    def total(self, metric: Metric) -> float:
        """The sum of a metric over all its labels."""
        return sum(reading.value for reading in self.read([metric]))

    def _sum_up(self) -> None:
        """Call with the lock held."""
        for _ in range(len(self._added)):
            metric, labels, by = self._added.popleft()
            values = self._of(metric, labels).values
            values[labels] = values.get(labels, 0) + by

    def _readings(self, metric: Metric, now: float) -> list[Reading]:
        figures = self._figures.get(metric.name)
        if figures is None:
            return []
        values = [
            Reading(metric, labels, now - value if metric.kind == "age" else value)
            for labels, value in figures.values.items()
        ]
        return values + [
            Reading(metric, labels, spread=spread.copy()) for labels, spread in figures.spreads.items()
        ]

    def _of(self, metric: Metric, labels: tuple[str, ...]) -> _Figures:
        self._vet(metric, labels)
        return self._figures.setdefault(metric.name, _Figures())

    def _vet(self, metric: Metric, labels: tuple[str, ...]) -> None:
        """Each set of labels is checked once."""
        if (metric.name, labels) not in self._known:
            _check(metric, labels)
            self._known.add((metric.name, labels))


def _check(metric: Metric, labels: tuple[str, ...]) -> None:
    """Refuse what is no id: an address would carry a password to whoever reads the figures."""
    if len(labels) != len(metric.labels):
        raise ValueError(f"{metric.name}: expected labels {metric.labels}, got {len(labels)} values")
    for name, value in zip(metric.labels, labels, strict=True):
        if not _LABEL.fullmatch(value):
            raise ValueError(f"{metric.name}: {name}: expected an id, got a text of {len(value)} characters")
