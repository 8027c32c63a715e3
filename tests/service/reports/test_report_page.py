"""The page of reports, without a browser: what it says in both languages, and to whom."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import pytest
from samples_reports import HALL, MONDAY, at, fill
from samples_service import POSTS, Client, EventMaker, add_account, logged_in

import service.reports
import service.web
from pipelines.texts import LANGUAGES, catalogue
from service.reports.files import FORMS
from service.web.reports import lasting

WEEK = "/reports?from=2026-01-05&to=2026-01-11"
EVIL = "<script>alert(1)</script>"
each_language = pytest.mark.parametrize("language", LANGUAGES)
SOURCES = [
    *Path(service.reports.__file__).parent.rglob("*.py"),
    *(Path(service.web.__file__).parent / "templates").glob("*report*.html"),
    Path(service.web.__file__).parent / "reports.py",
    Path(service.web.__file__).parent / "templates" / "review.html",
]


@each_language
def test_the_page_shows_figures_charts_and_tables(client: Client, event: EventMaker, language: str) -> None:
    fill(client.store, event)
    answer = client.get(f"{WEEK}&lang={language}")
    assert answer.status_code == 200
    words = catalogue(language)
    for by in ("rule", "post", "shift", "day", "week"):
        assert words[f"report.by.{by}"] in answer.text
    assert len(re.findall(r'<rect class="(?:confirmed|waiting|rejected)"', answer.text)) == 3
    assert len(re.findall(r'<rect class="unseen"', answer.text)) == 5  # every working day has time not seen
    assert answer.text.count(words["report.card.unseen"]) == 1
    assert "⟦" not in answer.text
    assert " style=" not in answer.text
    assert "<script" not in answer.text


@each_language
def test_without_records_it_says_so_and_where_there_are_some(
    client: Client, event: EventMaker, language: str
) -> None:
    client.store.set_site(HALL, POSTS)
    words = catalogue(language)
    assert words["report.empty.never"] in client.get(f"/reports?lang={language}").text
    fill(client.store, event)
    empty = client.get(f"/reports?from=2025-01-01&to=2025-01-02&lang={language}").text
    assert words["report.empty.title"] in empty
    assert 'href="/reports?from=2026-01-12&amp;to=2026-01-18' in empty
    assert "<svg" not in empty


def test_a_range_that_cannot_be_is_said_and_this_week_is_shown(client: Client) -> None:
    for query in ("from=2026-02-01&to=2026-01-01", "from=someday", "from=0001-01-01", "to=9999-12-31"):
        answer = client.get(f"/reports?{query}&lang=en")
        assert answer.status_code == 422, query
        assert 'role="alert"' in answer.text
    assert client.get("/reports?range=nonsense").status_code == 200


@pytest.mark.parametrize("form", FORMS)
def test_what_is_shown_can_be_exported_in_the_same_language(
    client: Client, event: EventMaker, form: str
) -> None:
    fill(client.store, event)
    page = client.get(f"{WEEK}&lang=en").text.replace("&amp;", "&")
    (link,) = re.findall(rf'href="(/api/report/export\?[^"]*format={form}[^"]*)"', page)
    assert link == f"/api/report/export?from=2026-01-05&to=2026-01-11&format={form}&lang=en"
    assert client.get(link).status_code == 200


def test_names_are_text_and_never_markup(client: Client, event: EventMaker) -> None:
    fill(client.store, event)
    client.store.set_site(HALL, [POSTS[0].model_copy(update={"name": EVIL})])
    page = client.get(WEEK).text
    assert EVIL not in page
    assert "&lt;script&gt;" in page


def test_a_supervisor_sees_the_own_posts_only_and_is_told_so(client: Client, event: EventMaker) -> None:
    fill(client.store, event)
    boss = logged_in(client, add_account(client.store, "boss", "supervisor", ("w02",)))
    page = boss.get("/reports?from=2026-01-05&to=2026-01-18&lang=zh-CN").text
    assert catalogue("zh-CN")["report.own_posts"] in page
    assert "2号窗口" in page
    assert "1号窗口" not in page


def test_nobody_sees_it_without_a_login_once_there_is_an_account(client: Client) -> None:
    add_account(client.store, "li.na", "viewer")
    answer = client.get("/reports")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?page=%2Freports")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "–"), (0.0, "0 s"), (89.0, "89 s"), (90.0, "2 min"), (1860.0, "31 min"), (9000.0, "2.5 h")],
)
def test_how_long_something_took(seconds: float | None, words: str) -> None:
    assert lasting("en", seconds) == words


def test_no_words_are_missing_and_none_left_over() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    ours = {key for key in catalogue("en") if key.startswith("report.")}
    quoted = {key for key in ours if re.search(rf'"(?:report\.)?{re.escape(key[7:])}"', sources)}
    made = {
        *(f"report.range.{name}" for name in ("today", "week", "last_week", "month", "last_month")),
        *(f"report.weekday.{day}" for day in range(7)),
        *(f"report.by.{by}" for by in ("rule", "post", "shift", "day", "week")),
        *(f"report.trend.{kind}{by}" for kind in ("events", "hours") for by in ("", "_week")),
    }
    assert made <= ours
    assert ours - quoted - made == set()


def test_the_day_is_the_halls(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.store.set_site(HALL, POSTS)
    now: datetime = at(MONDAY, "0:30")  # still Sunday in UTC
    monkeypatch.setattr(client.app.state, "context", _with_now(client, now))
    page = client.get("/reports?range=today").text
    assert f'name="from" value="{date(2026, 1, 5)}"' in page


def _with_now(client: Client, now: datetime) -> object:
    from dataclasses import replace

    return replace(client.app.state.context, now=lambda: now)
