"""What is deleted here is deleted in the bucket too, and a full disk costs copies before evidence."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from samples_bucket import HOUR_S, Hall, names
from samples_service import EventMaker, now

from service.evidence.bucket import Bucket, BucketError
from service.evidence.mover import LEAST_KEPT_S
from service.evidence.retention import Terms
from service.evidence.sweeper import Sweeper

DAY = timedelta(days=1)


def sweeper(hall: Hall, after: timedelta, **changes: Any) -> Sweeper:
    terms = Terms(7 * DAY, 90 * DAY, 365 * DAY, changes.pop("floor", 0))
    return Sweeper(
        hall.store,
        hall.root,
        terms,
        now=lambda: datetime.now(UTC) + after,
        **{"free": lambda _: 100, **changes},
    )


def test_when_its_term_is_over_evidence_goes_from_the_bucket_too(hall: Hall, event: EventMaker) -> None:
    given, kept = hall.file(event(1)), hall.file(event(2))
    mover = hall.mover(keep_s=0)
    mover.work()
    hall.store.give_verdict(given.id, "rejected", "allowed", "", at=now())
    sweeper(hall, 8 * DAY).sweep()
    mover.work()
    assert hall.there() == names(kept)
    assert hall.store.event(given.id).event.clip_missing == "expired"
    assert hall.store.evidence.to_delete() == []


def test_what_is_to_be_deleted_in_a_bucket_that_is_away_is_deleted_later_by_whoever_runs_then(
    hall: Hall, event: EventMaker
) -> None:
    hall.file(event(1))
    hall.mover(keep_s=0).work()
    hall.server.kill()
    sweeper(hall, 100 * DAY).sweep()
    with pytest.raises(BucketError):
        hall.mover().work()
    assert len(hall.store.evidence.to_delete()) == 3
    hall.server.start()
    hall.mover().work()
    assert (hall.there(), hall.store.evidence.to_delete()) == ([], [])


def test_half_of_a_file_that_went_up_before_it_was_deleted_here_is_deleted_there(
    hall: Hall, event: EventMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall.file(event(1))

    def deleted_meanwhile(self: Bucket, name: str) -> tuple[str, int]:
        sweeper(hall, 100 * DAY).sweep()
        return digest(self, name)

    digest = Bucket.digest
    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "digest", deleted_meanwhile)
        hall.mover().work()
    assert len(hall.there()) == 1
    hall.mover().work()
    assert (hall.there(), hall.local()) == ([], [])


def test_a_full_disk_costs_copies_before_it_costs_evidence(
    hall: Hall, event: EventMaker, caplog: pytest.LogCaptureFixture
) -> None:
    moved, mover = hall.file(event(1)), hall.mover(keep_s=99 * HOUR_S)
    mover.work()
    hall.time += LEAST_KEPT_S + 60
    free = iter([100, 100, 400, 400])
    sweeper(hall, 2 * DAY, floor=300, free=lambda _: next(free), spare=mover.make_room).sweep()
    assert hall.local() == []
    assert hall.store.event(moved.id).event == moved
    assert "local copies of 3 files that are in the bucket go" in caplog.text


def test_evidence_in_the_bucket_does_not_go_to_make_room_on_a_disk_that_it_is_not_on(
    hall: Hall, event: EventMaker
) -> None:
    moved = hall.file(event(1))
    hall.mover(keep_s=0).work()
    waiting = hall.file(event(2))
    for given in (moved, waiting):
        hall.store.give_verdict(given.id, "rejected", "allowed", "", at=now())
    sweeper(hall, 2 * DAY, floor=500).sweep()
    assert hall.store.event(moved.id).event.clip == moved.clip
    assert hall.store.event(waiting.id).event.clip_missing == "made_room"


def test_a_fault_of_ours_does_not_end_the_sweeping(
    hall: Hall, event: EventMaker, caplog: pytest.LogCaptureFixture
) -> None:
    given = hall.file(event(1))
    hall.store.give_verdict(given.id, "rejected", "allowed", "", at=now())
    faults = iter([OverflowError("date value out of range")])

    def also(_now: datetime) -> None:
        for fault in faults:
            raise fault

    sweeping = sweeper(hall, 8 * DAY, also=[also], every_s=0.05)
    sweeping.start()
    end = time.monotonic() + 30
    while hall.store.event(given.id).event.clip_missing != "expired":
        assert time.monotonic() < end
        time.sleep(0.05)
    sweeping.close()
    assert "evidence could not be swept" in caplog.text
