"""Which events a soak should have found, and which of them it did. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

SAME_S = 4.0
"""Two events are the same when they overlap once both are widened by this."""
ROUNDS = 3
"""Rounds of a video that are run alone; the last says how the events of the one before end."""
UNFINISHED_S = 15.0
"""Events that end so shortly before the run does are not expected."""


@dataclass(frozen=True, slots=True)
class Span:
    """An event in seconds since its camera's first picture; ``opened`` is when it was told."""

    post: str
    rule: str
    start: float
    end: float
    opened: float = 0.0

    def meets(self, other: "Span") -> bool:
        """Whether both may be the same event."""
        near = self.start - SAME_S <= other.end and other.start <= self.end + SAME_S
        return (self.post, self.rule) == (other.post, other.rule) and near


def repeated(spans: Sequence[Span], length: float, lasted: float) -> list[Span]:
    """The events of so many seconds, when those of the first `ROUNDS` rounds are known."""
    if lasted <= ROUNDS * length:
        return list(spans)
    known = [span for span in spans if span.start < (ROUNDS - 1) * length]
    last = [span for span in known if span.start >= (ROUNDS - 2) * length]
    shifts = [k * length for k in range(1, int(lasted / length) + 1)]
    later = [
        replace(one, start=one.start + by, end=one.end + by, opened=one.opened + by)
        for by in shifts
        for one in last
    ]
    return known + [span for span in later if span.start < lasted]


@dataclass(frozen=True, slots=True)
class Compared:
    """The expected events that are there, those that are lost, and those that are invented.

    ``openings``: of those that are there the rule, and how long after they began they were told.
    """

    there: tuple[Span, ...] = ()
    lost: tuple[Span, ...] = ()
    invented: tuple[Span, ...] = ()
    openings: tuple[tuple[str, float], ...] = ()

    def __add__(self, other: "Compared") -> "Compared":
        return Compared(
            self.there + other.there,
            self.lost + other.lost,
            self.invented + other.invented,
            self.openings + other.openings,
        )


def in_all(runs: Sequence[Sequence[Span]]) -> list[Span]:
    """The events of the first run that all others found too."""
    first, *others = runs
    return [span for span in first if all(any(span.meets(one) for one in run) for run in others)]


def compared(
    expected: Sequence[Span], found: Sequence[Span], until: float, possible: Sequence[Span] = ()
) -> Compared:
    """A camera's events against those it should have, and those that it may have as well.

    What ends after ``until`` is neither expected nor invented.
    """
    due = [one for one in expected if one.end <= until]
    there = tuple(one for one in due if any(one.meets(other) for other in found))
    lost = tuple(one for one in due if one not in there)
    allowed = [*expected, *possible]
    known = [one for one in found if any(one.meets(other) for other in allowed)]
    invented = tuple(one for one in found if one.end <= until and one not in known)
    told = [(one, min(other.opened for other in found if one.meets(other))) for one in there]
    return Compared(there, lost, invented, tuple((one.rule, opened - one.start) for one, opened in told))


def bare(post: str) -> str:
    """Posts are c0-w01 in one hall and c7-w01 in the other."""
    return post.partition("-")[2]
