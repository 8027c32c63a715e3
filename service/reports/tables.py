"""A report as plain tables in a language: what every export writes and the page shows. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pipelines.texts import catalogue, text
from service.reports.hours import Hours
from service.reports.missed import Estimate
from service.reports.precision import Precision
from service.reports.report import OUT, Report, Row

Kind = Literal["text", "count", "hours", "rate", "percent"]
Cell = str | int | float | None
"""None: there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title and what stands in it: hours and percent have one decimal, rates two."""

    title: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `name` is what it is by (rule, post...), the last row of some is the sum."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


DIGITS = {"hours": 1, "percent": 1, "rate": 2}
_Value = Callable[[Row], Cell]


def _spent(some: Callable[[Hours], float]) -> _Value:
    """Some of a row's time, in hours."""
    return lambda row: None if row.hours is None else some(row.hours) / 3600


def _part(some: Callable[[Hours], float], of: Callable[[Hours], float]) -> _Value:
    """One part of a row's time in another, in percent."""

    def read(row: Row) -> float | None:
        if row.hours is None or of(row.hours) <= 0:
            return None
        return 100 * some(row.hours) / of(row.hours)

    return read


def _certain(read: Callable[[Precision], float]) -> _Value:
    """A row's precision or an end of its interval, in percent."""
    return lambda row: None if row.precision is None else 100 * read(row.precision)


_COUNTS: tuple[tuple[str, Kind, _Value], ...] = (
    ("events", "count", lambda row: row.events),
    ("waiting", "count", lambda row: row.waiting),
    ("confirmed", "count", lambda row: row.confirmed),
    ("rejected", "count", lambda row: row.rejected),
    ("unclear", "count", lambda row: row.unclear),
    ("rate", "rate", lambda row: row.rate),
    ("confirmed_rate", "rate", lambda row: row.confirmed_rate),
)
_PRECISION: tuple[tuple[str, Kind, _Value], ...] = (
    ("precision", "percent", _certain(lambda one: one.share)),
    ("precision_low", "percent", _certain(lambda one: one.low)),
    ("precision_high", "percent", _certain(lambda one: one.high)),
)
_HOURS: tuple[tuple[str, Kind, _Value], ...] = (
    ("expected", "hours", _spent(lambda one: one.whole_s)),
    ("seen", "hours", _spent(lambda one: one.seen_s)),
    ("staffed_share", "percent", _part(lambda one: one.staffed_s, lambda one: one.seen_s)),
    ("covered", "hours", _spent(lambda one: one.covered_s)),
    ("unknown", "hours", _spent(lambda one: one.unknown_s)),
    ("unwatched", "hours", _spent(lambda one: one.unwatched_s)),
    ("unseen_share", "percent", _part(lambda one: one.unseen_s, lambda one: one.whole_s)),
)
_MISSING = {"rate": "little", "confirmed_rate": "little", "precision": "few"}
"""Words for what cannot be reckoned, by column."""


def tables_of(report: Report, language: str) -> list[Table]:
    """The summary, then by rule, post, shift, day and week; what has no rows is left out."""
    name = _names(language)
    given = (
        ("rule", report.rules, _COUNTS + _PRECISION),
        ("post", report.posts, _HOURS + _COUNTS + _PRECISION),
        ("shift", report.shifts, _HOURS + _COUNTS),
        ("day", report.days, _HOURS + _COUNTS),
        ("week", report.weeks, _HOURS + _COUNTS),
    )
    made = [_table(by, rows, columns, name[by], language) for by, rows, columns in given if rows]
    missed = [_missed(report, language)] if report.spot_checks.rules else []
    return [_summary(report, language), *made[:1], *missed, *made[1:]]


def heading(report: Report, language: str) -> list[str]:
    """What stands above the tables: whose report it is, of when, made when, of which posts, since when."""

    def say(key: str, **args: str) -> str:
        return text(language, f"report.{key}", **args)

    made = f"{report.made_at:%Y-%m-%d %H:%M}"
    lines = [
        say("of", hall=report.hall),
        say("period", first=str(report.first), last=str(report.last)),
        say("made", time=made, zone=report.timezone),
    ]
    if report.own_posts:
        lines.append(say("own_posts"))
    return lines


