"""The page by which staff contest an event, and the API behind it: links, statements, no oracle."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from samples_appeals import DAY, confirm
from samples_service import HALL, POSTS, Client, EventMaker, Person, add_account, logged_in

from pipelines import regulation
from pipelines.texts import LANGUAGES, catalogue
from service.review.appeals import MOST_APPEALS, STATEMENT_LIMIT
from tests.pipelines.evidence.samples_blurred import file_scene, told

BAD = "<script>alert('x')</script><img src=x onerror=alert(1)>'\"{{7*7}}"

FROM = "2026-01-05T09:00:50+08:00"
"""When the clip begins."""


class Desk:
    """A confirmed event with a clip at w01, and people: wang leads w01, chen and li.na adjudicate."""

    def __init__(self, client: Client, event: EventMaker) -> None:
        client.store.set_site(HALL, POSTS)
        self.client, self.store, self.id = client, client.store, event(1).id
        client.store.upsert_event(
            event(1, **file_scene(client.data_dir, self.id, told(self.id, t0=FROM, duration=50)))
        )
        self.wang = self.person("wang", "supervisor", ("w01",))
        self.chen, self.li_na = self.person("chen", "adjudicator"), self.person("li.na", "adjudicator")
        confirm(client.store, self.id, at=datetime.now(UTC))

    def person(self, name: str, role: Any, posts: tuple[str, ...] | None = None) -> Person:
        return logged_in(self.client, add_account(self.store, name, role, posts))

    def link(self) -> str:
        """The path of a new link."""
        answer = self.wang.post(f"/api/events/{self.id}/appeal-link", json={})
        assert answer.status_code == 201, answer.text
        return urlsplit(answer.json()["url"]).path

    def send(self, path: str, lang: str = "en", **fields: str) -> httpx.Response:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://localhost:8080"}
        return self.client.post(f"{path}?lang={lang}", content=urlencode(fields), headers=headers)

    def appeals(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.chen.get(f"/api/events/{self.id}/appeals").json()["appeals"]
        return found


@pytest.fixture
def desk(client: Client, event: EventMaker) -> Desk:
    return Desk(client, event)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_link_shows_what_is_contested_and_no_names(desk: Desk, lang: str) -> None:
    page = desk.client.get(f"{desk.link()}?lang={lang}")
    words = catalogue(lang)
    assert page.status_code == 200
    clause = regulation.load().clauses["B15"]
    for shown in (
        words["rule.phone_use"],
        html.escape(clause.en if lang == "en" else clause.zh),
        "1号窗口",
        "2026-01-05 09:01:00",
        "看得很清楚",
        words["appeal.send"],
    ):
        assert shown in page.text
    for hidden in ("li.na", "wang", "chen"):
        assert hidden not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "<script" not in page.text


def test_the_clip_is_for_the_links_holder_in_pieces_and_told_to_the_audit_log(desk: Desk) -> None:
    path = desk.link()
    answer = desk.client.get(f"{path}/clip", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, len(answer.content), answer.headers["content-type"]) == (206, 10, "video/mp4")
    assert desk.client.get(f"/api/events/{desk.id}/clip").status_code == 401
    desk.client.get(path)
    seen = [(one.action, one.way, one.who, one.object) for one in desk.store.audit.newest(limit=2)]
    assert seen == [("appeal.viewed", "link", "", desk.id), ("clip.viewed", "link", "", desk.id)]


def test_a_clip_that_is_gone_is_said_and_the_event_can_still_be_contested(desk: Desk) -> None:
    path = desk.link()
    (desk.client.data_dir / "clips" / f"{desk.id}.mp4").unlink()
    page = desk.client.get(f"{path}?lang=en")
    assert catalogue("en")["appeal.no_clip"] in page.text
    assert "<video" not in page.text
    assert desk.client.get(f"{path}/clip").status_code == 404
    assert desk.send(path, statement="so").status_code == 303


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_staff_write_is_text_everywhere(desk: Desk, lang: str) -> None:
    path = desk.link()
    assert desk.send(path, lang, statement=BAD, signed="<b>王</b>").status_code == 303
    page = desk.client.get(f"{path}?lang={lang}").text
    assert html.escape(BAD, quote=False).split("&lt;img")[0] in page.replace("&#39;", "'").replace(
        "&#34;", '"'
    )
    assert "{{7*7}}" in page
    for raw in ("<script>alert", "<img src=x", "<b>王"):
        assert raw not in page
    assert desk.appeals()[0]["statement"] == BAD
    assert desk.appeals()[0]["signed"] == "<b>王</b>"


def test_a_statement_that_cannot_be_kept_comes_back_with_its_words(desk: Desk) -> None:
    path = desk.link()
    for fields, key in (
        ({"statement": " "}, "statement"),
        ({"statement": "x" * (STATEMENT_LIMIT + 1)}, "statement"),
        ({"statement": "a\x00b"}, "statement"),
        ({"statement": BAD, "signed": "x" * 65}, "signed"),
        ({}, "statement"),
    ):
        answer = desk.send(path, **fields)
        assert answer.status_code == 422
        assert catalogue("en")[f"appeal.unfit.{key}"].split("{")[0] in answer.text
        assert "<script>" not in answer.text
    assert html.escape(BAD)[:20] in desk.send(path, statement=BAD, signed="x" * 65).text
    assert desk.appeals() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"x" * 70_000, 413), (b"\xff\xfe=1", 422), (b"a=1&" * 20, 422), (b"statement=%FF", 422)],
)
def test_a_body_that_is_no_form_is_refused(desk: Desk, body: bytes, status: int) -> None:
    path = desk.link()
    for target in (path, "/appeal/nonsense"):
        assert desk.client.post(target, content=body).status_code == status
    assert desk.appeals() == []


def unknown(_desk: Desk, _path: str) -> str:
    return "/appeal/" + "A" * 43


def cut(_desk: Desk, path: str) -> str:
    return path[:-1]


def revoked(desk: Desk, path: str) -> str:
    assert desk.wang.ask("DELETE", f"/api/events/{desk.id}/appeal-link").status_code == 200
    return path


def replaced(desk: Desk, path: str) -> str:
    desk.link()
    return path


def over(desk: Desk, path: str) -> str:
    later = datetime.now(UTC) + 14 * DAY
    object.__setattr__(desk.client.app.state.context, "now", lambda: later)
    return path


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("spoil", [cut, revoked, replaced, over])
def test_every_link_that_does_not_open_gets_the_same_answer(desk: Desk, spoil: Any, lang: str) -> None:
    path = spoil(desk, desk.link())
    nothing = unknown(desk, path)
    for method, end in (("GET", ""), ("GET", "/clip"), ("POST", ""), ("POST", "/withdraw")):
        asked = (
            {"params": {"lang": lang}, "content": b"statement=x"}
            if method == "POST"
            else {"params": {"lang": lang}}
        )
        answers = [desk.client.ask(method, one + end, **asked) for one in (path, nothing)]
        assert answers[0].status_code == answers[1].status_code == 404, (method, end)
        assert answers[0].content == answers[1].content
        assert dict(answers[0].headers) == dict(answers[1].headers)
        assert "1号窗口" not in answers[0].text
    assert desk.store.appeals.of_event(desk.id) == []


@pytest.mark.parametrize("token", ["ü", "x" * 5000, "%00", "..%2f..", "a.b", "%ED%A0%80"])
def test_odd_tokens_open_nothing(desk: Desk, token: str) -> None:
    for method, end in (("GET", ""), ("POST", ""), ("POST", "/withdraw"), ("GET", "/clip")):
        assert desk.client.ask(method, f"/appeal/{token}{end}").status_code == 404


@pytest.mark.parametrize("end", ["", "/withdraw"])
def test_no_other_site_can_send_the_form(desk: Desk, end: str) -> None:
    path = desk.link()
    desk.send(path, statement="x")
    answer = desk.client.post(path + end, content=b"statement=y", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert [one["state"] for one in desk.appeals()] == ["open"]


def test_sent_twice_it_is_one_and_taken_back_it_can_be_made_again(desk: Desk) -> None:
    path = desk.link()
    for n in range(MOST_APPEALS):
        for _ in range(2):
            assert desk.send(path, statement=f"number {n}").status_code == 303
        assert f"number {n}" in desk.client.get(path).text
        assert desk.send(f"{path}/withdraw").status_code == 303
        assert desk.send(f"{path}/withdraw").status_code == 303
    desk.send(path, statement="once more")
    assert [one["statement"] for one in desk.appeals()] == [f"number {n}" for n in range(MOST_APPEALS)]
    assert {one["state"] for one in desk.appeals()} == {"withdrawn"}
    assert catalogue("en")["appeal.standing.settled"] in desk.client.get(f"{path}?lang=en").text


@pytest.mark.parametrize("outcome", ["upheld", "reversed"])
def test_an_adjudicator_decides_and_the_staff_read_the_reason_without_a_name(
    desk: Desk, outcome: str
) -> None:
    path = desk.link()
    desk.send(path, statement="当时在办业务")
    (one,) = desk.appeals()
    assert (one["conflict"], one["overdue"], one["rule"], one["post"]) == (False, False, "phone_use", "w01")
    address = f"/api/appeals/{one['id']}/decision"
    decision = {"outcome": outcome, "reason": f"看过 {BAD}"}
    assert desk.li_na.get(f"/api/appeals/{one['id']}").json()["conflict"] is True
    refused = desk.li_na.post(address, json=decision)
    assert (refused.status_code, "has not judged" in refused.text) == (409, True)
    assert desk.chen.post(address, json={**decision, "reason": "  "}).status_code == 422
    assert desk.chen.post(address, json={**decision, "reason": "a\x00"}).status_code == 422
    done = desk.chen.post(address, json=decision)
    assert (done.status_code, done.json()["state"], done.json()["decided_by"]) == (200, outcome, "chen")
    assert desk.chen.post(address, json=decision).status_code == 409
    page = desk.client.get(f"{path}?lang=zh-CN").text
    assert catalogue("zh-CN")[f"appeal.decided.{outcome}"] in page
    assert "看过" in page
    assert "chen" not in page
    assert "<script>" not in page
    event = desk.chen.get(f"/api/events/{desk.id}").json()
    assert event["verdict"]["verdict"] == ("rejected" if outcome == "reversed" else "confirmed")
    assert desk.chen.get("/api/health").json()["queue"]["rejected"] == int(outcome == "reversed")
    again = desk.li_na.post(f"/api/events/{desk.id}/verdict", json={"verdict": "confirmed", "note": "still"})
    assert again.status_code == (409 if outcome == "reversed" else 201)
    assert desk.store.audit.newest(limit=1, action="appeal.decided")[0].detail["outcome"] == outcome


def test_an_overdue_appeal_says_so_to_both_sides(desk: Desk) -> None:
    path = desk.link()
    desk.send(path, statement="x")
    late = datetime.now(UTC) + timedelta(days=14, minutes=1)
    object.__setattr__(desk.client.app.state.context, "now", lambda: late)
    assert catalogue("en")["appeal.standing.overdue"].split("{")[0] in desk.client.get(f"{path}?lang=en").text
    found = desk.store.appeals.find("overdue", now=late)
    assert [one.event.id for one in found] == [desk.id]


def test_the_event_says_of_its_link_all_but_the_secret(desk: Desk) -> None:
    assert desk.wang.get(f"/api/events/{desk.id}/appeals").json() == {"link": None, "appeals": []}
    path = desk.link()
    answer = desk.wang.get(f"/api/events/{desk.id}/appeals")
    assert answer.json()["link"]["made_by"] == "wang"
    assert path.rsplit("/", 1)[1] not in answer.text
    (made,) = desk.store.audit.newest(limit=9, action="appeal.invited")
    assert (made.who, made.object) == ("wang", desk.id)
    assert desk.wang.ask("DELETE", f"/api/events/{desk.id}/appeal-link").status_code == 200
    assert desk.wang.ask("DELETE", f"/api/events/{desk.id}/appeal-link").status_code == 404


def test_an_event_that_is_not_confirmed_gets_no_link(desk: Desk, event: EventMaker) -> None:
    desk.store.upsert_event(event(2))
    answer = desk.wang.post(f"/api/events/{event(2).id}/appeal-link", json={})
    assert (answer.status_code, answer.json()["detail"]) == (409, "expected a confirmed event")


def test_findings_take_the_clip_of_an_event_that_shows_the_moment(desk: Desk, event: EventMaker) -> None:
    entry = {"clause": "B12", "post": "w01", "note": "未告知"}
    with_clip = desk.chen.post(
        "/api/findings", json={**entry, "at": "2026-01-05T09:01:10", "with_clip": True}
    )
    assert (with_clip.status_code, with_clip.json()["event"]) == (201, desk.id)
    none = desk.chen.post("/api/findings", json={**entry, "at": "2026-01-05T09:30", "with_clip": True})
    assert (none.status_code, none.json()["field"]) == (422, "with_clip")
    other = {**entry, "post": "w02", "at": "2026-01-05T09:01:10", "with_clip": True}
    assert desk.chen.post("/api/findings", json=other).status_code == 422
    plain = desk.chen.post("/api/findings", json={**entry, "at": "2026-01-05T09:30"})
    assert (plain.status_code, plain.json()["event"], plain.json()["at"]) == (
        201,
        None,
        "2026-01-05T09:30:00+08:00",
    )
    listed = desk.wang.get("/api/findings").json()["findings"]
    assert [one["source"] for one in listed] == ["by_hand", "by_hand"]
    assert "by_hand" not in desk.wang.get("/api/events").text


def test_a_timeline_says_exactly_how_far_a_clip_reaches(desk: Desk, event: EventMaker) -> None:
    made = event(5, clip="clips/x.mp4")
    name = f"clips/{made.id}.json"
    (desk.client.data_dir / name).write_text('{"t0": "2026-01-05T09:04:50+08:00", "duration": 50}')
    desk.store.upsert_event(made.model_copy(update={"timeline": name}))
    entry = {"clause": "B12", "post": "w01", "note": "x", "with_clip": True}
    for at, status in (("09:04:49", 422), ("09:04:50", 201), ("09:05:40", 201), ("09:05:41", 422)):
        answer = desk.chen.post("/api/findings", json={**entry, "at": f"2026-01-05T{at}"})
        assert answer.status_code == status, at


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"clause": "B6"}, "clause"),
        ({"clause": "nonsense"}, "clause"),
        ({"post": "w9"}, "post"),
        ({"at": "yesterday"}, "at"),
        ({"at": "2199-01-01"}, "at"),
        ({"note": "  "}, "note"),
        ({"note": "a\x00b"}, "note"),
        ({"source": "machine"}, "source"),
    ],
)
def test_a_finding_that_cannot_be_is_refused(desk: Desk, changes: dict[str, str], field: str) -> None:
    entry = {"clause": "B12", "post": "w01", "note": "x", "at": "2026-01-05T09:30", **changes}
    answer = desk.chen.post("/api/findings", json=entry)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert desk.chen.get("/api/findings").json() == {"findings": [], "more": False}


def test_a_finding_is_withdrawn_once_and_stays_listed(desk: Desk) -> None:
    entry = {"clause": "B12", "post": "w01", "note": BAD, "at": "2026-01-05T09:30"}
    number = desk.chen.post("/api/findings", json=entry).json()["id"]
    address = f"/api/findings/{number}/withdraw"
    assert desk.li_na.post(address, json={"why": " "}).status_code == 422
    done = desk.li_na.post(address, json={"why": "记错"})
    assert (done.status_code, done.json()["withdrawn_by"]) == (200, "li.na")
    assert desk.chen.post(address, json={"why": "x"}).status_code == 409
    assert [one["note"] for one in desk.chen.get("/api/findings").json()["findings"]] == [BAD]
    assert desk.chen.get("/api/findings?state=standing").json()["findings"] == []
    assert desk.chen.get("/api/findings?after=99").status_code == 404
    assert desk.chen.get("/api/findings?post=%00").status_code == 422
