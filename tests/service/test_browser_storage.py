"""What the page says, in a real browser, when the bucket is in trouble or the disk is too full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import test_browser
from samples_s3 import KEY_ID, SECRET
from samples_service import HALL, POSTS
from test_browser import MISSING_TEXT, until

from service.api.context import Context
from service.bootstrap import build_app
from service.evidence.mover import BucketState, Mover
from service.evidence.sweeper import DiskState
from service.serving import listen, server_for
from service.settings import Settings

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors
GB = 10**9


@pytest.fixture
def address(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Of a served hall in the state that the test names; nothing moves or sweeps in it."""
    bucket, disk = request.param
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path / "data",
            "port": 0,
            "evidence_url": "s3://hall",
            "evidence_endpoint": "http://127.0.0.1:9",
            "evidence_key_id": KEY_ID,
            "evidence_secret": SECRET,
        }
    )
    with listen(settings) as listener:
        app = build_app(settings)
        context: Context = app.state.context
        context.store.set_site(HALL, POSTS)
        mover = context.mover
        assert isinstance(mover, Mover)
        mover.state, context.sweeper.disk = bucket, disk
        server = server_for(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join(30)
        context.store.close()


WELL, ROOM = BucketState(0, 0, None), DiskState(800 * GB, GB, 0)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize(
    ("address", "words"),
    [
        pytest.param((WELL, ROOM), {"en": "", "zh-CN": ""}, id="all is well"),
        pytest.param(
            (BucketState(7, 0, "away"), ROOM),
            {
                "en": "The evidence bucket does not answer; 7 files wait on this machine",
                "zh-CN": "证据存储桶没有响应；7 个文件在本机等待上传",
            },
            id="the bucket is away",
        ),
        pytest.param(
            (BucketState(7, 0, "not_kept"), DiskState(GB // 2, GB, 0)),
            {
                "en": "Only 0.5 GB of the disk are free, 1.0 GB should be: make room"
                " · The evidence bucket does not keep what it is given; 7 files wait on this machine",
                "zh-CN": "磁盘仅剩 0.5 GB，低于应保留的 1.0 GB：请清理磁盘"
                " · 证据存储桶存入与取回不一致；7 个文件在本机等待上传",
            },
            id="both",
        ),
    ],
    indirect=["address"],
)
def test_the_banner_says_what_is_wrong_with_the_storage(
    address: str, words: dict[str, str], language: str, page: Any, errors: list[str]
) -> None:
    page.goto(f"{address}?lang={language}")
    until(page, "document.getElementById('cameras-text').textContent !== ''")
    said = words[language]
    until(page, f"document.getElementById('banner').textContent === {said!r}")
    assert page.is_visible("#banner") is bool(said)
    assert MISSING_TEXT not in page.inner_text("body")
    assert errors == []
