"""The wall over HTTP: who sees what of it, what is not sent twice, and what the audit log says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from samples_service import HALL, NINE, POSTS, Client, add_account, an_event, logged_in, look_at, with_token

from service.api.context import Context
from service.bootstrap import build_app
from service.progress import Engine, RunProgress
from service.settings import Settings
from service.store import LastLook

Moment = list[datetime]


@pytest.fixture
def moment() -> Moment:
    """The time that it is, to be moved on."""
    return [NINE]


@pytest.fixture
def client(tmp_path: Path, moment: Moment) -> Iterator[Client]:
    app = build_app(Settings(data_dir=tmp_path / "data", login="required"))
    made = Client(app)
    made.store.set_site(HALL, POSTS)
    context: Context = app.state.context
    app.state.context = replace(context, now=lambda: moment[0])
    yield made
    made.store.close()


def looked(client: Client, post: str = "w01", t: datetime = NINE, **seen: Any) -> None:
    look_at(client.app.state.context.newest, post, t, **seen)


def boss(client: Client, name: str = "boss", at: datetime = NINE) -> Client:
    return logged_in(client, add_account(client.store, name, "admin", at=at), at)


def first(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/wall").json()["posts"][0]
    return found


def viewed(client: Client) -> list[tuple[str, str, Any]]:
    entries = client.store.audit.oldest()
    return [(one.who, one.way, one.detail) for one in entries if one.action == "wall.viewed"]


def test_a_look_of_this_process_is_shown_with_its_picture(client: Client) -> None:
    caller = boss(client)
    looked(client)
    wall = caller.get("/api/wall").json()
    assert (wall["hall"], wall["run"], wall["pictures"]) == ("测试大厅", "idle", True)
    assert [(one["post"], one["state"]) for one in wall["posts"]] == [("w01", "present"), ("w02", "unknown")]
    picture = caller.get(wall["posts"][0]["picture"])
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["cache-control"] == "private, no-store"
    assert picture.content.startswith(b"\xff\xd8")
    assert wall["posts"][1]["picture"] is None


def test_without_an_engine_the_last_looks_of_the_store_are_shown_without_pictures(client: Client) -> None:
    client.store.put_looks([LastLook(post="w01", t=NINE, presence=True, beliefs={"presence": 0.9})], {})
    tile = first(boss(client))
    assert (tile["state"], tile["picture"], tile["age_s"]) == ("present", None, 0.0)


def test_a_picture_has_another_address_with_each_look(client: Client) -> None:
    caller, found = boss(client), []
    for seconds in (0, 2):
        looked(client, t=NINE + timedelta(seconds=seconds))
        found.append(first(caller)["picture"])
    assert len(set(found)) == 2
    # The address of the look before still answers: with what is newest.
    assert caller.get(found[0]).content == caller.get(found[1]).content


def test_what_has_not_changed_is_not_sent_again_until_it_has(client: Client, moment: Moment) -> None:
    caller = boss(client)
    looked(client)
    known = caller.get("/api/wall").headers["etag"]
    asked = {"headers": {"If-None-Match": known}}
    moment[0] += timedelta(seconds=2)
    again = caller.ask("GET", "/api/wall", **asked)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", known)
    client.store.upsert_event(an_event(1, NINE, state="open", end=None))
    assert caller.ask("GET", "/api/wall", **asked).status_code == 200
    known = caller.get("/api/wall").headers["etag"]
    moment[0] += timedelta(seconds=20)  # too old by now: another state, without a new look
    answer = caller.ask("GET", "/api/wall", headers={"If-None-Match": known})
    assert answer.status_code == 200
    assert answer.json()["posts"][0]["why"] == "old"


def test_a_video_keeps_its_own_time(client: Client, moment: Moment) -> None:
    context = client.app.state.context
    progress = RunProgress(Engine("m", 1, frozenset({"east"})))
    client.app.state.context = replace(context, progress=progress)
    looked(client)
    moment[0] += timedelta(days=300)
    tile = first(boss(client, at=moment[0]))
    assert (tile["state"], tile["recorded"], tile["age_s"]) == ("present", True, 0.0)


def test_only_what_is_open_and_has_no_answer_is_being_asked(client: Client) -> None:
    looked(client)
    for number, changes in enumerate(({"state": "open", "end": None}, {}, {"state": "open", "end": None})):
        client.store.upsert_event(an_event(number, NINE - timedelta(seconds=number), **changes))
    client.store.give_verdict(f"{2:016x}", "rejected", None, "", at=NINE)
    assert [one["id"] for one in first(boss(client))["asked"]] == [f"{0:016x}"]


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_who_may_not_see_pictures_gets_states_without_them(client: Client, role: Any) -> None:
    looked(client)
    caller = logged_in(client, add_account(client.store, "one", role, at=NINE), NINE)
    wall = caller.get("/api/wall").json()
    assert (wall["pictures"], wall["posts"][0]["picture"], wall["posts"][0]["state"]) == (
        False,
        None,
        "present",
    )
    assert caller.get("/api/wall/w01/picture").status_code == 403


def test_a_program_gets_states_only_whatever_its_scopes(client: Client) -> None:
    looked(client)
    account = add_account(client.store, "one", "admin", at=NINE)
    program = with_token(client, account, "read", "review", "admin")
    assert first(program)["picture"] is None
    assert program.get("/api/wall/w01/picture").status_code == 403


@pytest.mark.parametrize("post", ["w02", "nothing", "w01"])
def test_no_picture_of_a_foreign_post_of_none_and_of_one_that_was_not_looked_at(
    client: Client, post: str
) -> None:
    looked(client, "w02")
    caller = logged_in(client, add_account(client.store, "one", "supervisor", ("w01",), at=NINE), NINE)
    answer = caller.get(f"/api/wall/{post}/picture")
    assert (answer.status_code, answer.json()["field"]) == (404, "post_id")
    assert answer.json()["detail"] == "there is no picture of this post"


def test_looking_on_is_in_the_audit_log_once_a_session_and_hour(client: Client, moment: Moment) -> None:
    account = add_account(client.store, "li.na", "reviewer", at=NINE)
    looked(client)
    here, there = logged_in(client, account, NINE), logged_in(client, account, NINE)
    for _ in range(30):
        for caller in (here, there):
            assert caller.get("/api/wall").status_code == 200
            assert caller.get("/api/wall/w01/picture").status_code == 200
        moment[0] += timedelta(minutes=1)
    assert viewed(client) == [("li.na", "session", {"pictures": True})] * 2
    moment[0] = NINE + timedelta(minutes=59)
    here.get("/api/wall")
    assert len(viewed(client)) == 2
    moment[0] = NINE + timedelta(minutes=61)
    logged_in(client, account, moment[0]).get("/api/wall/w01/picture")
    assert len(viewed(client)) == 3


def test_a_picture_alone_is_a_view_too(client: Client) -> None:
    looked(client)
    boss(client).get("/api/wall/w01/picture")
    assert viewed(client) == [("boss", "session", {"pictures": True})]


def test_a_hall_without_posts_has_an_empty_wall(client: Client) -> None:
    client.store.set_site(HALL, [])
    assert boss(client).get("/api/wall").json()["posts"] == []
