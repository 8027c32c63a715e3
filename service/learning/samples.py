"""Looks with what they showed: those of answered events, and moments at which nothing was flagged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.replay.looks import PostLooks, time_of
from pipelines.replay.refit import FOLDS, Judged
from pipelines.replay.stretches import in_shift
from pipelines.rules.belief import BRIDGE_S
from pipelines.rules.events import RuleEvent
from pipelines.rules.schedule import Span

LOOKS_EACH = 20
"""Looks of one event that are taken, spread over it."""
MOMENTS = 4000
"""Moments without an event that are taken of a whole hall."""
APART_S = 60.0
"""Nearer to an event than this a moment is not taken: who knows when it began."""
Moments = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AnsweredEvent:
    """An event of one rule, and whether it was so."""

    event: RuleEvent
    happened: bool


def judged_looks(
    behaviour: str,
    prior: float,
    looks: Sequence[PostLooks],
    answers: Iterable[AnsweredEvent],
    events: Sequence[RuleEvent],
    shifts: Sequence[Span],
) -> Judged:
    """What is known of a behaviour: answered events, and ``events``-free moments of the posts' ``shifts``.

    The moments weigh so much that the share of "yes" is ``prior``, and no less than the confirmed events.
    An event without known looks is left out.
    """
    by_post = {one.post: one for one in looks}
    parts = []
    for answer in answers:
        post = by_post.get(answer.event.post)
        said = np.empty(0) if post is None else _said_in(post, behaviour, answer.event)
        if len(said):
            parts.append(_part(said, answer.happened, 1 / len(said), int(answer.event.id, 16) % FOLDS))
    yes = sum(float(part.weight.sum()) for part in parts if part.happened[0])
    no = sum(float(part.weight.sum()) for part in parts if not part.happened[0])
    t, said = _moments(behaviour, looks, events, shifts)
    if len(said):
        wanted = max(yes * (1 - prior) / prior - no, yes)
        parts.append(_part(said, False, wanted / len(said), (t // 3600).astype(np.int64) % FOLDS))
    return Judged(
        np.concatenate([np.empty(0), *(part.said for part in parts)]),
        np.concatenate([np.empty(0, np.bool_), *(part.happened for part in parts)]),
        np.concatenate([np.empty(0), *(part.weight for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.fold for part in parts)]),
    )


def event_looks(post: PostLooks, event: RuleEvent) -> slice:
    """Which of a post's looks an event lasted over."""
    end = event.end or event.start
    first = np.searchsorted(post.t, event.start.timestamp(), "left")
    return slice(int(first), int(np.searchsorted(post.t, end.timestamp(), "right")))


def _said_in(post: PostLooks, behaviour: str, event: RuleEvent) -> Moments:
    said = post.columns([behaviour])[event_looks(post, event), 0]
    said = said[~np.isnan(said)]
    which = np.unique(np.linspace(0, len(said) - 1, min(len(said), LOOKS_EACH)).astype(int))
    return said[which] if len(said) else said


def _moments(
    behaviour: str, looks: Sequence[PostLooks], events: Sequence[RuleEvent], shifts: Sequence[Span]
) -> tuple[Moments, Moments]:
    """Times spread over the shifts, and what was said then."""
    first, last = time_of(looks)
    seconds = sum(max(0.0, min(span.end, last) - max(span.start, first)) for span in shifts)
    grid = np.arange(first, last, max(seconds * len(looks) / MOMENTS, 1.0))
    grid = grid[in_shift(grid, shifts)]
    found = [
        _said_at(one, behaviour, grid, [e for e in events if e.post == one.post]) for one in looks if len(one)
    ]
    times, said = ([part[i] for part in found] for i in (0, 1))
    return np.concatenate([np.empty(0), *times]), np.concatenate([np.empty(0), *said])


def _said_at(
    post: PostLooks, behaviour: str, grid: Moments, events: Sequence[RuleEvent]
) -> tuple[Moments, Moments]:
    at = np.minimum(np.searchsorted(post.t, grid), len(post) - 1)
    said = post.columns([behaviour])[at, 0]
    free = ~np.isnan(said) & (np.abs(post.t[at] - grid) <= BRIDGE_S)
    for event in events:
        end = event.end or event.start
        near = (grid > event.start.timestamp() - APART_S) & (grid < end.timestamp() + APART_S)
        free &= ~near
    return grid[free], said[free]


def _part(said: Moments, happened: bool, weight: float, fold: int | NDArray[np.int64]) -> Judged:
    n = len(said)
    return Judged(said, np.full(n, happened), np.full(n, weight), np.broadcast_to(fold, n).astype(np.int64))
