"""What a run finds, counted: events once, clips that are missing, ill cameras, looks and their age."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipelines.hall.site import Site
from pipelines.metered import STATES, Metered
from pipelines.metrics import (
    CAMERA_STATE,
    CLIP_FAILURES,
    EVENTS,
    LOOK_AGE,
    LOOK_INTERVAL,
    LOOKS,
    PICTURES_DROPPED,
    Counters,
    Metric,
)
from pipelines.rules.events import HealthEntry, RuleEvent

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def event(number: int, state: str, clip: str | None = None) -> RuleEvent:
    fields: dict[str, Any] = {
        "id": f"{number:016x}",
        "rule": "phone_use",
        "clause": "B15",
        "post": "w01",
        "camera": "east",
        "start": NINE,
        "end": None if state == "open" else NINE,
        "state": state,
        "confidence": 0.9,
        "why": "",
        "clip": clip,
        "snapshot": None,
        "timeline": None,
        "model": {"name": "m", "sha256": "0"},
        "rule_version": "1",
    }
    return RuleEvent.model_validate(fields)


OPEN, CLOSED, WHOLE = event(1, "open"), event(1, "closed"), event(1, "closed", "clips/1.mp4")


@pytest.mark.parametrize(
    ("deliveries", "events", "failures"),
    [
        pytest.param([OPEN], 1, 0, id="it opens"),
        pytest.param([OPEN, CLOSED], 1, 0, id="closed, its clip still grows"),
        pytest.param([OPEN, CLOSED, WHOLE], 1, 0, id="with its clip"),
        pytest.param([OPEN, CLOSED, CLOSED], 1, 1, id="completed without a clip"),
        pytest.param([OPEN, CLOSED, CLOSED, event(2, "open"), event(2, "closed")], 2, 1, id="and another"),
    ],
)
def test_events_and_missing_clips(deliveries: list[RuleEvent], events: int, failures: int) -> None:
    counters = Counters()
    metered = Metered(counters)
    for delivery in deliveries:
        metered.event(delivery)
    assert (counters.total(EVENTS), counters.total(CLIP_FAILURES)) == (events, failures)


def ill(end: datetime | None) -> HealthEntry:
    return HealthEntry(camera="east", state="dark", start=NINE, end=end, detail="")


def figure(counters: Counters, metric: Metric, *labels: str) -> float:
    (found,) = [reading.value for reading in counters.read([metric]) if reading.labels == labels]
    return found


def test_a_camera_is_in_a_state_until_that_has_ended() -> None:
    counters = Counters()
    metered = Metered(counters)
    metered.health(ill(None))
    assert figure(counters, CAMERA_STATE, "east", "dark") == 1
    metered.health(ill(NINE + timedelta(seconds=5)))
    assert figure(counters, CAMERA_STATE, "east", "dark") == 0


def look(post: str, seconds: float) -> dict[str, Any]:
    return {"t": (NINE + timedelta(seconds=seconds)).isoformat(), "camera": "east", "post": post}


def test_how_old_the_last_look_had_become_is_reckoned_post_by_post() -> None:
    counters = Counters()
    metered = Metered(counters)
    for post, seconds in (("w01", 0), ("w02", 0), ("w01", 0.4), ("w02", 5), ("w01", 0.8)):
        metered.observation(look(post, seconds))
    found = {r.labels[1]: r.spread for r in counters.read([LOOK_INTERVAL])}
    assert {post: spread and spread.total for post, spread in found.items()} == {"w01": 0.8, "w02": 5.0}
    assert figure(counters, LOOKS, "east", "w01") == 3


def test_a_run_begins_with_zeros_and_with_ages_that_run() -> None:
    site = Site.model_validate(
        {
            "hall": "Test",
            "timezone": "Asia/Shanghai",
            "cameras": [{"id": "east", "url": "a.mp4"}, {"id": "west", "url": "b.mp4"}],
            "posts": [{"id": "w01", "camera": "east", "staff_zone": [[0, 0], [1, 0], [1, 1]]}],
            "rules": {"smoking": {"enabled": False}},
        }
    )
    now = [0.0]
    counters = Counters(lambda: now[0])
    Metered(counters).begin(site, site.cameras[:1])
    now[0] = 30.0
    assert figure(counters, LOOK_AGE, "east", "w01") == 30, "nobody ever looked, and it shows"
    assert {r.labels for r in counters.read([CAMERA_STATE])} == {("east", state) for state in STATES}
    assert {r.labels[0] for r in counters.read([EVENTS])} == {rule.name for rule in site.active_rules}
    assert "smoking" not in {r.labels[0] for r in counters.read([EVENTS])}
    assert counters.total(PICTURES_DROPPED) == 0
