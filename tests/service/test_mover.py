"""Evidence on its way into a real S3-compatible store, which goes away, refuses, or holds something else."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from samples_bucket import HOUR_S, Hall, names, wait_for
from samples_s3 import SECRET
from samples_service import EventMaker

from service.delivery import Direct
from service.evidence.bucket import Bucket, BucketError
from service.evidence.filing import check_in_use


def test_what_is_filed_goes_up_and_its_copy_goes_when_its_time_is_over(hall: Hall, event: EventMaker) -> None:
    given, mover = hall.file(event(1)), hall.mover()
    (hall.root / f"clips/{given.id}.h264.mp4").write_bytes(b"what the browser was given")
    (hall.root / "clips" / "fedcba9876543210.mp4.partial").write_bytes(b"being cut")
    mover.work()
    assert hall.there() == names(given)
    assert set(names(given)) < set(hall.local())
    assert mover.state.waiting == 0
    assert hall.bad() == []
    hall.time += HOUR_S + 5
    mover.drop_copies(HOUR_S)
    assert hall.local() == ["fedcba9876543210.mp4.partial"]
    assert hall.bad() == []
    assert hall.store.event(given.id).event == given


def test_without_hours_to_keep_a_copy_goes_at_once(hall: Hall, event: EventMaker) -> None:
    given = hall.file(event(1))
    hall.mover(keep_s=0).work()
    assert (hall.there(), hall.local()) == (names(given), [])


def test_what_still_goes_on_or_was_never_filed_stays_here(hall: Hall, event: EventMaker) -> None:
    (hall.root / "clips" / f"{event(1).id}.mp4").write_bytes(b"a clip whose event is not told of yet")
    hall.mover(keep_s=0).work()
    assert (hall.there(), hall.local()) == ([], [f"{event(1).id}.mp4"])


def test_one_file_that_the_store_does_not_take_holds_up_no_other(hall: Hall, event: EventMaker) -> None:
    given = [hall.file(event(number)) for number in range(3)]
    refused = hall.server.path(hall.prefix, f"clips/{given[0].id}.mp4")
    refused.mkdir(parents=True)  # a store with a fault of its own: this name it cannot write
    mover = hall.mover(keep_s=0)
    for _ in range(2):
        with pytest.raises(BucketError, match="does not answer: InternalError"):
            mover.work()
    assert hall.local() == [refused.name]
    assert mover.state.waiting == 1
    refused.rmdir()
    mover.work()
    assert hall.local() == []
    assert hall.bad() == []


def test_a_killed_store_is_waited_for_and_everything_arrives(
    hall: Hall, event: EventMaker, caplog: pytest.LogCaptureFixture
) -> None:
    first = hall.file(event(1))
    mover = hall.mover(keep_s=0, every_s=0.02, retry_s=0.05)
    mover.start()
    wait_for(lambda: hall.there() == names(first) and not hall.local())
    hall.server.kill()
    others = [hall.file(event(number)) for number in (2, 3)]
    wait_for(lambda: mover.state.trouble == "away" and mover.state.waiting == 6)
    assert hall.local() == sorted(names(others[0]) + names(others[1]))
    hall.server.start()
    wait_for(lambda: mover.state.waiting == 0 and not hall.local())
    mover.close()
    assert hall.bad() == []
    assert hall.there() == sorted(name for given in (first, *others) for name in names(given))
    said = [record.getMessage() for record in caplog.records if record.name == "service.evidence.mover"]
    assert len(said) == 2, "once that it is away, once that it is back"
    assert "files wait in" in said[0]
    assert "is back" in said[1]
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("changes", "trouble", "words"),
    [
        pytest.param({"secret": "wrong"}, "refused", "refused: SignatureDoesNotMatch", id="wrong secret"),
        pytest.param({"key_id": "wrong"}, "refused", "refused: InvalidAccessKeyId", id="wrong key"),
        pytest.param({"url": "s3://nobodys"}, "no_bucket", "expected a bucket nobodys", id="no such bucket"),
    ],
)
def test_a_bucket_that_refuses_costs_nothing_but_room(
    hall: Hall,
    event: EventMaker,
    changes: dict[str, str],
    trouble: str,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = hall.file(event(1))
    hall.bucket = hall.server.bucket(hall.prefix, **changes)
    mover = hall.mover(keep_s=0, every_s=0.02, retry_s=0.02)
    mover.start()
    wait_for(lambda: mover.state.trouble is not None)
    mover.close()
    assert mover.state.trouble == trouble
    assert words in caplog.text
    assert mover.state.waiting == 3
    assert hall.local() == names(given)
    assert "3 files wait" in caplog.text


@pytest.mark.parametrize("left", [pytest.param(100, id="others"), pytest.param(50, id="half of it")])
def test_what_does_not_come_back_as_it_went_up_stays_here(
    hall: Hall, event: EventMaker, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = hall.file(event(1))
    put = Bucket.put

    def and_rot(self: Bucket, name: str, path: Path) -> None:
        put(self, name, path)
        hall.server.path(hall.prefix, name).write_bytes(b"x" * left)

    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "put", and_rot)
        with pytest.raises(BucketError, match=f"expected clips/{given.id}.jpg back") as failure:
            hall.mover(keep_s=0).work()
    assert failure.value.trouble == "not_kept"
    assert hall.local() == names(given)
    hall.mover(keep_s=0).work()
    assert (hall.local(), hall.bad()) == ([], [])


def test_a_file_that_was_tampered_with_is_not_taken_for_the_evidence(
    hall: Hall, event: EventMaker, caplog: pytest.LogCaptureFixture
) -> None:
    given, mover = hall.file(event(1)), hall.mover(keep_s=0)
    (hall.root / f"clips/{given.id}.jpg").write_bytes(b"retouched")
    for _ in range(3):
        mover.work()
    assert hall.local() == [f"{given.id}.jpg"]
    assert f"{given.id}.jpg" not in hall.there()
    assert mover.state.waiting == 1
    assert caplog.text.count("is not what it was when it was filed") == 1
    assert hall.bad() == [("snapshot", "changed", False)]


def test_a_copy_that_is_another_file_than_the_one_in_the_bucket_is_not_deleted(
    hall: Hall, event: EventMaker
) -> None:
    given, mover = hall.file(event(1)), hall.mover()
    mover.work()
    (hall.root / f"clips/{given.id}.mp4").write_bytes(b"being told of just now")
    hall.time += 2 * HOUR_S
    mover.drop_copies(HOUR_S)
    assert hall.local() == [f"{given.id}.mp4"]


def test_a_clip_that_was_cut_anew_goes_up_anew(hall: Hall, event: EventMaker) -> None:
    given, mover = hall.file(event(1)), hall.mover(keep_s=0)
    mover.work()
    old = hall.server.path(hall.prefix, f"clips/{given.id}.mp4").read_bytes()
    assert [file.moved for file in hall.store.evidence.files(given.id)] == [True] * 3
    hall.file(given)
    assert [file.moved for file in hall.store.evidence.files(given.id)] == [False] * 3
    mover.work()
    assert hall.server.path(hall.prefix, f"clips/{given.id}.mp4").read_bytes() != old
    assert (hall.local(), hall.bad()) == ([], [])


def test_an_event_that_is_told_of_again_keeps_what_is_in_the_bucket(hall: Hall, event: EventMaker) -> None:
    given, mover = hall.file(event(1)), hall.mover(keep_s=0)
    mover.work()
    Direct(hall.store, hall.root).event(given)
    assert hall.store.event(given.id).event == given
    assert [file.moved for file in hall.store.evidence.files(given.id)] == [True] * 3


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        pytest.param(lambda path: path.write_bytes(b"x" * 100), "changed", id="replaced there"),
        pytest.param(lambda path: os.truncate(path, 50), "changed", id="cut short there"),
        pytest.param(lambda path: os.truncate(path, 0), "changed", id="emptied there"),
        pytest.param(lambda path: path.unlink(), "missing", id="deleted there"),
    ],
)
def test_verify_looks_into_the_bucket_too(
    hall: Hall, event: EventMaker, harm: Callable[[Path], object], problem: str
) -> None:
    given = hall.file(event(1))
    hall.mover().work()
    harm(hall.server.path(hall.prefix, f"clips/{given.id}.mp4"))
    assert hall.bad() == [("clip", problem, True)]


def test_verify_calls_nothing_missing_that_is_moved_while_it_looks(hall: Hall, event: EventMaker) -> None:
    for number in range(2):
        hall.file(event(number))
    listed = hall.store.evidence.files()
    hall.mover(keep_s=0).work()
    lost = hall.server.path(hall.prefix, listed[0].path)
    lost.unlink()
    found = check_in_use(hall.root, listed, hall.store.evidence.files, hall.bucket.digest)
    assert [(one.file.path, one.problem, one.in_bucket) for one in found] == [
        (listed[0].path, "missing", True)
    ]


def test_verify_calls_nothing_missing_that_is_deleted_while_it_looks(hall: Hall, event: EventMaker) -> None:
    given, lost = hall.file(event(1)), hall.file(event(2))
    listed = hall.store.evidence.files()
    hall.store.evidence.gone([given.id], "expired", at=datetime.now(UTC))
    for name in (*names(given), *names(lost)):
        (hall.root / "clips" / name).unlink()
    found = check_in_use(hall.root, listed, hall.store.evidence.files)
    assert {one.file.event for one in found} == {lost.id}
