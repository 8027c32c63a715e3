"""Every word of the set-up is there in both languages, and none is left over."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import service.web
from pipelines.hall.alerting import SEVERITIES, Cause, When
from pipelines.hall.site import Evidence
from pipelines.replay.trial import Outcome
from pipelines.rules.schedule import DAYS
from pipelines.texts import LANGUAGES, catalogue
from service.api.site_trial import SPANS
from service.sitefile.examples import KINDS
from service.sitefile.trying import WhyNot
from service.web.site import rules_with_clauses

WEB = Path(service.web.__file__).parent
SOURCES = [*WEB.glob("static/*.js"), *WEB.glob("templates/*.html")]
KEY = re.compile(r'"(site\.(?!css|js|html|yaml)[a-z_.]*[a-z])"')
ZONES = ("staff", "visitor", "placard", "telephone")
MADE = {
    *(f"site.rule.{name}" for rule in rules_with_clauses() for name, _ in rule["settings"]),
    *(f"site.day.{day}" for day in DAYS),
    *(f"site.part.{part}" for part in ("cameras", "posts", "rules", "uniform", "alerts", "file")),
    *(f"site.state.{state}" for state in ("same", "ready", "faulty")),
    *(f"site.zone.{kind}" for kind in ZONES),
    *(f"site.zone.hint.begin.{kind}" for kind in ZONES),
    *(f"site.zone.hint.{moment}" for moment in ("draw", "change", "crossed")),
    *(f"site.evidence.{name}" for name in Evidence.model_fields),
    *("site.from", "site.to"),
    *(f"site.uniform.{kind}{more}" for kind in KINDS for more in ("", ".one")),
    *(f"site.alerts.about.{cause}" for cause in get_args(Cause)),
    *(f"site.alerts.severity.{severity}" for severity in SEVERITIES),
    *(f"site.alerts.when.{when}" for when in get_args(When)),
    *(f"site.alerts.{key}" for key in ("rules", "posts", "when", "cameras", "review", "fold")),
    *(f"site.try.{span}" for span in SPANS),
    *(f"site.try.{outcome}" for outcome in get_args(Outcome)),
    *(f"site.try.left.{why}" for why in get_args(WhyNot)),
}


def test_the_keys_in_use_are_exactly_those_that_have_words() -> None:
    used = {key for path in SOURCES for key in KEY.findall(path.read_text(encoding="utf-8"))}
    for language in LANGUAGES:
        assert used | MADE == {key for key in catalogue(language) if key.startswith("site.")}


@pytest.mark.parametrize("key", [key for key in catalogue("en") if key.startswith("site.")])
def test_both_languages_have_the_same_places_to_fill(key: str) -> None:
    places = [set(re.findall(r"\{(\w+)\}", catalogue(language)[key])) for language in LANGUAGES]
    assert places[0] == places[1]
    assert all(catalogue(language)[key].strip() for language in LANGUAGES)
