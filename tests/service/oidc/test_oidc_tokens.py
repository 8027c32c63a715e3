"""ID tokens that do not hold, providers that misbehave: nobody comes in, and it is said why."""

from __future__ import annotations

import base64
import hmac
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from samples_oidc import CLIENT, SECRET, SUBJECT, Desk, Provider, link

from service.oidc import wire

Sign = Callable[[Provider, dict[str, Any]], str]


def without(*names: str) -> Sign:
    return lambda idp, claims: idp.signed({k: v for k, v in claims.items() if k not in names})


def with_(**changes: Any) -> Sign:
    return lambda idp, claims: idp.signed({**claims, **changes})


def late(idp: Provider, claims: dict[str, Any]) -> str:
    return idp.signed({**claims, "iat": claims["iat"] - 700, "exp": claims["exp"] - 700})


def fast(idp: Provider, claims: dict[str, Any]) -> str:
    return idp.signed({**claims, "iat": claims["iat"] + 50})


def of_another_key(idp: Provider, claims: dict[str, Any]) -> str:
    return idp.signed(claims, RSAKey.generate_key(2048, {"kid": idp.key.kid}))


def of_an_unknown_key(idp: Provider, claims: dict[str, Any]) -> str:
    return idp.signed(claims, RSAKey.generate_key(2048, {"kid": "another"}))


def with_the_shared_secret(idp: Provider, claims: dict[str, Any]) -> str:
    head = {"alg": "HS256", "kid": idp.key.kid}
    return jwt.encode(head, claims, OctKey.import_key(SECRET * 2), algorithms=["HS256"])


def part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def with_the_public_key_as_a_secret(idp: Provider, claims: dict[str, Any]) -> str:
    head = {"alg": "HS256", "kid": idp.key.kid}
    told = f"{part(json.dumps(head).encode())}.{part(json.dumps(claims).encode())}"
    key = idp.key.as_pem(private=False)
    return f"{told}.{part(hmac.digest(key, told.encode(), 'sha256'))}"


def unsigned(_idp: Provider, claims: dict[str, Any]) -> str:
    return f"{part(json.dumps({'alg': 'none'}).encode())}.{part(json.dumps(claims).encode())}."


def cut_off(idp: Provider, claims: dict[str, Any]) -> str:
    return idp.signed(claims)[:-8]


