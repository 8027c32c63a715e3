"""What goes on to the next route, and when a failed delivery is tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from samples_alerts import alert, settings
from samples_service import NINE

from pipelines.hall.alerting import Retries
from service.alerts.passing import passed_on
from service.alerts.records import Alert, Facts, Told
from service.alerts.retries import next_try

LEADS = {"id": "leads", "acknowledge_s": 600, "then": "boss"}
BOSS = {"id": "boss", "about": []}
WAITS: list[Any] = []
STAYS = [None]
GOES_ON = ["boss"]


@pytest.mark.parametrize(
    ("one", "facts", "minutes", "acknowledged", "reachable", "outcome"),
    [
        pytest.param(alert(), Facts(), 9, False, True, WAITS, id="there is still time"),
        pytest.param(alert(), Facts(), 10, False, True, GOES_ON, id="nobody acknowledged in time"),
        pytest.param(alert(), Facts(), 10, True, True, STAYS, id="somebody did"),
        pytest.param(alert(), Facts(), 1, False, False, GOES_ON, id="no channel could be reached"),
        pytest.param(
            alert(), Facts("rejected"), 10, False, True, STAYS, id="a reviewer rejected it meanwhile"
        ),
        pytest.param(alert(), Facts("confirmed"), 10, False, True, GOES_ON, id="a reviewer confirmed it"),
        pytest.param(alert(route="boss"), Facts(), 99, False, True, STAYS, id="the last route"),
        pytest.param(alert(route="gone"), Facts(), 99, False, True, STAYS, id="a route that was taken away"),
    ],
)
def test_what_goes_on(
    one: Alert, facts: Facts, minutes: int, acknowledged: bool, reachable: bool, outcome: list[str | None]
) -> None:
    told = [(Told(one, NINE, acknowledged, reachable), facts)]
    now = NINE + timedelta(minutes=minutes)
    found = passed_on(told, settings(LEADS, BOSS), now)
    assert [following.route if following else None for _, following in found] == outcome
    for _, following in found:
        if following:
            assert (following.cause, following.due, following.key) == (one.cause, now, f"{one.cause}@boss")


@pytest.mark.parametrize(
    ("tries", "chance", "pause_s"),
    [
        pytest.param(1, 0.5, 10, id="the first pause"),
        pytest.param(2, 0.5, 20, id="twice as long"),
        pytest.param(5, 0.5, 160, id="and so on"),
        pytest.param(11, 0.5, 3600, id="never longer than the longest"),
        pytest.param(1, 0.0, 7.5, id="the luckiest"),
        pytest.param(1, 1.0, 12.5, id="the unluckiest"),
        pytest.param(12, 0.5, None, id="that was the last try"),
        pytest.param(13, 0.5, None, id="one more than the last, after a crash"),
    ],
)
def test_when_to_try_again(tries: int, chance: float, pause_s: float | None) -> None:
    expected = None if pause_s is None else NINE + timedelta(seconds=pause_s)
    assert next_try(tries, Retries(), NINE, chance) == expected


def test_very_many_tries_do_not_overflow() -> None:
    assert next_try(99, Retries(tries=100, longest_s=60), NINE, 0.5) == NINE + timedelta(seconds=60)
