"""Reading and writing over one engine, in the SQL of SQLite and PostgreSQL alike."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.store.tables import Base, LookRow, PostRow

# Both dialects spell INSERT ... ON CONFLICT alike, but SQLAlchemy keeps two classes for it.
Insert = sqlite.Insert | postgresql.Insert


class Transactions:
    """One transaction per `with`: read, or write with one writer at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # SQLite has one writer; waiting here is fair, its own busy handler polls.
        self._writing = threading.Lock()

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session to read with."""
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are kept if nothing is raised."""
        with self._writing, Session(self._engine) as session, session.begin():
            yield session

    def insert(self, table: type[Base]) -> Insert:
        """An INSERT that knows ON CONFLICT."""
        return sqlite.insert(table) if self._engine.dialect.name == "sqlite" else postgresql.insert(table)

    def upsert(self, session: Session, table: type[Base], values: Mapping[str, Any]) -> None:
        """Insert a row; when its primary key is there, replace the other columns."""
        key = [column.name for column in table.__table__.primary_key]
        statement = self.insert(table).values(**values)
        changes = {name: statement.excluded[name] for name in values if name not in key}
        session.execute(statement.on_conflict_do_update(index_elements=key, set_=changes))

    def insert_missing(self, session: Session, table: type[Base], values: Mapping[str, Any]) -> None:
        """Insert a row unless its primary key is there."""
        session.execute(self.insert(table).values(**values).on_conflict_do_nothing())

    def lock(self, session: Session, table: type[Base], key: str | int) -> None:
        """Keep every other process from changing one row until this transaction ends."""
        (column,) = table.__table__.primary_key
        if self._engine.dialect.name == "sqlite":
            # A change of nothing: SQLite has no lock but that of its one writer, and takes it at a write.
            session.execute(update(table).where(column == key).values({column.name: key}))
        else:
            session.execute(select(column).where(column == key).with_for_update())

    def ensure_post(self, session: Session, post: str, camera: str) -> None:
        """Make sure that there is a post of this id.

        A run may name one that no site was loaded for; what it found there must not be lost for that.
        """
        values: dict[str, Any] = {
            "id": post,
            "name": post,
            "camera": camera,
            "staff_zone": [],
            "visitor_zone": None,
        }
        self.insert_missing(session, PostRow, {**values, "active": False})

    @staticmethod
    def last_seen(session: Session, post: str, start: datetime) -> datetime:
        """When a post was last looked at, not before ``start``: there ends what a run could not end."""
        look = session.get(LookRow, post)
        return start if look is None else max(start, look.t)