def of_another_person(idp: Provider, claims: dict[str, Any]) -> str:
    head, _, signature = idp.signed({**claims, "sub": "another"}).split(".")
    return ".".join((head, idp.signed(claims).split(".")[1], signature))


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(with_(iss="https://evil.example"), id="another issuer"),
        pytest.param(with_(aud="another-client"), id="another audience"),
        pytest.param(with_(aud=["another-client"]), id="other audiences"),
        pytest.param(with_(aud=[CLIENT, "another"], azp="another"), id="given to another party"),
        pytest.param(with_(nonce="of another login"), id="another nonce"),
        pytest.param(without("nonce"), id="no nonce"),
        pytest.param(without("exp"), id="no end"),
        pytest.param(without("iat"), id="no beginning"),
        pytest.param(without("sub"), id="of nobody"),
        pytest.param(with_(sub=""), id="of an empty name"),
        pytest.param(with_(sub="x" * 256), id="of too long a name"),
        pytest.param(with_(sub=f" {SUBJECT}"), id="of a name with a space"),
        pytest.param(with_(sub=7), id="of a number"),
        pytest.param(with_(exp="tomorrow"), id="an end that is no time"),
        pytest.param(with_(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), id="of another access token"),
        pytest.param(late, id="expired"),
        pytest.param(of_another_key, id="another key of the same name"),
        pytest.param(of_an_unknown_key, id="an unknown key"),
        pytest.param(with_the_shared_secret, id="HMAC under the client's secret"),
        pytest.param(with_the_public_key_as_a_secret, id="HMAC under the public key"),
        pytest.param(unsigned, id="alg none"),
        pytest.param(cut_off, id="cut off"),
        pytest.param(of_another_person, id="claims under another's signature"),
        pytest.param(lambda *_: "no token", id="no token"),
        pytest.param(lambda *_: "a.b.c.d.e", id="an encrypted one"),
    ],
)
def test_a_token_that_does_not_hold_opens_nothing(desk: Desk, idp: Provider, sign: Sign) -> None:
    link(desk, idp)
    idp.sign = sign
    browser = desk.browser()
    answer = browser.log_in(idp)
    assert answer.headers["location"] == "/login?sso=unproven"
    assert browser.session()["name"] is None
    assert desk.log()[-1] == ("login.failed", "", {"by": "oidc", "why": "unproven"})


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(None, id="as it should be"),
        pytest.param(with_(aud=[CLIENT]), id="an audience of one"),
        pytest.param(with_(aud=[CLIENT, "another"], azp=CLIENT), id="given to us among others"),
        pytest.param(
            lambda idp, claims: idp.signed({**claims, "iat": claims["iat"] + 50}), id="a fast clock"
        ),
        pytest.param(lambda idp, claims: idp.signed(claims, alg="PS256"), id="PS256"),
        pytest.param(lambda idp, claims: jwt.encode({"alg": "RS256"}, claims, idp.key), id="a key unnamed"),
    ],
)
def test_a_token_that_holds_lets_in(desk: Desk, idp: Provider, sign: Sign | None) -> None:
    link(desk, idp)
    idp.sign = sign
    browser = desk.browser()
    assert browser.log_in(idp).headers["location"] == "/"
    assert browser.session()["name"] == "li.na"


