"""Line breaks and foreign addresses in what a request says: no header of ours carries them on."""

from __future__ import annotations

import io
import logging

import pytest
from samples_service import Client, add_account, logged_in

from service.logs import start_logging

BREAKS = {
    "line break": "%0d%0aSet-Cookie:%20taken=1",
    "line feed": "%0aSet-Cookie:%20taken=1",
    "encoded twice": "%250d%250aSet-Cookie:%20taken=1",
    "as UTF-8 reads it": "%e5%98%8a%e5%98%8dSet-Cookie:%20taken=1",
    "line separator": "%e2%80%a8Set-Cookie:%20taken=1",
}
ELSEWHERE = (
    "//evil.example/",
    "//evil.example/accounts/",
    "///evil.example/",
    "/\\evil.example/",
    "/%2f/evil.example/",
    "/%5cevil.example/",
    "//evil.example/%2e%2e/",
    "/api/posts/",
    "//evil.example/api/posts/",
)


@pytest.fixture
def guarded(client: Client) -> Client:
    add_account(client.store, "boss", "admin")
    return client


@pytest.mark.parametrize("text", BREAKS.values(), ids=BREAKS)
def test_no_header_is_smuggled_into_an_answer(guarded: Client, text: str) -> None:
    paths = [
        *(f"{page}?lang={text}" for page in ("/", "/login", "/setup", "/accounts", "/alerts")),
        f"/?{text}",
        f"/accounts?next={text}",
        f"/acknowledge/{text}",
        f"/texts/{text}",
        f"/static/{text}",
        f"/api/events/{text}",
        f"/api/events?cursor={text}",
    ]
    for path in paths:
        headers = guarded.get(path).headers
        assert "set-cookie" not in headers, path
        for name, value in headers.items():
            assert "\r" not in value, (path, name)
            assert "\n" not in value, (path, name)
            assert "taken" not in value or name == "location", (path, name)


@pytest.mark.parametrize("lang", ["en\r\nX-Taken: 1", "en%0d%0a", '"><script>', "../../en", "zh-CN,en"])
def test_a_cookie_that_is_no_language_changes_nothing(client: Client, lang: str) -> None:
    plain = client.get("/")
    odd = client.get("/", headers={"Cookie": f"lang={lang}".replace("\r\n", "%0d%0a")})
    assert odd.status_code == 200
    assert odd.text == plain.text
    assert "x-taken" not in odd.headers


@pytest.mark.parametrize("path", ELSEWHERE)
def test_nobody_is_sent_to_another_site(guarded: Client, path: str) -> None:
    boss = logged_in(guarded, guarded.store.accounts.named("boss"))
    for caller in (guarded, boss):
        for method in ("GET", "POST"):
            where = caller.ask(method, f"http://localhost:8080{path}").headers.get("location", "")
            assert where.startswith("http://localhost:8080/") or where[:1] in ("", "/"), where
            assert not where.startswith(("//", "/\\")), where


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Host": "evil.example"}, id="another host"),
        pytest.param({"X-Forwarded-Host": "evil.example"}, id="a proxy's word for it"),
        pytest.param({"Forwarded": "host=evil.example"}, id="the standard's word for it"),
        pytest.param({"X-Original-URL": "/accounts", "X-Rewrite-URL": "/accounts"}, id="another path"),
        pytest.param({"X-HTTP-Method-Override": "DELETE"}, id="another method"),
        pytest.param({"X-Forwarded-For": "1.2.3.4\r\n"}, id="another address"),
    ],
)
def test_what_a_request_says_of_itself_leads_nowhere(guarded: Client, headers: dict[str, str]) -> None:
    headers = {name: value.strip() for name, value in headers.items()}
    for path in ("/", "/accounts", "/login", "/alerts"):
        answer = guarded.get(path, headers=headers)
        assert "evil.example" not in str(answer.headers) + answer.text
        assert answer.status_code in (200, 303, 400)
    assert guarded.get("/api/accounts", headers=headers).status_code in (400, 401)


def test_a_line_of_the_log_stays_one_line(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks cannot write lines of their own into the log, nor colours."""
    said = io.StringIO()
    monkeypatch.setattr("sys.stderr", said)
    before = logging.getLogger().handlers[:]
    try:
        start_logging("json", "debug")
        monkeypatch.setattr(client.store, "events", _broken)
        client.get("/api/events?post=%0a%1b[31mERROR%20all%20is%20lost")
        client.get("/api/events/%0aERROR%20all%20is%20lost")
    finally:
        logging.getLogger().handlers[:] = before
    assert "\x1b" not in said.getvalue()
    assert not any(line.startswith("ERROR") for line in said.getvalue().splitlines())


def _broken(*_args: object, **_kwargs: object) -> None:
    raise RuntimeError("x\nERROR all is lost \x1b[31m")
