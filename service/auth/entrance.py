"""The way in: passwords become sessions, cookies and API tokens become callers. Knows no request."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from service.auth.passwords import check_password, hash_password, is_password
from service.auth.roles import OPEN, ROLES, Caller, scoped
from service.auth.throttle import ThrottledError
from service.store.accounts import Account, NotTheFirstError, account_key
from service.store.sessions import Token
from service.store.store import Store

IDLE, ABSOLUTE = timedelta(minutes=60), timedelta(hours=12)
"""A session ends when nothing was done in it for so long, and in any case so long after the login."""
_SEEN_EVERY = timedelta(minutes=1)
"""A session's last use is written down no more often than this."""
_TOLD_EVERY = timedelta(minutes=1)
"""The audit log hears of one who must wait no more often than this."""
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_SET_UP = ":set-up"
"""Throttle key of the set-up code; no account's name may hold a colon."""


class LoginRefusedError(Exception):
    """The name and the password, or the set-up code, do not open; the message does not say which is wrong."""


@dataclass(frozen=True)
class Knock:
    """What a request brings along to be let in with; `active` False = the page asks by itself."""

    address: str
    cookie: str | None = None
    bearer: str | None = None
    active: bool = True


class Entrance:
    """Who may come in. `login` as in the settings, already checked against where the service listens;
    `passwords` as there too."""

    def __init__(
        self,
        store: Store,
        login: Literal["open", "required", "auto"],
        passwords: Literal["all", "admins"] = "all",
    ) -> None:
        self._store = store
        self._login, self._passwords = login, passwords
        # None: with `auto`, while it is not known whether there is an account.
        self._lasting_open = None if login == "auto" else login == "open"
        self._setup_code = _new_code() if login == "required" else None
        self._told: dict[tuple[str, str], datetime] = {}
        with suppress(SQLAlchemyError):
            self.is_open()

    @property
    def setup_code(self) -> str | None:
        """What the first admin proves with that they run this service; None when there is an account, or
        the store cannot say."""
        if self._setup_code is not None:
            with suppress(SQLAlchemyError):
                if self._store.accounts.any():
                    self._setup_code = None
                return self._setup_code
        return None

    def is_open(self) -> bool:
        """Whether anybody may work without a login. With `auto` the first account ends that for good.

        Raises SQLAlchemyError when the store has been away from the start.
        """
        if self._login == "auto" and self._lasting_open is not False:
            try:
                self._lasting_open = not self._store.accounts.any()
            except SQLAlchemyError:
                # While the store is away what was known holds.
                if self._lasting_open is None:
                    raise
        return bool(self._lasting_open)

    def needs_setup(self) -> bool:
        """Whether the first admin is still to be set up."""
        return not self.is_open() and not self._store.accounts.any()

    def identify(self, knock: Knock, now: datetime) -> Caller | None:
        """Who asks; None = somebody who must log in first. A token goes before a cookie."""
        if knock.bearer is not None:
            return self._by_token(knock.bearer, knock.address, now)
        caller = self._by_cookie(knock, now) if knock.cookie else None
        if caller is None and self.is_open():
            return Caller(name=None, way="open", address=knock.address, permissions=OPEN)
        return caller

    def log_in(self, name: str, password: str, knock: Knock, now: datetime) -> tuple[str, Caller]:
        """A new session's token, and whose it is; the session that the browser had before ends.

        Raises LoginRefusedError, ThrottledError; both are in the audit log.
        """
        account = self._checked(name, password, knock, now)
        if self._passwords == "admins" and account.role != "admin":
            act = nobody_at(knock.address).act(now, "login.failed", account.name, why="no password login")
            self._store.audit.add(act)
            raise LoginRefusedError("the name or the password is wrong")
        return self.begin(account, knock, now)

    def begin(self, account: Account, knock: Knock, now: datetime, **detail: object) -> tuple[str, Caller]:
        """A new session for an account whose owner has proven to be there: its token, and whose it is.

        The session that the browser had before ends.
        """
        token = secrets.token_urlsafe(32)
        caller = _session_caller(account, knock.address)
        old = digest(knock.cookie) if knock.cookie else None
        act = caller.act(now, "login.succeeded", account.name, **detail)
        self._store.sessions.start(account.id, digest(token), act, instead_of=old, over=now - ABSOLUTE)
        return token, caller

    def log_out(self, knock: Knock, caller: Caller, now: datetime) -> None:
        """End the session of a cookie."""
        if knock.cookie:
            self._store.sessions.end(digest(knock.cookie), caller.act(now, "login.ended", caller.name or ""))

    def set_up(self, code: str, name: str, password: str, knock: Knock, now: datetime) -> tuple[str, Caller]:
        """Add the first account, an admin, and log it in.

        Raises LoginRefusedError, ThrottledError, AccountRefusedError, NotTheFirstError.
        """
        nobody, expected = nobody_at(knock.address), self.setup_code
        if expected is None:
            raise NotTheFirstError
        self.throttle(_SET_UP, knock, now)
        if not hmac.compare_digest(code.strip().upper().encode(), expected.encode()):
            self._store.audit.add(nobody.act(now, "setup.failed"))
            raise LoginRefusedError("expected the set-up code that `conduct serve` printed, got another")
        check_password(password, name)
        act = nobody.act(now, "account.added", name, role="admin", setup=True)
        self._store.accounts.add(name, "admin", None, hash_password(password), act, first=True)
        self._store.sessions.succeeded(_SET_UP, knock.address)
        self._setup_code = None
        return self.log_in(name, password, knock, now)

    def confirm(self, caller: Caller, password: str, now: datetime) -> None:
        """Make sure that the account's owner sits there. Raises LoginRefusedError, ThrottledError."""
        self._checked(caller.name or "", password, Knock(caller.address), now)

    def throttle(self, key: str, knock: Knock, now: datetime, told: str = "") -> None:
        """Take down a try. `told` is the account's name for the log. Raises ThrottledError."""
        try:
            self._store.sessions.attempt(key, knock.address, now)
        except ThrottledError:
            # Whoever goes on trying must not fill the log.
            last = self._told.get((key, knock.address))
            if last is None or now - last >= _TOLD_EVERY:
                self._told = {one: at for one, at in self._told.items() if now - at < _TOLD_EVERY}
                self._told[key, knock.address] = now
                self._store.audit.add(nobody_at(knock.address).act(now, "login.throttled", told))
            raise

    def _checked(self, name: str, password: str, knock: Knock, now: datetime) -> Account:
        found = self._store.accounts.password_of(name)
        # People type passwords into the wrong field: a name that no account has is not written down.
        told = found[0].name if found else ""
        self.throttle(account_key(name), knock, now, told)
        right = is_password(found[1] if found else None, password)
        if found is None or not right or found[0].disabled:
            self._store.audit.add(nobody_at(knock.address).act(now, "login.failed", told))
            raise LoginRefusedError("the name or the password is wrong")
        self._store.sessions.succeeded(account_key(name), knock.address)
        return found[0]

    def _by_cookie(self, knock: Knock, now: datetime) -> Caller | None:
        hashed = digest(knock.cookie or "")
        found = self._store.sessions.find(hashed)
        if found is None:
            return None
        if found.account.disabled or now - found.seen_at >= IDLE or now - found.created_at >= ABSOLUTE:
            self._store.sessions.end(hashed)
            return None
        if knock.active and now - found.seen_at >= _SEEN_EVERY:
            self._store.sessions.seen(hashed, now)
        return replace(_session_caller(found.account, knock.address), session=hashed[:16])

    def _by_token(self, token: str, address: str, now: datetime) -> Caller | None:
        found = self._store.sessions.find_token(digest(token))
        if found is None or found[1].disabled or _is_over(found[0], now):
            return None
        kept, account = found
        caller = _session_caller(account, address)
        return replace(caller, way="token", token=kept.name, permissions=scoped(account.role, kept.scopes))


