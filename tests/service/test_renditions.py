"""Who sees bystanders in the clear, and that nobody else ever gets a file that shows them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest
from samples_appeals import confirm, invite
from samples_service import HALL, NINE, POSTS, Client, Person, add_account, an_event, logged_in, with_token

from pipelines.texts import LANGUAGES, catalogue
from service.auth.roles import Role
from service.bootstrap import build_app
from service.evidence import renditions
from service.evidence.renditions import NotBlurredError, Original, Renditions, StillBlurringError
from service.evidence.retention import Terms
from service.evidence.sweeper import Sweeper
from service.settings import ClearRole, Settings
from service.store.holds import release
from tests.conftest import read_frames
from tests.pipelines.evidence.samples_blurred import STAFF, STRANGER, VISITOR, file_scene, pattern_left, told

ID = f"{1:016x}"
DAY = timedelta(days=1)
MEDIA = (f"/api/events/{ID}/clip", f"/api/events/{ID}/snapshot")
CLEAR = ("reviewer", "adjudicator", "admin")
DENIED = ("viewer", "auditor")


class Desk:
    """A hall with one confirmed event whose clip shows staff, a visitor and a stranger."""

    def __init__(self, root: Path, clear_roles: tuple[ClearRole, ...] | None = None) -> None:
        more: dict[str, Any] = {} if clear_roles is None else {"clear_roles": clear_roles}
        self.app = build_app(Settings(data_dir=root, login="required", **more))
        self.client = Client(self.app)
        self.store, self.clips = self.client.store, root / "clips"
        self.store.set_site(HALL, POSTS)
        self.names = file_scene(root, ID)
        self.store.upsert_event(an_event(1, NINE, **self.names))
        confirm(self.store, ID, at=datetime.now(UTC))
        invite(self.store, ID, datetime.now(UTC), "secret")

    def person(self, role: Role) -> Person:
        number = len(self.store.accounts.all())
        posts = ("w01",) if role == "supervisor" else None
        return logged_in(self.client, add_account(self.store, f"{role}.{number}", role, posts))

    def damage(self, timeline: str | None) -> None:
        path = self.clips / f"{ID}.json"
        if timeline is None:
            path.unlink()
        else:
            path.write_text(timeline, encoding="utf-8")

    def clear_bytes(self) -> list[bytes]:
        return [(self.clips / f"{ID}.{end}").read_bytes() for end in ("mp4", "jpg")]

    def close(self) -> None:
        self.app.state.context.renditions.close()
        self.app.state.context.cutter.close()
        self.store.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "data")
    yield made
    made.close()


def picture_of(answer: Any, folder: Path) -> Any:
    """A frame in the middle of a clip, or a picture, as an answer holds it."""
    if answer.headers["content-type"] == "image/jpeg":
        return cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    path = folder / "answer.mp4"
    path.write_bytes(answer.content)
    return read_frames(path)[20]


@pytest.mark.parametrize("address", [*MEDIA, "/appeal/secret/clip"])
@pytest.mark.parametrize("role", get_args(Role))
def test_each_role_gets_its_form_of_each_piece(desk: Desk, tmp_path: Path, role: Role, address: str) -> None:
    answer = desk.person(role).get(address)
    link = address.startswith("/appeal")
    if role in DENIED and not link:
        assert answer.status_code == 403
        return
    assert answer.status_code == 200, answer.text
    picture = picture_of(answer, tmp_path)
    clear = role in CLEAR and not link
    assert pattern_left(picture, STAFF) > 0.8
    for box in (VISITOR, STRANGER):
        assert pattern_left(picture, box) > 0.8 if clear else pattern_left(picture, box) < 0.1
    assert (answer.content in desk.clear_bytes()) is clear


@pytest.mark.parametrize(
    "spelling", ["bytes=0-", "bytes=0-99", "bytes=-100", "bytes=5-9,20-29", "bytes=100-"]
)
def test_no_range_reaches_into_the_clear_file(desk: Desk, spelling: str) -> None:
    supervisor = desk.person("supervisor")
    whole = supervisor.get(MEDIA[0])
    part = supervisor.get(MEDIA[0], headers={"Range": spelling})
    assert part.status_code == 206
    if "," not in spelling:
        assert part.content in whole.content
        assert int(part.headers["content-range"].rpartition("/")[2]) == len(whole.content)
    clear = desk.clear_bytes()[0]
    etag = desk.person("admin").get(MEDIA[0]).headers["etag"]
    stitched = supervisor.get(MEDIA[0], headers={"Range": spelling, "If-Range": etag})
    assert (stitched.status_code, stitched.content) == (200, whole.content)
    assert len(whole.content) != len(clear)


def test_a_token_sees_as_its_owners_role(desk: Desk) -> None:
    for role, clear in (("supervisor", False), ("admin", True)):
        posts = ("w01",) if role == "supervisor" else None
        owner = add_account(desk.store, f"owner.{role}", role, posts)  # type: ignore[arg-type]
        answer = with_token(desk.client, owner, "read").get(MEDIA[0])
        assert (answer.content == desk.clear_bytes()[0]) is clear


@pytest.mark.parametrize("asked", ["{id}.blurred.mp4", "{id}.blurred", "../clips/{id}.mp4", "{id}%2Emp4"])
def test_no_spelling_of_an_id_gets_a_file(desk: Desk, asked: str) -> None:
    supervisor = desk.person("supervisor")
    supervisor.get(MEDIA[0])
    answer = supervisor.get(f"/api/events/{asked.format(id=ID)}/clip")
    assert answer.status_code in (404, 422)


@pytest.mark.parametrize(
    "timeline",
    [
        pytest.param("{}", id="empty"),
        pytest.param('{"looks": [', id="cut off"),
        pytest.param(json.dumps(told("f" * 16)), id="another event's"),
        pytest.param(json.dumps(told(ID, width=640, height=640)), id="of another picture"),
        pytest.param(None, id="gone"),
    ],
)
def test_with_a_damaged_timeline_nothing_is_shown_and_the_reason_is_told(
    desk: Desk, timeline: str | None
) -> None:
    desk.damage(timeline)
    supervisor = desk.person("supervisor")
    for address in (*MEDIA, *MEDIA):
        answer = supervisor.get(address)
        assert answer.status_code == (404 if timeline is None else 409)
        if timeline is not None:
            assert answer.json()["field"] == "rendition"
        assert not {content[:64] for content in desk.clear_bytes()} & {answer.content[:64]}
    assert desk.client.get("/appeal/secret/clip").status_code == answer.status_code
    assert desk.person("reviewer").get(MEDIA[0]).content == desk.clear_bytes()[0]
    assert list(desk.clips.glob("*.blurred.*")) == []


def test_without_a_timeline_or_a_clip_nothing_is_shown(desk: Desk) -> None:
    for number, without in ((2, "timeline"), (3, "clip")):
        names = file_scene(desk.client.data_dir, f"{number:016x}")
        del names[without]
        desk.store.upsert_event(an_event(number, NINE, **names))
        address = f"/api/events/{number:016x}/snapshot"
        assert desk.person("supervisor").get(address).status_code == 409
        assert desk.person("reviewer").get(address).status_code == 200
    assert desk.person("supervisor").get(f"/api/events/{2:016x}/clip").status_code == 409


def test_a_broken_clip_is_not_shown_for_want_of_a_rendition(desk: Desk) -> None:
    (desk.clips / f"{ID}.mp4").write_bytes(b"no video" * 100)
    answer = desk.person("supervisor").get(MEDIA[0])
    assert (answer.status_code, answer.json()["field"]) == (409, "rendition")


def test_a_rendition_is_made_once_and_anew_when_the_clip_is_cut_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    real = renditions.blur_clip
    monkeypatch.setattr(renditions, "blur_clip", lambda *given: (made.append(given[0]), real(*given))[1])
    supervisor = desk.person("supervisor")
    for _ in range(3):
        assert supervisor.get(MEDIA[0]).status_code == 200
    assert len(made) == 1
    file_scene(desk.client.data_dir, ID)
    assert supervisor.get(MEDIA[0]).status_code == 200
    assert len(made) == 2


def test_what_failed_is_not_tried_again_until_it_changes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.damage("{}")
    tried: list[str] = []
    real = Original.scene
    monkeypatch.setattr(Original, "scene", lambda self: (tried.append(self.event), real(self))[1])
    supervisor = desk.person("supervisor")
    assert [supervisor.get(MEDIA[0]).status_code for _ in range(3)] == [409] * 3
    assert len(tried) == 1
    desk.damage(json.dumps(told(ID)))
    assert supervisor.get(MEDIA[0]).status_code == 200


def test_a_rendition_is_no_evidence_and_goes_with_its_clip(desk: Desk) -> None:
    supervisor = desk.person("supervisor")
    assert [supervisor.get(address).status_code for address in MEDIA] == [200, 200]
    assert sorted(path.name for path in desk.clips.glob("*.blurred.*")) == [
        f"{ID}.blurred.jpg",
        f"{ID}.blurred.mp4",
    ]
    with desk.store.transactions.write() as session:
        release(session, ID, "link")
    terms = Terms(7 * DAY, 90 * DAY, 365 * DAY, floor=0)
    for days in (0, 400):
        at = datetime.now(UTC) + days * DAY
        Sweeper(desk.store, desk.client.data_dir, terms, now=lambda at=at: at).sweep()
        assert {file.kind for file in desk.store.evidence.files(ID)} == (set() if days else set(desk.names))
    assert list(desk.clips.iterdir()) == []
    assert supervisor.get(MEDIA[0]).status_code == 409


def test_looks_at_a_rendition_are_in_the_audit_log_as_such(desk: Desk) -> None:
    desk.person("supervisor").get(MEDIA[0])
    desk.person("reviewer").get(MEDIA[0])
    desk.client.get("/appeal/secret/clip")
    seen = [one for one in desk.store.audit.oldest() if one.action == "clip.viewed"]
    assert [(one.way, one.detail.get("blurred")) for one in seen] == [
        ("session", True),
        ("session", None),
        ("link", True),
    ]


@pytest.mark.parametrize(
    ("setting", "clear"),
    [
        pytest.param((), set(), id="nobody"),
        pytest.param(("admin",), {"admin"}, id="narrowed"),
        pytest.param(("reviewer", "supervisor", "link"), {"reviewer", "supervisor", "link"}, id="widened"),
    ],
)
def test_the_setting_widens_and_narrows(tmp_path: Path, setting: Any, clear: set[str]) -> None:
    made = Desk(tmp_path / "other", setting)
    roles: tuple[Role, ...] = ("reviewer", "supervisor", "adjudicator", "admin")
    found = {role for role in roles if made.person(role).get(MEDIA[0]).content == made.clear_bytes()[0]}
    if made.client.get("/appeal/secret/clip").content == made.clear_bytes()[0]:
        found.add("link")
    made.close()
    assert found == clear


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_say_that_it_is_a_blurred_copy_and_the_original_is_kept(desk: Desk, lang: str) -> None:
    words = catalogue(lang)
    page = desk.client.get(f"/appeal/secret?lang={lang}").text
    assert words["appeal.blurred"] in page
    assert "<video" in page
    desk.damage("{}")
    page = desk.client.get(f"/appeal/secret?lang={lang}").text
    assert words["appeal.unblurred"] in page
    assert "<video" not in page
    for role, told_so in (("supervisor", True), ("admin", False)):
        shown = desk.person(role).get(f"/?lang={lang}").text  # type: ignore[arg-type]
        assert ('data-t="page.blurred"' in shown) is told_so


# -- the one who makes them


@pytest.fixture
def original(tmp_path: Path) -> Original:
    names = file_scene(tmp_path, ID)
    return Original(ID, tmp_path / names["clip"], tmp_path / names["timeline"], None)


def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Nothing is made before this is set."""
    go, real = threading.Event(), renditions.blur_clip
    monkeypatch.setattr(renditions, "blur_clip", lambda *given: (go.wait(30), real(*given))[1])
    return go


