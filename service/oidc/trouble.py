"""Why nobody came in by single sign-on: one code each, which the page has words for."""

from __future__ import annotations

from typing import Literal

Code = Literal[
    "away",
    "misconfigured",
    "foreign",
    "expired",
    "replayed",
    "denied",
    "unproven",
    "unknown",
    "name",
    "disabled",
    "role",
    "throttled",
]
"""away: the provider does not answer. misconfigured: it answers, but not to what the settings say. foreign:
the answer belongs to no login of this browser. expired: the login or its code is too old. replayed: the
answer was used before. denied: the provider's own no. unproven: the ID token does not hold. unknown: no
account is linked. name: an account was to be made and its name cannot be. disabled: the account is shut out.
role: the provider names no role that counts here. throttled: there were too many guesses."""


class SignOnError(Exception):
    """Nobody comes in. The message is for the log: one line, and no code, token or secret in it."""

    def __init__(
        self, code: Code, reason: str, *, account: str = "", subject: str = "", answer: str = ""
    ) -> None:
        """``account`` is the name of the one concerned, ``subject`` who the provider says it is, ``answer``
        the provider's own word for an error."""
        super().__init__(reason)
        self.code: Code = code
        self.account, self.subject, self.answer = account, subject, answer
        self.back = ""
        """Where the login was to lead, once that is known."""


class OidcSettingsError(Exception):
    """The settings of the single sign-on cannot be used; one line."""


class NoProviderError(Exception):
    """Single sign-on was wanted, and the settings name no provider."""

    def __init__(self) -> None:
        super().__init__("expected CONDUCT_OIDC_ISSUER to be set, it is not")
