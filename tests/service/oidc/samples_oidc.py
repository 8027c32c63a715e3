"""An OpenID provider that can be made to lie, and a browser that goes there and back."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import httpx
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from samples_service import HALL, POSTS, Client, act, add_account

from service.api.context import Context
from service.auth.roles import Role
from service.bootstrap import build_app
from service.settings import Settings
from service.store.accounts import Account, Identity

CLIENT, SECRET = "conduct-desk", "the client's own secret"
SUBJECT = "5f1c2a4e-7d1b-4c43-9a55-3a8f4d1c9e02"


@dataclass(frozen=True)
class Given:
    """What a code was given out for."""

    nonce: str
    challenge: str
    redirect_uri: str
    claims: dict[str, Any]


@dataclass
class Provider:
    """One provider. Everything that it says may be changed."""

    issuer: str
    metadata: dict[str, Any]
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    codes: dict[str, Given] = field(default_factory=dict)
    sign: Callable[[Provider, dict[str, Any]], str] | None = None
    """Makes the ID token; None: as it should be."""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    """By path: status, headers and body instead of the right ones."""
    asked: list[str] = field(default_factory=list)
    later: timedelta = timedelta(0)
    slow_s: float = 0.0

    def authorize(self, url: str, sub: str = SUBJECT, **claims: Any) -> str:
        """Log somebody in: the query with which they come back."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == self.metadata["authorization_endpoint"]
        wanted = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        assert (wanted["response_type"], wanted["client_id"]) == ("code", CLIENT)
        assert wanted["code_challenge_method"] == "S256"
        assert wanted["scope"].split()[0] == "openid"
        code = secrets.token_urlsafe(12)
        told = {"sub": sub, **claims}
        self.codes[code] = Given(wanted["nonce"], wanted["code_challenge"], wanted["redirect_uri"], told)
        return urlencode({"code": code, "state": wanted["state"]})

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The token endpoint."""
        login = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        if [unquote(part) for part in login.split(":")] != [CLIENT, SECRET]:
            return 401, {"error": "invalid_client"}
        given = self.codes.pop(form["code"], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        if given is None or proof.rstrip(b"=").decode() != given.challenge:
            return 400, {"error": "invalid_grant"}
        if given.redirect_uri != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        claims = self.claims(given)
        token = self.sign(self, claims) if self.sign else self.signed(claims)
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": token}

    def claims(self, given: Given) -> dict[str, Any]:
        now = int((datetime.now(UTC) + self.later).timestamp())
        about = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": given.nonce}
        return {**about, **given.claims}

    def signed(self, claims: dict[str, Any], key: Any = None, **header: str) -> str:
        key = key or self.key
        head = {"alg": "RS256", "kid": key.kid, **header}
        return jwt.encode(head, claims, key, algorithms=[head["alg"]])


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            documents = {
                "/realm/.well-known/openid-configuration": lambda: made.metadata,
                "/realm/keys": lambda: KeySet([made.key]).as_dict(private=False),
            }
            self.answer(path, 200, documents[path]() if path in documents else {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(self.path, *made.token(form, self.headers.get("Authorization", "")))

        def answer(self, path: str, status: int, content: dict[str, Any]) -> None:
            made.asked.append(path)
            time.sleep(made.slow_s)
            status, headers, body = made.answers.get(path, (status, {}, json.dumps(content).encode()))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        issuer = f"http://127.0.0.1:{server.server_port}/realm"
        made = Provider(
            issuer,
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
                "code_challenge_methods_supported": ["S256"],
            },
        )
        yield made
        server.shutdown()


class Browser(Client):
    """Keeps cookies, as a browser does."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app)
        self.cookies: dict[str, str] = {}

    def visit(self, path: str) -> httpx.Response:
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response = self.get(path, headers={"Cookie": told} if told else {})
        for cookie in response.headers.get_list("set-cookie"):
            name, _, value = cookie.split(";")[0].partition("=")
            if "Max-Age=0" in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return response

    def begin(self, back: str = "") -> str:
        """The provider's address to which the login page leads."""
        begun = self.visit(f"/oidc/login?back={quote(back, safe='')}")
        assert begun.status_code == 303
        return str(begun.headers["location"])

    def log_in(self, at: Provider, sub: str = SUBJECT, back: str = "", **claims: Any) -> httpx.Response:
        """There and back."""
        return self.visit(f"/oidc/callback?{at.authorize(self.begin(back), sub, **claims)}")

    def session(self) -> dict[str, Any]:
        """Who is logged in."""
        found: dict[str, Any] = self.visit("/api/session").json()
        return found


class Clock:
    """The service's clock: the true time and what the test adds."""

    def __init__(self) -> None:
        self.later = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.later


@dataclass(frozen=True)
class Desk:
    """A service with single sign-on."""

    app: FastAPI
    clock: Clock

    @property
    def context(self) -> Context:
        found: Context = self.app.state.context
        return found

    def browser(self) -> Browser:
        return Browser(self.app)

    def log(self) -> list[tuple[str, str, dict[str, Any]]]:
        """What the audit log holds: action, object, detail."""
        return [(one.action, one.object, dict(one.detail)) for one in self.context.store.audit.oldest()]


def settings_for(data_dir: Path, at: Provider, **changes: Any) -> Settings:
    given = {
        "data_dir": data_dir,
        "oidc_issuer": at.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
    }
    return Settings.model_validate({**given, **changes})


def desk_at(app: FastAPI, settings: Settings) -> Desk:
    """Let an application that keeps its routes serve these settings."""
    clock = Clock()
    app.state = build_app(settings).state
    app.state.context = replace(app.state.context, now=clock)
    app.state.context.store.set_site(HALL, POSTS)
    return Desk(app, clock)


def link(desk: Desk, idp: Provider, name: str = "li.na", role: Role = "reviewer", **more: Any) -> Account:
    """An account that is linked to SUBJECT."""
    store, now = desk.context.store, desk.clock()
    account = add_account(store, name, role, more.get("posts"))
    identity = Identity(idp.issuer, more.get("subject", SUBJECT))
    return store.identities.link(account.id, identity, act(now, "account.linked"))
