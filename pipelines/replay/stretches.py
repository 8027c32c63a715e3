"""When anything but the looks changes for a post: shifts begin and end, covers hold and hold no more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipelines.hall.covers import NEAR_S, HallCovers
from pipelines.replay.looks import PostLooks
from pipelines.rules.covers import Cover, CoverKind
from pipelines.rules.schedule import Schedule, Span

DAY_S = 86_400.0
QUARTER_S = 900.0


@dataclass(frozen=True, slots=True)
class RememberedSchedule(Schedule):
    """A schedule that is asked about millions of times: it remembers what it said of each quarter of an hour.

    Days begin at a full quarter of an hour in every zone.
    """

    known: dict[float, list[Span]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, schedule: Schedule) -> Self:
        """The same schedule."""
        return cls(schedule.shifts, schedule.zone, schedule.breaks, schedule.days)

    def shift_at(self, t: float) -> Span | None:
        """See `Schedule.shift_at`."""
        quarter = t // QUARTER_S
        spans = self.known.get(quarter)
        if spans is None:
            spans = self.known[quarter] = self.shifts_around(quarter * QUARTER_S)
        return next((span for span in spans if span.start <= t < span.end), None)


def shifts_of(schedule: Schedule, first: float, last: float) -> list[Span]:
    """The shifts between two event times, in order."""
    found = {span.start: span for t in _days(first, last) for span in schedule.shifts_around(t)}
    return sorted(found.values(), key=lambda span: span.start)


def in_shift(t: NDArray[np.float64], shifts: Sequence[Span]) -> NDArray[np.bool_]:
    """Which of the times ``t`` (N,) lie in a shift."""
    inside = np.zeros(len(t), np.bool_)
    for span in shifts:
        inside[np.searchsorted(t, span.start) : np.searchsorted(t, span.end)] = True
    return inside


def placards_of(looks: PostLooks) -> list[Cover]:
    """Each time a placard was up, from the first look that says so to the first that does not."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], looks.placard, [False]]).astype(np.int8)))
    ends = np.append(looks.t, np.inf)
    return [
        Cover(CoverKind.PLACARD, float(looks.t[since]), float(ends[until]), f"{looks.t[since]:.3f}")
        for since, until in zip(edges[::2], edges[1::2], strict=True)
    ]


class PostCovers:
    """The covers of one post while its looks are gone through again."""

    def __init__(self, looks: PostLooks, hall: HallCovers) -> None:
        """``hall`` knows the schedule's breaks and what people entered, as it is known today."""
        self._post, self._hall = looks.post, hall
        self._placards = placards_of(looks)
        self._quarter: tuple[float, list[Cover]] = (float("nan"), [])

    def around(self, t: float) -> Sequence[Cover]:
        """The covers near event time ``t``, to a quarter of an hour."""
        quarter = t // QUARTER_S
        if quarter != self._quarter[0]:
            near = [c for c in self._placards if c.end > t - NEAR_S and c.start < t + NEAR_S]
            self._quarter = quarter, [*self._hall.around(self._post, t), *near]
        return self._quarter[1]

    def changes(self, first: float, last: float) -> list[float]:
        """The times at which one of them begins or ends."""
        covers = {cover for t in _days(first, last) for cover in self._hall.around(self._post, t)}
        return [edge for cover in (*covers, *self._placards) for edge in (cover.start, cover.end)]


def first_looks_after(t: NDArray[np.float64], changes: Iterable[float]) -> NDArray[np.intp]:
    """The index of the first look at or after each change."""
    found = np.searchsorted(t, np.array(sorted(changes), np.float64))
    return np.unique(found[found < len(t)])


def _days(first: float, last: float) -> Iterable[float]:
    return (*np.arange(first, last, DAY_S).tolist(), last)
