"""Samples for the service's tests: a hall, its posts, clips with a known rectangle, and a client."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import av
import httpx
import numpy as np
from argon2 import PasswordHasher
from fastapi import FastAPI

from pipelines.evidence.spots import SpotCheck
from pipelines.looking.newest import NewestLooks
from pipelines.observations import Look
from pipelines.rules.events import RuleEvent
from service.audit import Act
from service.auth.entrance import digest
from service.auth.roles import Role, Scope
from service.delivery import Delivery
from service.evidence.spot_clips import file_spot
from service.store import Hall, Store, StoredPost
from service.store.accounts import Account
from vision.cue import Reason
from vision.frame import Frame
from vision.posts import Post

SHANGHAI = ZoneInfo("Asia/Shanghai")
NINE = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)
PATIENCE_S = 60
EventMaker = Callable[..., RuleEvent]

HALL = Hall("测试大厅", SHANGHAI)
POSTS = [
    StoredPost(
        id=post_id,
        name=name,
        camera="east",
        staff_zone=((0.1, 0.1), (0.5, 0.1), (0.5, 0.5)),
        visitor_zone=None,
        active=True,
    )
    for post_id, name in (("w01", "1号窗口"), ("w02", "2号窗口"))
]


class Client:
    """Asks an application directly, as httpx's own client would over a socket."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.store: Store = app.state.context.store
        self.data_dir: Path = app.state.context.settings.data_dir

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
                return await client.request(method, path, **options)

        return asyncio.run(go())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("POST", path, **options)


PASSWORD = "a long sentence"
# Of the same password, but cheap to check: the costs stand in the hash.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
OWN_PAGE = {"Origin": "http://localhost:8080"}


class Person(Client):
    """Somebody who is logged in, or a program with a token: asks as their browser or as it would."""

    def __init__(self, app: FastAPI, headers: dict[str, str]) -> None:
        super().__init__(app)
        self.headers = headers

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return super().ask(
            method, path, **{**options, "headers": {**self.headers, **options.get("headers", {})}}
        )


def act(at: datetime, action: str = "account.added", object_: str = "") -> Act:
    return Act(at=at, who="", way="command", action=action, object=object_, address="", detail={})


def add_account(
    store: Store, name: str, role: Role, posts: tuple[str, ...] | None = None, at: datetime | None = None
) -> Account:
    """An account whose password is PASSWORD."""
    return store.accounts.add(name, role, posts, CHEAP, act(at or datetime.now(UTC), object_=name))


def logged_in(client: Client, account: Account, at: datetime | None = None) -> Person:
    """The browser of somebody who has logged in."""
    cookie = secrets.token_urlsafe(16)
    client.store.sessions.start(account.id, digest(cookie), act(at or datetime.now(UTC), "login.succeeded"))
    return Person(client.app, {**OWN_PAGE, "Cookie": f"conduct_session={cookie}"})


def with_token(client: Client, account: Account, *scopes: Scope, expires: datetime | None = None) -> Person:
    """A program with a token of an account."""
    token = f"token of {account.name} {scopes}"
    made = act(datetime.now(UTC), "token.made")
    client.store.sessions.add_token(account.id, "a program", scopes, digest(token), expires, made)
    return Person(client.app, {"Authorization": f"Bearer {token}"})


CLIP_SIZE = (320, 240)
CLIP_FPS = 10


def rectangle_at(frame: int) -> tuple[int, int, int, int]:
    """Where the white rectangle of a made clip is: x1, y1, x2, y2 in pixels."""
    x = 8 + 8 * (frame % 24)
    return x, 90, x + 48, 150


def make_clip(
    path: Path, codec: str = "libx264", frames: int = 20, pix_fmt: str = "yuv420p", gap_after: int = -1
) -> Path:
    """A white rectangle that moves over grey, 10 frames a second; half a second is lost after `gap_after`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"libx264": {"bf": "0", "g": "5"}, "libx265": {"x265-params": "log-level=none"}}.get(codec, {})
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=CLIP_FPS, options=options)
        stream.width, stream.height = CLIP_SIZE
        stream.pix_fmt = pix_fmt
        for index in range(frames):
            picture = np.full((CLIP_SIZE[1], CLIP_SIZE[0], 3), 60, np.uint8)
            x1, y1, x2, y2 = rectangle_at(index)
            picture[y1:y2, x1:x2] = 255
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = index + (5 if 0 <= gap_after < index else 0)
            frame.time_base = Fraction(1, CLIP_FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def now() -> datetime:
    return datetime(2026, 1, 5, 4, 0, tzinfo=UTC)


def wait_until_settled(delivery: Delivery) -> None:
    """Until the store has taken everything."""
    deadline = time.monotonic() + PATIENCE_S
    while not delivery.settle(0.05):
        assert time.monotonic() < deadline, f"{delivery.waiting} records still wait"


def an_event(number: int, start: datetime, /, **changes: Any) -> RuleEvent:
    """A closed event of half a minute with this number as its id; keywords replace fields."""
    fields: dict[str, Any] = {
        "id": f"{number:016x}",
        "rule": "phone_use",
        "clause": "B15",
        "post": "w01",
        "camera": "east",
        "start": start,
        "end": start + timedelta(seconds=30),
        "state": "closed",
        "confidence": 0.9,
        "why": "a phone in the hand (93 %)",
        "clip": None,
        "snapshot": None,
        "timeline": None,
        "model": {"name": "detector", "sha256": "ab" * 32},
        "rule_version": "1-12345678",
    }
    return RuleEvent.model_validate({**fields, **changes})


WATCHED = ("absent", "phone_use", "smoking", "eating", "out_of_uniform")


def draw_spot(
    store: Store, data_dir: Path, post: str = "w01", start: datetime = NINE, *, chance: float = 0.01
) -> SpotCheck:
    """A spot check at a post, two seconds long, with its clip in the data folder."""
    id_ = secrets.token_hex(8)
    clip = make_clip(data_dir / "spot-checks" / f"{id_}.mp4", frames=25)
    made = SpotCheck(
        id=id_,
        post=post,
        camera="east",
        start=start,
        end=start + timedelta(seconds=2),
        lead_s=0.5,
        chance=chance,
        rules=WATCHED,
        clip=f"spot-checks/{clip.name}",
    )
    file_spot(store, data_dir, made, made.end)
    return made


def look_at(
    newest: NewestLooks,
    post: str,
    t: datetime = NINE,
    *,
    present: bool | None = True,
    why: str = "staff_seen",
    cover: str | None = None,
) -> None:
    """A look at a post whose zone is the left half of a picture: white in it, black beside it."""
    seen = Post(id=post, camera="east", staff_zone=((0, 0), (0.5, 0), (0.5, 1), (0, 1)))
    image = np.zeros((60, 80, 3), np.uint8)
    image[:, :40] = 255
    beliefs = {"presence": 0.97 if present else 0.03}
    look = Look(t.timestamp(), "east", post, present, {}, beliefs, {"presence": Reason(why)}, (), None, cover)
    newest.take(seen, look, Frame("east", 0, t.timestamp(), image))
