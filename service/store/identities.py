"""The part of the store that knows which account belongs to whom at an OpenID provider."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.audit import Act
from service.auth.roles import AccountRefusedError, Role
from service.store.account_tables import AccountRow, SessionRow, SpentStateRow, TokenRow
from service.store.accounts import Account, Identity, account_of, check_admin, row_of
from service.store.audit import record
from service.store.transactions import Transactions


class IdentityBook:
    """The links of one store. Every method is a transaction; any thread may call it."""

    def __init__(self, sql: Transactions) -> None:
        self._sql = sql

    def find(self, identity: Identity) -> Account | None:
        """The account of an identity, whether or not it may log in."""
        with self._sql.read() as session:
            row = _linked(session, identity)
            return account_of(row) if row else None

    def link(self, account_id: int, identity: Identity | None, act: Act) -> Account:
        """Give an account an identity, or take it away (None).

        Whoever came in with another one before is put out: its sessions end, its API tokens are revoked.
        Raises UnknownAccountError, AccountRefusedError for an identity that another account has.
        """
        with self._sql.write() as session:
            record(session, act)
            row = row_of(session, account_id)
            other = _linked(session, identity) if identity else None
            if other is not None and other.id != account_id:
                raise AccountRefusedError(
                    "subject", f"expected one of no account, it is that of {other.name}"
                )
            before = (row.issuer, row.subject)
            row.issuer, row.subject = identity or (None, None)
            if before not in ((None, None), identity):
                session.execute(delete(SessionRow).where(SessionRow.account == account_id))
                session.execute(delete(TokenRow).where(TokenRow.account == account_id))
            session.flush()
            return account_of(row)

    def set_role(self, account_id: int, role: Role, act: Act) -> Account:
        """Give an account another role and leave all else as an admin may be changing it just now.

        Raises UnknownAccountError, AccountRefusedError for the last admin who can log in.
        """
        with self._sql.write() as session:
            record(session, act)
            row = row_of(session, account_id)
            was_admin = row.role == "admin" and not row.disabled
            row.role = role
            session.flush()
            if was_admin:
                check_admin(session)
            return account_of(row)

    def spend(self, hashed: str, at: datetime, *, forget: datetime) -> bool:
        """Use a state up; False when it was used before. Those spent before `forget` are forgotten."""
        with self._sql.write() as session:
            session.execute(delete(SpentStateRow).where(SpentStateRow.at <= forget))
            # Of two answers at once, to two processes even, one finds the state spent.
            insert = self._sql.insert(SpentStateRow).values(hash=hashed, at=at).on_conflict_do_nothing()
            return session.scalar(insert.returning(SpentStateRow.hash)) is not None


def _linked(session: Session, identity: Identity) -> AccountRow | None:
    query = select(AccountRow).where(
        AccountRow.issuer == identity.issuer, AccountRow.subject == identity.subject
    )
    return session.scalar(query)
