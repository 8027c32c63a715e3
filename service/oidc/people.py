"""From what the provider says of somebody to an account, or to none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.auth.passwords import unknown_password
from service.auth.roles import AccountRefusedError, Caller, Role
from service.oidc.trouble import SignOnError
from service.settings import Settings
from service.store import Store
from service.store.accounts import Account, Identity

LONGEST_SUBJECT = 255
"""OpenID Connect Core 1.0, section 2."""


@dataclass(frozen=True)
class Person:
    """Who the provider says it is: their identity, what they are called, which role they would have here.

    ``role`` None: nothing is said of roles.
    """

    identity: Identity
    name: str
    role: Role | None


def person_of(claims: Mapping[str, Any], issuer: str, settings: Settings) -> Person:
    """The person of proven claims. Raises SignOnError."""
    subject = claims.get("sub")
    if not (isinstance(subject, str) and _is_subject(subject)):
        raise SignOnError("unproven", f"ID token: expected a sub of 1 to {LONGEST_SUBJECT} letters")
    name = claim(claims, settings.oidc_name_claim)
    role = None
    if settings.oidc_roles_claim:
        role = role_of(claim(claims, settings.oidc_roles_claim), settings.oidc_roles)
        if role is None:
            reason = f"none of CONDUCT_OIDC_ROLES is in the claim {settings.oidc_roles_claim}"
            raise SignOnError("role", reason, subject=subject)
    return Person(Identity(issuer, subject), name if isinstance(name, str) else "", role)


def checked_subject(subject: str) -> str:
    """A subject that an admin has entered. Raises AccountRefusedError."""
    if not _is_subject(subject):
        raise AccountRefusedError("subject", f"expected 1 to {LONGEST_SUBJECT} letters that can be seen")
    return subject


def _is_subject(subject: str) -> bool:
    return 0 < len(subject) <= LONGEST_SUBJECT and subject.isprintable() and subject.strip() == subject


def claim(claims: Mapping[str, Any], path: str) -> object:
    """A claim by its name, else by NAME.NAME within others; None when there is none."""
    if path in claims:
        return claims[path]
    found: object = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def role_of(values: object, roles: Mapping[str, Role]) -> Role | None:
    """The first of the admin's roles that is among the values of a claim."""
    had = {values} if isinstance(values, str) else set(map(str, values if isinstance(values, list) else ()))
    return next((role for value, role in roles.items() if value in had), None)


class Admission:
    """Finds a person's account. It makes one only where the settings say so, and never takes one over by its
    name or its e-mail address: whoever may choose those at the provider could be anybody here."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._create = store, settings.oidc_create

    def account_of(self, person: Person, nobody: Caller, now: datetime) -> Account:
        """The account, with the role that the provider says. Raises SignOnError."""
        account = self._store.identities.find(person.identity)
        if account is None:
            return self._new(person, nobody, now)
        if account.disabled:
            raise SignOnError("disabled", "the account is shut out", account=account.name)
        if person.role is not None and person.role != account.role:
            return self._changed(account, person.role, nobody, now)
        return account

    def _new(self, person: Person, nobody: Caller, now: datetime) -> Account:
        subject, role = person.identity.subject, person.role or "viewer"
        # Nobody can say yet which posts a supervisor would answer for.
        if not self._create or role == "supervisor":
            raise SignOnError("unknown", "no account is linked to this person", subject=subject)
        act = nobody.act(now, "account.added", person.name, role=role, by="oidc", subject=subject)
        try:
            return self._store.accounts.add(
                person.name, role, None, unknown_password(), act, identity=person.identity
            )
        except AccountRefusedError as error:
            raise SignOnError("name", f"no account can be made: {error}", subject=subject) from error

    def _changed(self, account: Account, role: Role, nobody: Caller, now: datetime) -> Account:
        if role == "supervisor" and not account.posts:
            raise SignOnError("role", "a supervisor needs posts, the account has none", account=account.name)
        act = nobody.act(now, "account.changed", account.name, role=role, by="oidc")
        try:
            return self._store.identities.set_role(account.id, role, act)
        except AccountRefusedError as error:
            raise SignOnError("role", f"the role cannot be changed: {error}", account=account.name) from error
