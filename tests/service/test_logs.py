"""Every way into the log: no login comes out, in either form, and what is written can be read."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from pipelines.streams.source import Source, SourceError
from service.logs import Style, hide_logins, start_logging, stop_logging, without_logins
from service.settings import Settings

SECRET = "s3cr3t"
URL = f"rtsp://admin:{SECRET}@camera.example/main?token={SECRET}"
log = logging.getLogger("pipelines.live")


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    yield
    stop_logging()


class Camera:
    """Something whose repr holds an address."""

    def __repr__(self) -> str:
        return f"Camera(url={URL!r})"


def raise_from() -> None:
    try:
        raise OSError(f"cannot open {URL}")
    except OSError as error:
        raise ValueError(Camera()) from error


def with_exception(write: Callable[[], object]) -> None:
    try:
        raise_from()
    except ValueError:
        write()


WAYS = {
    "message": lambda: log.warning(f"cannot open {URL}"),
    "argument": lambda: log.warning("cannot open %s", URL),
    "argument by name": lambda: log.warning("cannot open %(url)s", {"url": URL}),
    "argument of another type": lambda: log.warning("cannot open %s", Camera()),
    "exception": lambda: with_exception(lambda: log.exception("it failed")),
    "exception, ours": lambda: with_exception(lambda: structlog.get_logger().exception("it failed")),
    "exception as the message": lambda: log.error(ValueError(URL)),
    "extra": lambda: log.warning("it failed", extra={"url": URL, "camera": Camera()}),
    "nested extra": lambda: log.warning("it failed", extra={"urls": {"east": [URL], URL: (URL,)}}),
    "stack": lambda: log.warning(f"where {URL}", stack_info=True),
    "key": lambda: structlog.get_logger().warning("it failed", **{URL: 1}),
    "value": lambda: structlog.get_logger().warning("it failed", url=URL, camera=Camera()),
    "bound": lambda: structlog.get_logger().bind(url=URL).warning("it failed"),
    "logger's name": lambda: logging.getLogger(f"camera {URL}").warning("it failed"),
    "a library": lambda: logging.getLogger("libav.rtsp").error("method DESCRIBE of %s failed", URL),
    "two in one word": lambda: log.warning(f"{URL},{URL}"),
    "in quotes": lambda: log.warning(f"tried {[URL, URL]!r}"),
}


@pytest.mark.parametrize("style", ["console", "json"])
@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_no_login_comes_out(
    style: Style, way: Callable[[], object], capsys: pytest.CaptureFixture[str]
) -> None:
    start_logging(style, "debug")
    way()
    written = capsys.readouterr().err
    assert SECRET not in written
    assert "admin" not in written
    assert written.strip(), "but something is written"


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_record_that_cannot_be_formatted_shows_no_login(
    style: Style, capsys: pytest.CaptureFixture[str]
) -> None:
    start_logging(style)
    (ours,) = [one for one in logging.getLogger().handlers if type(one).__module__ == "service.logs"]
    ours.handle(logging.LogRecord("east", logging.ERROR, "", 1, f"%s and %s of {URL}", (URL,), None))
    written = capsys.readouterr().err
    assert SECRET not in written
    assert "a log record of east cannot be written (TypeError)" in written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("rtsp://u:p@h/main", "rtsp://***@h/main", id="plain"),
        pytest.param("rtsp://u:p@ss@h/main", "rtsp://***@h/main", id="an @ in the password"),
        pytest.param("rtsp://u:p/a:s@h/main", "rtsp://***@h/main", id="a slash in it"),
        pytest.param("rtsp://u:p'\"s@h/main", "rtsp://***@h/main", id="quotes in it"),
        pytest.param("http://h/a?user=u&pwd=p x", "http://h/a?*** x", id="in the query"),
        pytest.param("postgresql+psycopg://u:p@db/hall", "postgresql+psycopg://***@db/hall", id="a store"),
        pytest.param("host=db password=p user=u", "host=db password=*** user=u", id="a driver's words"),
        pytest.param("see http://h/a#b", "see http://h/a#b", id="no login: as it is"),
        pytest.param("mail me@example.org: why?", "mail me@example.org: why?", id="no address: as it is"),
    ],
)
def test_what_is_blanked(text: str, expected: str) -> None:
    assert without_logins(text) == expected


def test_numbers_and_nothing_stay_what_they_are() -> None:
    event = {"n": 1, "share": 0.5, "good": True, "none": None, "list": [1, None]}
    assert hide_logins(None, "", dict(event)) == event


def test_json_is_one_object_a_line_with_its_parts(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging("json")
    with_exception(lambda: log.exception("camera %s: 画面中断", "east", extra={"camera": "east"}))
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == (
        "camera east: 画面中断",
        "error",
        "pipelines.live",
    )
    assert told["camera"] == "east"
    assert told["timestamp"].endswith("Z")
    assert told["exception"].startswith("Traceback")
    assert "画面中断" in line


def test_the_level_is_kept_and_may_be_changed(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging("console", "warning")
    log.info("quiet")
    start_logging("console", "debug")
    log.debug("loud")
    written = capsys.readouterr().err
    assert "quiet" not in written
    assert written.count("loud") == 1, "starting twice does not write twice"


def test_stopping_takes_it_all_back(capsys: pytest.CaptureFixture[str]) -> None:
    before = list(logging.getLogger().handlers)
    start_logging()
    stop_logging()
    assert logging.getLogger().handlers == before


def test_a_camera_out_of_reach_is_logged_without_its_login(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging("json")
    with pytest.raises(SourceError) as refused:
        Source("east", f"rtsp://admin:{SECRET}@127.0.0.1:9/main")
    log.warning("%s", refused.value)
    assert SECRET not in capsys.readouterr().err


@pytest.mark.parametrize("style", ["console", "json"])
def test_the_settings_choose_the_form(monkeypatch: pytest.MonkeyPatch, style: str) -> None:
    monkeypatch.setenv("CONDUCT_LOG", style)
    monkeypatch.setenv("CONDUCT_LOG_LEVEL", "error")
    settings = Settings()
    assert (settings.log, settings.log_level) == (style, "error")


@pytest.mark.slow  # a whole process
def test_a_served_site_whose_camera_is_away_logs_json_without_its_login(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(
        "hall: Test\ntimezone: Asia/Shanghai\n"
        f'cameras: [{{id: east, url: "rtsp://admin:{SECRET}@127.0.0.1:9/main"}}]\n'
        "posts: [{id: w01, camera: east, staff_zone: [[0.1, 0.1], [0.6, 0.1], [0.6, 0.8]]}]\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, "-c", "from service.cli import main; main()", "serve", "--site", str(site)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "CONDUCT_DATA_DIR": str(tmp_path / "data"),
            "CONDUCT_PORT": "0",
            "CONDUCT_LOG": "json",
        },
    )
    try:
        assert process.stderr is not None
        told = next(line for line in process.stderr if "east" in line)
    finally:
        process.kill()
        process.communicate()
    assert json.loads(told)["level"] == "warning"
    assert SECRET not in told
