"""Evidence on its way into a real S3-compatible store, which is killed, refuses, or holds something else.

Slow where processes are killed again and again.
"""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from samples_s3 import KEY_ID, SECRET, S3Server
from samples_service import EventMaker, now

import service
from pipelines.rules.events import RuleEvent
from service.bucket import Bucket, BucketError
from service.delivery import Direct
from service.filing import check
from service.mover import LEAST_KEPT_S, Mover
from service.retention import Terms
from service.store import Store
from service.sweeper import Sweeper

PATIENCE_S = 60.0
DAY = timedelta(days=1)
HOUR_S = 3600.0
ENDS = {"clip": "mp4", "snapshot": "jpg", "timeline": "json"}


class Hall:
    """A store, a data folder, and a bucket of their own."""

    def __init__(self, store: Store, root: Path, server: S3Server) -> None:
        self.store, self.root, self.server = store, root, server
        self.prefix = root.name
        self.bucket: Bucket = server.bucket(self.prefix)
        self.time = time.time()

    def mover(self, keep_s: float = HOUR_S, **changes: Any) -> Mover:
        return Mover(self.store, self.bucket, self.root, keep_s=keep_s, now=lambda: self.time, **changes)

    def file(self, given: RuleEvent, size: int = 100) -> RuleEvent:
        """An event with its three files, as a run and the delivery leave it."""
        (self.root / "clips").mkdir(exist_ok=True)
        names = {kind: f"clips/{given.id}.{end}" for kind, end in ENDS.items()}
        for name in names.values():
            (self.root / name).write_bytes(os.urandom(size))
        given = given.model_copy(update=names)
        Direct(self.store, self.root).event(given)
        return given

    def local(self) -> list[str]:
        return sorted(path.name for path in (self.root / "clips").iterdir())

    def there(self) -> list[str]:
        """What is in the bucket."""
        folder = self.server.path(self.prefix, "clips")
        if not folder.is_dir():
            return []
        # Hidden ones are what the store itself was writing when it was killed.
        return sorted(path.name for path in folder.iterdir() if path.is_file() and path.name[0] != ".")

    def bad(self) -> list[tuple[str, str, bool]]:
        found = check(self.root, self.store.evidence.files(), self.bucket.digest)
        return [(one.file.kind, one.problem, one.in_bucket) for one in found]


@pytest.fixture
def hall(store: Store, tmp_path: Path, s3: S3Server) -> Hall:
    (tmp_path / "clips").mkdir()
    return Hall(store, tmp_path, s3)


def names(given: RuleEvent) -> list[str]:
    return sorted(f"{given.id}.{end}" for end in ENDS.values())


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


def test_a_killed_store_is_waited_for_and_everything_arrives(
    hall: Hall, event: EventMaker, caplog: pytest.LogCaptureFixture
) -> None:
    first = hall.file(event(1))
    mover = hall.mover(keep_s=0, every_s=0.02, retry_s=0.05)
    mover.start()
    wait_for(lambda: hall.there() == names(first) and not hall.local())
    hall.server.kill()
    others = [hall.file(event(number)) for number in (2, 3)]
    wait_for(lambda: mover.state.trouble != "" and mover.state.waiting == 6)
    assert hall.local() == sorted(names(others[0]) + names(others[1]))
    hall.server.start()
    wait_for(lambda: mover.state.waiting == 0 and not hall.local())
    mover.close()
    assert hall.bad() == []
    assert hall.there() == sorted(name for given in (first, *others) for name in names(given))
    said = [record.getMessage() for record in caplog.records if record.name == "service.mover"]
    assert len(said) == 2, "once that it is away, once that it is back"
    assert "files wait in" in said[0]
    assert "is back" in said[1]
    assert SECRET not in caplog.text