def new_token() -> str:
    """A token for programs; the beginning lets scanners of leaked secrets find it."""
    return f"conduct_{secrets.token_urlsafe(32)}"


def digest(token: str) -> str:
    """What the store keeps of a token. Tokens are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def command_line() -> Caller:
    """Whoever may run commands over the store."""
    return Caller(name=None, way="command", address="", permissions=ROLES["admin"])


def by_link(address: str) -> Caller:
    """Whoever opened the link of a message; they may nothing else."""
    return Caller(name=None, way="link", address=address, permissions=frozenset())


def nobody_at(address: str) -> Caller:
    """Who asks from there and is not logged in."""
    return Caller(name=None, way="session", address=address, permissions=frozenset())


def _session_caller(account: Account, address: str) -> Caller:
    posts = account.posts
    if posts is None and account.role == "supervisor":  # never meant to be; a supervisor sees their own only
        posts = ()
    return Caller(
        name=account.name,
        way="session",
        address=address,
        permissions=ROLES[account.role] | {"self"},
        role=account.role,
        posts=None if posts is None else frozenset(posts),
        account=account.id,
    )


def _is_over(token: Token, now: datetime) -> bool:
    return token.expires_at is not None and token.expires_at <= now


def _new_code() -> str:
    letters = "".join(secrets.choice(_CODE_LETTERS) for _ in range(12))
    return "-".join((letters[:4], letters[4:8], letters[8:]))
