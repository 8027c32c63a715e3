"""What the settings say of single sign-on: whom to ask, and as whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from service.oidc.trouble import OidcSettingsError
from service.settings import Settings

CALLBACK = "/oidc/callback"
"""Where the provider sends people back to; registered there with the address of the page before it."""


@dataclass(frozen=True)
class Registration:
    """This service as the provider knows it."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    scopes: str = "openid profile"


def registration_of(settings: Settings) -> Registration | None:
    """Whom to ask, as whom; None without single sign-on. Raises OidcSettingsError."""
    if not settings.oidc_issuer:
        if settings.passwords == "admins":
            raise OidcSettingsError(
                "CONDUCT_PASSWORDS: expected all while CONDUCT_OIDC_ISSUER is empty, got admins: nobody else "
                "could come in"
            )
        return None
    if not is_safe(settings.oidc_issuer):
        raise OidcSettingsError(
            "CONDUCT_OIDC_ISSUER: expected https, or http on loopback, got http elsewhere"
        )
    if not settings.oidc_client_id:
        raise OidcSettingsError(
            "CONDUCT_OIDC_CLIENT_ID: expected the client's name at CONDUCT_OIDC_ISSUER, got none"
        )
    if bool(settings.oidc_roles) != bool(settings.oidc_roles_claim):
        raise OidcSettingsError(
            "CONDUCT_OIDC_ROLES: expected together with CONDUCT_OIDC_ROLES_CLAIM, got one of them"
        )
    if settings.login == "open":
        raise OidcSettingsError("CONDUCT_LOGIN: expected required with CONDUCT_OIDC_ISSUER, got open")
    return Registration(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        secret=settings.oidc_client_secret.get_secret_value(),
        scopes=settings.oidc_scopes,
    )


def is_safe(url: str) -> bool:
    """Whether nobody on the way can read along: https, or a plain address of this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
