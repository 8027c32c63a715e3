"""Disks that are full and folders that cannot be written: what becomes of an event and its evidence.

A full disk is a limit on the size of files (RLIMIT_FSIZE) in a process of its own, which the system enforces
as it would a quota.
"""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pipelines
from pipelines.durable import write_whole
from pipelines.evidence.recorder import ClipError, why_missing
from tests.conftest import DEMO_FOLDER

PROGRAM = r"""
import json, resource, signal, sys
from pathlib import Path
import numpy as np
from zoneinfo import ZoneInfo
from pipelines.evidence.desk import EvidenceDesk, ring_seconds
from pipelines.observations import Look
from pipelines.evidence.recorder import Ring, Stream
from pipelines.regulation import load
from pipelines.rules.engine import Ruling
from pipelines.rules.events import ModelRef
from pipelines.rules.machine import Change, Transition
from pipelines.hall.site import Evidence
from pipelines.streams.source import Source
from vision.cue import Reason
from vision.frame import Frame
from vision.posts import Post

video, folder, limit, harm = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
post = Post.model_validate({"id": "w01", "camera": "cam", "staff_zone": [[0.1, 0.1], [0.6, 0.1], [0.6, 0.8]]})
rule, settings = load().rules["phone_use"], Evidence(pre_roll_s=1, post_roll_s=1)
source = Source("cam", video, start=0.0)
ring = Ring(ring_seconds(settings, (rule,)))
for step in source:
    if step.packet is not None:
        ring.add(step.packet)
        if step.packet.t > 10:
            break
model = ModelRef(name="m", sha256="0" * 64)
desk = EvidenceDesk("cam", folder, ring, Stream(source.stream, source.time_base), settings,
                    ZoneInfo("Asia/Shanghai"), model, (1280, 720))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that writing fails with an error, as on a full disk
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
names = ("presence", "phone", "smoking", "eating", "uniform")
random = np.random.default_rng(0)

def look(t, *changes):
    frame = Frame("cam", round(t * 10), t, random.integers(0, 255, (720, 1280, 3), dtype=np.uint8), True)
    seen = Look(t, "cam", "w01", True, {n: 0.9 for n in names}, {n: 0.95 for n in names},
                {n: Reason("nobody_seen") for n in names}, ())
    rulings = [Ruling(rule, Transition(c, t, 2.0, t if c is Change.CLOSED else None, 0.95)) for c in changes]
    return desk.looked(post, seen, rulings, frame)

clips = folder / "clips"
if harm == "gone":
    clips.rmdir()
elif harm == "a file":
    clips.rmdir(); clips.write_text("")
elif harm == "read-only":
    clips.chmod(0o500)
elif harm == "a folder in the clip's place":
    import hashlib
    name = hashlib.sha256(b"w01\nphone_use\n2000").hexdigest()[:16]
    (clips / f"{name}.mp4").mkdir()
    (clips / f"{name}.mp4" / "x").mkdir()
events = look(2.0, Change.PENDING, Change.OPENED)
for t in (3.0, 4.0, 5.0):
    events += look(t)
events += look(6.0, Change.CLOSED)
events += look(7.5)
print(json.dumps([json.loads(event.line()) for event in events]))
"""


def run(folder: Path, limit: int = 0, harm: str = "") -> tuple[list[dict[str, object]], str]:
    """An event of four seconds, in a process of its own; gives its deliveries, and what was logged."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(DEMO_FOLDER / "hall_day.mp4"), str(folder), str(limit), harm],
        env={**os.environ, "PYTHONPATH": str(Path(pipelines.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout), done.stderr


def test_without_trouble_the_clip_comes_last_and_is_whole(tmp_path: Path) -> None:
    events, log = run(tmp_path)
    assert [(event["state"], event["clip"] is not None) for event in events] == [
        ("open", False),
        ("closed", False),
        ("closed", True),
    ]
    assert "clip_missing" not in events[-1]
    assert sorted(path.suffix for path in (tmp_path / "clips").iterdir()) == [".jpg", ".json", ".mp4"]
    assert log == ""


@pytest.mark.parametrize(
    ("limit", "harm", "missing"),
    [
        pytest.param(1, "", "disk_full", id="the disk is full to the last byte"),
        pytest.param(20_000, "", "disk_full", id="full in the middle of the clip"),
        pytest.param(200_000, "", "disk_full", id="full further on"),
        pytest.param(0, "gone", "not_writable", id="the clip folder is gone"),
        pytest.param(0, "a file", "not_writable", id="a file is in its place"),
        pytest.param(0, "a folder in the clip's place", "not_writable", id="the clip's name is taken"),
        pytest.param(
            0,
            "read-only",
            "not_writable",
            id="the clip folder is read-only",
            marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere"),
        ),
    ],
)
def test_an_event_without_its_clip_is_still_an_event_and_says_so(
    tmp_path: Path, limit: int, harm: str, missing: str
) -> None:
    events, log = run(tmp_path, limit, harm)
    assert [event["state"] for event in events] == ["open", "closed", "closed"]
    last = events[-1]
    assert (last["clip"], last["snapshot"], last["timeline"]) == (None, None, None)
    assert last["clip_missing"] == missing
    assert last["end"] is not None
    assert "the clip cannot be written" in log or "not written" in log
    left = [path for path in (tmp_path / "clips").rglob("*") if path.is_file()]
    assert left == []


@pytest.mark.parametrize(
    ("error", "missing"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (OSError(errno.EDQUOT, "Quota exceeded"), "disk_full"),
        (PermissionError(errno.EACCES, "Permission denied"), "not_writable"),
        (OSError(errno.EROFS, "Read-only file system"), "not_writable"),
        (ClipError("x.mp4: there is no video", "no_video"), "no_video"),
    ],
)
def test_what_an_error_means_for_the_clip(error: Exception, missing: str) -> None:
    assert why_missing(error) == missing


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_whole(path, b"first")
    (tmp_path / "a.json.partial").mkdir()
    with pytest.raises(OSError):
        write_whole(path, b"second")
    assert path.read_bytes() == b"first"
