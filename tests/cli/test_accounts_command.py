"""`conduct accounts ...` and `conduct audit ...`."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from service.auth.entrance import digest
from service.auth.passwords import is_password
from service.store import Store, open_database
from tests.cli.test_bad_input import one_error, run

PASSWORD = "a long sentence"
ROOT = Path(__file__).parent.parent.parent
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONDUCT_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n" * 3))
    return tmp_path


def test_an_account_is_added_with_the_password_from_stdin_and_listed(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    assert run(monkeypatch, "accounts", "add", "li.na", "--role", "admin") == 0
    words = ["accounts", "add", "王芳", "--role", "supervisor", "--posts", "w01,w02"]
    assert run(monkeypatch, *words) == 0
    capsys.readouterr()
    assert run(monkeypatch, "accounts", "list", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["name"], line["role"], line["posts"]) for line in lines] == [
        ("li.na", "admin", None),
        ("王芳", "supervisor", ["w01", "w02"]),
    ]
    store = Store(open_database(f"sqlite:///{data / 'conduct.sqlite3'}"))
    found = store.accounts.password_of("LI.NA")
    store.close()
    assert found is not None
    assert is_password(found[1], PASSWORD)


def test_an_account_is_changed_shut_out_and_let_in_again(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    for name in ("li.na", "wang"):
        assert run(monkeypatch, "accounts", "add", name, "--role", "admin") == 0
    assert run(monkeypatch, "accounts", "change", "wang", "--role", "supervisor", "--posts", "w01") == 0
    assert run(monkeypatch, "accounts", "disable", "wang") == 0
    assert "supervisor   w01  shut out" in capsys.readouterr().out
    assert run(monkeypatch, "accounts", "enable", "wang") == 0
    assert run(monkeypatch, "accounts", "password", "wang") == 0
    assert "shut out" not in capsys.readouterr().out
    assert run(monkeypatch, "audit", "list", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["way"], line["action"], line["object"]) for line in lines[1:]] == [
        ("command", "account.added", "wang"),
        *[("command", "account.changed", "wang")] * 3,
        ("command", "account.password", "wang"),
    ]


def test_a_token_is_printed_once_and_kept_as_a_hash(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    run(monkeypatch, "accounts", "add", "li.na", "--role", "reviewer")
    capsys.readouterr()
    assert run(monkeypatch, "accounts", "token", "li.na", "--scope", "read", "--days", "7") == 0
    token = capsys.readouterr().out.strip()
    store = Store(open_database(f"sqlite:///{data / 'conduct.sqlite3'}"))
    found = store.sessions.find_token(digest(token))
    store.close()
    assert found is not None
    assert (found[0].scopes, found[1].name, found[0].expires_at is None) == (("read",), "li.na", False)
    assert token.encode() not in (data / "conduct.sqlite3").read_bytes()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["add", "wang", "--role", "boss"], "--role: expected one of", id="no such role"),
        pytest.param(["add", "li na", "--role", "viewer"], "name: expected", id="a space in the name"),
        pytest.param(["add", "LI.NA", "--role", "viewer"], "taken", id="a name that is taken"),
        pytest.param(["add", "wang", "--role", "supervisor"], "posts: expected", id="no posts"),
        pytest.param(["change", "li.na", "--role", "viewer"], "one admin", id="the last admin"),
        pytest.param(["disable", "li.na"], "one admin", id="the last admin shut out"),
        pytest.param(["disable", "wang"], "none is called", id="no such account"),
        pytest.param(["token", "li.na", "--scope", "all"], "--scope: expected", id="no such scope"),
    ],
)
def test_wrong_words(monkeypatch: pytest.MonkeyPatch, capsys: Capture, words: list[str], told: str) -> None:
    run(monkeypatch, "accounts", "add", "li.na", "--role", "admin")
    capsys.readouterr()
    assert run(monkeypatch, "accounts", *words) == 2
    assert told in one_error(capsys)


def test_a_short_password_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("hunter2\n"))
    assert run(monkeypatch, "accounts", "add", "li.na", "--role", "admin") == 2
    error = one_error(capsys)
    assert "10 to 128" in error
    assert "hunter2" not in error


def test_the_log_is_verified_and_a_tampered_one_is_named(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    for name in ("li.na", "wang"):
        run(monkeypatch, "accounts", "add", name, "--role", "admin")
    capsys.readouterr()
    assert run(monkeypatch, "audit", "verify") == 0
    told = capsys.readouterr().out
    assert told.startswith("2 entries, whole; head 2:")
    head = told.split()[-1]
    run(monkeypatch, "accounts", "disable", "wang")
    assert run(monkeypatch, "audit", "verify", "--head", head) == 0
    capsys.readouterr()
    assert run(monkeypatch, "audit", "verify", "--head", "2:" + "0" * 64) == 2
    assert "made anew" in one_error(capsys)
    with sqlite3.connect(data / "conduct.sqlite3") as database:
        database.execute("UPDATE audit_log SET object = 'mallory' WHERE seq = 2")
    database.close()
    assert run(monkeypatch, "audit", "verify") == 2
    assert "audit log: entry 2: it was changed" in one_error(capsys)


@pytest.mark.parametrize("words", [["serve", "--host", "0.0.0.0"], ["demo", "--host", "0.0.0.0"]])
def test_open_mode_is_refused_where_others_can_come_in(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, words: list[str]
) -> None:
    monkeypatch.setenv("CONDUCT_LOGIN", "open")
    assert run(monkeypatch, *words, "--port", "0") == 2
    assert "CONDUCT_LOGIN: expected required" in one_error(capsys)


def test_a_guarded_service_prints_the_code_that_sets_up_the_admin(data: Path) -> None:
    environment = {**os.environ, "CONDUCT_PORT": "0", "CONDUCT_LOGIN": "required"}
    words = [sys.executable, "-c", "from service.cli import main; main()", "serve"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as process:
        assert process.stdout is not None
        address, code = (process.stdout.readline() for _ in range(2))
        url = re.search(r"http://\S+", address)
        found = re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", code)
        assert url is not None
        assert found is not None
        assert httpx.get(f"{url.group()}api/posts", timeout=30).status_code == 401
        body = {"code": found.group(), "name": "li.na", "password": PASSWORD}
        assert httpx.post(f"{url.group()}api/setup", json=body, timeout=30).status_code == 201
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_an_account_is_linked_to_one_person_and_unlinked(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    for name in ("li.na", "wang"):
        assert run(monkeypatch, "accounts", "add", name, "--role", "admin") == 0
    assert run(monkeypatch, "accounts", "link", "li.na", "s-1") == 2
    assert "expected CONDUCT_OIDC_ISSUER to be set" in capsys.readouterr().err
    monkeypatch.setenv("CONDUCT_OIDC_ISSUER", "https://login.hall.example/realm")
    monkeypatch.setenv("CONDUCT_OIDC_CLIENT_ID", "conduct")
    assert run(monkeypatch, "accounts", "link", "li.na", "s-1") == 0
    assert run(monkeypatch, "accounts", "link", "wang", "s-1") == 2
    assert "it is that of li.na" in capsys.readouterr().err
    assert run(monkeypatch, "accounts", "link", "nobody", "s-2") == 2
    assert run(monkeypatch, "accounts", "link", "wang", " ") == 2
    assert run(monkeypatch, "accounts", "unlink", "li.na") == 0
    assert run(monkeypatch, "accounts", "link", "wang", "s-1") == 0
    capsys.readouterr()
    assert run(monkeypatch, "accounts", "list", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["name"], line["subject"]) for line in lines] == [("li.na", None), ("wang", "s-1")]
