"""Every route, every role, own and foreign posts: what each gets. A route without a line here fails."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from samples_appeals import confirm, contest, did, invite
from samples_service import (
    HALL,
    NINE,
    OWN_PAGE,
    PASSWORD,
    POSTS,
    Client,
    EventMaker,
    Person,
    add_account,
    draw_spot,
    logged_in,
    look_at,
    with_token,
)

from pipelines.hall.covers import EnteredCover, cover_id
from pipelines.rules.covers import CoverKind
from pipelines.rules.events import CoveredAbsence, HealthEntry
from service.api.access import PUBLIC, check_guarded, needs_of, routes_of
from service.auth.roles import Role
from service.bootstrap import build_app
from service.settings import Settings
from service.store import LastLook
from tests.pipelines.evidence.samples_blurred import file_scene

CALLERS = (
    *("nobody", "viewer", "reviewer", "supervisor", "adjudicator", "admin", "auditor"),
    *("read-token", "review-token", "admin-token"),
)
READ = "401 200 200 200 200 200 200 200 403 403"
EVIDENCE = "401 403 200 200 200 200 403 200 403 403"
REVIEW = "401 403 200 403 200 200 403 403 200 403"
DECIDE = "401 403 403 403 200 200 403 403 200 403"
ALERTS = ADMIN = "401 403 403 403 403 200 403 403 403 200"
APPEALS = "401 403 403 200 200 200 403 403 200 403"
SELF = "401 200 200 200 200 200 200 403 403 403"
SAME = "200 200 200 200 200 200 200 200 200 200"

# What each caller gets, in the order of CALLERS, for something of a post that exists for them; then whether
# the route names one thing of a post ("one": that of another post is 404), things of posts ("some": those of
# others are left out), or nothing of a post ("none").
TABLE = {
    "get /api/posts": (READ, "some"),
    "get /api/events": (READ, "some"),
    "get /api/events/{event_id}": (READ, "one"),
    "get /api/events/{event_id}/clip": (EVIDENCE, "one"),
    "get /api/events/{event_id}/snapshot": (EVIDENCE, "one"),
    "get /api/events/{event_id}/timeline": (EVIDENCE, "one"),
    "post /api/events/{event_id}/verdict": ("401 403 201 403 201 201 403 403 201 403", "one"),
    "get /api/events/{event_id}/verdicts": (READ, "one"),
    "delete /api/events/{event_id}/verdict": (REVIEW.replace("200", "409"), "one"),  # none was given
    "post /api/verdicts": (REVIEW, "none"),  # what came of each is tested in test_desk.py
    "post /api/events/{event_id}/claim": (REVIEW, "one"),
    "delete /api/events/{event_id}/claim": (REVIEW, "one"),
    "post /api/queue/next": (REVIEW, "none"),  # of foreign posts it gives none: test_claims.py
    "get /api/reviewers": (REVIEW, "none"),
    "get /api/agreement": (DECIDE, "none"),
    "get /api/known-clips": (DECIDE, "none"),  # of own posts only: test_planted.py
    "get /api/events/{event_id}/known": (DECIDE, "one"),
    "put /api/events/{event_id}/known": (DECIDE.replace("200", "409"), "one"),  # nobody has judged it
    "get /api/attention": (REVIEW, "none"),
    "get /api/wall": (READ, "some"),
    # Never with a token: no program needs to look on.
    "get /api/wall/{post_id}/picture": ("401 403 200 200 200 200 403 403 403 403", "one"),
    "get /api/health": (READ, "some"),
    "get /api/regulation": (READ, "none"),
    "get /api/covers": (READ, "some"),
    "get /api/report": (READ, "some"),
    "get /api/report/export": (READ, "some"),
    "post /api/covers": ("401 403 403 201 201 201 403 403 201 403", "none"),
    "post /api/covers/{cover_id}/end": ("401 403 403 200 200 200 403 403 200 403", "one"),
    "delete /api/covers/{cover_id}": ("401 403 403 200 200 200 403 403 200 403", "one"),
    "get /api/covered-absences": (READ, "some"),
    "get /api/events/{event_id}/appeals": (APPEALS, "one"),
    "post /api/events/{event_id}/appeal-link": (APPEALS.replace("200", "201"), "one"),
    "delete /api/events/{event_id}/appeal-link": (APPEALS, "one"),
    "get /api/appeals": (APPEALS, "none"),  # of own posts only: tested below
    "get /api/appeals/{appeal_id}": (APPEALS, "one"),
    # Never with a token: a person decides.
    "post /api/appeals/{appeal_id}/decision": ("401 403 403 403 200 200 403 403 403 403", "one"),
    "get /api/findings": (READ, "some"),
    "post /api/findings": ("401 403 201 403 201 201 403 403 201 403", "none"),
    "get /api/findings/{finding_id}": (READ, "one"),
    # To cut at any moment is to look on: never with a token.
    "get /api/recordings": ("401 403 200 403 200 200 403 403 403 403", "none"),  # of own posts' cameras only
    # None was cut: what is played is tested in test_finding_clips.py.
    "get /api/findings/{finding_id}/clip": (EVIDENCE.replace("200", "409"), "one"),
    "post /api/findings/{finding_id}/withdraw": ("401 403 200 403 200 200 403 403 200 403", "one"),
    "get /api/spot-checks": (REVIEW, "none"),  # of own posts only: test_spots_api.py
    "get /api/spot-checks/{spot_id}": (REVIEW, "one"),
    # They show people, so a token needs both scopes.
    "get /api/spot-checks/{spot_id}/clip": ("401 403 200 403 200 200 403 403 403 403", "one"),
    "post /api/spot-checks/{spot_id}/answer": (REVIEW, "one"),
    "delete /api/spot-checks/{spot_id}/answer": (REVIEW.replace("200", "409"), "one"),  # none was given
    "post /api/spot-checks/{spot_id}/claim": (REVIEW, "one"),
    "delete /api/spot-checks/{spot_id}/claim": (REVIEW, "one"),
    "get /api/alerts": (ALERTS, "none"),
    # No channel is open, and no delivery is dead.
    "post /api/alerts/test": (ALERTS.replace("200", "409"), "none"),
    "post /api/alerts/retry": (ALERTS.replace("200", "404"), "none"),
    "get /api/session": (SAME, "none"),
    "post /api/session": (SAME.replace("200", "201"), "none"),
    "delete /api/session": (SELF, "none"),
    "post /api/setup": (SAME.replace("200", "409"), "none"),
    "post /api/password": (SELF, "none"),
    "get /api/accounts": (ADMIN, "none"),
    "post /api/accounts": (ADMIN.replace("200", "201"), "none"),
    "put /api/accounts/{account_id}": (ADMIN, "none"),
    "post /api/accounts/{account_id}/password": (ADMIN, "none"),
    "put /api/accounts/{account_id}/identity": (ADMIN.replace("200", "409"), "none"),  # there is no provider
    "delete /api/accounts/{account_id}/identity": (ADMIN, "none"),
    "get /api/tokens": (SELF, "none"),
    "post /api/tokens": (SELF.replace("200", "201"), "none"),
    # Nobody has the token of this number: one's own are tested below.
    "delete /api/tokens/{token_id}": (SELF.replace("200", "404"), "none"),
    "get /api/site": (ADMIN, "none"),
    "put /api/site": (ADMIN.replace("200", "409"), "none"),  # of another file than there is
    "post /api/site/check": (ADMIN, "none"),
    "post /api/site/upload": (ADMIN, "none"),
    "post /api/site/picture": (ADMIN.replace("200", "409"), "none"),  # there is no such video
    "post /api/site/try": (ADMIN.replace("200", "409"), "none"),  # there are no looks
    "get /api/site/uniform": (ADMIN, "none"),
    "post /api/site/uniform/people": (ADMIN.replace("200", "409"), "none"),  # there is no such video
    "post /api/site/uniform/examples": (ADMIN.replace("200", "404"), "none"),  # of no picture
    "get /api/site/uniform/judgement": (ADMIN, "none"),
    "get /api/site/uniform/{kind}/{example_id}": (ADMIN.replace("200", "404"), "none"),
    "delete /api/site/uniform/{kind}/{example_id}": (ADMIN.replace("200", "404"), "none"),
    "get /api/audit": ("401 403 403 403 403 200 200 403 403 200", "none"),
}
NEW = "another long sentence"
SITE: dict[str, Any] = {
    "hall": "测试大厅",
    "timezone": "Asia/Shanghai",
    "cameras": [{"id": "east", "url": "rtsp://none.invalid/main"}],
    "posts": [{"id": "w01", "camera": "east", "staff_zone": [[0, 0], [1, 0], [1, 1]]}],
}
BODIES: dict[str, dict[str, Any]] = {
    "post /api/events/{event_id}/verdict": {"verdict": "unclear"},
    "post /api/verdicts": {"events": ["f" * 16], "verdict": "unclear"},
    "post /api/events/{event_id}/claim": {"take_over": True},
    "post /api/queue/next": {},
    "put /api/events/{event_id}/known": {"known": True},
    "post /api/covers": {"kind": "leave", "posts": ["w01"], "from": "2026-01-05T10:00"},
    "post /api/covers/{cover_id}/end": {},
    "post /api/events/{event_id}/appeal-link": {},
    "post /api/appeals/{appeal_id}/decision": {"outcome": "upheld", "reason": "seen"},
    "post /api/findings": {"clause": "B12", "post": "w01", "at": "2026-01-05T10:00", "note": "x"},
    "post /api/findings/{finding_id}/withdraw": {"why": "x"},
    "post /api/spot-checks/{spot_id}/answer": {"answer": "seen", "rules": ["phone_use"]},
    "post /api/spot-checks/{spot_id}/claim": {"take_over": True},
    "post /api/alerts/test": {},
    "post /api/alerts/retry": {"delivery": "none.wecom"},
    "post /api/session": {"name": "target", "password": PASSWORD},
    "post /api/setup": {"code": "ABCD-EFGH-JKLM", "name": "me", "password": NEW},
    "post /api/password": {"old": PASSWORD, "new": NEW},
    "put /api/accounts/{account_id}": {"role": "viewer", "posts": None, "disabled": False},
    "post /api/accounts/{account_id}/password": {"password": NEW},
    "put /api/accounts/{account_id}/identity": {"subject": "5f1c2a4e"},
    "post /api/tokens": {"name": "a report", "scopes": ["read"]},
    "put /api/site": {"site": SITE, "hash": "of another file"},
    "post /api/site/check": {"site": SITE},
    "post /api/site/try": {"site": SITE, "span": "hour"},
    "post /api/site/uniform/people": {"camera": {"id": "east", "url": "none.mp4"}},
    "post /api/site/uniform/examples": {"picture": "ab" * 8, "kind": "wear", "box": [0.1, 0.1, 0.2, 0.3]},
    "post /api/site/upload": {"name": "site.yaml", "yaml": "hall: x"},
    "post /api/site/picture": {"camera": {"id": "east", "url": "none.mp4"}},
}
PAGES = {
    "/": "read",
    "/login": None,
    "/setup": None,
    "/oidc/login": None,
    "/oidc/callback": None,
    "/accounts": "accounts",
    "/appeals": "appeals",
    "/appeal/{token}": None,
    "/appeal/{token}/withdraw": None,
    "/appeal/{token}/clip": None,
    "/findings": "read",
    "/spot-checks": "review",
    "/wall": "read",
    "/reports": "read",
    "/alerts": "alerts",
    "/site": "setup",
    "/alerts/test": "alerts",
    "/alerts/retry": "alerts",
    "/acknowledge/{token}": None,
    "/texts/{lang}": None,
    "/static/plotly.min.js": None,
    "/favicon.ico": None,
    "/healthz": None,
    "/readyz": None,
    "/metrics": "read",
}


class Hall:
    """A store with one thing of everything at each of two posts, and an account to be changed."""

    def __init__(self, client: Client, event: EventMaker) -> None:
        self.client, self.store = client, client.store
        self.target = add_account(self.store, "target", "viewer")
        for number, post in enumerate(("w01", "w02")):
            made = event(number, post=post, camera="east" if post == "w01" else "west")
            names = file_scene(client.data_dir, made.id)
            self.store.upsert_event(made.model_copy(update=names))
            self.store.covers.record(_absence(post))
            look_at(client.app.state.context.newest, post)

    def caller(self, name: str, *, posts: tuple[str, ...] | None) -> Client:
        """A new one of these each time; a supervisor has w01 at least."""
        if name == "nobody":
            return Person(self.client.app, OWN_PAGE)
        number = len(self.store.accounts.all())
        role: Role = "admin" if name.endswith("-token") else name  # type: ignore[assignment]
        own = ("w01",) if role == "supervisor" else posts
        account = add_account(self.store, f"{name}.{number}", role, own)
        if name.endswith("-token"):
            return with_token(self.client, account, name.removesuffix("-token"))  # type: ignore[arg-type]
        return logged_in(self.client, account)

    def ask(self, caller: Client, route: str, post: str) -> Any:
        """Ask a route about something of a post."""
        method, path = route.split()
        cover = EnteredCover(
            id=cover_id("leave", [post], NINE), kind="leave", posts=(post,), start=NINE, end=None, note=""
        )
        self.store.covers.replace(cover, at=datetime.now(UTC))
        ids = self.contested(post) if "appeal" in path else {}
        if "finding" in path:
            ids |= self.found(post)
        if "spot" in path:
            ids |= {"{spot_id}": draw_spot(self.store, self.client.data_dir, post).id}
        ids |= {"{event_id}": f"{int(post == 'w02'):016x}", "{cover_id}": cover.id}
        ids |= {"{account_id}": str(self.target.id), "{token_id}": "99", "{post_id}": post}
        ids |= {"{kind}": "wear", "{example_id}": "ab" * 8}
        for place, value in ids.items():
            path = path.replace(place, value)
        body = BODIES.get(route)
        if route == "post /api/accounts":
            name = f"new.{len(self.store.accounts.all())}"
            body = {"name": name, "role": "viewer", "password": NEW}
        return caller.ask(method.upper(), path, **({} if body is None else {"json": body}))

    def contested(self, post: str) -> dict[str, str]:
        """A fresh appeal against a new run of the post's event, with a living link."""
        event = f"{int(post == 'w02'):016x}"
        self.store.give_verdict(event, "unclear", None, "", at=datetime.now(UTC), act=did("li.na"))
        confirm(self.store, event, at=datetime.now(UTC))
        token = secrets.token_hex()
        invite(self.store, event, datetime.now(UTC), token)
        return {"{appeal_id}": str(contest(self.store, f"about {post}", datetime.now(UTC), token))}

    def found(self, post: str) -> dict[str, str]:
        now = datetime.now(UTC)
        fields: dict[str, Any] = {"clause": "B12", "moment": NINE, "note": "x", "event": None}
        made = self.store.findings.add(post=post, keep=timedelta(1), at=now, act=did("li.na", now), **fields)
        return {"{finding_id}": str(made.id)}


