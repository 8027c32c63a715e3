"""Whether every page can be used with a keyboard and a screen reader, as far as axe-core can tell.

Both languages, light and dark, wide and as narrow as a telephone: no fault that axe calls serious or worse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, get_args

import pytest
import test_browser
from samples_pages import PAGES, Desk, Hall, Page, served
from samples_service import Client
from test_access import PAGES as ROUTES

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser, and looks at every page often

browser = test_browser.browser
LOOKS = {
    "zh-CN": (((1280, 800), "light"), ((400, 800), "dark")),
    "en": (((1280, 800), "dark"), ((400, 800), "light")),
}
"""Each size with each language and each scheme; all eight would take minutes more and find no more."""
NO_PAGES = (
    *("/texts/{lang}", "/static/plotly.min.js", "/favicon.ico", "/healthz", "/readyz", "/metrics"),
    *("/oidc/login", "/oidc/callback"),
)
FORMS = ("/alerts/test", "/alerts/retry")
"""Their answers lead to a page."""


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Hall, Desk]]:
    """A served hall of each kind."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("HOOK_KEY", "hush-hush-key")
        yield {
            kind: stack.enter_context(served(tmp_path_factory.mktemp("hall"), kind))
            for kind in get_args(Hall)
        }


def test_every_page_of_the_service_is_looked_at(client: Client) -> None:
    looked_at = {re.split("[#?/]", page.path)[0] for page in PAGES}
    assert {path.split("/")[1] for path in ROUTES if path not in (*NO_PAGES, *FORMS)} == looked_at


def serious(page: Any) -> list[tuple[str, str, Any]]:
    """What axe calls serious or critical: the rule, what it asks for, and where it is broken."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    return [
        (fault["id"], fault["help"], [(node["target"], node["failureSummary"]) for node in fault["nodes"]])
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]


def test_axe_would_tell(browser: Any, desks: dict[Hall, Desk]) -> None:
    page = browser.new_context().new_page()
    desks["full"].open(page, next(one for one in PAGES if one.name == "login"))
    assert serious(page) == []
    page.evaluate(
        "document.querySelector('#name').closest('label').replaceWith(document.querySelector('#name'))"
    )
    page.evaluate(
        "document.querySelector('h1').style.color = getComputedStyle(document.body).backgroundColor"
    )
    assert {fault[0] for fault in serious(page)} == {"label", "color-contrast"}
    page.context.close()


@pytest.mark.parametrize("wanted", PAGES, ids=lambda page: page.name)
def test_axe_finds_no_serious_fault(browser: Any, desks: dict[Hall, Desk], wanted: Page) -> None:
    desk, faults = desks[wanted.hall], []
    for language, looks in LOOKS.items():
        context = browser.new_context(reduced_motion="reduce")
        context.add_cookies([{"name": "lang", "value": language, "url": desk.address}])
        page = context.new_page()
        for turn, ((width, height), scheme) in enumerate(looks):
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            if turn == 0:
                desk.open(page, wanted)
            faults += [(width, language, scheme, *fault) for fault in serious(page)]
        context.close()
    assert faults == []
