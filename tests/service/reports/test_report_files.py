"""Exported reports, opened again with other libraries than those that wrote them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pypdf
import pytest
from samples_reports import HALL, MONDAY, NOW, fill
from samples_service import POSTS, SHANGHAI, Client, EventMaker

from pipelines.texts import LANGUAGES, text
from service.reports.files import FORMS, report_file
from service.reports.files.csv_file import guarded
from service.reports.making import make_report
from service.reports.period import Period
from service.reports.report import Report
from service.reports.tables import tables_of
from service.store import Store

PERIOD = Period(MONDAY, MONDAY + timedelta(days=13), SHANGHAI)
EVIL = '=HYPERLINK("http://x","1号窗口") <b>&'
each_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture
def report(store: Store, event: EventMaker) -> Report:
    fill(store, event)
    store.set_site(HALL, [POSTS[0].model_copy(update={"name": EVIL}), POSTS[1]])
    return make_report(store, PERIOD, None, NOW)


@each_language
def test_csv_holds_every_table_with_its_figures(report: Report, language: str) -> None:
    content = report_file(report, "csv", language).content
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[1] == [text(language, "report.period", first="2026-01-05", last="2026-01-18")]
    by_rule = rows.index([text(language, "report.by.rule")])
    titles = rows[by_rule + 1]
    (phone,) = [row for row in rows[by_rule + 2 : by_rule + 7] if row[0] == text(language, "rule.phone_use")]
    found = dict(zip(titles, phone, strict=True))
    told = {
        key: found[text(language, f"report.{key}")] for key in ("events", "confirmed", "rate", "precision")
    }
    assert told == {"events": "13", "confirmed": "10", "rate": "650.00", "precision": "83.3"}
    absent = rows[by_rule + 2]
    assert absent[titles.index(text(language, "report.precision"))] == text(language, "report.few")


@each_language
def test_no_cell_of_the_csv_is_a_formula(report: Report, language: str) -> None:
    rows = csv.reader(io.StringIO(report_file(report, "csv", language).content.decode("utf-8-sig")))
    cells = [cell for row in rows for cell in row]
    assert f"'{EVIL}" in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


@pytest.mark.parametrize("words", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_guarded(words: str) -> None:
    assert guarded(words) == f"'{words}"
    assert guarded("1号窗口 = 一号") == "1号窗口 = 一号"


@each_language
def test_excel_holds_every_table_as_a_sheet_with_numbers(report: Report, language: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(report_file(report, "xlsx", language).content))
    tables = tables_of(report, language)
    assert book.sheetnames == [table.title for table in tables]
    for table in tables[1:]:
        found = [tuple(row) for row in book[table.title].iter_rows(values_only=True)]
        assert found[0] == tuple(column.title for column in table.columns)
        assert found[1:] == [tuple(row) for row in table.rows]
    summary = {row[0]: row[1] for row in book[tables[0].title].iter_rows(values_only=True)}
    assert summary[text(language, "report.events")] == 14
    assert summary[text(language, "report.unwatched")] == 62
    assert [cell.data_type for sheet in book for row in sheet for cell in row if cell.data_type == "f"] == []
    assert [cell.hyperlink for sheet in book for row in sheet for cell in row if cell.hyperlink] == []


@each_language
def test_pdf_holds_the_chinese_names_and_the_figures(report: Report, language: str) -> None:
    content = report_file(report, "pdf", language).content
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    words = "".join(page.extract_text() for page in pages)
    plain = "".join(words.split())
    for told in (
        "测试大厅",
        "2号窗口",
        "<b>&",
        "2026-01-05",
        *(text(language, f"report.by.{by}") for by in ("summary", "rule", "post", "shift", "day", "week")),
        text(language, "rule.phone_use"),
        text(language, "report.few"),
        "83.3",
        "650.00",
    ):
        assert "".join(told.split()) in plain, told
    assert len(content) < 200_000
    assert len(pages) >= 2


def test_a_name_of_many_letters_and_a_year_of_days_still_make_a_pdf(store: Store, event: EventMaker) -> None:
    fill(store, event)
    store.set_site(replace(HALL, name="厅" * 400), [POSTS[0].model_copy(update={"name": "窗" * 4000})])
    year = Period(MONDAY, MONDAY + timedelta(days=364), SHANGHAI)
    pages = pypdf.PdfReader(
        io.BytesIO(report_file(make_report(store, year, None, NOW), "pdf", "zh-CN").content)
    ).pages
    assert len(pages) > 10


@pytest.mark.parametrize("form", FORMS)
def test_the_same_report_gives_the_same_file(report: Report, form: str) -> None:
    first, second = (report_file(report, form, "zh-CN").content for _ in range(2))  # type: ignore[arg-type]
    assert first == second


@pytest.mark.parametrize("form", FORMS)
def test_every_export_is_in_the_audit_log(client: Client, event: EventMaker, form: str) -> None:
    fill(client.store, event)
    answer = client.get(f"/api/report/export?from=2026-01-05&to=2026-01-11&format={form}&lang=zh-CN")
    assert answer.status_code == 200
    assert (
        answer.headers["content-disposition"] == f'attachment; filename="report-2026-01-05-2026-01-11.{form}"'
    )
    (entry,) = client.store.audit.newest(limit=9)
    assert (entry.action, entry.object) == ("report.exported", form)
    assert entry.detail == {"from": "2026-01-05", "to": "2026-01-11"}
    assert client.store.audit.first_fault() is None


def test_a_report_that_was_refused_is_not_an_export(client: Client) -> None:
    for query in (
        "from=2026-01-05&to=2026-01-01",
        "from=yesterday",
        "format=exe",
        "from=0001-01-01",
        "to=9999-12-31",
    ):
        answer = client.get(f"/api/report/export?{query}")
        assert answer.status_code == 422, query
        assert answer.json()["field"] in ("from", "to", "format")
    assert client.store.audit.newest(limit=9) == []


def test_the_api_gives_the_same_figures(client: Client, event: EventMaker) -> None:
    fill(client.store, event)
    told = client.get("/api/report?from=2026-01-05&to=2026-01-18").json()
    assert (told["total"]["events"], told["total"]["confirmed"]) == (14, 10)
    assert told["reviews"] == {"judged": 13, "waiting": 1, "median_s": 420.0, "p90_s": 720.0}
    assert told["posts"][0]["hours"]["staffed_s"] == 5400
