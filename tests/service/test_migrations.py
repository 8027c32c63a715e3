"""Migrations: from nothing to today's tables, once, and with a clear word when it cannot be."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from samples_service import HALL, NINE, POSTS, EventMaker, act, add_account, now
from sqlalchemy import Engine, text

import service
from pipelines.rules.events import HealthEntry
from service.doctor.checks.store import of
from service.evidence.filing import FiledFile
from service.review.sampling import Sampling
from service.review.standing import Reader
from service.store import EventFilter, Store, StoreUnavailableError, open_database
from service.store.accounts import Identity
from service.store.database import MIGRATIONS, downgrade, migrate
from service.store.holds import hold
from service.store.tables import Base
from service.store.verdicts import Given

FIRST_COLUMNS = {
    "events": 'id, rule, clause, post, camera, start, "end", state, confidence, why, clip, snapshot, '
    "timeline, rule_version, verdict",
    "verdicts": "id, event, verdict, reason, note, given_at",
    "hall": "id, name, timezone",
}
HEAD = ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_the_folder_of_a_new_sqlite_file_is_made(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path}/deep/er/store.sqlite3").dispose()
    assert (tmp_path / "deep/er/store.sqlite3").is_file()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://conduct:s3c@ret@127.0.0.1:1/hall",
        "postgresql://conduct:s3c/r@ret@127.0.0.1:1/hall",
        "mysql://conduct:s3c@ret@127.0.0.1/hall",
        "postgresql://conduct:a@b:s3cret@127.0.0.1/hall",
        "postgresql:///conduct:s3cret@127.0.0.1",
        "postgresql://conduct:x@127.0.0.1:s3cret/hall",
        "sqlite://conduct:s3cret@127.0.0.1/hall.sqlite3",
    ],
)
def test_no_part_of_a_password_that_is_not_encoded_is_taken_for_the_host_and_told(url: str) -> None:
    with pytest.raises(StoreUnavailableError, match="%40 for @") as caught:
        open_database(url)
    assert not any(part in str(caught.value) for part in ("s3c", "ret", "127.0.0.1"))
    finding = of(url)
    assert (finding.code.split(".")[-1], finding.args) == ("no_url", {})


def test_what_is_asked_of_the_driver_is_not_told_for_it_may_be_a_password() -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        open_database("postgresql://conduct:x@127.0.0.1:1/hall?password=s3cret")
    assert str(caught.value).startswith("store postgresql+psycopg://conduct:***@127.0.0.1:1/hall: ")
    assert "s3cret" not in str(caught.value)


def test_the_migrations_make_exactly_the_tables_of_the_code(empty_url: str) -> None:
    engine = open_database(empty_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_migrating_again_changes_nothing(empty_url: str) -> None:
    engine = open_database(empty_url)
    migrate(engine)
    with engine.connect() as connection:
        versions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    assert versions == [HEAD]
    engine.dispose()


def table(engine: Engine, name: str) -> list[tuple[object, ...]]:
    """A table's rows in the columns that the first release had."""
    columns = FIRST_COLUMNS.get(name, "*")
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT {columns} FROM {name} ORDER BY 1"))]


@pytest.mark.parametrize(
    "revision",
    [f"{number:04}" for number in range(1, 15)],
)
def test_down_and_up_again_lose_nothing_that_the_lower_version_can_hold(
    empty_url: str, event: EventMaker, revision: str
) -> None:
    engine = open_database(empty_url)
    store = Store(engine)
    store.set_site(HALL, POSTS)
    for number in range(3):
        store.upsert_event(event(number, clip=f"clips/{number}.mp4", end_known=number != 1))
        store.give_verdict(event(number).id, "confirmed", None, "so it was", at=now())
    store.upsert_health(HealthEntry(camera="east", state="gap", start=NINE, end=None, detail="gone"))
    store.evidence.put([FiledFile(event(1).id, "clip", "clips/1.mp4", "ab" * 32, 7)], at=now())
    names = ("events", "verdicts", "posts", "hall", "health_entries")
    before = {name: table(engine, name) for name in names}
    downgrade(engine, revision)
    assert {name: table(engine, name) for name in names} == before
    migrate(engine)
    assert {name: table(engine, name) for name in names} == before
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    found = [judged.event for judged in store.events(EventFilter()).events]
    assert {one.id: one.clip for one in found} == {event(n).id: f"clips/{n}.mp4" for n in range(3)}
    assert store.counts() == {"confirmed": 3}
    store.close()


def test_accounts_and_their_sessions_outlive_the_columns_of_single_sign_on(empty_url: str) -> None:
    engine = open_database(empty_url)
    store = Store(engine)
    account = add_account(store, "li.na", "reviewer")
    store.identities.link(account.id, Identity("https://login.example", "a subject"), act(now()))
    store.sessions.start(account.id, "a" * 64, act(now(), "login.succeeded"))
    downgrade(engine, "0011")
    with engine.connect() as connection:
        columns = connection.execute(text("SELECT * FROM accounts")).keys()
        assert connection.execute(text("SELECT count(*) FROM sessions")).scalar() == 1
    assert not {"issuer", "subject"} & set(columns)
    migrate(engine)
    found = store.sessions.find("a" * 64)
    assert found is not None
    assert (found.account.name, found.account.subject) == ("li.na", None)
    store.close()