def test_who_asks_while_it_is_made_is_told_to_come_again(
    original: Original, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, made = held(monkeypatch), Renditions(wait_s=0.05)
    for _ in range(2):
        with pytest.raises(StillBlurringError):
            made.clip(original)
    go.set()
    made._worker.submit(lambda: None).result(30)  # behind the one under way
    assert made.clip(original).exists()
    made.close()


def test_no_more_than_a_few_wait(original: Original, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go, made = held(monkeypatch), Renditions(wait_s=0.01)
    monkeypatch.setattr(renditions, "MOST_WAITING", 2)
    others = []
    for number in (2, 3):
        names = file_scene(tmp_path, f"{number:016x}")
        others.append(
            Original(f"{number:016x}", tmp_path / names["clip"], tmp_path / names["timeline"], None)
        )
    for one in (original, *others):
        with pytest.raises(StillBlurringError) as refused:
            made.clip(one)
    assert "many" in str(refused.value)
    go.set()
    made.close()


def test_nothing_is_left_of_a_clip_that_is_deleted_meanwhile(
    original: Original, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = renditions.blur_clip

    def deleted(*given: Any) -> int:
        frames = real(*given)
        original.clip.unlink()
        return frames

    monkeypatch.setattr(renditions, "blur_clip", deleted)
    made = Renditions()
    with pytest.raises(NotBlurredError):
        made.clip(original)
    made.close()
    assert list(original.clip.parent.glob("*.blurred.*")) == []


def test_on_a_full_disk_there_is_none_and_later_there_is(
    original: Original, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    made = Renditions()
    with monkeypatch.context() as patch:
        patch.setattr(renditions, "blur_clip", full)
        with pytest.raises(NotBlurredError):
            made.clip(original)
    assert made.clip(original).exists()
    made.close()
