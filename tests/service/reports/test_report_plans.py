"""What makes a million events quick in SQLite: what a report and a post's queue go through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from samples_reports import MONDAY, NOW, fill
from samples_service import SHANGHAI, EventMaker
from sqlalchemy import Engine
from sqlalchemy import event as events

from service.reports.making import make_report
from service.reports.period import Period
from service.store import EventFilter, Store, open_database


@contextmanager
def plans(engine: Engine) -> Iterator[list[str]]:
    """Every step of how the database goes about what it is asked meanwhile."""
    found: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        cursor = connection.connection.cursor()
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        found.extend(row[3] for row in cursor.fetchall())

    events.listen(engine, "before_cursor_execute", explain)
    yield found
    events.remove(engine, "before_cursor_execute", explain)


@pytest.mark.parametrize("posts", [None, frozenset({"w01"}), frozenset({"w01", "w02"})])
def test_events_are_counted_along_indexes_that_hold_all_of_it(
    tmp_path: Path, event: EventMaker, posts: frozenset[str] | None
) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    store = Store(engine)
    fill(store, event)
    with plans(engine) as found:
        make_report(store, Period(MONDAY, NOW.date(), SHANGHAI), posts, NOW)
    of_events = [step for step in found if " events " in f"{step} "]
    assert len(of_events) > 10
    assert [step for step in of_events if "USING COVERING INDEX" not in step] == []
    by_segment = [step for step in of_events if "ix_events_verdict_start_id_post" in step]
    assert len(by_segment) == 4
    store.close()


@pytest.mark.parametrize("wanted", [{"post": "w01"}, {"posts": frozenset({"w01", "w02"})}])
def test_a_posts_queue_is_not_looked_for_among_all_that_ever_was_at_it(
    tmp_path: Path, wanted: dict[str, Any]
) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    store = Store(engine)
    with plans(engine) as found:
        store.events(EventFilter(verdict="none", **wanted), order="queue")
    assert any("ix_events_post_queue_rank_start_id (post=? AND queue_rank>?)" in step for step in found)
    store.close()
