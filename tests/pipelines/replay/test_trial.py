"""Other rules over kept looks: what they would still ask, no longer, or anew, in the last while."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.hall.covers import NO_COVERS, HallCovers
from pipelines.regulation import load
from pipelines.replay.journal import LooksJournal, kept_places
from pipelines.replay.looks import LooksError
from pipelines.replay.play import Asked
from pipelines.replay.trial import RuleSet, compared, try_rules
from pipelines.rules.engine import RuleEngine
from pipelines.rules.schedule import Schedule
from vision.behaviours import BEHAVIOURS
from vision.calibration import Calibration

ZONE = ZoneInfo("Asia/Shanghai")
NINE = datetime(2026, 1, 5, 9, tzinfo=ZONE)
CALM = {"phone": 0.02, "presence": 0.97, "smoking": 0.02, "eating": 0.02, "uniform": None}
HOUR = 3600.0


def rules(hold_s: float) -> RuleSet:
    phone = load().rules["phone_use"].model_copy(update={"hold_s": hold_s})
    calibrations = dict.fromkeys(BEHAVIOURS, Calibration(1, 0, 0.2))
    engine = RuleEngine((phone,), load().beliefs, calibrations, Schedule((), ZONE))
    return RuleSet(engine, HallCovers(engine.schedule, NO_COVERS))


def keep(folder: Path, phones: list[tuple[float, float]], seconds: int, post: str = "w01") -> None:
    """A look each second from nine on, with a phone in hand in some stretches."""
    journal = LooksJournal(folder, ZONE)
    for s in range(seconds):
        up = any(start <= s < end for start, end in phones)
        t = (NINE + timedelta(seconds=s)).isoformat(timespec="milliseconds")
        cues = {**CALM, "phone": 0.97 if up else 0.02}
        journal.observation({"t": t, "camera": "hall", "post": post, "presence": True, "cues": cues})
    journal.close()


def test_a_longer_hold_no_longer_asks_of_the_short_one(tmp_path: Path) -> None:
    keep(tmp_path, [(100, 130), (300, 400)], 600)
    found = try_rules(rules(8), rules(45), kept_places(tmp_path), HOUR, ZONE)
    assert [(one.outcome, round(one.asked.start - NINE.timestamp(), -1)) for one in found.told] == [
        ("gone", 100),
        ("still", 300),
    ]
    assert (found.looks, found.posts) == (600, {"w01"})
    back = try_rules(rules(45), rules(8), kept_places(tmp_path), HOUR, ZONE)
    assert [one.outcome for one in back.told] == ["new", "still"]


def test_only_the_last_while_is_told_but_what_came_before_is_played_too(tmp_path: Path) -> None:
    # The phone is up from ten minutes before the hour that is tried to five minutes into it.
    keep(tmp_path, [(600, 1500), (3000, 3100)], 2 * 3600 - 2400)
    until = NINE.timestamp() + 2 * 3600 - 2401
    found = try_rules(rules(8), rules(8), kept_places(tmp_path), HOUR, ZONE)
    assert (found.since, found.until) == (until - HOUR, until)
    assert [round(one.asked.start - NINE.timestamp(), -1) for one in found.told] == [3000]


def test_the_last_hour_reaches_back_over_midnight(tmp_path: Path) -> None:
    late = NINE.replace(hour=23, minute=50)
    journal = LooksJournal(tmp_path, ZONE)
    for s in range(1200):
        t = (late + timedelta(seconds=s)).isoformat(timespec="milliseconds")
        cues = {**CALM, "phone": 0.97 if 300 <= s < 360 else 0.02}
        journal.observation({"t": t, "camera": "hall", "post": "w01", "presence": True, "cues": cues})
    journal.close()
    assert len(list(tmp_path.iterdir())) == 2
    found = try_rules(rules(8), rules(45), kept_places(tmp_path), HOUR, ZONE)
    assert [round(one.asked.start - late.timestamp(), -1) for one in found.told] == [300]
    assert found.looks == 1200


def test_a_post_without_looks_in_that_while_is_none_of_it(tmp_path: Path) -> None:
    keep(tmp_path, [], 60, "w02")
    keep(tmp_path, [], 7200)
    found = try_rules(rules(8), rules(8), kept_places(tmp_path), HOUR, ZONE)
    assert found.posts == {"w01"}


def test_no_looks_are_said(tmp_path: Path) -> None:
    with pytest.raises(LooksError, match="expected kept looks at these posts, found none"):
        try_rules(rules(8), rules(8), {}, HOUR, ZONE)


def test_what_goes_on_at_the_end_is_the_same_question() -> None:
    open_one = Asked("phone_use", "w01", 100.0, None, 0.95)
    told = compared([open_one], [replace(open_one, start=120.0)], 200.0)
    assert [(one.outcome, one.asked.start, one.asked.end) for one in told] == [("still", 120.0, None)]


def test_the_same_time_at_another_post_is_another_question() -> None:
    one = Asked("phone_use", "w01", 100.0, 130.0, 0.95)
    told = compared([one], [replace(one, post="w02")], 200.0)
    assert sorted(one.outcome for one in told) == ["gone", "new"]
