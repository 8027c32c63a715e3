from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from samples_rules import BERLIN, SHANGHAI, STEADY, clock

from pipelines.rules.events import HealthEntry, RuleEvent, at, compact_json, event_id, iso

FIELDS: dict[str, object] = {
    "id": "0123456789abcdef",
    "rule": "phone_use",
    "clause": "B15",
    "post": "w01",
    "camera": "east",
    "start": at(clock("2026-01-05 09:00:00.250"), SHANGHAI),
    "end": None,
    "state": "open",
    "confidence": 0.93,
    "why": "手中有手机",
    "clip": None,
    "snapshot": None,
    "timeline": None,
    "model": {"name": "detector", "sha256": "ab" * 32},
    "rule_version": "1-01234567",
}


def event(**changes: object) -> RuleEvent:
    return RuleEvent.model_validate({**FIELDS, **changes})


def test_the_line_of_an_event_has_the_fields_of_the_contract_in_their_order() -> None:
    line = event().line()
    assert list(json.loads(line)) == list(FIELDS)
    assert '"start": "2026-01-05T09:00:00.250+08:00", "end": null' in line
    assert "手中有手机" in line
    assert "\n" not in line


def test_the_line_of_a_closed_event_says_when_it_ended() -> None:
    closed = event(state="closed", end=at(clock("2026-01-05 09:01"), SHANGHAI))
    assert json.loads(closed.line())["end"] == "2026-01-05T09:01:00.000+08:00"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"confidence": 1.2}, "confidence", id="surer than sure"),
        pytest.param({"start": datetime(2026, 1, 5, 9)}, "start", id="a time without a zone"),
        pytest.param({"state": "maybe"}, "state", id="neither open nor closed"),
        pytest.param({"person": "Anne"}, "person", id="a name: events never hold one"),
    ],
)
def test_an_event_that_cannot_be_is_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        event(**changes)
    assert [error["loc"] for error in caught.value.errors()] == [(field,)]


@pytest.mark.parametrize(
    ("end", "written"),
    [
        pytest.param(None, None, id="it still lasts"),
        pytest.param(at(60.0, UTC), "1970-01-01T00:01:00.000+00:00", id="it is over"),
    ],
)
def test_the_line_of_a_health_entry(end: datetime | None, written: str | None) -> None:
    entry = HealthEntry(camera="east", state="dark", start=at(0, UTC), end=end, detail="the picture is dark")
    assert json.loads(entry.line()) == {
        "camera": "east",
        "state": "dark",
        "start": "1970-01-01T00:00:00.000+00:00",
        "end": written,
        "detail": "the picture is dark",
    }


@pytest.mark.parametrize(
    ("t", "written"),
    [
        pytest.param(clock("2026-07-01 12:00", BERLIN), "2026-07-01T12:00:00.000+02:00", id="summer time"),
        pytest.param(clock("2026-12-01 12:00", BERLIN), "2026-12-01T12:00:00.000+01:00", id="winter time"),
        pytest.param(
            clock("2026-10-25 02:30", BERLIN, 1), "2026-10-25T02:30:00.000+01:00", id="the second 02:30"
        ),
        pytest.param(0.0006, "1970-01-01T01:00:00.001+01:00", id="rounded to the millisecond"),
    ],
)
def test_event_times_in_the_halls_zone(t: float, written: str) -> None:
    assert iso(at(t, BERLIN)) == written


def test_a_number_that_is_none_is_never_written() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        compact_json({"confidence": float("nan")})


@STEADY
@given(st.floats(0, 4e9))
def test_an_id_does_not_depend_on_the_zone_in_which_it_was_made(t: float) -> None:
    ids = {event_id("w01", "absent", at(t, zone)) for zone in (UTC, SHANGHAI, BERLIN)}
    assert len(ids) == 1
    assert len(ids.pop()) == 16


@pytest.mark.parametrize(
    ("post", "rule", "t"),
    [
        pytest.param("w02", "absent", 60.0, id="another post"),
        pytest.param("w01", "smoking", 60.0, id="another rule"),
        pytest.param("w01", "absent", 60.001, id="a millisecond later"),
    ],
)
def test_another_event_has_another_id(post: str, rule: str, t: float) -> None:
    assert event_id(post, rule, at(t, UTC)) != event_id("w01", "absent", at(60.0, UTC))


def test_an_id_is_the_same_in_every_run() -> None:
    assert event_id("w01", "absent", at(60.0, UTC)) == "faafb7ebb7ad21cc"
