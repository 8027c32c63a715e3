"""The part of the store that keeps the audit log: entries are added, never changed."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.audit import Act, Entry, Fault, Head, first_fault, link
from service.store.account_tables import AuditHeadRow, AuditRow
from service.store.transactions import Transactions

_FIELDS = tuple(Entry.model_fields)
_TRIES = 5


class AuditTrail:
    """The audit log of one store. Any thread and process may add to it."""

    def __init__(self, sql: Transactions) -> None:
        self._sql = sql

    def add(self, act: Act) -> None:
        """Write down what somebody did, in a transaction of its own."""
        with self._sql.write() as session:
            record(session, act)

    def head(self) -> Head:
        """The last entry's number and hash."""
        with self._sql.read() as session:
            return _head(session)

    def newest(self, *, limit: int, before: int | None = None, action: str | None = None) -> list[Entry]:
        """Entries, newest first; those before a number, those of an action, where given."""
        query = select(AuditRow).order_by(AuditRow.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(AuditRow.seq < before)
        if action is not None:
            query = query.where(AuditRow.action == action)
        with self._sql.read() as session:
            return [_entry(row) for row in session.scalars(query)]

    def oldest(self) -> Iterator[Entry]:
        """Every entry, oldest first."""
        with self._sql.read() as session:
            for row in session.scalars(
                select(AuditRow).order_by(AuditRow.seq).execution_options(yield_per=1000)
            ):
                yield _entry(row)

    def first_fault(self) -> Fault | None:
        """Where the log was tampered with; None when it is whole."""
        for _ in range(_TRIES):
            head = self.head()
            fault = first_fault(self.oldest(), head)
            # A fault may only be an entry that was added meanwhile; then the head has moved.
            if fault is None or self.head() == head:
                break
        return fault


def record(session: Session, act: Act) -> None:
    """Write down an act in the transaction that does it, so that neither is kept without the other."""
    # Writing first takes the database's lock, or the row's: two processes cannot both follow one head.
    session.execute(update(AuditHeadRow).values(seq=AuditHeadRow.seq + 1))
    head = _head(session)
    entry = link(act, Head(head.seq - 1, head.hash))
    session.add(AuditRow(**entry.model_dump()))
    session.execute(update(AuditHeadRow).values(hash=entry.hash))


def _head(session: Session) -> Head:
    row = session.execute(select(AuditHeadRow.seq, AuditHeadRow.hash)).one()
    return Head(row.seq, row.hash)


def _entry(row: AuditRow) -> Entry:
    return Entry.model_validate({name: getattr(row, name) for name in _FIELDS})
