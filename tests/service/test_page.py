"""The page's document: its language, its data, its files."""

import json
import re
from typing import Any

import pytest
from samples_service import HALL, Client

from service.store import Hall


def page_data(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


@pytest.mark.parametrize(
    ("query", "cookie", "language"),
    [
        ("", None, "zh-CN"),
        ("", "en", "en"),
        ("?lang=en", None, "en"),
        ("?lang=zh-CN", "en", "zh-CN"),
        ("?lang=fr", "en", "en"),
        ("?lang=fr", "xx", "zh-CN"),
    ],
)
def test_the_language_is_the_addresss_else_the_cookies_else_the_settings(
    client: Client, query: str, cookie: str | None, language: str
) -> None:
    headers = {"Cookie": f"lang={cookie}"} if cookie else {}
    response = client.get(f"/{query}", headers=headers)
    assert f'<html lang="{language}">' in response.text
    assert page_data(response.text)["lang"] == language
    assert page_data(response.text)["texts"]["page.title"] in response.text


def test_a_halls_name_is_only_ever_text(client: Client) -> None:
    hostile = "</script><script>alert(1)</script><b onload=x>"
    client.store.set_site(Hall(hostile, HALL.zone), [])
    html = client.get("/").text
    assert "<script>alert" not in html
    assert "<b onload" not in html
    assert page_data(html)["hall"] == hostile


def test_the_document_runs_no_inline_script_and_no_inline_style(client: Client) -> None:
    html = client.get("/").text
    scripts = re.findall(r"<script([^>]*)>", html)
    assert all("src=" in one or "application/json" in one for one in scripts)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html)


def test_every_file_the_page_names_is_there(client: Client) -> None:
    html = client.get("/").text
    named = set(re.findall(r'(?:src|href)="(/[^"]+)"', html)) | {page_data(html)["plotly"], "/favicon.ico"}
    assert len(named) >= 5
    modules = {"/static/main.js"}
    while modules:
        module = modules.pop()
        named.add(module)
        found = set(re.findall(r'from "\./(\w+\.js)"', client.get(module).text))
        modules |= {f"/static/{name}" for name in found} - named
    for path in named - {"/accounts", "/appeals", "/site"}:  # pages for those who log in
        assert client.get(path).status_code == 200, path


def test_plotly_is_kept_by_the_browser_and_the_pages_own_files_are_asked_for(client: Client) -> None:
    plotly = client.get("/static/plotly.min.js")
    assert "immutable" in plotly.headers["cache-control"]
    assert len(plotly.content) > 1_000_000
    module = client.get("/static/main.js")
    again = client.get("/static/main.js", headers={"If-None-Match": module.headers["etag"]})
    assert module.headers["content-type"].startswith("text/javascript")
    assert again.status_code == 304


def test_texts_can_be_fetched_to_switch_the_language(client: Client) -> None:
    assert client.get("/texts/en").json()["verdict.confirmed"] == "Confirmed"
    assert client.get("/texts/fr").status_code == 422