def _absence(post: str) -> CoveredAbsence:
    return CoveredAbsence(
        id=f"{hash(post) % 1000:016x}",
        rule="absent",
        post=post,
        camera="east",
        start=NINE,
        end=None,
        cover=CoverKind.PLACARD,
        cover_id="1",
        note="",
    )


@pytest.fixture
def hall(client: Client, event: EventMaker) -> Hall:
    return Hall(client, event)


def test_the_table_names_every_route_of_the_description(client: Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {f"{method} {path}" for path, item in paths.items() for method in item} == set(TABLE)


def test_the_walk_over_the_routes_finds_those_of_the_description_and_the_pages(client: Client) -> None:
    routes = [route for route in routes_of(client.app) if isinstance(route, APIRoute)]
    assert len([route for route in routes if route.include_in_schema]) == len(TABLE)
    pages = {route.path: needs_of(route)[0].permission for route in routes if not route.include_in_schema}
    assert pages == PAGES


@pytest.mark.parametrize("route", TABLE)
def test_what_each_caller_gets(hall: Hall, route: str) -> None:
    expected = dict(zip(CALLERS, map(int, TABLE[route][0].split()), strict=True))
    found = {name: hall.ask(hall.caller(name, posts=None), route, "w01").status_code for name in CALLERS}
    assert found == expected


@pytest.mark.parametrize("route", [route for route, (_, kind) in TABLE.items() if kind == "one"])
def test_a_thing_of_a_foreign_post_does_not_exist(hall: Hall, route: str) -> None:
    expected = {name: int(status) for name, status in zip(CALLERS, TABLE[route][0].split(), strict=True)}
    for name, status in expected.items():
        answer = hall.ask(hall.caller(name, posts=("w01",)), route, "w02")
        reaches = status < 300 or status == 409
        assert answer.status_code == (404 if reaches else status), name
        if reaches:
            assert "w02" not in answer.text
    assert hall.store.counts() == ({"confirmed": 1, "none": 1} if "appeal" in route else {"none": 2})
    assert len(hall.store.covers.find()) == 1


@pytest.mark.parametrize("route", [route for route, (_, kind) in TABLE.items() if kind == "some"])
def test_things_of_foreign_posts_are_left_out(hall: Hall, route: str) -> None:
    looks = [LastLook(post=post.id, t=NINE, presence=True, beliefs={}) for post in POSTS]
    hall.store.put_looks(looks, {})
    foreign = HealthEntry(camera="west", state="gap", start=NINE, end=None, detail="")
    hall.store.upsert_health(foreign)
    whole = hall.caller("viewer", posts=None)
    hall.ask(whole, route, "w02")  # leaves a cover of w02
    assert "w02" in hall.ask(whole, route, "w01").text
    for role in get_args(Role):
        answer = hall.ask(hall.caller(role, posts=("w01",)), route, "w01")
        assert "w01" in answer.text, role
        for secret in ("w02", "2号窗口", "west"):
            assert secret not in answer.text, role


def test_appeals_of_foreign_posts_are_left_out(hall: Hall) -> None:
    for post in ("w01", "w02"):
        hall.contested(post)
    for name in ("supervisor", "adjudicator", "admin"):
        for which in ("open", "closed", "overdue"):
            answer = hall.caller(name, posts=("w01",)).get(f"/api/appeals?which={which}")
            assert [one["post"] for one in answer.json()["appeals"]] == (["w01"] if which == "open" else [])
            assert "w02" not in answer.text


def test_a_finding_at_a_foreign_post_cannot_be_recorded(hall: Hall) -> None:
    for name in ("reviewer", "adjudicator", "admin"):
        body = {**BODIES["post /api/findings"], "post": "w02"}
        answer = hall.caller(name, posts=("w01",)).post("/api/findings", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "post"), name
        assert "expected one of w01," in answer.json()["detail"]


def test_the_queues_counts_are_those_of_the_own_posts(hall: Hall) -> None:
    supervisor = hall.caller("supervisor", posts=None)
    assert supervisor.get("/api/health").json()["queue"]["none"] == 1
    assert supervisor.get("/api/events?post=w02").json()["events"] == []


def test_the_figures_of_all_cameras_are_for_those_who_see_all_posts(hall: Hall) -> None:
    names = ("nobody", "viewer", "read-token", "admin-token", "supervisor")
    found = [hall.caller(name, posts=None).get("/metrics").status_code for name in names]
    assert found == [401, 200, 200, 403, 403]


def test_a_cover_of_more_than_the_own_posts_is_not_for_a_supervisor(hall: Hall) -> None:
    supervisor = hall.caller("supervisor", posts=None)
    body = BODIES["post /api/covers"]
    assert supervisor.post("/api/covers", json={**body, "posts": "all"}).status_code == 403
    assert supervisor.post("/api/covers", json={**body, "posts": ["w01", "w02"]}).status_code == 422
    shared = EnteredCover(id="ab" * 8, kind="pause", posts=("w01", "w02"), start=NINE, end=None, note="both")
    hall.store.covers.replace(shared, at=datetime.now(UTC))
    assert supervisor.ask("DELETE", f"/api/covers/{shared.id}").status_code == 403
    assert supervisor.post(f"/api/covers/{shared.id}/end", json={}).status_code == 403
    assert hall.store.covers.get(shared.id) == shared


def test_open_mode_lets_everybody_work_and_nobody_keep_accounts(client: Client, event: EventMaker) -> None:
    client.store.upsert_event(event())
    assert client.post(f"/api/events/{event().id}/verdict", json={"verdict": "unclear"}).status_code == 201
    assert client.get("/api/session").json()["login"] == "open"
    appeal = f"post /api/events/{event().id}/appeal-link"
    accounts = (
        *("get /api/accounts", "post /api/accounts", "get /api/audit", "get /api/tokens"),
        "get /api/site",
    )
    for route in (*accounts, appeal, "get /api/appeals", "post /api/appeals/1/decision"):
        method, path = route.split()
        assert client.ask(method.upper(), path, json={}).status_code == 403, route
    assert client.get("/accounts").headers["location"] == "/"


def test_the_first_account_ends_open_mode_at_once(client: Client) -> None:
    assert client.get("/api/posts").status_code == 200
    add_account(client.store, "li.na", "admin")
    assert client.get("/api/posts").status_code == 401
    assert client.get("/").headers["location"] == "/login"


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        pytest.param({}, "auto", id="loopback"),
        pytest.param({"login": "open"}, "open", id="open on loopback"),
        pytest.param({"login": "required"}, "required", id="asked for"),
        pytest.param({"host": "0.0.0.0"}, "required", id="every address"),
        pytest.param({"host": "0.0.0.0", "login": "open"}, "required", id="open where others come in"),
        pytest.param({"allowed_hosts": ("hall.example",)}, "required", id="behind a proxy"),
        pytest.param({"allowed_hosts": ("x.example",), "login": "open"}, "required", id="open behind one"),
    ],
)
def test_nobody_can_have_open_mode_where_others_can_come_in(settings: dict[str, Any], mode: str) -> None:
    assert Settings(**settings).login_mode == mode


