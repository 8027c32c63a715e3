"""The bench of the store: what it fills, what it tells, what it leaves behind, and what it never touches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from samples_service import HALL, POSTS
from sqlalchemy import func, inspect, select
from typer.testing import CliRunner

from service.bench import rows as bench_rows
from service.bench import store as bench
from service.bench.questions import QUESTIONS
from service.bench.rows import SPAN, fill, fill_hours, judge_most, sample_events, take_posts
from service.cli import app
from service.reports.making import make_report
from service.store import EventFilter, Store, open_database
from service.store.database import connect
from service.store.tables import EventRow, EvidenceRow, VerdictRow


@pytest.fixture(autouse=True)
def few_posts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A year of 120 posts takes most of a minute to fill in."""
    monkeypatch.setattr(bench_rows, "POSTS", bench_rows.POSTS[:8])


def test_the_store_is_filled_as_a_hall_fills_it(store: Store) -> None:
    take_posts(store)
    first = sample_events(0, 40)
    for event in first:
        store.upsert_event(event)
    judge_most(store, first)
    fill(store.transactions, 360, 100)
    fill_hours(store.transactions)
    with store.transactions.read() as session:
        events = session.scalars(select(EventRow)).all()
        assert len({event.id for event in events}) == len(events) == 400
        assert sum(event.verdict is None for event in events) == 20
        assert session.scalar(select(func.count()).select_from(VerdictRow)) == 380
        assert session.scalar(select(func.count()).select_from(EvidenceRow)) == 300
        with_clip = sorted((event for event in events if event.clip), key=lambda event: event.start)
        copies = sorted((event for event in events if event.clip_missing), key=lambda event: event.start)
        assert len(with_clip) == 100
        assert copies[-1].start < with_clip[0].start
    page = store.events(EventFilter(), order="queue", limit=30)
    assert [judged.verdict is None for judged in page.events] == [True] * 20 + [False] * 10
    report = make_report(store, SPAN, None, SPAN.end)
    assert (report.total.events, report.reviews.judged) == (400, 380)
    hours = report.total.hours
    assert hours is not None
    assert hours.staffed_s == pytest.approx(0.9 * hours.expected_s)
    assert hours.expected_s == pytest.approx(261 * 6.5 * 3600 * len(bench_rows.POSTS))


def test_two_runs_fill_in_the_same() -> None:
    assert sample_events(0, 50) == sample_events(0, 50)
    assert not {event.id for event in sample_events(0, 50)} & {event.id for event in sample_events(1, 50)}


@pytest.mark.slow  # thousands of transactions
def test_it_tells_of_every_question_and_leaves_the_database_empty(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "TIMED", 50)
    told: list[str] = []
    found = bench.bench_store(empty_url, tmp_path, events=300, clips=20, calls=3, told=told.append)
    line = json.loads(json.dumps(found.line()))
    assert [one["question"] for one in line["answered"]] == [one.name for one in QUESTIONS]
    for one in line["answered"]:
        for times in filter(None, (one["store"], one["http"])):
            assert 0 < times["p50"] <= times["p95"]
    assert line["database"].split()[0] in ("SQLite", "PostgreSQL")
    assert found.markdown().count("\n| ") == len(QUESTIONS) + 1
    assert len(told) == 3
    engine = connect(empty_url)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()


def test_a_store_in_use_is_left_alone(empty_url: str, tmp_path: Path) -> None:
    used = Store(open_database(empty_url))
    used.set_site(HALL, POSTS)
    with pytest.raises(bench.NotEmptyError, match="expected an empty database"):
        bench.bench_store(empty_url, tmp_path, events=300, clips=20, calls=3, told=lambda _: None)
    assert [post.id for post in used.posts()] == ["w01", "w02"]
    used.close()


def test_the_command_refuses_a_store_in_use_before_it_fills_anything(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'used.sqlite3'}"
    used = Store(open_database(url))
    used.set_site(HALL, POSTS)
    used.close()
    told = CliRunner().invoke(app, ["bench", "store", "--database", url, "--out", str(tmp_path / "out")])
    assert told.exit_code == 2
    assert told.stderr == (
        "error: --database: expected an empty database, this one holds the store of a monitor\n"
    )
