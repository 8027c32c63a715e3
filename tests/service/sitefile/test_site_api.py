"""/api/site: read, checked, uploaded, saved; pictures of cameras; what the audit log says of it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from samples_service import CLIP_SIZE, Client, Person, add_account, logged_in, make_clip
from samples_sitefile import TEXT, file_in, site

from pipelines.hall.site import load_site
from service.bootstrap import build_app
from service.settings import Settings
from service.web.site import rules_with_clauses

HIDDEN = "rtsp://…@camera-1.hall.example/main?…"


@pytest.fixture
def boss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    """An admin of a hall that is watched with a site file in tmp_path."""
    monkeypatch.setenv("HOOK_KEY", "hush-hush-key")
    path = file_in(tmp_path)
    app = build_app(Settings(data_dir=tmp_path / "data"), load_site(path), site_file=path)
    client = Client(app)
    yield logged_in(client, add_account(client.store, "boss", "admin"))
    client.store.close()


def put(boss: Person, draft: dict[str, Any], hash_: str) -> Any:
    return boss.ask("PUT", "/api/site", json={"site": draft, "hash": hash_})


def acts(boss: Person) -> list[tuple[str, str, Any]]:
    return [(one.who, one.action, one.detail) for one in boss.store.audit.oldest() if one.who]


def test_a_limit_is_changed_and_the_secrets_nobody_saw_stay(boss: Person, tmp_path: Path) -> None:
    read = boss.get("/api/site")
    for secret in ("s3cr3t", "hush", "key-in-the-path"):
        assert secret not in read.text
    told = read.json()
    assert (told["path"], told["served"], told["needs_restart"]) == (str(tmp_path / "site.yaml"), True, False)
    draft = {**told["site"], "rules": {"absent": {"grace_s": 240}}}
    checked = boss.post("/api/site/check", json={"site": draft}).json()
    expected = [{"where": "rules", "before": None, "after": {"absent": {"grace_s": 240}}}]
    assert (checked["faults"], checked["changes"], checked["unset"]) == ([], expected, [])
    saved = put(boss, draft, told["hash"])
    assert saved.status_code == 200
    assert (saved.json()["needs_restart"], saved.json()["changes"]) == (True, expected)
    assert (tmp_path / saved.json()["backup"]).read_text(encoding="utf-8") == TEXT
    now = load_site(tmp_path / "site.yaml")
    assert now.rules.absent.grace_s == 240
    assert now.cameras[0].url == "rtsp://admin:s3cr3t@camera-1.hall.example/main?token=hush"
    assert now.alerts.channels[0].url == "https://hook.example/key-in-the-path"
    detail = {"changes": expected, "hash": saved.json()["hash"], "backup": saved.json()["backup"]}
    assert acts(boss) == [("boss", "site.viewed", {}), ("boss", "site.saved", detail)]
    assert boss.get("/api/site").json()["needs_restart"] is True


def test_the_draft_of_an_older_file_is_refused_and_nothing_is_told(boss: Person, tmp_path: Path) -> None:
    told = boss.get("/api/site").json()
    file_in(tmp_path, TEXT + "# mine\n")
    answer = put(boss, site(), told["hash"])
    assert (answer.status_code, answer.json()["field"]) == (409, "hash")
    assert (tmp_path / "site.yaml").read_text(encoding="utf-8") == TEXT + "# mine\n"
    assert [one[1] for one in acts(boss)] == ["site.viewed"]


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        pytest.param(site(posts=[]), "posts", id="no posts"),
        pytest.param(
            site(cameras=[{"id": "east", "url": "rtsp://a:plain-one@c/"}]), "cameras.0.url", id="a password"
        ),
        pytest.param(site(cameras=[{"id": "east", "url": "/etc/passwd"}]), "cameras.0.url", id="a file"),
        pytest.param(site(hall=[[[[[[[[[[[[[[[[[["x"]]]]]]]]]]]]]]]]]]), "site", id="a nest"),
        pytest.param({"colour": 5}, "hall", id="no site at all"),
    ],
)
def test_what_cannot_be_the_site_file_is_not_written(
    boss: Person, tmp_path: Path, draft: dict[str, Any], field: str
) -> None:
    answer = put(boss, draft, boss.get("/api/site").json()["hash"])
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert "plain-one" not in answer.text
    assert (tmp_path / "site.yaml").read_text(encoding="utf-8") == TEXT


def test_an_upload_becomes_a_draft_with_its_faults(boss: Person) -> None:
    text = TEXT.replace("timezone: Asia/Shanghai", "timezone: Mars")
    found = boss.post("/api/site/upload", json={"name": "../../hall.yaml", "yaml": text}).json()
    assert [one["field"] for one in found["faults"]] == ["timezone"]
    assert found["site"]["cameras"][0]["url"] == HIDDEN, "what is the file's own is hidden again"
    broken = boss.post("/api/site/upload", json={"name": "../../hall.yaml", "yaml": "hall: ["})
    assert (broken.status_code, broken.json()["field"]) == (422, "yaml")
    assert broken.json()["detail"].startswith("hall.yaml:1: expected YAML")


def test_what_is_wrong_is_said_in_the_language_that_is_asked_for(boss: Person, tmp_path: Path) -> None:
    draft = site(timezone="Mars")
    for lang, told in (
        ("zh-CN", "应为时区，如 Asia/Shanghai，现为“Mars”"),
        ("en", "expected a time zone like"),
    ):
        checked = boss.post(f"/api/site/check?lang={lang}", json={"site": draft}).json()
        (fault,) = [one for one in checked["faults"] if one["field"] == "timezone"]
        assert fault["message"].startswith(told)
        assert fault["kind"] == "time_zone"
    hash_ = boss.get("/api/site").json()["hash"]
    refused = boss.ask("PUT", "/api/site?lang=zh-CN", json={"site": site(hall="a\x00"), "hash": hash_})
    assert refused.json() == {"detail": "hall：含有不能使用的字符 U+0000", "field": "hall"}
    broken = boss.post("/api/site/upload?lang=zh-CN", json={"name": "a.yaml", "yaml": "hall: 1\nhall: 2"})
    assert broken.json()["detail"] == "a.yaml:2：hall：同一项出现了两次，只能保留一个"
    unsent = boss.post("/api/site/picture?lang=zh-CN", json={"camera": {"id": "a b", "url": "x.mp4"}})
    assert unsent.json()["detail"].startswith("camera.id：应为 1 至 40 个字母")
    file_in(tmp_path, TEXT.replace("timezone: Asia/Shanghai", "timezone: Mars"))
    assert "应为时区" in boss.get("/api/site?lang=zh-CN").json()["detail"]
    assert boss.get("/api/site?lang=de").status_code == 422


def test_a_file_that_was_broken_by_hand_is_said(boss: Person, tmp_path: Path) -> None:
    file_in(tmp_path, "hall: x\n")
    answer = boss.get("/api/site")
    assert answer.status_code == 409
    assert "timezone" in answer.json()["detail"]


def test_a_picture_of_a_camera_that_is_not_saved_yet(boss: Person, tmp_path: Path) -> None:
    make_clip(tmp_path / "new.mp4")
    asked = {"camera": {"id": "new", "url": "new.mp4"}}
    found = boss.post("/api/site/picture", json=asked).json()
    jpeg = np.frombuffer(base64.b64decode(found["jpeg"]), np.uint8)
    picture = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (*CLIP_SIZE[::-1], 3)
    assert (found["codec"], found["width"], found["height"]) == ("h264", *CLIP_SIZE)
    assert acts(boss) == [("boss", "camera.pictured", {"url": "new.mp4"})]


@pytest.mark.parametrize(
    ("url", "status"),
    [
        pytest.param("none.mp4", 409, id="there is none"),
        pytest.param("/etc/passwd", 422, id="a file elsewhere"),
        pytest.param("rtsp://a:${CONDUCT_DATABASE_URL}@127.0.0.1:1/", 422, id="a secret of the service"),
        pytest.param("rtsp://a:${NOBODY_SET_THIS}@127.0.0.1:1/", 409, id="a variable that is not set"),
        pytest.param("http://169.254.169.254/latest", 409, id="a cloud's metadata"),
        pytest.param("http://127.0.0.1:1/x", 409, id="nobody listens"),
        pytest.param("gopher://127.0.0.1:1/x", 422, id="another scheme"),
        pytest.param("", 422, id="nothing"),
    ],
)
def test_no_picture_of_what_is_no_camera(boss: Person, url: str, status: int) -> None:
    answer = boss.post("/api/site/picture", json={"camera": {"id": "x", "url": url}})
    assert answer.status_code == status
    assert "root:" not in answer.text


def test_an_admin_of_some_posts_only_does_not_set_up_the_hall(boss: Person) -> None:
    bound = logged_in(boss, add_account(boss.store, "bound", "admin", ("w01",)))
    for method, path, body in (
        ("GET", "/api/site", None),
        ("POST", "/api/site/check", {"site": {}}),
        ("POST", "/api/site/try", {"site": site(), "span": "hour"}),
        ("PUT", "/api/site", {"site": site(), "hash": ""}),
        ("POST", "/api/site/upload", {"name": "x", "yaml": "hall: x"}),
        ("POST", "/api/site/picture", {"camera": {"id": "x", "url": "x.mp4"}}),
    ):
        assert bound.ask(method, path, json=body).status_code == 403, path


def test_without_a_site_one_begins_with_nothing(tmp_path: Path) -> None:
    client = Client(build_app(Settings(data_dir=tmp_path / "data")))
    admin = logged_in(client, add_account(client.store, "boss", "admin"))
    told = admin.get("/api/site").json()
    assert (told["site"], told["hash"], told["served"]) == ({}, "", False)
    assert told["path"] == str(tmp_path / "data" / "site.yaml")
    saved = put(admin, site(), "").json()
    assert (saved["backup"], saved["needs_restart"]) == ("", True)
    assert load_site(tmp_path / "data" / "site.yaml").hall == "测试大厅"
    client.store.close()


def test_the_page_knows_every_rule_with_its_clause_and_the_settings_in_their_order() -> None:
    absent, *others = rules_with_clauses()
    assert (absent["name"], absent["clause"]) == ("absent", "B6")
    assert absent["text"]["zh-CN"].startswith("第六条")
    assert absent["settings"] == [
        *(("enabled", True), ("grace_s", 300), ("open_at", 0.9), ("close_at", 0.5), ("release_s", 2)),
    ]
    assert [one["name"] for one in others] == ["phone_use", "smoking", "eating", "out_of_uniform"]
    assert ("drinking", False) in others[2]["settings"]