def wait_for(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"secret": "wrong"}, "refused: SignatureDoesNotMatch", id="wrong secret"),
        pytest.param({"key_id": "wrong"}, "refused: InvalidAccessKeyId", id="wrong key"),
        pytest.param({"url": "s3://nobodys"}, "expected a bucket nobodys", id="no such bucket"),
    ],
)
def test_a_bucket_that_refuses_costs_nothing_but_room(
    hall: Hall, event: EventMaker, changes: dict[str, str], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    given = hall.file(event(1))
    hall.bucket = hall.server.bucket(hall.prefix, **changes)
    mover = hall.mover(keep_s=0, every_s=0.02, retry_s=0.02)
    mover.start()
    wait_for(lambda: mover.state.trouble != "")
    mover.close()
    assert words in mover.state.trouble
    assert mover.state.waiting == 3
    assert hall.local() == names(given)
    assert "3 files wait" in caplog.text


def test_what_does_not_come_back_as_it_went_up_stays_here(
    hall: Hall, event: EventMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = hall.file(event(1))
    put = Bucket.put

    def and_rot(self: Bucket, name: str, path: Path) -> None:
        put(self, name, path)
        hall.server.path(hall.prefix, name).write_bytes(b"x" * path.stat().st_size)

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


# -- deleting


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


# -- kills

CHILD = """
import sys
from pathlib import Path
from service.bucket import Bucket
from service.mover import Mover
from service.store import Store
from service.store.database import connect

bucket = Bucket(sys.argv[3], endpoint=sys.argv[4], key_id=sys.argv[5], secret=sys.argv[6])
mover = Mover(Store(connect(sys.argv[1])), bucket, Path(sys.argv[2]), keep_s=0)
print("begun", flush=True)
mover.work()
print("done", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_killed_at_any_moment_nothing_is_lost(hall: Hall, event: EventMaker, database_url: str) -> None:
    given = [hall.file(event(number), size=300_000) for number in range(6)]
    hashes = {file.path: file.sha256 for file in hall.store.evidence.files()}
    chance, kills = random.Random(7), 0
    while not run_and_kill(hall, database_url, chance.uniform(0.0, 0.25)):
        kills += 1
        assert kills < 200
        for path, sha256 in hashes.items():
            here, there = hall.root / path, hall.server.path(hall.prefix, path)
            whole = here if here.is_file() else there
            assert hashlib.sha256(whole.read_bytes()).hexdigest() == sha256, f"{path} after {kills} kills"
    assert kills >= 1
    # Killed between noting a file and deleting its copy: that goes when its time is over.
    hall.time = time.time() + LEAST_KEPT_S + 60
    hall.mover().drop_copies(LEAST_KEPT_S)
    assert hall.local() == []
    assert hall.there() == sorted(name for one in given for name in names(one))
    assert hall.bad() == []


def run_and_kill(hall: Hall, url: str, after_s: float) -> bool:
    """A process moves evidence for so long and is killed; True when it was done before."""
    words = [url, str(hall.root), hall.bucket.url, hall.server.endpoint, KEY_ID, SECRET]
    env = {**os.environ, "PYTHONPATH": str(Path(service.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"begun\n"
        try:
            return child.wait(after_s) == 0
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            return False


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_store_that_is_killed_again_and_again_gets_everything_in_the_end(
    hall: Hall, event: EventMaker
) -> None:
    given = [hall.file(event(number), size=2_000_000) for number in range(3)]
    mover, chance, kills = hall.mover(keep_s=0, every_s=0.01, retry_s=0.02), random.Random(3), 0
    mover.start()
    while mover.state.waiting or hall.local():
        time.sleep(chance.uniform(0.05, 0.3))  # the moment of a power cut
        hall.server.kill()
        kills += 1
        assert kills < 200
        assert all(one.in_bucket for one in check(hall.root, hall.store.evidence.files(), absent))
        hall.server.start()
    mover.close()
    assert hall.there() == sorted(name for one in given for name in names(one))
    assert hall.bad() == []


def absent(name: str) -> tuple[str, int]:
    """A bucket that cannot be asked now: only what is here is looked at."""
    raise FileNotFoundError(name)
