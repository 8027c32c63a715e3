"""Single sign-on at a provider that we did not write: the whole way, and what the doctor says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from samples_mock import MockProvider, mock_provider
from samples_oidc import SECRET, Desk, Provider, link, settings_for

from service.doctor import Patient
from service.doctor.checks import oidc as check
from service.doctor.finding import Diagnosis, Level
from service.settings import Settings

pytestmark = pytest.mark.slow  # starts a process
CALLBACK = "http://localhost:8080/oidc/callback"


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockProvider]:
    with mock_provider(tmp_path_factory.mktemp("provider")) as made:
        yield made


def known(mock: MockProvider, redirect_uri: str = CALLBACK) -> dict[str, Any]:
    """Settings with a client that the provider knows."""
    name, secret = mock.register(redirect_uri)
    return {"oidc_issuer": mock.issuer, "oidc_client_id": name, "oidc_client_secret": secret}


def test_a_person_comes_in_is_added_and_comes_in_again(
    open_desk: Callable[..., Desk], mock: MockProvider
) -> None:
    mock.knows("s-1", preferred_username="li.na", groups=["inspectors"])
    roles = {"oidc_roles_claim": "groups", "oidc_roles": {"inspectors": "reviewer"}}
    desk = open_desk(**known(mock), **roles, oidc_create=True)
    for _ in range(2):
        browser = desk.browser()
        back = mock.authorize(browser.begin("#event=0123456789abcdef"), "s-1")
        assert back.startswith(CALLBACK)
        response = browser.visit(f"/oidc/callback?{urlsplit(back).query}")
        assert response.headers["location"] == "/#event=0123456789abcdef"
        assert (browser.session()["name"], browser.session()["role"]) == ("li.na", "reviewer")
    account = desk.context.store.accounts.named("li.na")
    assert (account.issuer, account.subject) == (mock.issuer, "s-1")


def test_a_code_counts_once_there_and_a_wrong_secret_never(
    open_desk: Callable[..., Desk], mock: MockProvider
) -> None:
    told = known(mock)
    desk = open_desk(**{**told, "oidc_client_secret": "another"})
    browser = desk.browser()
    query = urlsplit(mock.authorize(browser.begin(), "s-1")).query
    assert browser.visit(f"/oidc/callback?{query}").headers["location"] == "/login?sso=misconfigured"


def test_the_providers_no_is_told(open_desk: Callable[..., Desk], mock: MockProvider) -> None:
    import httpx

    browser = open_desk(**known(mock)).browser()
    answer = httpx.post(browser.begin(), data={"action": "deny"}, follow_redirects=False)
    query = urlsplit(answer.headers["location"]).query
    # This provider leaves out the state here, which it must not (RFC 6749, section 4.1.2.1).
    expected = "denied" if "state=" in query else "foreign"
    assert browser.visit(f"/oidc/callback?{query}").headers["location"] == f"/login?sso={expected}"


# -- the doctor


def said(settings: Settings) -> dict[str, Level]:
    found = list(check.examine(Patient(settings, None, datetime.now(UTC))))
    for finding in found:
        for language in ("zh-CN", "en"):
            words = Diagnosis("oidc", finding).said(language) + Diagnosis("oidc", finding).advice(language)
            assert settings.oidc_client_secret.get_secret_value() not in (words or "") or not (
                settings.oidc_client_secret.get_secret_value()
            )
    return {finding.code: finding.level for finding in found}


def test_the_doctor_finds_a_provider_that_takes_the_client(mock: MockProvider, tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, **known(mock)})
    assert said(settings) == {"ready": Level.OK, "no_pkce": Level.WARNING}
    wrong = settings.model_copy(update={"oidc_client_id": "nobody"})
    assert said(wrong)["client"] is Level.PROBLEM


DISCOVERY = "/realm/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("changes", "answers", "expected"),
    [
        pytest.param({}, {}, {"ready": Level.OK}, id="well"),
        pytest.param({"oidc_issuer": ""}, {}, {"none": Level.OK}, id="none"),
        pytest.param({"oidc_client_id": ""}, {}, {"settings": Level.PROBLEM}, id="no client"),
        pytest.param({"oidc_client_id": "x"}, {}, {"client": Level.PROBLEM}, id="another client"),
        pytest.param({"oidc_issuer": "http://127.0.0.1:1/x"}, {}, {"away": Level.PROBLEM}, id="nobody there"),
        pytest.param({}, {DISCOVERY: (404, {}, b"")}, {"wrong": Level.PROBLEM}, id="no document"),
        pytest.param({}, {DISCOVERY: (503, {}, b"")}, {"away": Level.PROBLEM}, id="overloaded"),
        pytest.param({}, {"/realm/keys": (404, {}, b"")}, {"wrong": Level.PROBLEM}, id="no keys"),
        pytest.param({}, {"/realm/token": (502, {}, b"")}, {"away": Level.PROBLEM}, id="no tokens"),
        pytest.param(
            {},
            {"/realm/token": (400, {}, b'{"error": "invalid_request"}')},
            {"unsure": Level.UNKNOWN},
            id="another answer",
        ),
        pytest.param(
            {},
            {"/realm/token": (200, {}, b'{"access_token": "x", "token_type": "Bearer"}')},
            {"any_code": Level.PROBLEM},
            id="takes any code",
        ),
        pytest.param(
            {"host": "0.0.0.0"},
            {},
            {"ready": Level.OK, "no_address": Level.WARNING},
            id="no address of our own",
        ),
    ],
)
def test_what_the_doctor_says(
    idp: Provider,
    tmp_path: Path,
    changes: dict[str, Any],
    answers: dict[str, Any],
    expected: dict[str, Level],
) -> None:
    idp.answers.update(answers)
    assert said(settings_for(tmp_path, idp, **changes)) == expected


def test_an_issuer_with_a_slash_too_many_is_said(idp: Provider, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, idp, oidc_issuer=f"{idp.issuer}/")
    (finding,) = check.examine(Patient(settings, None, datetime.now(UTC)))
    assert f"expected the issuer {idp.issuer}/, got {idp.issuer}" in Diagnosis("oidc", finding).said("en")
    assert SECRET not in str(finding)


def test_the_settings_of_the_samples_are_those_of_a_linked_account(desk: Desk, idp: Provider) -> None:
    assert link(desk, idp).issuer == idp.issuer
