"""`conduct alerts test`: one line per channel, exit code 2 when one fails, no secret anywhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from service import cli

SITE = """\
hall: Test
timezone: Asia/Shanghai
cameras:
  - {id: cam, url: "video.mp4"}
posts:
  - {id: w01, camera: cam, staff_zone: [[0.1, 0.1], [0.6, 0.1], [0.6, 0.8]]}
"""
SECRET = "hush-hush-key"


class Hook(BaseHTTPRequestHandler):
    """Takes what is sent to /good, nothing else."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if self.path == "/good" else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path, channels: str
) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of the command on a site with these channels."""
    site = folder / "site.yaml"
    site.write_text(SITE + channels, encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["conduct", "alerts", "test", "--site", str(site)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    shown = capsys.readouterr()
    assert SECRET not in shown.out + shown.err
    return int(caught.value.code or 0), shown.out, shown.err


@pytest.mark.parametrize(
    ("paths", "code", "out"),
    [
        pytest.param(["good"], 0, "c0: sent\n", id="all is well"),
        pytest.param(
            ["good", "bad"], 2, "c0: sent\nc1: failed: the receiver answered 500\n", id="one is not"
        ),
    ],
)
def test_each_channel_says_how_it_went(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    port: int,
    paths: list[str],
    code: int,
    out: str,
) -> None:
    monkeypatch.setenv("HOOK_KEY", SECRET)
    monkeypatch.setenv("CONDUCT_ALERT_NETWORKS", '["127.0.0.0/8"]')
    lines = [
        f'    - {{id: c{i}, kind: webhook, url: "http://127.0.0.1:{port}/{path}", secret: "${{HOOK_KEY}}"}}\n'
        for i, path in enumerate(paths)
    ]
    told = run(monkeypatch, capsys, tmp_path, "alerts:\n  channels:\n" + "".join(lines))
    assert told[:2] == (code, out)
    if code:
        assert told[2] == "error: expected every channel to take the test message, c1 did not\n"


@pytest.mark.parametrize(
    ("channels", "told"),
    [
        pytest.param("", "alerts.channels: expected channels, there are none", id="no channels"),
        pytest.param(
            'alerts:\n  channels: [{id: c, kind: pigeon, url: "x"}]\n',
            "site.yaml:8: alerts.channels.0.kind: expected one of apprise, webhook, got 'pigeon'",
            id="no such kind",
        ),
        pytest.param(
            'alerts:\n  channels: [{id: c, url: "json://${NO_SUCH_KEY}"}]\n',
            "site.yaml:8: alerts.channels.0.url: expected the environment variable NO_SUCH_KEY to be set",
            id="a variable that is not set",
        ),
        pytest.param(
            'alerts:\n  channels: [{id: c, url: "nonsense://${HOOK_KEY}"}]\n',
            "site.yaml:8: alerts.channels.0.url: expected a URL of Apprise, such as wecombot://${KEY}",
            id="a URL that Apprise does not know",
        ),
    ],
)
def test_a_channel_that_cannot_be_is_named_by_file_line_and_field(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    channels: str,
    told: str,
) -> None:
    monkeypatch.setenv("HOOK_KEY", SECRET)
    code, out, err = run(monkeypatch, capsys, tmp_path, channels)
    assert (code, out) == (2, "")
    assert err.endswith(f"{told}\n")
    assert err.count("\n") == 1
