"""Migrations: from nothing to today's tables, once, and with a clear word when it cannot be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import service
from service.store import StoreUnavailableError, open_database
from service.store.database import MIGRATIONS, migrate
from service.store.tables import Base

HEAD = ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_the_folder_of_a_new_sqlite_file_is_made(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path}/deep/er/store.sqlite3").dispose()
    assert (tmp_path / "deep/er/store.sqlite3").is_file()


def test_the_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    engine = open_database(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_migrating_again_changes_nothing(database_url: str) -> None:
    engine = open_database(database_url)
    migrate(engine)
    with engine.connect() as connection:
        versions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    assert versions == [HEAD]
    engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_monitors_that_start_together_make_the_tables_once(database_url: str) -> None:
    program = f"from service.store import open_database; open_database({database_url!r})"
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
