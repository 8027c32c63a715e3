"""Opening the database: pragmas of SQLite, and the migrations that run at start-up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

MIGRATIONS = Path(__file__).parent / "migrations"

# One statement each. WAL lets readers read while the engine writes; with WAL, NORMAL keeps the file whole
# at a power cut and loses at most the last commits, which a replay delivers again.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
)


class StoreUnavailableError(Exception):
    """The store cannot be opened; says which one, without its password, and why."""


def open_database(url: str) -> Engine:
    """Open the database at a SQLAlchemy URL and bring its tables up to date.

    A SQLite file's folder is made. Raises StoreUnavailableError.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreUnavailableError(
            "CONDUCT_DATABASE_URL: expected a URL such as sqlite:///file.sqlite3"
        ) from error
    shown = parsed.render_as_string(hide_password=True)
    try:
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed)
    except (OSError, ImportError, NoSuchModuleError) as error:
        raise StoreUnavailableError(f"store {shown}: {error}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
    try:
        migrate(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        cause = getattr(error, "orig", None) or error
        raise StoreUnavailableError(f"store {shown}: {cause}") from error
    return engine


def migrate(engine: Engine) -> None:
    """Run the migrations that the database has not seen yet."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
