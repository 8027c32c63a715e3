"""Which alerts follow from an event, a verdict, a camera's trouble."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from samples_alerts import settings
from samples_service import NINE, SHANGHAI, EventMaker

from pipelines.rules.events import HealthEntry
from service.alerts import causes

LEADS = {"id": "leads"}


def keys(alerts: list[Any]) -> list[str]:
    return [f"{alert.kind}@{alert.route}" for alert in alerts]


@pytest.mark.parametrize(
    ("routes", "rules", "rule", "told"),
    [
        pytest.param([LEADS], {}, "absent", ["event@leads"], id="an empty post at once"),
        pytest.param([LEADS], {}, "phone_use", [], id="anything else not before it is confirmed"),
        pytest.param(
            [LEADS], {"phone_use": {"when": "before"}}, "phone_use", ["event@leads"], id="but if set"
        ),
        pytest.param([LEADS], {"absent": {"when": "after"}}, "absent", [], id="an empty post, if set, not"),
        pytest.param(
            [LEADS], {"absent": {"severity": "urgent"}}, "absent", ["event@leads"], id="when is kept"
        ),
        pytest.param([LEADS], {"absent": {"when": "never"}}, "absent", [], id="never"),
        pytest.param([LEADS, {"id": "boss"}], {}, "absent", ["event@leads", "event@boss"], id="every route"),
        pytest.param([{**LEADS, "about": []}], {}, "absent", [], id="a route that is only passed on to"),
        pytest.param([{**LEADS, "rules": ["smoking"]}], {}, "absent", [], id="another rule's route"),
        pytest.param([{**LEADS, "rules": ["absent"]}], {}, "absent", ["event@leads"], id="this rule's route"),
        pytest.param([{**LEADS, "posts": ["w02"]}], {}, "absent", [], id="another post's route"),
        pytest.param([{**LEADS, "posts": ["w01"]}], {}, "absent", ["event@leads"], id="this post's route"),
        pytest.param([{**LEADS, "severity": "urgent"}], {}, "absent", [], id="not urgent enough"),
        pytest.param(
            [{**LEADS, "severity": "normal"}],
            {"absent": {"severity": "urgent"}},
            "absent",
            ["event@leads"],
            id="more than urgent enough",
        ),
        pytest.param(
            [{**LEADS, "hours": [{"from": "13:00", "to": "17:00"}]}], {}, "absent", [], id="not in its hours"
        ),
        pytest.param(
            [{**LEADS, "hours": [{"days": "mon", "from": "08:00", "to": "12:00"}]}],
            {},
            "absent",
            ["event@leads"],
            id="in its hours, in the hall's zone",
        ),
        pytest.param(
            [{**LEADS, "about": ["unreviewed"]}], {}, "phone_use", ["unreviewed@leads"], id="in case"
        ),
    ],
)
def test_who_is_told_of_an_event(
    event: EventMaker, routes: list[dict[str, Any]], rules: dict[str, Any], rule: str, told: list[str]
) -> None:
    alerts = causes.of_event(settings(*routes, rules=rules), SHANGHAI, event(rule=rule), NINE)
    assert keys(alerts) == told


@pytest.mark.parametrize(
    ("rule", "verdict", "told"),
    [
        pytest.param("phone_use", "confirmed", ["confirmed@leads"], id="confirmed"),
        pytest.param("phone_use", "rejected", [], id="rejected"),
        pytest.param("phone_use", "unclear", [], id="unclear"),
        pytest.param("absent", "confirmed", [], id="confirmed, but it was told of before"),
    ],
)
def test_who_is_told_of_a_verdict(event: EventMaker, rule: str, verdict: str, told: list[str]) -> None:
    assert keys(causes.of_verdict(settings(LEADS), SHANGHAI, event(rule=rule), verdict, NINE)) == told


def test_an_unreviewed_event_is_due_when_its_time_is_over(event: EventMaker) -> None:
    given = settings({"id": "leads", "about": ["unreviewed"]}, review={"after_s": 900, "severity": "urgent"})
    (alert,) = causes.of_event(given, SHANGHAI, event(), NINE)
    assert (alert.due, alert.severity) == (NINE + timedelta(minutes=15), "urgent")


@pytest.mark.parametrize(
    ("changes", "posts", "told"),
    [
        pytest.param({}, [], ["camera@leads"], id="no picture"),
        pytest.param({"state": "frozen"}, [], ["camera@leads"], id="a frozen one"),
        pytest.param({"state": "unauthorised"}, [], ["camera@leads"], id="a refused password"),
        pytest.param({"state": "unrecorded"}, [], ["camera@leads"], id="no clips"),
        pytest.param({"state": "ended"}, [], [], id="a file that is over"),
        pytest.param({"end": NINE + timedelta(hours=1)}, [], [], id="over when it is first told of"),
        pytest.param({}, ["w01"], ["camera@leads"], id="the route of a post that it sees"),
        pytest.param({}, ["w02"], [], id="the route of another camera's post"),
    ],
)
def test_who_is_told_of_a_camera(changes: dict[str, Any], posts: list[str], told: list[str]) -> None:
    entry = HealthEntry(camera="east", state="gap", start=NINE, end=None, detail="").model_copy(
        update=changes
    )
    given = settings({"id": "leads", "about": ["camera"], "posts": posts}, cameras={"after_s": 60})
    alerts = causes.of_health(given, SHANGHAI, entry, {"w01": "east", "w02": "west"}, NINE)
    assert keys(alerts) == told
    assert {alert.due for alert in alerts} <= {NINE + timedelta(minutes=1)}


def test_the_same_cause_has_the_same_key_and_each_route_its_own(event: EventMaker) -> None:
    given = settings(LEADS, {"id": "boss"})
    first = causes.of_event(given, SHANGHAI, event(rule="absent"), NINE)
    later = causes.of_event(given, SHANGHAI, event(rule="absent", confidence=0.99), NINE + timedelta(hours=2))
    assert [a.key for a in first] == [a.key for a in later]
    assert len({a.key for a in first}) == 2
