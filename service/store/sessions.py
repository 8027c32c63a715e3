"""The part of the store that keeps logins, API tokens, and failed logins. Tokens come in as hashes only."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, select, update

from service.audit import Act
from service.auth.roles import Scope
from service.auth.throttle import FREE_PER_ACCOUNT, FREE_PER_ADDRESS, WINDOW, ThrottledError, wait_s
from service.store.account_tables import AccountRow, AttemptRow, SessionRow, TokenRow
from service.store.accounts import Account, account_of
from service.store.audit import record
from service.store.transactions import Transactions


class Session(NamedTuple):
    """A login that lasts."""

    account: Account
    created_at: datetime
    seen_at: datetime


class Token(BaseModel):
    """An API token, without the token."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(description="Number of the token.")
    account: int = Field(description="Number of the account that it acts for.")
    name: str = Field(description="What it is for.")
    scopes: tuple[Scope, ...] = Field(
        description="read, review, admin; never more than the account's role may."
    )
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime | None = Field(description="From when it is worth nothing; null = it stays.")


class UnknownTokenError(LookupError):
    """The account has no such token."""


class SessionBook:
    """Logins and tokens of one store. Every method is a transaction; any thread may call it."""

    def __init__(self, sql: Transactions) -> None:
        self._sql = sql

    # -- sessions

    def start(
        self,
        account: int,
        hashed: str,
        act: Act,
        *,
        instead_of: str | None = None,
        over: datetime | None = None,
    ) -> None:
        """Keep a login; `instead_of` is the session that the browser had before, which ends.

        Those begun before `over` have expired and are forgotten.
        """
        with self._sql.write() as session:
            record(session, act)
            session.execute(delete(SessionRow).where(SessionRow.hash == instead_of))
            if over is not None:
                session.execute(delete(SessionRow).where(SessionRow.created_at <= over))
            times = {"created_at": act.at, "seen_at": act.at}
            session.add(SessionRow(hash=hashed, account=account, address=act.address, **times))

    def find(self, hashed: str) -> Session | None:
        """The login with this hash, whether or not it has expired."""
        with self._sql.read() as session:
            found = session.execute(
                select(SessionRow, AccountRow)
                .join(AccountRow, AccountRow.id == SessionRow.account)
                .where(SessionRow.hash == hashed)
            ).first()
            return Session(account_of(found[1]), found[0].created_at, found[0].seen_at) if found else None

    def seen(self, hashed: str, at: datetime) -> None:
        """Somebody did something in this login."""
        with self._sql.write() as session:
            session.execute(update(SessionRow).where(SessionRow.hash == hashed).values(seen_at=at))

    def end(self, hashed: str, act: Act | None = None) -> None:
        """Forget a login."""
        with self._sql.write() as session:
            if act is not None:
                record(session, act)
            session.execute(delete(SessionRow).where(SessionRow.hash == hashed))

    # -- tokens

    def add_token(
        self,
        account: int,
        name: str,
        scopes: tuple[Scope, ...],
        hashed: str,
        expires: datetime | None,
        act: Act,
    ) -> Token:
        """Keep a token's hash."""
        with self._sql.write() as session:
            record(session, act)
            row = TokenRow(
                account=account,
                name=name,
                scopes=list(scopes),
                hash=hashed,
                created_at=act.at,
                expires_at=expires,
            )
            session.add(row)
            session.flush()
            return _token(row)

    def tokens(self, account: int) -> list[Token]:
        """The tokens of an account, oldest first."""
        with self._sql.read() as session:
            query = select(TokenRow).where(TokenRow.account == account).order_by(TokenRow.id)
            return [_token(row) for row in session.scalars(query)]

    def find_token(self, hashed: str) -> tuple[Token, Account] | None:
        """The token with this hash, whether or not it has expired, and its account."""
        with self._sql.read() as session:
            found = session.execute(
                select(TokenRow, AccountRow)
                .join(AccountRow, AccountRow.id == TokenRow.account)
                .where(TokenRow.hash == hashed)
            ).first()
            return (_token(found[0]), account_of(found[1])) if found else None

    def revoke(self, account: int, token: int, act: Act) -> Token:
        """Take a token back. Raises UnknownTokenError, also for one of another account."""
        with self._sql.write() as session:
            record(session, act)
            row = session.get(TokenRow, token)
            if row is None or row.account != account:
                raise UnknownTokenError(str(token))
            session.delete(row)
            return _token(row)

    # -- logins that failed

    def attempt(self, key: str, address: str, at: datetime) -> None:
        """Take down a login before its password is looked at, so that many at once count too.

        Raises ThrottledError when the account or the address must wait.
        """
        with self._sql.write() as session:
            session.execute(delete(AttemptRow).where(AttemptRow.at <= at - WINDOW))
            by_key = list(session.scalars(select(AttemptRow.at).where(AttemptRow.key == key)))
            by_address = list(session.scalars(select(AttemptRow.at).where(AttemptRow.address == address)))
            wait = max(wait_s(by_key, FREE_PER_ACCOUNT, at), wait_s(by_address, FREE_PER_ADDRESS, at))
            if wait > 0:
                raise ThrottledError(wait)
            session.add(AttemptRow(key=key, address=address, at=at))

    def succeeded(self, key: str, address: str) -> None:
        """Forget what failed for this account from this address; from other addresses it stays."""
        with self._sql.write() as session:
            session.execute(delete(AttemptRow).where(AttemptRow.key == key, AttemptRow.address == address))


def _token(row: TokenRow) -> Token:
    fields = {name: getattr(row, name) for name in Token.model_fields}
    return Token.model_validate({**fields, "scopes": tuple(row.scopes)})
