from __future__ import annotations

from pathlib import Path

import pytest
from samples_site import DESIGN, SMALL, write

from pipelines.hall.site import Camera, SiteError, hide_login, load_site

SECRET = "s3cr3t"
WITH_SECRET = SMALL.replace("url: east.mp4", f'url: "rtsp://admin:{SECRET}@camera/main"')


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(WITH_SECRET.replace("url:", "ulr:"), id="its key is misspelt"),
        pytest.param(
            WITH_SECRET.replace(
                f'"rtsp://admin:{SECRET}@camera/main"', f'["rtsp://admin:{SECRET}@camera/main"]'
            ),
            id="it stands in a list",
        ),
        pytest.param(WITH_SECRET.replace('main"', "main"), id="its quotes are left open"),
        pytest.param(WITH_SECRET.replace("id: east,", "id: [east],"), id="its camera's id is wrong"),
        pytest.param(
            WITH_SECRET.replace("camera: east", "camera: west"), id="a post asks for another camera"
        ),
        pytest.param(WITH_SECRET + "  - 5\n", id="a post is wrong"),
    ],
)
def test_no_error_shows_the_secret_in_a_url(tmp_path: Path, text: str) -> None:
    with pytest.raises(SiteError) as caught:
        load_site(write(tmp_path, text))
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_secret_of_the_environment_is_in_no_dump_of_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EAST_PASSWORD", SECRET)
    site = load_site(write(tmp_path, DESIGN))
    assert SECRET not in repr(site) + str(site) + site.model_dump_json()
    camera = site.camera("east")
    assert camera is not None
    assert camera.resolved() == f"rtsp://user:{SECRET}@camera-1.hall.example/main"


@pytest.mark.parametrize(
    ("url", "environment", "expected"),
    [
        pytest.param("rtsp://a:${P}@c/main", {"P": "x y"}, "rtsp://a:x%20y@c/main", id="one secret"),
        pytest.param("rtsp://${U}:${P}@c", {"U": "a", "P": "b"}, "rtsp://a:b@c", id="two secrets"),
        pytest.param("hall.mp4", {}, "hall.mp4", id="none"),
        pytest.param(
            "rtsp://a:${P}@c/main",
            {"P": "s3/c@r%41t?"},
            "rtsp://a:s3%2Fc%40r%2541t%3F@c/main",
            id="a password of any characters",
        ),
        pytest.param("rtsp://c/${P}", {"P": "ch1/main"}, "rtsp://c/ch1/main", id="a path"),
        pytest.param(
            "rtsp://a:${P}@c",
            {"P": "${U}", "U": "b"},
            "rtsp://a:%24%7BU%7D@c",
            id="a secret is not filled in again",
        ),
        pytest.param(
            "rtsp://a:$P@c", {"P": "b"}, "rtsp://a:$P@c", id="a dollar without braces is only a dollar"
        ),
    ],
)
def test_secrets_are_filled_in_when_a_camera_is_opened(
    url: str, environment: dict[str, str], expected: str
) -> None:
    assert Camera(id="east", url=url).resolved(environment) == expected


def test_a_secret_that_is_not_set_is_named() -> None:
    with pytest.raises(SiteError) as caught:
        Camera(id="east", url=f"rtsp://admin:{SECRET}${{NONE}}@c").resolved({"OTHER": "x"})
    assert str(caught.value) == "camera east: url: expected the environment variable NONE to be set"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param(f"rtsp://admin:{SECRET}@camera/main", "rtsp://…@camera/main", id="name and password"),
        pytest.param("rtsp://admin@camera/main", "rtsp://…@camera/main", id="only a name"),
        pytest.param("rtsp://camera/main", "rtsp://camera/main", id="no login"),
        pytest.param("/videos/a@b.mp4", "/videos/a@b.mp4", id="a file"),
    ],
)
def test_a_url_is_shown_without_its_login(url: str, shown: str) -> None:
    assert hide_login(url) == shown


def test_a_sub_stream_has_secrets_of_its_own_which_are_hidden_too(tmp_path: Path) -> None:
    main, sub = "rtsp://a:${MAIN}@c/main", f"rtsp://a:{SECRET}@c/sub"
    camera = Camera(id="east", url=main, sub_url=sub)
    assert camera.resolved({"MAIN": "x"}) == "rtsp://a:x@c/main"
    assert camera.resolved_sub({}) == sub
    assert SECRET not in repr(camera)
    with pytest.raises(SiteError, match=r"camera east: sub_url: expected the environment variable SUB"):
        Camera(id="east", url=main, sub_url="rtsp://a:${SUB}@c/sub").resolved_sub({})
    wrong = SMALL.replace("url: east.mp4", f'url: "rtsp://c/main", sub_url: ["{sub}"]')
    with pytest.raises(SiteError) as caught:
        load_site(write(tmp_path, wrong))
    assert SECRET not in str(caught.value)


def test_a_camera_without_a_sub_stream_has_none() -> None:
    assert Camera(id="east", url="rtsp://c/main").resolved_sub() is None
