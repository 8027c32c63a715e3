"""Covers: reasons why a post may be without staff for a while. Pure.

An absence counts only while no cover holds, and each uncovered stretch counts for itself::

    staff    ██████                                             ████
    placard            ▒▒▒▒▒▒▒▒▒▒▒▒▒▒
    counts         ├──┤              ├─────────────────────────┤
                   grace each        grace each: only this one is an event

A cover never touches another rule: whoever smokes at a closed window smokes. What was absent while
a cover held is recorded as a covered absence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipelines.rules.schedule import Span

COVERED_BEHAVIOUR = "presence"
"""The behaviour whose rules a cover excuses."""
COVERED_HOLD_S = 10.0
"""A covered absence is recorded from this long on, or from the rule's grace where that is shorter."""


class CoverKind(StrEnum):
    """Why a post may be without staff."""

    PLACARD = "placard"
    BREAK = "break"
    LEAVE = "leave"
    SUBSTITUTE = "substitute"
    CLOSED = "closed"
    PAUSE = "pause"


RECORDED = tuple(kind for kind in CoverKind if kind is not CoverKind.PLACARD)
"""The kinds that people enter; a placard is read."""


@dataclass(frozen=True, slots=True)
class Cover:
    """One reason for one post, from ``start`` to ``end`` (exclusive) in seconds of event time.

    ``id`` tells covers of a kind apart and stays the same when the end is moved.
    """

    kind: CoverKind
    start: float
    end: float = float("inf")
    id: str = ""
    note: str = ""

    def holds(self, t: float) -> bool:
        """Whether it covers the moment ``t``."""
        return self.start <= t < self.end

    def is_same(self, other: "Cover | None") -> bool:
        """Whether both are the same cover, perhaps with another end."""
        return other is not None and (self.kind, self.id) == (other.kind, other.id)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an absence is at one moment of a shift: asked about (``cover`` None), or covered; and the
    stretch in which it is so, as far as is known at that moment."""

    span: Span
    cover: Cover | None


def standing_at(t: float, shift: Span | None, covers: Iterable[Cover]) -> Standing | None:
    """What an absence at ``t`` is; None outside all shifts. Of several covers the earliest counts."""
    if shift is None:
        return None
    given = sorted(covers, key=lambda cover: (cover.start, cover.kind, cover.id))
    holding = next((cover for cover in given if cover.holds(t)), None)
    if holding is not None:
        return Standing(Span(max(shift.start, holding.start), min(shift.end, holding.end)), holding)
    start = max((cover.end for cover in given if cover.end <= t), default=shift.start)
    end = min((cover.start for cover in given if cover.start > t), default=shift.end)
    return Standing(Span(max(shift.start, start), min(shift.end, end)), None)


def asked_end(before: Standing, now: Standing | None, covers: Sequence[Cover], t: float) -> float | None:
    """When the stretch in which absences were asked about ended, None while it goes on.

    A cover that became known only later may end it in the past.
    """
    if now is not None and now.cover is None and now.span.start <= before.span.start:
        return None
    since = [cover.start for cover in covers if cover.end > before.span.start and cover.start <= t]
    return max(min([before.span.end, *since]), before.span.start)


def following(
    before: Standing | None, now: Standing | None, covers: Sequence[Cover], t: float
) -> Standing | None:
    """What holds ``now`` (see `standing_at`), as it follows on what held ``before``.

    A stretch that is asked about never reaches back into time that was taken as covered, also when that
    cover was withdrawn since.
    """
    if before is None or now is None or now.cover is not None:
        return now
    since = before.span.start if before.cover is None else covered_end(before, now, covers, t)
    return Standing(
        Span(max(now.span.start, since if since is not None else now.span.start), now.span.end), None
    )


def covered_end(before: Standing, now: Standing | None, covers: Sequence[Cover], t: float) -> float | None:
    """When the stretch under one cover ended, None while it goes on. A cover that was withdrawn ends now."""
    assert before.cover is not None
    if now is not None and before.cover.is_same(now.cover):
        return None
    ends = [cover.end for cover in covers if before.cover.is_same(cover)]
    shift_end = before.span.end if before.span.end < before.cover.end else t
    return min([t, shift_end, *ends])