def test_what_is_held_without_an_end_stays_held_down_and_up(empty_url: str, event: EventMaker) -> None:
    engine = open_database(empty_url)
    store = Store(engine)
    store.set_site(HALL, POSTS)
    for number in range(3):
        store.upsert_event(event(number))
    with store.transactions.write() as session:
        hold(store.transactions, session, event(0).id, "appeal:1", None)
        hold(store.transactions, session, event(1).id, "link", now())
    downgrade(engine, "0007")
    with engine.connect() as connection:
        held = connection.execute(text("SELECT id FROM events WHERE held")).all()
    assert [row[0] for row in held] == [event(0).id]
    migrate(engine)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT event, until FROM evidence_holds")).all()
    assert [tuple(row) for row in rows] == [(event(0).id, None)]
    store.close()


def test_an_earlier_release_finds_only_the_answers_that_count(empty_url: str, event: EventMaker) -> None:
    engine = open_database(empty_url)
    store = Store(engine)
    store.set_site(HALL, POSTS)
    store.answers.sampling = Sampling({"confirmed": 1.0})
    stories: list[tuple[int, str, str | None, bool]] = [
        (0, "na", "confirmed", False),
        (0, "wei", "rejected", False),
        (1, "na", "confirmed", False),
        (1, "na", None, False),
        (2, "na", "rejected", False),
        (2, "na", None, False),
        (2, "na", "unclear", False),
        (3, "na", "confirmed", False),
        (3, "wei", "unclear", False),
        (3, "judge", "rejected", True),
    ]
    for number in range(4):
        store.upsert_event(event(number))
    for number, who, answer, decides in stories:
        given = act(now(), "verdict.given").model_copy(update={"who": who})
        if answer is None:
            store.answers.withdraw(event(number).id, at=now(), act=given)
        else:
            reader = Reader(who, opinion=not decides, decides=decides)
            said = Given(answer)  # type: ignore[arg-type]
            store.answers.give(event(number).id, said, at=now(), act=given, reader=reader)
    downgrade(engine, "0006")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT event, verdict FROM verdicts ORDER BY id")).all()
        kept = connection.execute(text("SELECT id, verdict FROM events ORDER BY id")).all()
    ids = [event(number).id for number in range(4)]
    assert [tuple(row) for row in rows] == [
        (ids[0], "confirmed"),
        (ids[2], "unclear"),
        (ids[3], "confirmed"),
        (ids[3], "rejected"),
    ]
    answers = ("confirmed", None, "unclear", "rejected")
    assert [tuple(row) for row in kept] == list(zip(ids, answers, strict=True))
    migrate(engine)
    assert store.waiting(Reader()) == 1
    assert store.events(EventFilter(), order="queue").events[0].event.id == ids[1]
    assert len(store.events(EventFilter(by="na")).events) == 2
    store.close()


def test_how_long_events_waited_for_their_verdict_is_found_for_those_of_before_too(
    empty_url: str, event: EventMaker
) -> None:
    engine = open_database(empty_url)
    store = Store(engine)
    store.set_site(HALL, POSTS)
    for number, end in enumerate((event(0).end, None, event(600).end)):  # the last is judged before its end
        store.upsert_event(event(number, end=end, state="closed" if end else "open"))
        store.give_verdict(event(number).id, "unclear", None, "", at=now())
        store.give_verdict(event(number).id, "confirmed", None, "", at=now() + timedelta(hours=1))
    store.upsert_event(event(3))
    query = text("SELECT id, judged_after_s FROM events ORDER BY id")
    for _ in range(2):
        with engine.connect() as connection:
            waited = [row[1] for row in connection.execute(query)]
        assert waited == [3 * 3600 - 60, 0, 0, None]  # 30 s less; whole minutes are kept
        downgrade(engine, "0006")
        migrate(engine)
    store.close()


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_two_monitors_that_start_together_make_the_tables_once(empty_url: str) -> None:
    program = f"from service.store import open_database; open_database({empty_url!r})"
    root = str(Path(service.__file__).parents[1])
    together = [
        subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": root})
        for _ in range(3)
    ]
    assert [process.wait(60) for process in together] == [0, 0, 0]


def test_a_missing_driver_is_one_line_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(
        StoreUnavailableError, match=r"driver psycopg.*conduct-monitor\[postgres\]"
    ) as failure:
        open_database("postgresql://me:hidden@127.0.0.1/hall")
    assert "hidden" not in str(failure.value)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 5000), ("synchronous", 1)],
)
def test_sqlite_is_set_up_for_one_writer_and_many_readers(tmp_path: Path, pragma: str, value: object) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/store.sqlite3")
    with engine.connect() as connection:
        assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == value
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "expected a URL"),
        ("nosuchdb://me:hidden@host/x", "nosuchdb"),
        ("sqlite:////dev/null/store.sqlite3", "store sqlite"),
        ("sqlite:////proc/store.sqlite3", "store sqlite"),
        ("postgresql://me:hidden@127.0.0.1:1/hall", "store postgresql.*127.0.0.1.*[Cc]onnection refused"),
    ],
)
def test_a_store_that_cannot_be_opened_says_so_without_its_password(url: str, words: str) -> None:
    with pytest.raises(StoreUnavailableError, match=words) as failure:
        open_database(url)
    assert "hidden" not in str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite3").write_text("not a database, though long enough to be looked at" * 20)
    with pytest.raises(StoreUnavailableError, match=r"store\.sqlite3.*not a database"):
        open_database(f"sqlite:///{tmp_path}/store.sqlite3")
