"""Which events a soak should have found, and which of them it did. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

SAME_S = 4.0
"""Two events are the same when they overlap once both are widened by this."""
ROUNDS = 3
"""Rounds of a video that are run alone; the last says how the events of the one before end."""
UNFINISHED_S = 15.0
"""Events that end so shortly before the run does are not expected."""


@dataclass(frozen=True, slots=True)
class Span:
    """An event in seconds since its camera's first picture."""

    post: str
    rule: str
    start: float
    end: float

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
    later = [replace(one, start=one.start + by, end=one.end + by) for by in shifts for one in last]
    return known + [span for span in later if span.start < lasted]


def compared(
    expected: Sequence[Span], found: Mapping[str, Sequence[Span]], until: float
) -> tuple[int, int, int]:
    """Over all cameras: how many expected events are there, how many are lost, how many are invented.

    What ends after ``until`` is neither expected nor invented.
    """
    there = lost = invented = 0
    for spans in found.values():
        hits = [any(_same(one, other) for other in spans) for one in expected if one.end <= until]
        there, lost = there + sum(hits), lost + len(hits) - sum(hits)
        invented += sum(not any(_same(one, other) for other in expected) for one in spans if one.end <= until)
    return there, lost, invented


def _same(one: Span, other: Span) -> bool:
    first, second = (replace(span, post=bare(span.post)) for span in (one, other))
    return first.meets(second)


def bare(post: str) -> str:
    """Posts are c0-w01 in one hall and c7-w01 in the other."""
    return post.partition("-")[2]
