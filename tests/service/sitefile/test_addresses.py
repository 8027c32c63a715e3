"""Which addresses the page shows, gives back, and may set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from samples_sitefile import TEXT, site

from service.sitefile.addresses import refused, restored, shown, unset_variables

SAVED: dict[str, Any] = yaml.safe_load(TEXT)
HIDDEN = "rtsp://…@camera-1.hall.example/main?…"


def camera(url: str, **more: Any) -> dict[str, Any]:
    return site(cameras=[{"id": "east", "url": url, **more}])


@pytest.mark.parametrize(
    ("url", "told"),
    [
        pytest.param("rtsp://viewer:${EAST}@camera/main", None, id="a variable as the password"),
        pytest.param("rtsp://${WHO}:${EAST}@camera/main", None, id="variables as name and password"),
        pytest.param("rtsp://camera/main", None, id="no login"),
        pytest.param("rtsp://viewer@camera/main", None, id="a name alone"),
        pytest.param("http://camera/video.mjpg?token=${EAST}&size=2", None, id="a variable in the query"),
        pytest.param("/dev/video0", None, id="a webcam"),
        pytest.param("clips/hall.mp4", None, id="a file beside the site file"),
        pytest.param("rtsp://viewer:secret@camera/main", "no plain password", id="a plain password"),
        pytest.param("rtsp://viewer:${EAST}x@camera/main", "no plain password", id="half a plain password"),
        pytest.param("rtsp://a:b@c:secret@camera/main", "no plain password", id="an @ in the password"),
        pytest.param("http://camera/?user=a&pwd=secret", "no plain password", id="a plain one in the query"),
        pytest.param(
            "rtsp://a:${CONDUCT_DATABASE_URL}@evil/", "the service's", id="the service's own secret"
        ),
        pytest.param("rtsp://a:${conduct_evidence_secret}@evil/", "the service's", id="in another case"),
        pytest.param("http://${EAST}.evil.example/", "before the @ or after", id="a variable in the host"),
        pytest.param("http://evil.example/${EAST}/x", "before the @ or after", id="a variable in the path"),
        pytest.param("ftp://camera/x", "expected rtsp://", id="another scheme"),
        pytest.param("subfile,,start,0,end,9,,:///etc/passwd", "expected rtsp://", id="an FFmpeg protocol"),
        pytest.param("concat:/etc/passwd", None, id="an FFmpeg protocol without //: a file's name"),
        pytest.param("/etc/passwd", "in the folder of the site file", id="a file elsewhere"),
        pytest.param(
            "file:///etc/passwd", "in the folder of the site file", id="a file elsewhere as address"
        ),
        pytest.param("../other/hall.mp4", "in the folder of the site file", id="up and away"),
        pytest.param("clips/hal.mp4", "hal.mp4 is not", id="a file that is not there"),
        pytest.param("clips", "clips is not", id="a folder"),
        pytest.param("x" * 1000, "expected a file that is there", id="a name that no file can have"),
        pytest.param("${EAST}.mp4", "no variable", id="a variable in a file's name"),
        pytest.param("rtsp://…@camera/main", "type it anew", id="what was hidden, of another camera"),
    ],
)
@pytest.mark.parametrize("key", ["url", "sub_url"])
def test_an_address_that_the_page_sets(tmp_path: Path, key: str, url: str, told: str | None) -> None:
    draft = site(cameras=[{"id": "east", "url": "rtsp://camera/main", key: url}])
    for name in ("clips/hall.mp4", "concat:/etc/passwd"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = refused(draft, {}, tmp_path)
    if told is None:
        assert found == []
    else:
        assert [fault.field for fault in found] == [f"cameras.0.{key}"]
        assert told in found[0].message
        assert "secret" not in found[0].message


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "hall").mkdir()
    (tmp_path / "hall" / "out").symlink_to(tmp_path)
    assert refused(camera("out/x.mp4"), {}, tmp_path / "hall")


def test_the_files_own_secrets_are_hidden_and_come_back() -> None:
    page = shown(SAVED)
    assert "s3cr3t" not in str(page)
    assert "hush" not in str(page)
    assert "key-in-the-path" not in str(page)
    assert page["cameras"][0]["url"] == HIDDEN
    assert page["alerts"]["channels"][0]["url"] == "https://…"
    assert restored(page, SAVED) == SAVED
    assert yaml.safe_load(TEXT) == SAVED, "what was given is not changed"


def test_a_secret_comes_back_under_another_id() -> None:
    page = shown(SAVED)
    page["cameras"][0] = {**page["cameras"][0], "id": "north"}
    assert restored(page, SAVED)["cameras"][0]["url"] == SAVED["cameras"][0]["url"]


def test_a_hidden_login_is_not_put_into_another_host() -> None:
    page = camera("rtsp://…@evil.example/main?…")
    assert restored(page, SAVED) == page
    assert refused(page, SAVED, Path())


def test_what_the_files_owner_wrote_is_not_refused(tmp_path: Path) -> None:
    odd = camera("ftp://viewer:secret@camera/${CONDUCT_X}")
    assert refused(odd, odd, tmp_path) == []


@pytest.mark.parametrize("url", ["https://evil.example/${CONDUCT_DATABASE_URL}", "https://…"])
def test_a_new_channel_names_no_secret_of_the_service(tmp_path: Path, url: str) -> None:
    draft = site(alerts={"channels": [{"id": "x", "kind": "webhook", "url": url}]})
    assert [fault.field for fault in refused(draft, SAVED, tmp_path)] == ["alerts.channels.0.url"]


def test_a_channel_whose_address_is_a_variable_can_be_read_in_as_a_draft(tmp_path: Path) -> None:
    read = site(alerts={"channels": [{"id": "x", "kind": "webhook", "url": "${HOOK}", "secret": "${KEY}"}]})
    assert shown(read) == read
    assert refused(shown(read), SAVED, tmp_path) == []
    assert unset_variables({"alerts": read["alerts"]}, {"HOOK": "https://hall.example/x"}) == ["KEY"]


@pytest.mark.parametrize("url", ["https://hall.example/${HOOK}", "https://hall.example/s3cret", "s3cret"])
def test_a_channel_whose_address_is_hidden_is_told_where_to_write_it(tmp_path: Path, url: str) -> None:
    read = shown(site(alerts={"channels": [{"id": "x", "kind": "webhook", "url": url}]}))
    (found,) = refused(read, SAVED, tmp_path)
    assert (found.field, found.kind) == ("alerts.channels.0.url", "hidden_channel")
    assert "hall.example" not in found.message


def test_variables_that_are_not_set_are_named_once() -> None:
    draft = camera("rtsp://a:${EAST}@c/${B}", sub_url="rtsp://a:${EAST}@c/${A}")
    assert unset_variables(draft, {"A": "x"}) == ["EAST", "B"]


@pytest.mark.parametrize(
    "draft",
    [
        {"cameras": None},
        {"cameras": {"id": "east"}},
        {"cameras": [None, 5, {"url": 7}, {"id": []}]},
        {"alerts": []},
        {"alerts": {"channels": [3]}},
    ],
)
def test_a_draft_of_any_shape_is_walked(tmp_path: Path, draft: dict[str, Any]) -> None:
    assert shown(draft) == draft
    assert restored(draft, SAVED) == draft
    assert refused(draft, SAVED, tmp_path) == []
