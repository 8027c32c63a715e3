"""/api/site/uniform: people found in a picture, picked, shown, deleted, judged. Slow: the real models."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from samples_service import Client, Person, add_account, logged_in
from samples_sitefile import site

from pipelines.hall.site import load_site
from service.bootstrap import build_app
from service.settings import Settings
from service.sitefile.draft import written

pytestmark = pytest.mark.slow
DEMO = Path(__file__).parents[3] / "datasets" / "demo"
CAMERA = {"id": "east", "url": "example_12s.mp4"}
SAVED = site(cameras=[CAMERA])


@pytest.fixture
def boss(tmp_path: Path) -> Iterator[Person]:
    path = tmp_path / "site.yaml"
    path.write_text(written(SAVED), encoding="utf-8")
    shutil.copy(DEMO / "example_12s.mp4", tmp_path)
    client = Client(build_app(Settings(data_dir=tmp_path / "data"), load_site(path), site_file=path))
    yield logged_in(client, add_account(client.store, "boss", "admin"))
    client.store.close()


def acts(boss: Person) -> list[tuple[str, str, Any]]:
    return [(one.action, one.object, one.detail) for one in boss.store.audit.oldest() if one.who]


def picked(boss: Person, found: dict[str, Any], kind: str = "wear") -> Any:
    body = {"picture": found["picture"], "kind": kind, "box": found["people"][0]}
    return boss.post("/api/site/uniform/examples", json=body)


def test_a_person_is_found_picked_shown_and_deleted(boss: Person, tmp_path: Path) -> None:
    found = boss.post("/api/site/uniform/people", json={"camera": CAMERA}).json()
    assert found["people"]
    assert all(0 <= a < c <= 1 and 0 <= b < d <= 1 for a, b, c, d in found["people"])
    kept = picked(boss, found)
    assert kept.status_code == 201
    listed = boss.get("/api/site/uniform").json()
    assert (listed["wear"], listed["other"], listed["named"]) == ([kept.json()], [], False)
    (path,) = (tmp_path / "uniform" / "wear").iterdir()
    address = f"/api/site/uniform/wear/{kept.json()['id']}"
    shown = boss.get(address)
    assert shown.content[:2] == b"\xff\xd8"
    assert shown.headers["cache-control"] == "private, no-store"
    assert boss.ask("DELETE", address).json()["wear"] == []
    assert not path.exists()
    assert boss.get(address).status_code == 404
    name = f"wear/{kept.json()['id']}"
    assert acts(boss) == [
        ("camera.pictured", "east", {"url": "example_12s.mp4"}),
        ("uniform.added", name, {"camera": "east"}),
        ("uniform.viewed", "", {}),
        ("uniform.removed", name, {}),
    ]


def test_what_is_no_crop_of_one_person_is_said_in_the_readers_language(boss: Person) -> None:
    found = boss.post("/api/site/uniform/people", json={"camera": CAMERA}).json()
    body = {"picture": found["picture"], "kind": "wear", "box": [0, 0, 0.01, 0.01]}
    answer = boss.post("/api/site/uniform/examples?lang=zh-CN", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "box")
    assert answer.json()["detail"].startswith("box：框太小")
    assert boss.post("/api/site/uniform/examples", json={**body, "box": [0.5, 0, 0.4, 1]}).status_code == 422
    gone = boss.post("/api/site/uniform/examples", json={**body, "picture": "ab" * 8})
    assert (gone.status_code, gone.json()["field"]) == (404, "picture")


def test_the_judgement_is_the_commands(boss: Person, tmp_path: Path) -> None:
    nothing = boss.get("/api/site/uniform/judgement?lang=zh-CN").json()
    assert (nothing["usable"], nothing["error"]) == (False, "着制服的可用图片至少要有 5 张，现有 0 张")
    for kind in ("wear", "other"):
        shutil.copytree(DEMO / "uniform" / kind, tmp_path / "uniform" / kind)
    good = boss.get("/api/site/uniform/judgement").json()
    assert (good["usable"], good["error"], good["weak"], good["unused"]) == (True, None, [], [])
    assert good["recognised"] >= 0.75
    shutil.copy(tmp_path / "uniform" / "wear" / "01.jpg", tmp_path / "uniform" / "wear" / "99.jpg")
    (twin,) = boss.get("/api/site/uniform/judgement?lang=zh-CN").json()["unused"]
    assert (twin["kind"], twin["why"]) == ("wear", "与另一张几乎相同")
    assert twin["id"] == boss.get("/api/site/uniform").json()["wear"][-1]["id"]


def test_too_few_of_other_clothes_is_said(boss: Person, tmp_path: Path) -> None:
    shutil.copytree(DEMO / "uniform" / "wear", tmp_path / "uniform" / "wear")
    (tmp_path / "uniform" / "other").mkdir()
    shutil.copy(DEMO / "uniform" / "other" / "01.jpg", tmp_path / "uniform" / "other")
    found = boss.get("/api/site/uniform/judgement").json()
    assert found["usable"] is False
    assert found["error"] == "expected at least 5 examples in other clothes, got 1"


def test_a_folder_elsewhere_is_not_the_pages(boss: Person, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(written(site(uniform={"wear": "/etc"})), encoding="utf-8")
    for path in ("/api/site/uniform", f"/api/site/uniform/wear/{'ab' * 8}", "/api/site/uniform/judgement"):
        assert boss.get(path).status_code == 409, path
