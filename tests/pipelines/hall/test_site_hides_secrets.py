"""No error and no repr of a site shows a secret; no file makes the loader crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.hall.site import Camera, SiteError, hide_login, load_site

SECRET = "s3cr3t"
URL = f"rtsp://admin:{SECRET}@camera/main"
SITE = f"""\
hall: Hall
timezone: Europe/Berlin
cameras:
  - {{id: east, url: "{URL}"}}
posts:
  - id: w01
    camera: east
    staff_zone: [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6]]
"""


def error_of(folder: Path, text: str) -> str:
    path = folder / "hall.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SiteError) as caught:
        load_site(path)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SITE.replace(f'{{id: east, url: "{URL}"}}', URL), id="a camera is only its url"),
        pytest.param(
            SITE.replace(f'\n  - {{id: east, url: "{URL}"}}', f" {URL}"), id="the cameras are one url"
        ),
        pytest.param(SITE.replace("id: east", f"id: {URL}"), id="a url for an id"),
        pytest.param(SITE.replace("camera: east", f"camera: {URL}"), id="a post names its camera by url"),
        pytest.param(SITE.replace('url: "', 'url: x, "'), id="a url for a key"),
        pytest.param(
            SITE.replace("id: east", f'id: "rtsp://admin:a {SECRET}@camera"'), id="a password with a space"
        ),
        pytest.param(
            SITE.replace("id: east", f'id: "rtsp://admin:a\'{SECRET}@camera"'), id="a password with a quote"
        ),
        pytest.param(SITE.replace("id: east", f'id: "admin:{SECRET}@camera"'), id="a url without a scheme"),
    ],
)
def test_no_error_shows_the_secret_in_a_url_that_stands_in_the_wrong_place(tmp_path: Path, text: str) -> None:
    assert SECRET not in error_of(tmp_path, text)


def test_a_repr_shows_no_password_that_was_written_into_the_url() -> None:
    assert SECRET not in repr(Camera(id="east", url=URL))


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("rtsp://admin:s3@cr3t@camera/main", id="a password with an @"),
        pytest.param("rtsp://admin:s3/cr3t@camera/main", id="a password with a slash"),
        pytest.param("rtsp://camera/main?user=admin&password=s3cr3t", id="a password in the query"),
    ],
)
def test_a_login_is_hidden_whole(url: str) -> None:
    assert "cr3t" not in hide_login(url)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SITE.replace("hall: Hall", "hall: !!int Hall"), id="a number that is none"),
        pytest.param(SITE + "schedule: &a [*a]\n", id="a part that holds itself"),
        pytest.param(SITE + "rules: " + "[" * 3000 + "\n", id="brackets without end"),
    ],
)
def test_a_file_that_yaml_itself_cannot_build_is_one_line(tmp_path: Path, text: str) -> None:
    assert "\n" not in error_of(tmp_path, text)


def test_a_number_for_a_key_is_found_on_its_line(tmp_path: Path) -> None:
    assert ":9: 1: " in error_of(tmp_path, SITE + "1: 2\n")
