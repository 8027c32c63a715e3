"""Every page, every role: what each gets. A page without a line here fails."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute
from samples_service import Client, EventMaker, Person
from test_access import CALLERS, PAGES, Hall

from service.api.access import UNGUARDED, routes_of

SAME = "200 200 200 200 200 200 200 200 200 200"
ADMIN = "303 303 303 303 303 200 303 303 303 200"
READ = "303 200 200 200 200 200 200 200 303 303"
"""Who may not see a page is sent on to where they can go: to log in, or to the work."""

# In the order of CALLERS, as in test_access.py.
TABLE = {
    "/": READ,
    "/login": SAME,
    "/setup": SAME.replace("200", "303"),  # there is an admin already
    "/accounts": ADMIN,
    "/appeals": "303 303 303 200 200 200 303 303 200 303",
    "/appeal/{token}": SAME.replace("200", "404"),  # nobody has this link
    "/appeal/{token}/clip": SAME.replace("200", "404"),
    # There is no provider; with one: tests/service/oidc.
    "/oidc/login": SAME.replace("200", "404"),
    "/oidc/callback": SAME.replace("200", "404"),
    "/findings": READ,
    "/spot-checks": "303 303 200 303 200 200 303 303 200 303",
    "/wall": READ,
    "/reports": READ,
    "/alerts": ADMIN,
    "/site": ADMIN,
    "/acknowledge/{token}": SAME.replace("200", "404"),  # nobody has this token
    "/texts/{lang}": SAME,
    "/static/plotly.min.js": SAME,
    "/favicon.ico": SAME,
    "/healthz": SAME,
    "/readyz": SAME,
    # Figures of all posts: not for who sees but some.
    "/metrics": "401 200 200 403 200 200 200 200 403 403",
}
FORMS = {
    # 303 is the way back to the list for who may, and the way out for who may not.
    "/alerts/test": "401 403 403 403 403 303 403 403 403 303",
    "/alerts/retry": "401 403 403 403 403 303 403 403 403 303",
    "/acknowledge/{token}": SAME.replace("200", "404"),
    "/appeal/{token}": SAME.replace("200", "404"),
    "/appeal/{token}/withdraw": SAME.replace("200", "404"),
}


@pytest.fixture
def hall(client: Client, event: EventMaker) -> Hall:
    return Hall(client, event)


def path_of(page: str) -> str:
    return page.replace("{token}", "none.of.these").replace("{lang}", "en")


def test_the_tables_name_every_page_and_every_form(client: Client) -> None:
    routes = [one for one in routes_of(client.app) if isinstance(one, APIRoute) and not one.include_in_schema]
    assert {one.path for one in routes if "GET" in one.methods} == set(TABLE)
    assert {one.path for one in routes if "POST" in one.methods} == set(FORMS)
    assert {one.path for one in routes} == set(PAGES)
    others = {getattr(one, "path", "") for one in routes_of(client.app) if not isinstance(one, APIRoute)}
    assert others == UNGUARDED


@pytest.mark.parametrize("page", TABLE)
def test_what_each_caller_gets_of_a_page(hall: Hall, page: str) -> None:
    expected = dict(zip(CALLERS, map(int, TABLE[page].split()), strict=True))
    answers = {name: hall.caller(name, posts=None).get(path_of(page)) for name in CALLERS}
    assert {name: answer.status_code for name, answer in answers.items()} == expected
    for name, answer in answers.items():
        if answer.status_code == 303:
            wanted = "" if page == "/" else f"?page={quote(path_of(page), safe='')}"
            assert answer.headers["location"] in ("/", f"/login{wanted}"), name
            assert answer.content == b"" or b"w01" not in answer.content


@pytest.mark.parametrize("form", FORMS)
def test_what_each_caller_gets_of_a_form(hall: Hall, form: str) -> None:
    expected = dict(zip(CALLERS, map(int, FORMS[form].split()), strict=True))
    path = f"{path_of(form)}?delivery=none"
    found = {name: hall.caller(name, posts=None).post(path).status_code for name in CALLERS}
    assert found == expected


def test_who_is_not_logged_in_is_sent_to_log_in_and_reads_nothing(hall: Hall) -> None:
    stranger = Person(hall.client.app, {})
    for page, login in (
        ("/", "/login"),
        ("/accounts", "/login?page=%2Faccounts"),
        ("/reports?lang=en&from=2026-01-05", "/login?lang=en&from=2026-01-05&page=%2Freports"),
    ):
        answer = stranger.get(page)
        assert answer.headers["location"] == login
        assert "测试大厅" not in answer.text


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/?page=/wall", "/wall"),
        ("/?lang=en&page=%2Freports&from=2026-01-05", "/reports?lang=en&from=2026-01-05"),
        ("/?page=//elsewhere.example/", None),
        ("/?page=https://elsewhere.example/", None),
        ("/?page=/appeal/a.link", None),
    ],
)
def test_after_the_login_one_is_where_one_wanted_to_be_and_never_elsewhere(
    hall: Hall, asked: str, leads_to: str | None
) -> None:
    answer = hall.caller("admin", posts=None).get(asked)
    assert answer.status_code == (200 if leads_to is None else 303)
    assert answer.headers.get("location") == leads_to


def test_a_page_that_the_role_may_not_see_leads_to_the_review_page_in_the_same_language(hall: Hall) -> None:
    answer = hall.caller("viewer", posts=None).get("/accounts?lang=en")
    assert answer.headers["location"] == "/?lang=en"