def notes(report: Report, language: str) -> list[str]:
    """How the figures are meant."""
    keys = ("open_question", "note.seen", "note.unseen", "note.precision")
    lines = [text(language, f"report.{key}") for key in keys]
    if report.spot_checks.rules:
        told = report.spot_checks
        args = {"drawn": told.drawn, "answered": told.answered, "unclear": told.unclear}
        lines.append(text(language, "report.note.missed", **args))
        lines.append(text(language, "report.note.recall"))
    if report.records_begin is not None:
        lines.append(text(language, "report.note.begin", day=str(report.records_begin)))
    return lines


def _table(
    by: str,
    rows: Sequence[Row],
    columns: Sequence[tuple[str, Kind, _Value]],
    name: Callable[[Row], str],
    language: str,
) -> Table:
    head = [Column(text(language, f"report.{by}"), "text")]
    if by == "post":
        head.append(Column(text(language, "report.post_id"), "text"))
    return Table(
        by,
        text(language, f"report.by.{by}"),
        (*head, *(Column(text(language, f"report.{key}"), kind) for key, kind, _ in columns)),
        tuple(
            (
                name(row),
                *((row.key,) if by == "post" else ()),
                *(_cell(row, one, language) for one in columns),
            )
            for row in rows
        ),
    )  # fmt: skip


def _cell(row: Row, column: tuple[str, Kind, _Value], language: str) -> Cell:
    key, kind, value = column
    found = value(row)
    if found is None and key in _MISSING and row.events:
        return text(language, f"report.{_MISSING[key]}")
    return round(found, DIGITS[kind]) if isinstance(found, float) else found


def _missed(report: Report, language: str) -> Table:
    """What spot checks say of each rule; where they are too few, words instead of figures."""
    columns: list[tuple[str, Kind]] = [("rule", "text"), ("checked", "count"), ("checked_seen", "count")]
    columns += [(key, "percent") for key in ("missed", "missed_low", "missed_high")]
    columns += [(key, "percent") for key in ("recall", "recall_low", "recall_high")]
    words = catalogue(language)
    rows: list[tuple[Cell, ...]] = [
        (
            words.get(f"rule.{one.rule}", one.rule),
            one.checked,
            one.seen,
            *_certainly(one.share, words["report.few_checks"]),
            *_certainly(one.recall, words["report.few_for_recall"]),
        )
        for one in report.spot_checks.rules
    ]
    titles = tuple(Column(words[f"report.{key}"], kind) for key, kind in columns)
    return Table("missed", words["report.by.missed"], titles, tuple(rows))


def _certainly(found: Estimate | None, otherwise: str) -> tuple[Cell, Cell, Cell]:
    """An estimate with the ends of its interval, in percent."""
    if found is None:
        return otherwise, None, None
    low, share, high = (round(100 * one, 1) for one in (found.low, found.share, found.high))
    return share, low, high


def _summary(report: Report, language: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for key, kind, value in (*_HOURS, *_COUNTS, *_PRECISION):
        rows.append((text(language, f"report.{key}"), _cell(report.total, (key, kind, value), language)))
    for key, seconds in (("median", report.reviews.median_s), ("p90", report.reviews.p90_s)):
        minutes = None if seconds is None else round(seconds / 60, 1)
        rows.append((text(language, f"report.{key}"), minutes))
    columns = (
        Column(text(language, "report.item"), "text"),
        Column(text(language, "report.value"), "hours"),
    )
    return Table("summary", text(language, "report.by.summary"), columns, tuple(rows))


def _names(language: str) -> dict[str, Callable[[Row], str]]:
    words = catalogue(language)
    return {
        "rule": lambda row: words.get(f"rule.{row.key}", row.key),
        "post": lambda row: row.name,
        "shift": lambda row: words["report.shift.out"] if row.key == OUT else row.key,
        "day": lambda row: f"{row.key} {words[f'report.weekday.{date.fromisoformat(row.key).weekday()}']}",
        "week": lambda row: row.key,
    }
