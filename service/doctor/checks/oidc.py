"""Single sign-on: does the provider answer, as the settings say, and does it know us. Nobody is logged in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from service.doctor.finding import Finding, ok, problem, unknown, warning
from service.doctor.patient import Patient
from service.oidc.provider import Provider
from service.oidc.registration import CALLBACK, registration_of
from service.oidc.trouble import OidcSettingsError, SignOnError
from service.settings import Settings

ORDER = 92
_NOT_KNOWN = frozenset({"invalid_client", "unauthorized_client"})


def examine(patient: Patient) -> Iterator[Finding]:
    """One finding, and what else should be otherwise."""
    settings = patient.settings
    try:
        registration = registration_of(settings)
    except OidcSettingsError as error:
        yield problem("settings", reason=str(error))
        return
    if registration is None:
        yield ok("none")
        return
    provider = Provider(registration)
    try:
        metadata = provider.metadata()
        provider.check_keys()
    except SignOnError as error:
        yield _of(error, provider.issuer)
        return
    yield _client(provider, settings)
    if not metadata.says_pkce:
        yield warning("no_pkce", issuer=provider.issuer)
    if not settings.base_url and not settings.is_loopback:
        yield warning("no_address")


def _client(provider: Provider, settings: Settings) -> Finding:
    """A code that was never given out: whoever refuses only that has taken the client's name and secret."""
    ours = (settings.base_url or f"http://{settings.host}:{settings.port}").rstrip("/") + CALLBACK
    try:
        provider.redeem(
            f"conduct-doctor-{secrets.token_hex(8)}", redirect_uri=ours, verifier=secrets.token_urlsafe(32)
        )
    except SignOnError as error:
        if error.answer in _NOT_KNOWN:
            return problem("client", issuer=provider.issuer, reason=error.answer)
        if error.answer == "invalid_grant":
            return ok("ready", issuer=provider.issuer, address=ours)
        if not error.answer:
            return _of(error, provider.issuer)
        return unknown("unsure", issuer=provider.issuer, reason=error.answer, address=ours)
    return problem("any_code", issuer=provider.issuer)


def _of(error: SignOnError, issuer: str) -> Finding:
    if error.code == "away":
        return problem("away", issuer=issuer, reason=str(error))
    return problem("wrong", issuer=issuer, reason=str(error))
