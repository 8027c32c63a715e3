"""`conduct bench store`: the store with a great many events in it, and how long pages and reports take.

A few events go in as a run delivers them, one transaction each, and are timed; the others are copies of
their rows under other ids and times, written in bulk, so that whatever the store keeps of an event stands in
every one. Then the pages and reports that people ask for are asked for over and over, through the store's own
method and over HTTP from a real server, one caller at a time.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from sqlalchemy import Engine, text

from pipelines.rules.events import RuleEvent
from service.bench.questions import QUESTIONS, Question
from service.bench.rows import POSTS, fill, fill_hours, judge_most, sample_events, take_posts
from service.bootstrap import build_app
from service.serving import listen, server_for
from service.settings import Settings
from service.store import Store, open_database
from service.store.database import downgrade

TIMED = 1000
"""Events that are written one by one and timed: into an empty store, and again into the full one."""
FEWEST = 5
"""Calls of what takes long, at the least."""
PATIENCE_S = 30


class NotEmptyError(Exception):
    """The database that was given holds something: a bench fills only one that is empty."""


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds that many calls took."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: list[float]) -> Times:
        """The same, from each call's seconds."""
        p50, p95 = np.percentile(seconds, [50, 95]) * 1000
        return cls(round(float(p50), 2), round(float(p95), 2))


@dataclass(frozen=True, slots=True)
class Answered:
    """How long one question takes; ``small`` is the store's method while only the timed events were there."""

    question: str
    within_ms: float
    calls: int
    store: Times
    http: Times | None
    small: Times

    @property
    def in_time(self) -> bool:
        """Whether it takes no longer than it may at the 95th percentile, on either way."""
        return max(self.store.p95, self.http.p95 if self.http else 0.0) <= self.within_ms

    @property
    def grown(self) -> float:
        """How many times longer it takes in the full store, at the median."""
        return round(self.store.p50 / max(self.small.p50, 0.01), 1)


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """What one database did. Rates in events a second, ``fill_s`` in seconds."""

    database: str
    events: int
    clips: int
    written_empty: float
    written_full: float
    fill_s: float
    answered: tuple[Answered, ...]

    def line(self) -> dict[str, Any]:
        """The figures as JSON."""
        rows = [{**asdict(one), "in_time": one.in_time, "grown": one.grown} for one in self.answered]
        return {**asdict(self), "answered": rows}

    def markdown(self) -> str:
        """The figures as a table."""
        rows = "\n".join(
            f"| {one.question} | {one.calls} | {one.store.p50} | {one.store.p95} "
            f"| {one.http.p50 if one.http else '-'} | {one.http.p95 if one.http else '-'} "
            f"| {one.within_ms:.0f} | {'yes' if one.in_time else '**no**'} | {one.grown} |"
            for one in self.answered
        )
        return (
            f"## {self.database}\n\n{self.events} events, {self.clips} of them with a clip, within a year at "
            f"{len(POSTS)} posts. Events written a second: {self.written_empty} into the empty store, "
            f"{self.written_full} into the full one.\n\n"
            "| question | calls | store p50, ms | store p95 | HTTP p50 | HTTP p95 | p95 may be | in time "
            f"| times the small store |\n|---|---|---|---|---|---|---|---|---|\n{rows}\n"
        )


def bench_store(
    url: str, folder: Path, *, events: int, clips: int, calls: int, told: Callable[[str], None]
) -> StoreFigures:
    """Fill the database at a URL, ask it, empty it again. ``folder`` is for what a server keeps beside it.

    ``told`` hears what is done now. Raises NotEmptyError, StoreUnavailableError.
    """
    engine = open_database(url)
    store = Store(engine)
    _check_empty(store)
    name = engine.dialect.name
    try:
        take_posts(store)
        told(f"{name}: {TIMED} events one by one")
        first = sample_events(0, TIMED)
        written_empty = _written(store, first)
        judge_most(store, first)
        small = {one.name: _timed(partial(one.ask, store), _calls(one, calls)) for one in QUESTIONS}
        told(f"{name}: copies of them, up to {events} events")
        began = time.monotonic()
        fill(store.transactions, events - TIMED, clips)
        fill_hours(store.transactions)
        _analyse(engine)
        fill_s = time.monotonic() - began
        written_full = _written(store, sample_events(1, TIMED))
        told(f"{name}: {calls} calls of each question")
        with _served(url, folder) as ask:
            answered = tuple(_answered(one, store, ask, small[one.name], calls) for one in QUESTIONS)
        return StoreFigures(
            database=_version(engine),
            events=events,
            clips=clips,
            written_empty=written_empty,
            written_full=written_full,
            fill_s=round(fill_s, 1),
            answered=answered,
        )
    finally:
        _empty(engine)
        store.close()


def _check_empty(store: Store) -> None:
    if store.posts() or store.accounts.any():
        store.close()
        raise NotEmptyError("expected an empty database, this one holds the store of a monitor")


def _written(store: Store, events: list[RuleEvent]) -> float:
    began = time.monotonic()
    for event in events:
        store.upsert_event(event)
    return round(len(events) / (time.monotonic() - began), 1)


def _answered(
    question: Question, store: Store, ask: Callable[[str], None], small: Times, calls: int
) -> Answered:
    number = _calls(question, calls)
    return Answered(
        question=question.name,
        within_ms=question.within_ms,
        calls=number,
        store=_timed(partial(question.ask, store), number),
        http=_timed(partial(ask, question.path), number) if question.path else None,
        small=small,
    )


def _calls(question: Question, calls: int) -> int:
    return max(FEWEST, round(question.rounds * calls))


def _timed(ask: Callable[[], object], calls: int) -> Times:
    ask()  # the first one also opens a connection and reads what no later one reads
    took = []
    for _ in range(calls):
        began = time.perf_counter()
        ask()
        took.append(time.perf_counter() - began)
    return Times.of(took)


@contextmanager
def _served(url: str, folder: Path) -> Iterator[Callable[[str], None]]:
    """A real server over the same database, and a way to ask it over one kept connection."""
    settings = Settings(data_dir=folder, database_url=url, host="127.0.0.1", port=0, login="open")
    with listen(settings) as listener:
        app = build_app(settings)
        server = server_for(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        host, port = listener.getsockname()[:2]
        connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)

        def ask(path: str) -> None:
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
            except (http.client.RemoteDisconnected, ConnectionError):  # idle for long: it opens a new one
                connection.close()
                connection.request("GET", path)
                answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path}: expected 200, got {answer.status}: {body[:200]!r}")

        try:
            yield ask
        finally:
            connection.close()
            server.should_exit = True
            thread.join(PATIENCE_S)
            app.state.context.store.close()


def _analyse(engine: Engine) -> None:
    """What PostgreSQL's autovacuum does by itself within a minute; SQLite is left as the monitor keeps it."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _version(engine: Engine) -> str:
    asked = "SELECT sqlite_version()" if engine.dialect.name == "sqlite" else "SHOW server_version"
    with engine.connect() as connection:
        number = str(connection.execute(text(asked)).scalar()).split()[0]
    return f"{'SQLite' if engine.dialect.name == 'sqlite' else 'PostgreSQL'} {number}"


def _empty(engine: Engine) -> None:
    """Take every table back: the database was empty before."""
    downgrade(engine, "base")
