"""Covers through the API, in the store, and on their way to a run that is under way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from samples_service import NINE, SHANGHAI, Client, now
from sqlalchemy import inspect, text

from pipelines.hall.covers import CoverEntry, entered
from pipelines.rules.covers import CoverKind
from pipelines.rules.events import CoveredAbsence
from service.covers import REFRESH_S, StoreCovers
from service.intake import StoreSink
from service.store import Store, open_database
from service.store.covers import CoverBook
from service.store.database import MIGRATIONS

LEAVE = {
    "kind": "leave",
    "posts": ["w01"],
    "from": "2026-01-05T10:00",
    "to": "2026-01-05T11:30",
    "note": "培训",
}


def enter(client: Client, **changes: Any) -> dict[str, Any]:
    entry = {key: value for key, value in {**LEAVE, **changes}.items() if value is not None}
    response = client.post("/api/covers", json=entry)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


def kinds(client: Client, query: str = "") -> list[str]:
    return [cover["kind"] for cover in client.get(f"/api/covers{query}").json()["covers"]]


def test_a_cover_is_entered_with_times_in_the_halls_zone(client: Client) -> None:
    cover = enter(client)
    assert cover == {
        "id": cover["id"],
        "kind": "leave",
        "posts": ["w01"],
        "start": "2026-01-05T10:00:00+08:00",
        "end": "2026-01-05T11:30:00+08:00",
        "note": "培训",
    }
    assert client.get("/api/covers").json() == {"covers": [cover]}


def test_entered_twice_it_is_one_and_with_another_end_it_clashes(client: Client) -> None:
    assert enter(client) == enter(client)
    assert kinds(client) == ["leave"]
    clash = client.post("/api/covers", json={**LEAVE, "to": "2026-01-05T12:00"})
    assert (clash.status_code, clash.json()["field"]) == (409, "from")


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        pytest.param({"kind": "placard"}, "kind", "leave", id="a placard is read"),
        pytest.param({"posts": ["w09"]}, "posts", "w01, w02", id="an unknown post"),
        pytest.param({"posts": []}, "posts", "one or more", id="no post"),
        pytest.param({"to": "2026-01-05T09:00"}, "to", "after from", id="backwards"),
        pytest.param({"from": "ten"}, "from", "ISO 8601", id="no time"),
        pytest.param({"from": None}, "from", "", id="no start"),
        pytest.param({"note": "x" * 501}, "note", "500", id="a long note"),
        pytest.param({"who": "Li"}, "who", "", id="a key that is none"),
    ],
)
def test_what_cannot_be_is_refused_by_field(
    client: Client, changes: dict[str, Any], field: str, words: str
) -> None:
    entry = {key: value for key, value in {**LEAVE, **changes}.items() if value is not None}
    response = client.post("/api/covers", json=entry)
    problem = response.json()
    assert (response.status_code, problem["field"].split(".")[0]) == (422, field)
    assert words in problem["detail"]
    assert kinds(client) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", ["leave", "closed", "pause"], id="all, by start"),
        pytest.param("?post=w01", ["leave", "closed"], id="of a post, those of all posts with it"),
        pytest.param("?from=2026-01-06", ["closed", "pause"], id="that last until then"),
        pytest.param("?to=2026-01-06", ["leave"], id="that begin before then"),
        pytest.param("?from=2026-01-05T10:30%2B08:00&to=2026-01-05T11:00%2B08:00", ["leave"], id="between"),
    ],
)
def test_filters(client: Client, query: str, expected: list[str]) -> None:
    enter(client)
    enter(client, kind="pause", posts=["w02"], **{"from": "2026-01-07T09:00"}, to=None)
    enter(client, kind="closed", posts="all", **{"from": "2026-01-06"}, to="2026-01-06")
    assert kinds(client, query) == expected


def test_a_cover_is_ended_and_withdrawn(client: Client) -> None:
    cover = enter(client, to=None)
    path = f"/api/covers/{cover['id']}"
    ended = client.post(f"{path}/end", json={"at": "2026-01-05T10:40"}).json()
    assert ended == {**cover, "end": "2026-01-05T10:40:00+08:00"}
    refused = client.post(f"{path}/end", json={"at": "2026-01-05T09:00"})
    assert (refused.status_code, refused.json()["field"]) == (422, "at")
    assert client.ask("DELETE", path).json() == ended
    assert client.ask("DELETE", path).status_code == 404
    assert client.post(f"{path}/end", json={}).status_code == 404
    assert kinds(client) == []


def test_without_a_time_it_ends_now(client: Client) -> None:
    cover = enter(client, to=None, **{"from": "2026-01-05T09:00"})
    client.app.state.context = replaced(client.app.state.context, now=now)
    ended = client.post(f"/api/covers/{cover['id']}/end", json={}).json()
    assert ended["end"] == "2026-01-05T12:00:00+08:00"


def replaced(context: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(context, **changes)


def test_a_page_of_another_site_cannot_enter_or_withdraw(client: Client) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/api/covers", json=LEAVE, headers=foreign).status_code == 403
    cover = enter(client)
    assert client.ask("DELETE", f"/api/covers/{cover['id']}", headers=foreign).status_code == 403
    assert kinds(client) == ["leave"]


# -- on the way to a run


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.t = 100.0

    def __call__(self) -> float:
        return self.t


def put(store: Store, **changes: Any) -> str:
    cover = entered(CoverEntry.model_validate({**LEAVE, **changes}), SHANGHAI, ["w01", "w02"])
    store.covers.replace(cover, at=now())
    return cover.id


def test_a_run_knows_of_a_change_within_two_seconds(store: Store) -> None:
    clock = Clock()
    covers = StoreCovers(store, clock=clock)
    assert covers.of("w01") == ()
    id_ = put(store)
    assert covers.of("w01") == ()
    clock.t += REFRESH_S
    (cover,) = covers.of("w01")
    assert (cover.kind, cover.id, cover.start) == (CoverKind.LEAVE, id_, NINE.timestamp() + 3600)
    assert covers.of("w02") == ()
    store.covers.end(id_, NINE + timedelta(hours=2), at=now() + timedelta(seconds=1))
    clock.t += REFRESH_S
    assert [cover.end for cover in covers.of("w01")] == [NINE.timestamp() + 7200]
    store.covers.delete(id_)
    clock.t += REFRESH_S
    assert covers.of("w01") == ()


def test_while_the_store_is_away_the_last_known_covers_hold(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    covers = StoreCovers(store, clock=clock)
    put(store)
    assert len(covers.of("w01")) == 1
    with store._sql.write() as session:
        session.execute(text("ALTER TABLE covers RENAME TO gone"))
    for _ in range(3):
        clock.t += REFRESH_S
        assert len(covers.of("w01")) == 1
    assert len([record for record in caplog.records if "covers" in record.getMessage()]) == 1
    with store._sql.write() as session:
        session.execute(text("ALTER TABLE gone RENAME TO covers"))
    put(store, kind="pause")
    clock.t += REFRESH_S
    assert len(covers.of("w01")) == 2


def absence(minute: int = 0, *, end: int | None = None, **changes: Any) -> CoveredAbsence:
    fields: dict[str, Any] = {
        "id": f"{minute:016x}",
        "rule": "absent",
        "post": "w01",
        "camera": "east",
        "start": NINE + timedelta(minutes=minute),
        "end": None if end is None else NINE + timedelta(minutes=end),
        "cover": "placard",
        "cover_id": "1",
        "note": "暂停服务",
    }
    return CoveredAbsence.model_validate({**fields, **changes})


def test_covered_absences_are_kept_and_shown(client: Client) -> None:
    sink = StoreSink(client.store)
    for told in (absence(), absence(end=5), absence(), absence(10), absence(2, post="w02", end=3)):
        sink.covered(told)
    shown = client.get("/api/covered-absences").json()["absences"]
    assert [(row["post"], row["start"][11:16], row["end"] and row["end"][11:16]) for row in shown] == [
        ("w01", "09:10", None),
        ("w02", "09:02", "09:03"),
        ("w01", "09:00", "09:05"),
    ]
    only = client.get("/api/covered-absences?post=w01&from=2026-01-05T09:06:00%2B08:00&limit=5").json()
    assert [row["id"] for row in only["absences"]] == [f"{10:016x}"]
    assert (shown[0]["cover"], shown[0]["note"]) == ("placard", "暂停服务")


def look(minute: float, cover: str | None) -> dict[str, Any]:
    line: dict[str, Any] = {
        "t": (NINE + timedelta(minutes=minute)).isoformat(),
        "camera": "east",
        "post": "w01",
        "presence": False,
        "beliefs": {"presence": 0.01},
    }
    return line if cover is None else {**line, "cover": cover}


def test_the_status_of_a_post_says_what_covers_it(client: Client) -> None:
    sink = StoreSink(client.store)
    for minute, cover in ((0, "leave"), (1, None)):
        sink.observation(look(minute, cover))
        sink.flush()
        posts = {post["post"]: post["last_look"] for post in client.get("/api/health").json()["posts"]}
        assert posts["w01"]["cover"] == cover


def test_an_absence_that_its_run_cannot_end_any_more_ends_at_the_last_look(store: Store) -> None:
    sink = StoreSink(store)
    sink.covered(absence())
    sink.observation(look(7, "placard"))
    sink.flush()
    store.covers.end_absences(["east"])
    assert [one.end for one in store.covers.absences()] == [NINE + timedelta(minutes=7)]
    sink.covered(absence(end=9))
    assert [one.end for one in store.covers.absences()] == [NINE + timedelta(minutes=9)]


def test_the_migration_goes_down_and_up_and_loses_no_look(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/store.sqlite3")
    store = Store(engine)
    sink = StoreSink(store)
    sink.observation(look(0, "leave"))
    sink.flush()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    for step, there in (("0001", False), ("head", True)):
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            (command.upgrade if there else command.downgrade)(config, step)
        assert inspect(engine).has_table("covers") is there
    assert [(one.post, one.cover) for one in store.last_looks()] == [("w01", None)]
    assert isinstance(store.covers, CoverBook)
    store.close()
