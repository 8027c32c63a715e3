from __future__ import annotations

import copy
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from samples_rules import rule

from pipelines.regulation import load
from pipelines.rules.regulation import (
    AbsentSettings,
    EatingSettings,
    HeldSettings,
    Rule,
    RuleSettings,
    SiteRules,
    parse,
)
from vision.behaviours import BEHAVIOURS

RAW: dict[str, Any] = {
    "version": "7",
    "clauses": {"B6": {"zh": "不得缺岗", "en": "Never absent."}},
    "beliefs": {"presence": {"mean_yes_s": 60, "mean_no_s": 60, "correlation_s": 1}},
    "rules": {
        "absent": {
            "clause": "B6",
            "behaviour": "presence",
            "broken_when": "no",
            "grace_s": 300,
            "open_at": 0.9,
            "close_at": 0.5,
            "release_s": 2,
        }
    },
}
RULES = list(load().rules.values())
each_rule = pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in RULES])


def site(**rules: dict[str, object]) -> SiteRules:
    return SiteRules.model_validate(rules)


def by_name(settings: SiteRules) -> dict[str, Rule]:
    return {one.name: one for one in load().with_site(settings)}


@each_rule
def test_every_rule_rests_on_a_clause_a_behaviour_and_a_belief(one: Rule) -> None:
    regulation = load()
    clause = regulation.clauses[one.clause]
    assert clause.id == one.clause
    assert clause.zh
    assert clause.en
    assert one.behaviour in BEHAVIOURS
    assert one.behaviour in regulation.beliefs


@each_rule
def test_every_rule_can_be_set_by_a_site(one: Rule) -> None:
    assert one.name in SiteRules.model_fields
    assert one.name not in by_name(site(**{one.name: {"enabled": False}}))


def test_the_rules_are_those_of_the_design() -> None:
    assert {one.name: one.broken_when for one in RULES}.items() >= {
        "absent": "no",
        "phone_use": "yes",
        "smoking": "yes",
        "eating": "yes",
        "out_of_uniform": "no",
    }.items()


def test_a_rule_that_is_not_named_keeps_its_defaults() -> None:
    assert by_name(site(phone_use={"hold_s": 20})) == {
        **by_name(SiteRules()),
        "phone_use": load().rules["phone_use"].model_copy(update={"hold_s": 20.0}),
    }


@pytest.mark.parametrize(
    ("given", "name", "field", "value"),
    [
        pytest.param(
            {"absent": {"grace_s": 2}}, "absent", "hold_s", 2, id="the grace of an absence is its hold"
        ),
        pytest.param({"eating": {"drinking": True}}, "eating", "drinking", True, id="drinking counts"),
        pytest.param({"smoking": {"open_at": 0.95}}, "smoking", "open_at", 0.95, id="surer before it opens"),
        pytest.param({"smoking": {"release_s": 0}}, "smoking", "release_s", 0, id="closes at once"),
    ],
)
def test_a_site_changes_one_setting(
    given: dict[str, dict[str, object]], name: str, field: str, value: object
) -> None:
    changed, default = by_name(site(**given))[name], load().rules[name]
    assert getattr(changed, field) == value
    assert changed.model_dump(exclude={field}) == default.model_dump(exclude={field})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            {"absent": {"open_at": 0.4}},
            r"^rules\.absent: expected close_at <= open_at, got 0\.5 > 0\.4$",
            id="opens below where the default closes",
        ),
        pytest.param(
            {"phone_use": {"open_at": 0.6, "close_at": 0.7}},
            r"^rules\.phone_use: expected close_at <= open_at, got 0\.7 > 0\.6$",
            id="closes above where it opens",
        ),
    ],
)
def test_settings_that_do_not_go_together_name_their_rule(
    given: dict[str, dict[str, object]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        load().with_site(site(**given))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        pytest.param("absent", {"hold_s": 3}, id="an absence has a grace, no hold"),
        pytest.param("phone_use", {"grace_s": 3}, id="a call has a hold, no grace"),
        pytest.param("phone_use", {"drinking": True}, id="nobody drinks a phone"),
        pytest.param("smoking", {"hold_s": -1}, id="negative seconds"),
        pytest.param("smoking", {"hold_s": 86_401}, id="more than a day"),
        pytest.param("smoking", {"hold_s": float("inf")}, id="for ever"),
        pytest.param("smoking", {"open_at": 1.0}, id="only when certain"),
        pytest.param("smoking", {"close_at": 0.0}, id="never over"),
        pytest.param("running", {"enabled": True}, id="a rule that is none"),
    ],
)
def test_settings_that_a_rule_does_not_have_are_refused(name: str, settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        site(**{name: settings})


@pytest.mark.parametrize(
    "model",
    [pytest.param(m, id=m.__name__) for m in (RuleSettings, HeldSettings, EatingSettings, AbsentSettings)],
)
def test_every_setting_of_a_rule_is_described(model: type[BaseModel]) -> None:
    assert [name for name, field in model.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("change", "same"),
    [
        pytest.param({}, True, id="nothing"),
        pytest.param({"hold_s": 11}, False, id="another hold"),
        pytest.param({"edition": "2"}, False, id="another edition of the regulation"),
        pytest.param({"drinking": True}, False, id="another switch"),
    ],
)
def test_a_version_names_exactly_these_settings(change: dict[str, object], same: bool) -> None:
    assert (rule(**change).version == rule().version) is same
    assert rule(edition="7").version.startswith("7-")


@pytest.mark.parametrize(
    ("side", "expected"),
    [pytest.param("yes", 0.8, id="by doing"), pytest.param("no", 0.2, id="by not doing")],
)
def test_how_a_rule_is_broken(side: str, expected: float) -> None:
    assert rule(broken_when=side).broken(0.8) == pytest.approx(expected)


def test_a_regulation_is_made_of_plain_data() -> None:
    made = parse(RAW)
    assert made.rules["absent"].hold_s == 300
    assert made.rules["absent"].edition == "7"
    assert made.clauses["B6"].en == "Never absent."
    assert made.beliefs["presence"].mean_no_s == 60


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        pytest.param(("rules", "absent", "clauses"), "B6", "clauses", id="a misspelt key"),
        pytest.param(("rules", "absent", "broken_when"), "maybe", "broken_when", id="a side that is none"),
        pytest.param(("beliefs", "presence", "mean_yes_s"), 0, "mean_yes_s", id="a duration of nothing"),
        pytest.param(("clauses", "B6", "de"), "Nie", "de", id="a language too many"),
    ],
)
def test_a_regulation_that_cannot_be_is_refused_at_its_field(
    path: tuple[str, str, str], value: object, field: str
) -> None:
    raw = copy.deepcopy(RAW)
    raw[path[0]][path[1]][path[2]] = value
    with pytest.raises(ValidationError) as caught:
        parse(raw)
    assert caught.value.errors()[0]["loc"][-1] == field
