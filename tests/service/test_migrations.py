"""Migrations: from nothing to today's tables, once, and with a clear word when it cannot be."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from service.store import StoreUnavailableError, open_database
from service.store.database import MIGRATIONS, migrate
from service.store.tables import Base

HEAD = ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_the_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/deep/er/store.sqlite3")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/store.sqlite3")
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [HEAD]
    engine.dispose()


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
