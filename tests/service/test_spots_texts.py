"""Every word of spot checks is there in both languages, and none is left over."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import service.web
from pipelines import regulation
from pipelines.texts import LANGUAGES, catalogue
from service.review.spots import SpotAnswer

WEB = Path(service.web.__file__).parent
SOURCES = [*WEB.glob("static/*.js"), *WEB.glob("templates/*.html")]
KEY = re.compile(r'"(spots\.(?!css|js|html)[a-z_.]*[a-z])"')
MADE = {
    *(f"spots.answer.{answer}" for answer in get_args(SpotAnswer)),
    *(f"spots.rule.{rule}" for rule in regulation.load().rules),
    *(f"spots.{state}.{part}" for state in ("empty", "gone", "unreachable") for part in ("title", "text")),
}


def test_the_keys_in_use_are_exactly_those_that_have_words() -> None:
    used = {key for path in SOURCES for key in KEY.findall(path.read_text(encoding="utf-8"))}
    used -= {"spots.empty", "spots.gone", "spots.unreachable"}  # a title and a text follow
    for language in LANGUAGES:
        assert used | MADE == {key for key in catalogue(language) if key.startswith("spots.")}


def test_both_languages_have_the_same_places_to_fill() -> None:
    for key in (key for key in catalogue("en") if key.startswith("spots.")):
        places = [set(re.findall(r"\{(\w+)\}", catalogue(language)[key])) for language in LANGUAGES]
        assert places[0] == places[1], key
        assert all(catalogue(language)[key].strip() for language in LANGUAGES), key


def test_a_spot_check_is_never_worded_as_a_charge() -> None:
    """It has no verdict's words: nobody is said to have done anything."""
    for language, charges in (("en", ("confirm", "violat", "offence")), ("zh-CN", ("属实", "违规", "违纪"))):
        for key in (key for key in catalogue(language) if key.startswith("spots.")):
            assert not [one for one in charges if one in catalogue(language)[key].lower()], key
