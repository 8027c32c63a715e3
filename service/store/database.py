"""Opening the database: SQLite or PostgreSQL, and the migrations that run at start-up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError

MIGRATIONS = Path(__file__).parent / "migrations"

# One statement each. WAL lets readers read while the engine writes; with WAL, NORMAL keeps the file whole
# at a power cut and loses at most the last commits, which a replay delivers again.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
)

# A PostgreSQL that does not answer counts as away: after so many seconds when it is asked to connect, and so
# many milliseconds when it no longer confirms what it is sent.
POSTGRES_CONNECTION = {"connect_timeout": 5, "tcp_user_timeout": 15_000, "keepalives_idle": 10}
# Ten reviewers, the run, alerts and the sweeper work at once, and each finds a connection that is open; two
# monitors that share a server stay below its usual hundred.
POSTGRES_POOL: dict[str, Any] = {
    "pool_size": 15,
    "max_overflow": 15,
    "pool_pre_ping": True,
    "connect_args": POSTGRES_CONNECTION,
}
# Any number, as long as every monitor takes the same: who migrates a shared database holds this lock.
MIGRATION_LOCK = 0x636F6E64
_NO_URL = (
    "CONDUCT_DATABASE_URL: expected a URL such as sqlite:///file.sqlite3 or "
    "postgresql://USER:PASSWORD@HOST:PORT/NAME; in a password write %40 for @, %2F for / and %3A for :"
)


class StoreUnavailableError(Exception):
    """The store cannot be opened; says which one, without its password, and why."""


class StoreAwayError(StoreUnavailableError):
    """The store's server does not answer now; it may come back."""


def open_database(url: str) -> Engine:
    """Open the database at a SQLAlchemy URL and bring its tables up to date.

    A SQLite file's folder is made. Raises StoreUnavailableError.
    """
    engine = connect(url)
    open_tables(engine)
    return engine


def open_tables(engine: Engine) -> None:
    """Bring a database's tables up to date. Raises StoreUnavailableError, StoreAwayError; closes it then."""
    try:
        migrate(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        cause = " ".join(str(getattr(error, "orig", None) or error).split())
        kind = StoreAwayError if _is_away(engine, error, cause) else StoreUnavailableError
        raise kind(f"store {shown(engine.url)}: {cause}") from error


def _is_away(engine: Engine, error: SQLAlchemyError, cause: str) -> bool:
    """Whether a server cannot be reached, or only starts or stops; a wrong password never comes right."""
    if engine.dialect.name != "postgresql" or not isinstance(error, OperationalError):
        return False
    soon = ("starting up", "shutting down", "recovery")
    return "FATAL" not in cause or any(word in cause for word in soon)


def connect(url: str) -> Engine:
    """An engine for a SQLAlchemy URL; nothing is asked of the database yet. Raises StoreUnavailableError."""
    parsed = _with_driver(parse(url))
    postgres = parsed.get_backend_name() == "postgresql"
    try:
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        # A connection that died while it waited in the pool is noticed and replaced.
        engine = create_engine(parsed, **(POSTGRES_POOL if postgres else {}))
    except ModuleNotFoundError as error:
        raise StoreUnavailableError(f"store {shown(parsed)}: {_missing(error, postgres)}") from error
    except (OSError, ImportError, NoSuchModuleError, ArgumentError) as error:
        raise StoreUnavailableError(f"store {shown(parsed)}: {error}") from error
    event.listen(engine, "connect", _without_jit if postgres else _set_pragmas)
    return engine


def parse(url: str) -> URL:
    """A SQLAlchemy URL in its parts.

    Raises StoreUnavailableError, also where the password's end is in doubt: a part of it would be shown
    as the host.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: of a port that is none, or a password taken for one
        raise StoreUnavailableError(_NO_URL) from None
    if parsed.get_backend_name() == "sqlite":
        if parsed.host or parsed.username:
            raise StoreUnavailableError(_NO_URL)
    elif url.partition("?")[0].count("@") > 1 or "@" in (parsed.database or ""):
        raise StoreUnavailableError(
            "CONDUCT_DATABASE_URL: expected one @, before the host; in a password "
            "write %40 for @, %2F for / and %3A for :"
        )
    return parsed


def shown(url: URL) -> str:
    """A database's URL without its password, and without what is asked of the driver, which may hold one."""
    return url.set(query={}).render_as_string(hide_password=True)


def migrate(engine: Engine) -> None:
    """Run the migrations that the database has not seen yet."""
    with engine.begin() as connection:
        command.upgrade(_migrations(connection), "head")


def downgrade(engine: Engine, revision: str) -> None:
    """Take back the migrations after ``revision``, for an earlier release of the monitor."""
    with engine.begin() as connection:
        command.downgrade(_migrations(connection), revision)


def _migrations(connection: Connection) -> Config:
    if connection.dialect.name == "postgresql":  # two monitors that start together must not both migrate
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _with_driver(url: URL) -> URL:
    """postgres://, postgresql:// mean psycopg 3, the one driver that the monitor is tested with."""
    plain = url.drivername in {"postgres", "postgresql"}
    return url.set(drivername="postgresql+psycopg") if plain else url


def _missing(error: ModuleNotFoundError, postgres: bool) -> str:
    if not postgres:
        return str(error)
    return f"expected the driver {error.name}, it is not installed: pip install 'conduct-monitor[postgres]'"


def _without_jit(connection: Any, _record: object) -> None:
    # A report's thousands of short ranges look so dear that compiling them takes longer than reading them.
    connection.execute("SET jit = off")
    connection.commit()


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
