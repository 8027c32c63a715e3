"""Ways out of the folders that are served: encoded, encoded twice, with null bytes, in Windows' words."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import unquote

import pytest
from samples_service import Client, EventMaker, add_account, logged_in, make_clip

from service.evidence.media import Evidence, EvidenceMissingError

ID = f"{0:016x}"
SECRET = "the secret of this hall"
UP = {
    "plain": "../",
    "encoded": "%2e%2e%2f",
    "dots encoded": "%2e%2e/",
    "stroke encoded": "..%2f",
    "encoded twice": "%252e%252e%252f",
    "encoded thrice": "%25252e%25252e%25252f",
    "backslash": "..%5c",
    "backslash, plain": "..\\",
    "too many dots": "....//",
    "overlong UTF-8": "%c0%ae%c0%ae%c0%af",
    "full width": "%ef%bc%8e%ef%bc%8e%ef%bc%8f",
    "null byte": "..%00/",
    "parameter": "..;/",
    "here and up": "./../",
}
PLACES = (
    "/static/{up}{up}{up}{up}secret.txt",
    "/static/{up}templates/review.html",
    "/static/{up}web/page.py",
    f"/api/events/{ID}/{{up}}{{up}}{{up}}secret.txt",
    "/api/events/{up}secret.txt/clip",
    f"/api/events/{ID}{{up}}/clip",
    f"/api/events/{ID}%00/clip",
    "/texts/{up}secret.txt",
    "/acknowledge/{up}secret.txt",
    "/{up}{up}{up}secret.txt",
    "{up}{up}secret.txt",
)


def ask_raw(client: Client, path: str, cookie: str = "") -> tuple[int, bytes]:
    """Ask for a path as it is, with nothing tidied on the way; as uvicorn hands it on."""
    answers: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost:8080"), (b"cookie", cookie.encode())],
        "client": ("127.0.0.1", 5000),
        "server": ("127.0.0.1", 8080),
        "state": {},
    }
    asyncio.run(client.app(scope, receive, send))  # type: ignore[arg-type]
    body = b"".join(one.get("body", b"") for one in answers)  # type: ignore[misc]
    return int(answers[0]["status"]), body  # type: ignore[call-overload]


@pytest.mark.parametrize("up", UP.values(), ids=UP)
def test_nothing_but_what_is_served_is_reached(client: Client, event: EventMaker, up: str) -> None:
    for folder in (client.data_dir, client.data_dir.parent, client.data_dir / "clips"):
        folder.mkdir(exist_ok=True)
        (folder / "secret.txt").write_text(SECRET)
    made = event(0)
    make_clip(client.data_dir / "clips" / f"{made.id}.mp4", frames=2)
    client.store.upsert_event(made.model_copy(update={"clip": f"clips/{made.id}.mp4"}))
    for place in PLACES:
        path = place.replace("{up}", up)
        status, body = ask_raw(client, path)
        assert status in (307, 400, 404, 405, 422), path
        for told in (SECRET, "root:", "def review_page", "{% include"):
            assert told.encode() not in body, path


@pytest.mark.parametrize("up", UP.values(), ids=UP)
def test_no_way_leads_out_of_the_folders_of_uniforms(client: Client, up: str) -> None:
    boss = logged_in(client, add_account(client.store, "boss", "admin"))
    folder = client.app.state.context.site_file.folder / "uniform"
    (folder / "wear").mkdir(parents=True)
    for place in (folder, folder.parent, folder / "wear"):
        (place / "secret.txt").write_text(SECRET)
    for path in ("wear/{up}secret.txt", "wear/secret.txt", "{up}wear/secret.txt", "wear/{up}"):
        address = f"/api/site/uniform/{path.replace('{up}', up)}"
        status, body = ask_raw(client, address, boss.headers["Cookie"])
        assert status in (307, 400, 404, 405, 422), address
        assert SECRET.encode() not in body


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("..\\..\\{id}.mp4", id="up, in Windows' words"),
        pytest.param("C:\\Windows\\{id}.mp4", id="a drive"),
        pytest.param("\\\\server\\share\\{id}.mp4", id="a share"),
        pytest.param("//server/share/{id}.mp4", id="a share with strokes"),
        pytest.param("clips/{id}.mp4::$DATA", id="a stream of a file"),
        pytest.param("clips/{id}.mp4.", id="a full stop more"),
        pytest.param("clips/{id}.mp4 ", id="a space more"),
        pytest.param("clips/%2e%2e/%2e%2e/{id}.mp4", id="encoded"),
        pytest.param("clips/%252e%252e/{id}.mp4", id="encoded twice"),
        pytest.param("clips/{id}.mp4%00.jpg", id="an encoded null byte"),
        pytest.param("clips/{id}.mp4\x00.jpg", id="a null byte"),
        pytest.param("clips/../clips/../../{id}.mp4", id="in, out and up"),
        pytest.param("file:///etc/{id}.mp4", id="an address"),
        pytest.param("clips/{id}.MP4", id="another case"),
        pytest.param("~/{id}.mp4", id="somebody's home"),
        pytest.param("/proc/self/root/{id}.mp4", id="another way to the root"),
    ],
)
def test_an_event_leads_to_no_other_file(tmp_path: Path, name: str) -> None:
    for folder in (tmp_path, tmp_path / "data" / "clips"):
        folder.mkdir(parents=True, exist_ok=True)
    (tmp_path / f"{ID}.mp4").write_text(SECRET)
    (tmp_path / "data" / "clips" / f"{ID}.mp4").write_text("its own")
    with pytest.raises(EvidenceMissingError):
        Evidence(tmp_path / "data").locate(ID, name.replace("{id}", ID))
