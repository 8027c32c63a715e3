"""The trend of a report as bars: places and sizes only, whoever draws brings colours. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from service.reports.report import Report, Row

MOST_DAYS = 62
"""A longer period is shown by weeks."""
Part = Literal["confirmed", "waiting", "unclear", "rejected", "seen", "covered", "unseen"]
EVENTS: tuple[Part, ...] = ("confirmed", "waiting", "unclear", "rejected")
HOURS: tuple[Part, ...] = ("unseen", "covered", "seen")
"""From the bottom to the top: what was not seen stands on the line, where nobody overlooks it."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a bar: `y` from the top, in the units of the panel's height."""

    part: Part
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One day's or week's bar: `x` from the left in the units of the panel's width."""

    row: Row
    x: float
    width: float
    blocks: tuple[Block, ...]
    labelled: bool
    """Whether there is room for its name below."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars over one axis, whose top means `top`."""

    bars: tuple[Bar, ...]
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Trend:
    """Two panels, one above the other, with the same days or weeks."""

    weekly: bool
    events: Panel
    hours: Panel


def trend_of(report: Report, width: float, height: float, label_width: float = 46) -> Trend:
    """The trend with panels of a size; a bar is named when names of ``label_width`` fit."""
    weekly = len(report.days) > MOST_DAYS
    rows = report.weeks if weekly else report.days
    return Trend(
        weekly,
        _panel(rows, EVENTS, width, height, label_width),
        _panel(rows, HOURS, width, height, label_width),
    )


def _panel(rows: Sequence[Row], parts: tuple[Part, ...], width: float, height: float, label: float) -> Panel:
    top = _nice(max((sum(_value(row, part) for part in parts) for row in rows), default=0.0))
    step = width / max(1, len(rows))
    bar = min(step * 0.72, 44.0)
    every = max(1, round(label / step + 0.5)) if rows else 1
    bars = tuple(
        Bar(row, i * step + (step - bar) / 2, bar, _blocks(row, parts, top, height), i % every == 0)
        for i, row in enumerate(rows)
    )
    return Panel(bars, top, width, height)


def _blocks(row: Row, parts: tuple[Part, ...], top: float, height: float) -> tuple[Block, ...]:
    found, base = [], height
    for part in parts:
        size = _value(row, part) / top * height
        if size > 0:
            base -= size
            found.append(Block(part, base, size))
    return tuple(found)


def _value(row: Row, part: Part) -> float:
    if part in EVENTS:
        return float(getattr(row, part))
    return 0.0 if row.hours is None else float(getattr(row.hours, f"{part}_s")) / 3600


def _nice(most: float) -> float:
    """A round number for the top of an axis, at least 1."""
    size = 1.0
    while size * 10 <= most:
        size *= 10
    return next(size * step for step in (1, 2, 3, 4, 5, 6, 8, 10) if size * step >= most)
