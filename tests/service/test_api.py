"""The API from outside: what each request gets."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from samples_service import NINE, Client, EventMaker, make_clip

from pipelines import regulation
from pipelines.rules.events import HealthEntry
from service.store import LastLook

ID = f"{0:016x}"
EVENT = f"/api/events/{ID}"


@pytest.fixture
def filled(client: Client, event: EventMaker) -> Client:
    """A client of a store with one event and its evidence."""
    make_clip(client.data_dir / "clips" / f"{ID}.mp4")
    (client.data_dir / "clips" / f"{ID}.jpg").write_bytes(b"\xff\xd8\xff picture")
    (client.data_dir / "clips" / f"{ID}.json").write_text('{"looks": []}')
    names = {
        kind: f"clips/{ID}.{end}"
        for kind, end in (("clip", "mp4"), ("snapshot", "jpg"), ("timeline", "json"))
    }
    client.store.upsert_event(event(**names))
    return client


def is_problem(response: httpx.Response, status: int, field: str | None) -> bool:
    body = response.json()
    assert response.status_code == status, body
    assert set(body) == {"detail", "field"}
    assert body["detail"]
    return bool(body["field"] == field)


def test_an_event_has_exactly_the_contracts_fields_and_its_verdict(filled: Client) -> None:
    body = filled.get(EVENT).json()
    assert list(body) == [
        *("id", "rule", "clause", "post", "camera", "start", "end", "state", "confidence", "why"),
        *("clip", "snapshot", "timeline", "model", "rule_version", "end_known", "clip_missing", "verdict"),
        *("stage", "rank", "claim"),
    ]
    assert body["start"] == "2026-01-05T09:00:00+08:00"
    assert body["verdict"] is None


def test_posts_are_listed_with_the_hall(client: Client) -> None:
    body = client.get("/api/posts").json()
    assert (body["hall"], body["timezone"]) == ("测试大厅", "Asia/Shanghai")
    assert [post["name"] for post in body["posts"]] == ["1号窗口", "2号窗口"]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [2, 1, 0]),
        ("limit=2", [2, 1]),
        ("post=w02", [1]),
        ("rule=smoking", [2]),
        ("state=open", [2]),
        ("verdict=none", [2, 1]),
        ("verdict=confirmed", [0]),
        ("order=queue", [2, 1, 0]),
        ("from=2026-01-05T09:01:00%2B08:00", [2, 1]),
        ("from=2026-01-05T09:01:00+08:00", [2, 1]),
        ("from=2026-01-05T01:01:00Z", [2, 1]),
        ("from=2026-01-05T09:01:00", [2, 1]),
        ("to=2026-01-05T09:01:00", [0]),
        ("from=2026-01-05&to=2026-01-06", [2, 1, 0]),
        ("post=nobody", []),
    ],
)
def test_events_are_filtered(client: Client, event: EventMaker, query: str, numbers: list[int]) -> None:
    client.store.upsert_event(event(0))
    client.store.upsert_event(event(1, post="w02"))
    client.store.upsert_event(event(2, rule="smoking", state="open", end=None))
    client.store.give_verdict(event(0).id, "confirmed", None, "", at=NINE)
    body = client.get(f"/api/events?{query}").json()
    assert [one["id"] for one in body["events"]] == [event(n).id for n in numbers]


def test_pages_follow_each_other_by_cursor(client: Client, event: EventMaker) -> None:
    for number in range(5):
        client.store.upsert_event(event(number))
    first = client.get("/api/events?limit=3").json()
    second = client.get("/api/events", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in first["events"] + second["events"]] == [event(n).id for n in (4, 3, 2, 1, 0)]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/api/events?limit=0", 422, "limit"),
        ("/api/events?limit=201", 422, "limit"),
        ("/api/events?limit=many", 422, "limit"),
        ("/api/events?state=half", 422, "state"),
        ("/api/events?verdict=maybe", 422, "verdict"),
        ("/api/events?order=random", 422, "order"),
        ("/api/events?cursor=made-up", 422, "cursor"),
        ("/api/events?from=yesterday", 422, "from"),
        ("/api/events?to=2026-13-01", 422, "to"),
        ("/api/events/ffffffffffffffff", 404, "event_id"),
        ("/api/events/ffffffffffffffff/clip", 404, "event_id"),
        ("/api/events/ffffffffffffffff/verdicts", 404, "event_id"),
        ("/api/events/..%2F..%2Fetc%2Fpasswd/clip", 404, None),
        ("/api/events/NOT-AN-ID/clip", 422, "event_id"),
        ("/api/regulation?lang=fr", 422, "lang"),
        ("/api/nothing", 404, None),
        ("/static/../../settings.py", 404, None),
        ("/static/%2e%2e/%2e%2e/settings.py", 404, None),
    ],
)
def test_what_cannot_be_answered_says_why_in_one_shape(
    client: Client, path: str, status: int, field: str
) -> None:
    assert is_problem(client.get(path), status, field)


# -- evidence


def test_evidence_comes_with_its_type(filled: Client) -> None:
    for kind, media_type in (
        ("clip", "video/mp4"),
        ("snapshot", "image/jpeg"),
        ("timeline", "application/json"),
    ):
        response = filled.get(f"{EVENT}/{kind}")
        assert (response.status_code, response.headers["content-type"]) == (200, media_type)


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=100-", 100, None), ("bytes=-50", -50, None)],
)
def test_a_range_of_the_clip_is_exactly_those_bytes(
    filled: Client, asked: str, start: int, stop: int | None
) -> None:
    whole = (filled.data_dir / "clips" / f"{ID}.mp4").read_bytes()
    response = filled.get(f"{EVENT}/clip", headers={"Range": asked})
    assert response.status_code == 206
    assert response.content == whole[start:stop]
    first = start % len(whole)
    assert (
        response.headers["content-range"] == f"bytes {first}-{first + len(response.content) - 1}/{len(whole)}"
    )


def test_a_range_outside_the_clip_is_refused(filled: Client) -> None:
    size = (filled.data_dir / "clips" / f"{ID}.mp4").stat().st_size
    response = filled.get(f"{EVENT}/clip", headers={"Range": f"bytes={size + 5}-"})
    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{size}"
    assert is_problem(response, 416, "Range")


@pytest.mark.parametrize("asked", ["bytes=a-b", "bytes", "lines=1-2", "bytes=9-3", "bytes=", "bytes=-"])
@pytest.mark.parametrize("kind", ["clip", "snapshot", "timeline"])
def test_a_range_that_is_none_is_refused(filled: Client, kind: str, asked: str) -> None:
    response = filled.get(f"{EVENT}/{kind}", headers={"Range": asked})
    assert is_problem(response, 400, "Range")
    assert int(response.headers["content-length"]) == len(response.content)


def test_an_h265_clip_is_served_as_h264(client: Client, event: EventMaker) -> None:
    make_clip(client.data_dir / "clips" / f"{ID}.mp4", codec="libx265", frames=5)
    client.store.upsert_event(event(clip=f"clips/{ID}.mp4"))
    response = client.get(f"{EVENT}/clip", headers={"Range": "bytes=0-3"})
    assert response.status_code == 206
    assert (client.data_dir / "clips" / f"{ID}.h264.mp4").exists()


@pytest.mark.parametrize(
    ("clip", "content", "status", "words"),
    [
        pytest.param(None, None, 409, "no clip yet", id="not cut yet"),
        pytest.param(f"clips/{ID}.mp4", None, 404, "missing", id="deleted"),
        pytest.param(f"clips/{ID}.mp4", b"no video", 409, "Invalid data", id="broken"),
        pytest.param("../../etc/passwd", None, 404, "missing", id="a name that leads out"),
    ],
)
def test_a_clip_that_cannot_be_had_says_why(
    client: Client, event: EventMaker, clip: str | None, content: bytes | None, status: int, words: str
) -> None:
    client.store.upsert_event(event(clip=clip))
    if content is not None:
        (client.data_dir / "clips").mkdir()
        (client.data_dir / "clips" / f"{ID}.mp4").write_bytes(content)
    response = client.get(f"{EVENT}/clip")
    assert is_problem(response, status, None)
    assert words in response.json()["detail"]
    assert str(client.data_dir) not in response.text


# -- verdicts


def test_a_verdict_is_recorded_and_stands_in_the_event(filled: Client) -> None:
    answer = {"verdict": "rejected", "reason": "allowed", "note": "a fire drill"}
    response = filled.post(f"{EVENT}/verdict", json=answer)
    assert response.status_code == 201
    assert response.json().items() >= answer.items()
    assert filled.get(EVENT).json()["verdict"] == response.json()
    assert filled.get(f"{EVENT}/verdicts").json() == {"verdicts": [response.json()]}


def test_a_changed_mind_leaves_both_verdicts(filled: Client) -> None:
    for verdict in ("confirmed", "unclear", "unclear"):
        filled.post(f"{EVENT}/verdict", json={"verdict": verdict})
    verdicts = filled.get(f"{EVENT}/verdicts").json()["verdicts"]
    assert [one["verdict"] for one in verdicts] == ["confirmed", "unclear"]


def test_an_open_event_can_be_judged(client: Client, event: EventMaker) -> None:
    client.store.upsert_event(event(state="open", end=None))
    assert client.post(f"{EVENT}/verdict", json={"verdict": "confirmed"}).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "verdict"),
        ({"verdict": "yes"}, "verdict"),
        ({"verdict": "confirmed", "reason": "allowed"}, "reason"),
        ({"verdict": "confirmed", "reason": "because"}, "reason"),
        ({"verdict": "confirmed", "note": "x" * 2001}, "note"),
        ({"verdict": "confirmed", "by": "me"}, "by"),
    ],
)
def test_a_verdict_that_makes_no_sense_names_its_field(
    filled: Client, body: dict[str, Any], field: str
) -> None:
    assert is_problem(filled.post(f"{EVENT}/verdict", json=body), 422, field)
    assert filled.get(EVENT).json()["verdict"] is None


@pytest.mark.parametrize("content", [b"{", b"[]", b"null", b'"confirmed"'])
def test_a_verdict_that_is_no_object_is_refused(filled: Client, content: bytes) -> None:
    response = filled.post(f"{EVENT}/verdict", content=content, headers={"Content-Type": "application/json"})
    assert is_problem(response, 422, None)


# -- health, regulation


def test_health_tells_of_cameras_looks_and_the_queue(client: Client, event: EventMaker) -> None:
    client.store.upsert_event(event(0))
    client.store.upsert_event(event(1))
    client.store.give_verdict(event(1).id, "unclear", None, "", at=NINE)
    looks = [
        LastLook(post="w01", t=NINE, presence=True, beliefs={"phone": 0.1}),
        LastLook(post="w02", t=NINE + timedelta(seconds=7), presence=None, beliefs={}),
    ]
    client.store.put_looks(looks, {})
    body = client.get("/api/health").json()
    assert (body["status"], body["run"]["state"]) == ("ok", "idle")
    assert body["store"] == {"ok": True, "detail": "", "waiting": 0}
    assert body["queue"] == {"none": 1, "confirmed": 0, "rejected": 0, "unclear": 1, "waiting": 1}
    assert [(post["post"], post["age_s"]) for post in body["posts"]] == [("w01", 7.0), ("w02", 0.0)]


@pytest.mark.parametrize(
    ("state", "ended", "status"),
    [("dark", False, "degraded"), ("gap", False, "degraded"), ("dark", True, "ok"), ("ended", False, "ok")],
)
def test_a_camera_that_cannot_see_now_degrades_the_whole(
    client: Client, state: str, ended: bool, status: str
) -> None:
    end = NINE + timedelta(minutes=1) if ended else None
    client.store.upsert_health(
        HealthEntry.model_validate(
            {"camera": "east", "state": state, "start": NINE, "end": end, "detail": ""}
        )
    )
    assert client.get("/api/health").json()["status"] == status


def test_a_store_that_does_not_answer_is_reported_not_hidden(client: Client) -> None:
    client.store.close()
    for file in client.data_dir.glob("conduct.sqlite3*"):
        file.unlink()
    (client.data_dir / "conduct.sqlite3").write_text("no database " * 100)
    response = client.get("/api/health")
    assert response.status_code == 503
    assert response.json()["store"]["ok"] is False
    assert response.json()["status"] == "degraded"


def test_the_regulation_comes_in_both_languages(client: Client) -> None:
    own = client.get("/api/regulation").json()
    english = client.get("/api/regulation?lang=en").json()
    assert (own["lang"], english["lang"]) == ("zh-CN", "en")
    clauses = regulation.load().clauses
    assert {clause["id"]: clause["text"] for clause in own["clauses"]} == {
        k: c.zh for k, c in clauses.items()
    }
    assert {clause["id"]: clause["text"] for clause in english["clauses"]} == {
        k: c.en for k, c in clauses.items()
    }


def test_a_mistake_of_the_service_is_a_problem_without_its_insides(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("a detail nobody outside should see")

    monkeypatch.setattr(client.store, "posts", fail)
    response = client.get("/api/posts")
    assert is_problem(response, 500, None)
    assert "a detail" not in response.text
    assert "a detail" in caplog.text


def test_nothing_outside_the_data_folder_was_written(filled: Client, tmp_path: Path) -> None:
    filled.get(f"{EVENT}/clip")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
