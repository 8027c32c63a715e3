"""When a known clip is shown to whom, and as what; no store, no clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from samples_service import NINE, SHANGHAI, EventMaker

from pipelines.rules.events import event_id
from pipelines.rules.schedule import Schedule, Shift
from service.review.planting import (
    RECENT_S,
    Attention,
    Planting,
    disguised,
    disguised_timeline,
    in_shift,
    moment_before,
)

DAY_SHIFT = Schedule((Shift.model_validate({"days": "mon-fri", "from": "09:00", "to": "17:00"}),), SHANGHAI)
ALWAYS = Schedule((), SHANGHAI)
IDS = [f"{number:016x}" for number in range(2000)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5])
def test_so_many_answers_are_followed_by_one(share: float) -> None:
    planting = Planting(share, b"key")
    drawn = sum(planting.draws("na", one) for one in IDS)
    assert drawn == pytest.approx(share * len(IDS), abs=4 * (len(IDS) * share * (1 - share)) ** 0.5)


def test_the_draw_is_the_same_each_time_and_another_for_other_keys_and_reviewers() -> None:
    def drawn(key: bytes, who: str) -> list[bool]:
        return [Planting(0.5, key).draws(who, one) for one in IDS[:200]]

    assert drawn(b"key", "na") == drawn(b"key", "na")
    assert drawn(b"key", "na") != drawn(b"other", "na")
    assert drawn(b"key", "na") != drawn(b"key", "wei")


def test_any_of_the_known_clips_may_be_chosen() -> None:
    planting = Planting(1.0, b"key")
    assert {planting.choose(IDS[:3], "na", one) for one in IDS[:60]} == set(IDS[:3])
    assert planting.choose([], "na", IDS[0]) is None
    ages = [planting.age_s("na", one) for one in IDS]
    assert RECENT_S[0] <= min(ages) < RECENT_S[0] + 5
    assert RECENT_S[1] - 5 < max(ages) < RECENT_S[1]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-01-05T11:00", "2026-01-05T11:00", id="in the shift"),
        pytest.param("2026-01-05T20:00", "2026-01-05T17:00", id="in the evening"),
        pytest.param("2026-01-05T08:00", "2026-01-02T17:00", id="on Monday before the shift"),
        pytest.param("2026-01-04T12:00", "2026-01-02T17:00", id="on Sunday"),
    ],
)
def test_it_seems_to_have_happened_in_a_shift(now: str, expected: str) -> None:
    assert in_shift(at(now).timestamp(), DAY_SHIFT) == at(expected).timestamp()
    assert moment_before(at(now), 30.0004, DAY_SHIFT) < at(expected)
    assert moment_before(at(now), 30.0004, DAY_SHIFT) >= at(expected) - timedelta(seconds=30.002)
    assert in_shift(at(now).timestamp(), ALWAYS) == at(now).timestamp()


def test_a_hall_without_any_shift_of_late_shows_it_now() -> None:
    never = Schedule(DAY_SHIFT.shifts, SHANGHAI, days=DAY_SHIFT.days)
    assert in_shift(0.0, never) <= 0.0


def test_it_looks_like_any_event_of_its_post_and_rule(event: EventMaker) -> None:
    names = {"clip": "clips/k.mp4", "snapshot": None, "timeline": "clips/k.json"}
    known = event(3, confidence=0.83, **names)
    newest = event(9, model={"name": "newer", "sha256": "cd" * 32}, rule_version="2-9")
    end = NINE + timedelta(days=3)
    shown = disguised(known, end, newest)
    assert shown.id == event_id("w01", "phone_use", shown.start) != known.id
    assert (shown.end, shown.end and shown.end - shown.start) == (end, timedelta(seconds=30))
    assert (shown.clip, shown.snapshot) == (f"clips/{shown.id}.mp4", None)
    assert (shown.model, shown.rule_version) == (newest.model, "2-9")
    same = ("rule", "post", "camera", "confidence", "why", "state")
    assert [getattr(shown, name) for name in same] == [getattr(known, name) for name in same]
    t0 = (known.start - timedelta(seconds=5)).isoformat()
    told: dict[str, Any] = {"event": known.id, "clip": known.clip, "t0": t0, "looks": [1]}
    assert disguised_timeline(told, known, shown) == {
        "event": shown.id,
        "clip": shown.clip,
        "t0": (shown.start - timedelta(seconds=5)).isoformat(timespec="milliseconds"),
        "looks": [1],
    }


def test_attention_has_an_interval_once_something_was_answered() -> None:
    assert Attention(0, 0).interval is None
    low, high = Attention(10, 9).interval or (0, 0)
    assert 0.55 < low < 0.9 < high < 1
