"""Spot checks over the API: whom they exist for, how they are answered, and what never shows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from samples_service import NINE, Client, Person, add_account, draw_spot, logged_in

AT = "/api/spot-checks"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def na(client: Client) -> Person:
    add_account(client.store, "boss", "admin")
    return logged_in(client, add_account(client.store, "na", "reviewer"))


def drawn(client: Client, number: int = 0, post: str = "w01") -> str:
    return draw_spot(client.store, client.data_dir, post, NINE + number * MINUTE).id


def answered(person: Client, spot: str, answer: str, *rules: str) -> Any:
    return person.post(f"{AT}/{spot}/answer", json={"answer": answer, "rules": rules})


def test_a_reviewer_claims_plays_answers_and_takes_it_back(client: Client, na: Person) -> None:
    spot = drawn(client)
    assert na.post(f"{AT}/{spot}/claim", json={}).json()["claim"]["holder"] == "na"
    clip = na.get(f"{AT}/{spot}/clip")
    assert (clip.status_code, clip.headers["content-type"]) == (200, "video/mp4")
    assert clip.content == (client.data_dir / "spot-checks" / f"{spot}.mp4").read_bytes()
    assert answered(na, spot, "seen", "smoking").json()["said"]["rules"] == ["smoking"]
    assert na.get(f"{AT}?state=waiting").json() == {"spot_checks": [], "more": False, "waiting": 0}
    assert na.ask("DELETE", f"{AT}/{spot}/answer").json()["said"] is None
    assert na.get(AT).json()["waiting"] == 1
    told = [entry.action for entry in client.store.audit.newest(limit=9) if entry.object == spot]
    assert told == ["spot.withdrawn", "spot.answered", "spot.viewed"]


def test_to_whom_bystanders_are_blurred_no_clip_is_shown(client: Client, na: Person) -> None:
    spot = drawn(client)
    context = client.app.state.context
    narrow = context.settings.model_copy(update={"clear_roles": ("admin",)})
    client.app.state.context = replace(context, settings=narrow)
    shown = na.get(f"{AT}/{spot}/clip")
    assert (shown.status_code, shown.json()["field"]) == (409, "rendition")


def test_it_shows_in_nothing_else(client: Client, na: Person) -> None:
    spot = drawn(client)
    answered(na, spot, "seen", "smoking")
    assert client.store.spots.waiting() == 0
    assert na.get("/api/events").json()["events"] == []
    assert na.get(f"/api/events/{spot}").status_code == 404
    assert na.get(f"/api/events/{spot}/clip").status_code == 404
    assert na.get("/api/health").json()["queue"]["none"] == 0
    assert na.post("/api/queue/next", json={}).json()["event"] is None
    total = na.get("/api/report?from=2026-01-05&to=2026-01-05").json()
    assert (total["total"]["events"], total["total"]["confirmed"]) == (0, 0)
    assert total["spot_checks"]["drawn"] == 1


def test_of_foreign_posts_there_are_none(client: Client, na: Person) -> None:
    own, foreign = drawn(client), drawn(client, 1, "w02")
    mine = logged_in(client, add_account(client.store, "wei", "reviewer", ("w01",)))
    listed = mine.get(AT).json()
    assert [one["id"] for one in listed["spot_checks"]] == [own]
    assert listed["waiting"] == 1
    assert mine.get(f"{AT}?after={foreign}").status_code == 404
    # A report of some posts would speak of one person.
    assert mine.get("/api/report?from=2026-01-05&to=2026-01-05").json()["spot_checks"]["drawn"] == 0


def test_pages_follow_on_one_another(client: Client, na: Person) -> None:
    made = [drawn(client, number) for number in range(3)]
    first = na.get(f"{AT}?limit=2").json()
    rest = na.get(f"{AT}?limit=2&after={made[1]}").json()
    assert [one["id"] for one in (*first["spot_checks"], *rest["spot_checks"])] == made
    assert (first["more"], rest["more"]) == (True, False)


@pytest.mark.parametrize(
    ("answer", "rules", "field"),
    [("seen", (), "rules"), ("nothing", ("smoking",), "rules"), ("maybe", (), "answer")],
)
def test_a_bad_answer_says_what_was_expected(
    client: Client, na: Person, answer: str, rules: tuple[str, ...], field: str
) -> None:
    refused = answered(na, drawn(client), answer, *rules)
    assert (refused.status_code, refused.json()["field"]) == (422, field)


def test_two_at_once_are_told_of_each_other(client: Client, na: Person) -> None:
    spot = drawn(client)
    wei = logged_in(client, add_account(client.store, "wei", "reviewer"))
    na.post(f"{AT}/{spot}/claim", json={})
    for refused in (wei.post(f"{AT}/{spot}/claim", json={}), answered(wei, spot, "nothing")):
        assert (refused.status_code, refused.json()["field"]) == (409, "claim")
    assert wei.post(f"{AT}/{spot}/claim", json={"take_over": True}).json()["claim"]["holder"] == "wei"
    assert answered(wei, spot, "nothing").status_code == 200
    late = answered(na, spot, "unclear")
    assert (late.status_code, late.json()["field"]) == (409, "verdict")


def test_in_open_mode_it_is_answered_without_a_name(client: Client) -> None:
    spot = drawn(client)
    assert client.post(f"{AT}/{spot}/claim", json={}).json() == {"claim": None}
    assert answered(client, spot, "unclear").json()["said"]["by"] is None
    assert client.ask("DELETE", f"{AT}/{spot}/claim").json() == {"claim": None}


def test_a_clip_whose_term_is_over_is_gone(client: Client, na: Person) -> None:
    spot = drawn(client)
    client.app.state.context.sweeper.sweep()  # it is of years ago
    assert na.get(f"{AT}/{spot}/clip").status_code == 404
    assert na.get(f"{AT}/{spot}").json()["clip"] is False
    assert not list((client.data_dir / "spot-checks").iterdir())