def test_a_route_that_names_no_permission_keeps_the_service_from_starting(tmp_path: Path) -> None:
    router = APIRouter()
    router.get("/forgotten")(lambda: {})
    nested = APIRouter()
    nested.include_router(router, prefix="/deep")
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(nested)
    with pytest.raises(LookupError, match="/forgotten: expected one Needs, found 0"):
        check_guarded(app)
    plain = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    plain.add_route("/metrics", lambda request: None)  # type: ignore[arg-type, return-value]
    with pytest.raises(LookupError, match="asks for nothing"):
        check_guarded(plain)
    whole = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    whole.get("/said", dependencies=[PUBLIC])(lambda: {})
    check_guarded(whole)


def test_every_role_has_a_column() -> None:
    assert set(get_args(Role)) <= set(CALLERS)


@pytest.mark.parametrize(
    ("setup", "status"),
    [("disabled", 401), ("expired", 401), ("revoked", 401), ("good", 200), ("unknown", 401)],
)
def test_a_token_is_worth_nothing_when(client: Client, setup: str, status: int) -> None:
    client.store.set_site(HALL, POSTS)
    boss = add_account(client.store, "boss", "admin")
    account = add_account(client.store, "li.na", "reviewer")
    now = datetime.now(UTC)
    expires = now - timedelta(seconds=1) if setup == "expired" else now + timedelta(days=1)
    program = with_token(client, account, "read", expires=expires)
    if setup == "disabled":
        logged_in(client, boss).ask(
            "PUT", f"/api/accounts/{account.id}", json={"role": "reviewer", "disabled": True}
        )
    elif setup == "revoked":
        (token,) = logged_in(client, account).get("/api/tokens").json()["tokens"]
        assert logged_in(client, boss).ask("DELETE", f"/api/tokens/{token['id']}").status_code == 404
        person = logged_in(client, account)
        assert person.ask("DELETE", f"/api/tokens/{token['id']}").status_code == 200
    elif setup == "unknown":
        program.headers["Authorization"] += "x"
    assert program.get("/api/posts").status_code == status


def test_a_bad_token_is_not_helped_by_open_mode(tmp_path: Path) -> None:
    client = Client(build_app(Settings(data_dir=tmp_path / "data", login="open")))
    assert client.get("/api/posts", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    client.store.close()
