"""The mover or the store is killed again and again: no evidence is lost, and all of it arrives.

Slow: each kill is of a real process in the middle of its work.
"""

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from samples_bucket import Hall, names
from samples_s3 import KEY_ID, SECRET
from samples_service import EventMaker

import service
from service.evidence.filing import check_in_use
from service.evidence.mover import LEAST_KEPT_S

# Each line is a time: a process moves evidence for so long and is killed. It is forked, not started anew, for
# most of a start is Python's imports, which no kill can harm. A byte in the pipe says that it has begun, the
# pipe's end that it is over.
CHILD = """
import os, select, signal, sys
from pathlib import Path
import obstore
from service.evidence.bucket import Bucket
from service.evidence.mover import Mover
from service.store import Store
from service.store.database import connect

for line in sys.stdin:
    ours, its = os.pipe()
    child = os.fork()
    if not child:
        bucket = Bucket(sys.argv[3], endpoint=sys.argv[4], key_id=sys.argv[5], secret=sys.argv[6])
        mover = Mover(Store(connect(sys.argv[1])), bucket, Path(sys.argv[2]), keep_s=0)
        os.write(its, b".")
        mover.work()
        os._exit(0)
    os.close(its)
    os.read(ours, 1)
    if not select.select([ours], [], [], float(line))[0]:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(ours)
    print(status, flush=True)
"""


class Movers:
    """Processes that move a hall's evidence, one after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def killed(self, after_s: float) -> bool:
        """Whether the next one was killed after so many seconds of work; False when it was done before."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{after_s}\n")
        self._process.stdin.flush()
        status = self._process.stdout.readline()
        assert status in ("-9\n", "0\n"), "a mover failed"
        return status == "-9\n"


@contextmanager
def movers(hall: Hall, url: str) -> Iterator[Movers]:
    words = [url, str(hall.root), hall.bucket.url, hall.server.endpoint, KEY_ID, SECRET]
    env = {**os.environ, "PYTHONPATH": str(Path(service.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=env,
    ) as process:
        yield Movers(process)


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_killed_at_any_moment_nothing_is_lost(hall: Hall, event: EventMaker, database_url: str) -> None:
    given = [hall.file(event(number), size=300_000) for number in range(6)]
    hashes = {file.path: file.sha256 for file in hall.store.evidence.files()}
    chance, kills = random.Random(7), 0
    with movers(hall, database_url) as some:
        while some.killed(after_s=chance.uniform(0.0, 0.1) * patience(kills)):
            kills += 1
            assert kills < 100
            for path, sha256 in hashes.items():
                here, there = hall.root / path, hall.server.path(hall.prefix, path)
                whole = here if here.is_file() else there
                assert hashlib.sha256(whole.read_bytes()).hexdigest() == sha256, f"{path}, kill {kills}"
    assert kills >= 5
    # Killed between noting a file and deleting its copy: that goes when its time is over.
    hall.time = time.time() + LEAST_KEPT_S + 60
    hall.mover().drop_copies(LEAST_KEPT_S)
    assert hall.local() == []
    assert hall.there() == sorted(name for one in given for name in names(one))
    assert hall.bad() == []


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_store_that_is_killed_again_and_again_gets_everything_in_the_end(
    hall: Hall, event: EventMaker
) -> None:
    given = [hall.file(event(number), size=2_000_000) for number in range(3)]
    mover, chance, kills = hall.mover(keep_s=0, every_s=0.01, retry_s=0.02), random.Random(3), 0
    mover.start()
    try:
        while mover.state.waiting or hall.local():
            time.sleep(chance.uniform(0.05, 0.3) * patience(kills))  # the moment of a power cut
            hall.server.kill()
            kills += 1
            assert kills < 100
            bad = check_in_use(hall.root, hall.store.evidence.files(), hall.store.evidence.files, absent)
            assert [one for one in bad if not one.in_bucket] == []
            hall.server.start()
    finally:
        mover.close()
    assert hall.there() == sorted(name for one in given for name in names(one))
    assert hall.bad() == []


def patience(kills: int) -> float:
    """How many times as long the next one lives: on a busy machine a short life achieves nothing.

    It doubles every nine kills, so that however busy the machine is, one lives long enough in the end.
    """
    return float(1.08**kills)


def absent(name: str) -> tuple[str, int]:
    """A bucket that cannot be asked now: only what is here is looked at."""
    raise FileNotFoundError(name)
