"""Coming in by single sign-on: off to the provider, and back with a session. Knows no request."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from service.auth.entrance import Entrance, Knock, digest, nobody_at
from service.auth.roles import Caller
from service.auth.throttle import ThrottledError
from service.oidc.people import Admission, person_of
from service.oidc.ticket import LIFETIME, Ticket, opened, opened_text, sealed_text
from service.oidc.trouble import Code, SignOnError
from service.settings import Settings
from service.store import Store
from service.store.accounts import Account

if TYPE_CHECKING:
    from service.oidc.provider import Provider

log = logging.getLogger(__name__)

_CODES: dict[str, Code] = {
    "access_denied": "denied",
    "login_required": "denied",
    "interaction_required": "denied",
    "temporarily_unavailable": "away",
    "server_error": "away",
}
_GUESSES = frozenset({"expired", "unproven", "replayed"})
"""What a guessed code or a forged token ends in. Only these count for the throttle: many people share an
address, and none should wait because the provider was away, or because others have no account."""
_OURS_TO_MEND = frozenset({"away", "misconfigured", "unproven"})


@dataclass(frozen=True)
class Arrival:
    """Somebody who came in: the new session's token, whose it is, and to which query and fragment."""

    token: str
    caller: Caller
    back: str


class Door:
    """The single sign-on of one service."""

    def __init__(
        self, provider: Provider, store: Store, entrance: Entrance, settings: Settings, key: bytes
    ) -> None:
        """``key`` signs what browsers keep meanwhile."""
        self._provider, self._store, self._entrance = provider, store, entrance
        self._settings, self._key = settings, key
        self._admission = Admission(store, settings)

    @property
    def issuer(self) -> str:
        """Whose word is taken."""
        return self._provider.issuer

    def begin(self, back: str, redirect_uri: str, now: datetime) -> tuple[str, str]:
        """The provider's address to go to, and what the browser keeps. Writes nothing. Raises SignOnError."""
        ticket = Ticket.begin(now, back)
        try:
            url = self._provider.authorization_url(
                redirect_uri,
                state=ticket.derived(self._key, "state"),
                nonce=ticket.derived(self._key, "nonce"),
                verifier=ticket.derived(self._key, "verifier"),
            )
        except SignOnError as error:
            error.back = ticket.back
            _tell(error)
            raise
        return url, ticket.sealed(self._key)

    def finish(
        self, answer: Mapping[str, str], kept: str, redirect_uri: str, knock: Knock, now: datetime
    ) -> Arrival:
        """Let in whom the provider's ``answer`` (its query) proves; ``kept`` is what the browser kept.

        The session is a new one, and that which the browser had before ends. Raises SignOnError; from where
        the browser is known to have begun this login, that is in the audit log.
        """
        ticket = None
        try:
            ticket = self._ticket(answer, kept, now)
            return self._let_in(ticket, answer, redirect_uri, knock, now)
        except SignOnError as error:
            if ticket is not None:
                error.back = ticket.back
                self._write_down(error, knock, now)
            _tell(error)
            raise

    def seal(self, subject: str) -> str:
        """Who somebody is at the provider, for their own browser to keep for the page that tells them."""
        return sealed_text(subject, self._key)

    def unseal(self, kept: str) -> str:
        """The same, read again; empty for anything else."""
        return opened_text(kept, self._key)

    def _ticket(self, answer: Mapping[str, str], kept: str, now: datetime) -> Ticket:
        ticket = opened(kept, self._key)
        if ticket is None:
            raise SignOnError("foreign", "the browser has begun no login")
        state = ticket.derived(self._key, "state").encode()
        if not hmac.compare_digest(state, answer.get("state", "").encode("utf-8", "surrogatepass")):
            raise SignOnError("foreign", "the state is that of another login")
        if ticket.is_over(now):
            raise SignOnError("expired", f"the login took longer than {LIFETIME}")
        return ticket

    def _let_in(
        self, ticket: Ticket, answer: Mapping[str, str], redirect_uri: str, knock: Knock, now: datetime
    ) -> Arrival:
        spent = digest(ticket.derived(self._key, "state"))
        attempt = f":oidc:{spent}"
        try:
            self._entrance.throttle(attempt, knock, now)
        except ThrottledError as error:
            raise SignOnError("throttled", f"too many tries, {error.wait_s:.0f} s to wait") from error
        try:
            account = self._account(ticket, answer, spent, redirect_uri, knock, now)
        except SignOnError as error:
            if error.code not in _GUESSES:
                self._store.sessions.succeeded(attempt, knock.address)
            raise
        self._store.sessions.succeeded(attempt, knock.address)
        token, caller = self._entrance.begin(account, knock, now, by="oidc")
        return Arrival(token, caller, ticket.back)

    def _account(
        self,
        ticket: Ticket,
        answer: Mapping[str, str],
        spent: str,
        redirect_uri: str,
        knock: Knock,
        now: datetime,
    ) -> Account:
        if not self._store.identities.spend(spent, now, forget=now - 2 * LIFETIME):
            raise SignOnError("replayed", "the answer was used before")
        claims = self._provider.claims(
            self._code(answer),
            redirect_uri=redirect_uri,
            nonce=ticket.derived(self._key, "nonce"),
            verifier=ticket.derived(self._key, "verifier"),
            now=now,
        )
        person = person_of(claims, self.issuer, self._settings)
        return self._admission.account_of(person, nobody_at(knock.address), now)

    def _code(self, answer: Mapping[str, str]) -> str:
        # RFC 9207: whose answer it is.
        if answer.get("iss", self.issuer) != self.issuer:
            raise SignOnError("foreign", "the answer is that of another issuer")
        if "error" in answer:
            given = answer["error"]
            said = given if given in _CODES else "an error"
            raise SignOnError(_CODES.get(given, "misconfigured"), f"authorization endpoint: {said}")
        if not answer.get("code"):
            raise SignOnError("misconfigured", "authorization endpoint: expected a code")
        return answer["code"]

    def _write_down(self, error: SignOnError, knock: Knock, now: datetime) -> None:
        if error.code == "throttled":  # the throttle itself does that
            return
        told = {"subject": error.subject} if error.subject else {}
        nobody = nobody_at(knock.address)
        self._store.audit.add(
            nobody.act(now, "login.failed", error.account, by="oidc", why=error.code, **told)
        )


def _tell(error: SignOnError) -> None:
    level = logging.WARNING if error.code in _OURS_TO_MEND else logging.INFO
    log.log(level, "single sign-on: %s: %s", error.code, error)
