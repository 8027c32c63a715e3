"""The part of the store that keeps accounts."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, func, select, true
from sqlalchemy.orm import Session

from service.audit import Act
from service.auth.roles import AccountRefusedError, Role
from service.store.account_tables import AccountRow, SessionRow, TokenRow
from service.store.audit import record
from service.store.transactions import Transactions

_NAME = re.compile(r"[\w.@-]{1,64}")
_ADMIN = select(AccountRow.id).where(AccountRow.role == "admin", ~AccountRow.disabled).limit(1)


class Account(BaseModel):
    """Somebody who may log in."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(description="Number of the account.")
    name: str = Field(description="Its name, as verdicts and the audit log carry it.")
    role: Role = Field(description="What it may do.")
    posts: tuple[str, ...] | None = Field(description="Ids of the posts that exist for it; null = all.")
    disabled: bool = Field(description="True if it may not log in any more.")
    created_at: datetime = Field(description="When it was added.")
    issuer: str | None = Field(description="OpenID provider at which its owner logs in; null = none.")
    subject: str | None = Field(description="Who its owner is there (the claim sub); null = none.")


class Identity(NamedTuple):
    """Who somebody is at an OpenID provider: the only pair that it promises never to give to another."""

    issuer: str
    subject: str


class UnknownAccountError(LookupError):
    """No account has this name or number."""


class NotTheFirstError(Exception):
    """The first account was wanted, and there is one already."""


def account_key(name: str) -> str:
    """A name as it is compared: capitals and widths make no difference."""
    return unicodedata.normalize("NFKC", name).casefold()[:128]


class AccountBook:
    """The accounts of one store. Every method is a transaction; any thread may call it."""

    def __init__(self, sql: Transactions) -> None:
        self._sql = sql

    def any(self) -> bool:
        """Whether there is an account, disabled ones included."""
        with self._sql.read() as session:
            return _is_any(session)

    def all(self) -> list[Account]:
        """Every account, by name."""
        with self._sql.read() as session:
            return [account_of(row) for row in session.scalars(select(AccountRow).order_by(AccountRow.key))]

    def get(self, account_id: int) -> Account:
        """One account. Raises UnknownAccountError."""
        with self._sql.read() as session:
            return account_of(row_of(session, account_id))

    def named(self, name: str) -> Account:
        """The account with a name. Raises UnknownAccountError."""
        found = self.password_of(name)
        if found is None:
            raise UnknownAccountError(name)
        return found[0]

    def password_of(self, name: str) -> tuple[Account, str] | None:
        """The account with a name and its password's hash."""
        with self._sql.read() as session:
            row = session.scalar(select(AccountRow).where(AccountRow.key == account_key(name)))
            return (account_of(row), row.password) if row else None

    def add(
        self,
        name: str,
        role: Role,
        posts: tuple[str, ...] | None,
        hashed: str,
        act: Act,
        *,
        first: bool = False,
        identity: Identity | None = None,
    ) -> Account:
        """Add an account, linked to an identity that no account has; with `first` only where there is none.

        Raises AccountRefusedError for a name that is taken or none, NotTheFirstError.
        """
        if not _NAME.fullmatch(name):
            raise AccountRefusedError(
                "name", "expected 1 to 64 letters, digits and . _ - @, got another form"
            )
        with self._sql.write() as session:
            # The first write takes the lock: of two set-ups at once the second finds an account.
            record(session, act)
            if first and _is_any(session):
                raise NotTheFirstError
            if session.scalar(select(AccountRow.id).where(AccountRow.key == account_key(name))):
                raise AccountRefusedError("name", "expected a name that no account has, this one is taken")
            row = AccountRow(
                key=account_key(name),
                name=name,
                role=role,
                posts=None if posts is None else list(posts),
                password=hashed,
                disabled=False,
                created_at=act.at,
                issuer=identity.issuer if identity else None,
                subject=identity.subject if identity else None,
            )
            session.add(row)
            session.flush()
            return account_of(row)

    def change(
        self, account_id: int, role: Role, posts: tuple[str, ...] | None, disabled: bool, act: Act
    ) -> Account:
        """Give an account another role, other posts, or shut it out; being shut out ends its sessions.

        Raises UnknownAccountError, AccountRefusedError for the last admin who can log in.
        """
        with self._sql.write() as session:
            record(session, act)
            row = row_of(session, account_id)
            was_admin = row.role == "admin" and not row.disabled
            row.role, row.disabled = role, disabled
            row.posts = None if posts is None else list(posts)
            session.flush()
            if was_admin:
                check_admin(session)
            if disabled:
                session.execute(delete(SessionRow).where(SessionRow.account == account_id))
            return account_of(row)

    def set_password(self, account_id: int, hashed: str, act: Act, *, keep: str | None = None) -> None:
        """Give an account another password; its sessions end, but for the one whose hash is `keep`, and so
        do its API tokens: whoever knew the old password may have made one.

        Raises UnknownAccountError.
        """
        with self._sql.write() as session:
            record(session, act)
            row_of(session, account_id).password = hashed
            others = SessionRow.hash != keep if keep is not None else true()
            session.execute(delete(SessionRow).where(SessionRow.account == account_id, others))
            session.execute(delete(TokenRow).where(TokenRow.account == account_id))


def account_of(row: AccountRow) -> Account:
    """The value of a row."""
    posts = None if row.posts is None else tuple(row.posts)
    fields = {name: getattr(row, name) for name in Account.model_fields if name != "posts"}
    return Account.model_validate({**fields, "posts": posts})


def check_admin(session: Session) -> None:
    """Raises AccountRefusedError when nobody is left who keeps the accounts."""
    if not session.scalar(_ADMIN):
        raise AccountRefusedError("role", "expected one admin at least who can log in")


def row_of(session: Session, account_id: int) -> AccountRow:
    """The row of an account. Raises UnknownAccountError."""
    row = session.get(AccountRow, account_id)
    if row is None:
        raise UnknownAccountError(str(account_id))
    return row


def _is_any(session: Session) -> bool:
    return bool(session.scalar(select(func.count()).select_from(AccountRow)))
