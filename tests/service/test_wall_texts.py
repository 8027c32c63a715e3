"""Every word of the wall is there in both languages, and none is left over."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import service.web
from pipelines.texts import LANGUAGES, catalogue
from service.wall import State, Unknown

WEB = Path(service.web.__file__).parent
SOURCES = [*WEB.glob("static/*.js"), *WEB.glob("templates/*.html")]
KEY = re.compile(r'"(wall\.(?!css|js|html)[a-z_.]*[a-z])"')
MADE = {
    *(f"wall.state.{state}" for state in get_args(State)),
    *(f"wall.note.{run}" for run in ("idle", "done", "failed")),
    *(f"wall.{kind}.{part}" for kind in ("empty", "filtered") for part in ("title", "text")),
}


def test_the_keys_in_use_are_exactly_those_that_have_words() -> None:
    used = {key for path in SOURCES for key in KEY.findall(path.read_text(encoding="utf-8"))}
    for language in LANGUAGES:
        ours = {key for key in catalogue(language) if key.startswith("wall.")}
        assert used | MADE == {key for key in ours if not key.startswith("wall.why.")}


def test_whatever_hinders_a_look_has_words() -> None:
    for language in LANGUAGES:
        for why in get_args(Unknown):
            assert f"wall.why.{why}" in catalogue(language) or f"health.{why}" in catalogue(language), why


def test_both_languages_have_the_same_places_to_fill() -> None:
    for key in (key for key in catalogue("en") if key.startswith("wall.")):
        places = [set(re.findall(r"\{(\w+)\}", catalogue(language)[key])) for language in LANGUAGES]
        assert places[0] == places[1], key
