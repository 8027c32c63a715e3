"""How much was seen, in the store: replays, kills and changed schedules never count a second twice."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from samples_service import NINE, wait_until_settled

from pipelines.hall.site import Site
from pipelines.rules.schedule import Schedule, ScheduleSettings, Shift
from pipelines.rules.watched import Seen, Stretch, WatchLog
from service.bootstrap import take_site
from service.delivery import Delivery
from service.intake import WATCHED_EVERY_S, StoreSink
from service.spool import Spool
from service.store import Store
from service.store.watched import Watched

T0 = NINE.timestamp()
SITE = Site.model_validate(
    {
        "hall": "测试大厅",
        "timezone": "Asia/Shanghai",
        "cameras": [{"id": "east", "url": "rtsp://camera.example/main"}],
        "posts": [
            {
                "id": "w01",
                "name": "1号窗口",
                "camera": "east",
                "staff_zone": [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]],
            }
        ],
    }
)


def stretches(
    *told: tuple[float, Seen], calendar: Schedule = SITE.calendar, post: str = "w01"
) -> list[Stretch]:
    """What a run accounts for whose looks came so many seconds after nine."""
    log = WatchLog(calendar)
    for after, seen in told:
        log.look(post, T0 + after, seen)
    return list(log.take().get(post, ()))


def every_two(start: int, end: int, seen: Seen = "staffed") -> list[tuple[float, Seen]]:
    return [(after, seen) for after in range(start, end + 1, 2)]


def record(store: Store, told: Sequence[Stretch]) -> None:
    store.watched.record(Watched.of({"w01": told}, {"w01": "east"}))


def line(after: float, presence: bool | None = True) -> dict[str, Any]:
    t = (NINE + timedelta(seconds=after)).isoformat(timespec="milliseconds")
    return {"t": t, "camera": "east", "post": "w01", "presence": presence, "beliefs": {}}


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        pytest.param([every_two(0, 60)], {"staffed": 60}, id="one run"),
        pytest.param([every_two(0, 60), every_two(0, 60)], {"staffed": 60}, id="delivered again"),
        pytest.param(
            [every_two(0, 40), every_two(0, 60)], {"staffed": 60}, id="killed, then from the start again"
        ),
        pytest.param(
            [every_two(0, 40), every_two(50, 60)], {"staffed": 50}, id="killed, then on: nobody watched"
        ),
        pytest.param(
            [every_two(0, 60), every_two(30, 90, "unknown")], {"staffed": 60, "unknown": 30}, id="overlapping"
        ),
        pytest.param(
            [every_two(3000, 3700), every_two(3000, 3720)],
            {"staffed": 720},
            id="over the hour, delivered again",
        ),
    ],
)
def test_no_second_counts_twice(
    store: Store, runs: list[list[tuple[float, Seen]]], expected: dict[str, float]
) -> None:
    for told in runs:
        record(store, stretches(*told))
    found = store.watched.seconds()["w01"]
    assert {state: seconds for state, seconds in found.items() if seconds} == expected


def test_a_replay_under_another_schedule_counts_no_second_twice(store: Store) -> None:
    record(store, stretches(*every_two(0, 3000)))
    late = Schedule((Shift.model_validate({"from": "09:30", "to": "12:00"}),), SITE.zone)
    record(store, stretches(*every_two(0, 3600), calendar=late))
    assert store.watched.seconds()["w01"] == {
        "staffed": 3600,
        "unstaffed": 0,
        "covered": 0,
        "unknown": 0,
        "out": 0,
    }


def test_a_run_writes_what_was_seen_as_it_goes_on_and_at_its_end(store: Store) -> None:
    sink = StoreSink(store, site=SITE)
    for after in range(0, int(WATCHED_EVERY_S) - 1, 2):
        sink.observation(line(after))
    assert store.watched.seconds() == {}
    sink.observation(line(WATCHED_EVERY_S))
    assert store.watched.seconds()["w01"]["staffed"] == 60
    sink.observation(line(WATCHED_EVERY_S + 2, presence=None))
    sink.observation(line(WATCHED_EVERY_S + 4))
    sink.finish()
    found = store.watched.seconds()["w01"]
    assert (found["staffed"], found["unknown"]) == (62, 2)


def test_a_live_camera_that_never_answers_is_written_as_unknown(store: Store) -> None:
    sink = StoreSink(store, site=SITE)
    for after in range(0, 601, 20):
        sink.passed(["east"], T0 + after)
        sink.passed(["another"], T0 + after)
    sink.finish()
    assert store.watched.seconds()["w01"]["unknown"] == 600


def test_what_waits_in_the_spool_arrives_once(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "spool" / "store.jsonl"
    # As after a kill between the store's commit and the spool's: the record was taken and still waits.
    sink = StoreSink(store, delivery=Delivery(store, Spool(path)), site=SITE)
    for after in range(0, 121, 2):
        sink.observation(line(after))
    sink.finish()
    kept = path.read_bytes()
    for content in (kept, kept):
        path.write_bytes(content)
        delivery = Delivery(store, Spool(path))
        delivery.start()
        wait_until_settled(delivery)
        delivery.close()
    assert store.watched.seconds()["w01"]["staffed"] == 120
    assert not path.exists()


def test_the_sites_schedule_is_kept_with_the_hall(store: Store) -> None:
    schedule = {"shifts": [{"days": "mon-fri", "from": "09:00", "to": "12:00"}], "holidays": "china"}
    site = SITE.model_copy(update={"schedule": ScheduleSettings.model_validate(schedule)})
    take_site(store, site)
    assert store.hall().schedule == site.schedule
    take_site(store, SITE)
    assert store.hall().schedule == ScheduleSettings()
