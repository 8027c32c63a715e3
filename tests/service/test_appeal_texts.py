"""Every word of appeals and findings is there in both languages, and none is left over."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import service.web
from pipelines.texts import LANGUAGES, catalogue
from service.review.appeals import AppealState, Standing
from service.review.findings import NoCut
from service.store.appeals import Which

WEB = Path(service.web.__file__).parent
SOURCES = [*WEB.glob("static/*.js"), *WEB.glob("templates/*.html")]
OURS = ("appeal.", "appeals.", "findings.")
KEY = re.compile(r'"((?:appeals?|findings)\.(?!css|js|html)[a-z_.]*[a-z])"')
MADE = {
    *(f"appeals.state.{state}" for state in get_args(AppealState)),
    *(f"appeals.which.{which}" for which in get_args(Which)),
    *(f"appeal.standing.{one}" for one in get_args(Standing) if one != "free"),
    *(f"appeal.decided.{state}" for state in ("upheld", "reversed", "overtaken")),
    *(f"appeal.unfit.{field}" for field in ("statement", "signed")),
    *(f"findings.unfit.{field}" for field in ("with_clip", "at", "note", "cut")),
    *(f"findings.cut.holds.{state}" for state in ("recording", "away")),
    *(f"findings.cut.holds_nothing.{state}" for state in ("away", "not_live")),
    *(f"findings.cut.missing.{why}" for kind in get_args(NoCut) for why in get_args(kind) or (kind,)),
    *(f"findings.state.{state}" for state in ("standing", "withdrawn")),
}


def test_the_keys_in_use_are_exactly_those_that_have_words() -> None:
    used = {key for path in SOURCES for key in KEY.findall(path.read_text(encoding="utf-8"))}
    for language in LANGUAGES:
        assert used | MADE == {key for key in catalogue(language) if key.startswith(OURS)}


@pytest.mark.parametrize("key", [key for key in catalogue("en") if key.startswith(OURS)])
def test_both_languages_have_the_same_places_to_fill(key: str) -> None:
    places = [set(re.findall(r"\{(\w+)\}", catalogue(language)[key])) for language in LANGUAGES]
    assert places[0] == places[1]
    assert all(catalogue(language)[key].strip() for language in LANGUAGES)