def test_a_new_key_of_the_provider_is_looked_up(
    desk: Desk, idp: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(desk, idp)
    assert desk.browser().log_in(idp).headers["location"] == "/"
    idp.key = RSAKey.generate_key(2048, auto_kid=True)
    assert desk.browser().log_in(idp).headers["location"] == "/login?sso=unproven"  # asked a moment ago
    monkeypatch.setattr("service.oidc.discovery.AGAIN_S", 0)
    assert desk.browser().log_in(idp).headers["location"] == "/"
    assert idp.asked.count("/realm/keys") == 2


DISCOVERY, TOKEN, KEYS = "/realm/.well-known/openid-configuration", "/realm/token", "/realm/keys"
ELSEWHERE = {"Location": "http://169.254.169.254/latest/meta-data/"}


@pytest.mark.parametrize(
    ("path", "answer", "code"),
    [
        (DISCOVERY, (302, ELSEWHERE, b""), "misconfigured"),
        (DISCOVERY, (404, {}, b"nothing"), "misconfigured"),
        (DISCOVERY, (200, {}, b"<html>"), "misconfigured"),
        (DISCOVERY, (200, {}, b"[]"), "misconfigured"),
        (DISCOVERY, (200, {}, b"{}"), "misconfigured"),
        (DISCOVERY, (200, {}, b" " * (wire.LARGEST + 1)), "misconfigured"),
        (DISCOVERY, (500, {}, b"secret trace"), "away"),
        (DISCOVERY, (429, {}, b""), "away"),
        (TOKEN, (302, ELSEWHERE, b""), "misconfigured"),
        (TOKEN, (200, {}, b"<html>"), "misconfigured"),
        (TOKEN, (200, {}, b"{}"), "misconfigured"),
        (TOKEN, (200, {}, b" " * (wire.LARGEST + 1)), "misconfigured"),
        (TOKEN, (401, {}, b'{"error": "invalid_client"}'), "misconfigured"),
        (TOKEN, (400, {}, b'{"error": "<script>"}'), "misconfigured"),
        (TOKEN, (400, {}, b'{"error": "invalid_grant"}'), "expired"),
        (TOKEN, (403, {}, b"a gateway's page"), "misconfigured"),
        (TOKEN, (502, {}, b"a gateway's page"), "away"),
        (KEYS, (200, {}, b"{}"), "misconfigured"),
        (KEYS, (200, {}, b'{"keys": []}'), "misconfigured"),
        (KEYS, (200, {}, b'{"keys": [{"kty": "RSA"}]}'), "misconfigured"),
        (KEYS, (301, ELSEWHERE, b""), "misconfigured"),
        (KEYS, (503, {}, b""), "away"),
    ],
)
def test_a_provider_that_answers_wrongly(
    desk: Desk, idp: Provider, path: str, answer: tuple[int, dict[str, str], bytes], code: str
) -> None:
    link(desk, idp)
    idp.answers[path] = answer
    browser = desk.browser()
    went = browser.visit("/oidc/login")
    if path != DISCOVERY:
        went = browser.visit(f"/oidc/callback?{idp.authorize(went.headers['location'])}")
    assert went.headers["location"] == f"/login?sso={code}"
    assert browser.session()["name"] is None
    idp.answers.clear()
    assert browser.log_in(idp).headers["location"] == "/", "it is well again, and so is the desk"


@pytest.mark.parametrize("field", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "value",
    [
        "https://evil.example@127.0.0.1/",
        "http://hall.example/realm",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//127.0.0.1/",
        "",
        7,
        None,
    ],
)
def test_a_discovery_document_that_leads_elsewhere_is_refused(
    desk: Desk, idp: Provider, field: str, value: object
) -> None:
    idp.metadata[field] = value
    went = desk.browser().visit("/oidc/login")
    assert went.headers["location"] == "/login?sso=misconfigured"
    assert idp.asked == [DISCOVERY]


def test_an_answer_that_drips_is_given_up(desk: Desk, idp: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "WHOLE_S", -1)
    idp.answers[DISCOVERY] = (200, {}, b" " * 40_000)
    assert desk.browser().visit("/oidc/login").headers["location"] == "/login?sso=away"


def test_a_provider_that_is_away_or_hangs(desk: Desk, idp: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "READ_S", 0.2)
    idp.slow_s = 2
    assert desk.browser().visit("/oidc/login").headers["location"] == "/login?sso=away"
    idp.slow_s = 0
    idp.metadata["token_endpoint"] = "http://127.0.0.1:1/token"
    browser = desk.browser()
    assert browser.log_in(idp).headers["location"] == "/login?sso=away"


def test_logins_that_wait_do_not_take_every_thread(
    desk: Desk, idp: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.oidc.provider.PATIENCE_S", 0.01)
    provider = desk.context.sign_on._provider  # type: ignore[union-attr]
    while provider._turns.acquire(blocking=False):
        pass
    assert desk.browser().visit("/oidc/login").headers["location"] == "/login?sso=away"
    provider._turns.release()
    assert desk.browser().begin().startswith(idp.issuer)


def test_no_proxy_and_no_netrc_of_the_surroundings_is_used(
    desk: Desk, idp: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    link(desk, idp)
    assert desk.browser().log_in(idp).headers["location"] == "/"


def test_nothing_secret_gets_into_the_log(
    desk: Desk, idp: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    link(desk, idp)
    secrets = {SECRET, base64.b64encode(SECRET.encode()).decode()}
    for sign in (None, with_(nonce="of another login"), with_the_shared_secret):
        idp.sign = sign
        browser = desk.browser()
        answer = idp.authorize(browser.begin())
        secrets |= {browser.cookies["conduct_oidc"], *(part.split("=")[1] for part in answer.split("&"))}
        secrets |= {given.nonce for given in idp.codes.values()}
        browser.visit(f"/oidc/callback?{answer}")
    # The tests' own client tells where it went.
    said = "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith("http"))
    assert "single sign-on: unproven" in said
    assert "urllib3" in {one.name.partition(".")[0] for one in caplog.records}, "libraries were listened to"
    assert not [secret for secret in secrets if secret in said]
    told = json.dumps(desk.log())
    assert not [secret for secret in secrets if secret in told]
