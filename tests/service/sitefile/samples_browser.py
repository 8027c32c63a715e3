"""A hall that is set up in a browser: a site file with a video as its camera, and an admin."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from samples_service import PASSWORD, add_account

from service.api.context import Context
from service.bootstrap import build_app
from service.serving import listen, server_for
from service.settings import Settings
from service.sitefile.draft import written

DEMO = Path(__file__).parents[3] / "datasets" / "demo"
SIZES = [
    pytest.param({"viewport": {"width": 1280, "height": 900}}, "en", id="desk, English"),
    pytest.param({"viewport": {"width": 400, "height": 820}}, "zh-CN", id="telephone, Chinese"),
]
"""Pages and languages that a story of the set-up is told in."""
Desk = tuple[Context, str]


@contextmanager
def served_site(folder: Path, site: dict[str, Any] | None) -> Iterator[Desk]:
    """The service over a data folder with `example_12s.mp4` in it, and this site file, or none yet."""
    settings = Settings(data_dir=folder / "data", port=0, login="required")
    settings.data_dir.mkdir()
    shutil.copy(DEMO / "example_12s.mp4", settings.data_dir)
    if site is not None:
        (settings.data_dir / "site.yaml").write_text(written(site), encoding="utf-8")
    with listen(settings) as listener:
        app = build_app(settings)
        server = server_for(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            add_account(app.state.context.store, "boss", "admin")
            yield app.state.context, f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(30)
            app.state.context.store.close()


def open_site(page: Any, address: str, language: str, ready: str = "#camera-list button") -> None:
    """Log in, and open the set-up until ``ready`` is there."""
    page.goto(f"{address}login?lang={language}")
    page.wait_for_selector("#login-form")
    page.fill("#name", "boss")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#site-link:not([hidden])")
    page.click("#site-link")
    page.wait_for_selector(ready)


def open_part(page: Any, address: str, language: str, part: str) -> None:
    """Log in, and open a part of the set-up."""
    open_site(page, address, language)
    page.click(f"#tab-{part}")
