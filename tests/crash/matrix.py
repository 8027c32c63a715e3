"""A recorded hall, run through engine, evidence, spool and store by processes that are killed.

Run as a program: it loads everything once, then forks a process for each life of the monitor and kills it
with SIGKILL at a random moment. The next life goes on at a random later moment, as a live camera does. What
is left at the end must be what the rules make of the looks that no kill has swallowed. Prints JSON.
"""

import argparse
import gzip
import json
import mmap
import os
import random
import shutil
import signal
import struct
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np

from models.manifest import Manifest
from models.reader import Reader
from pipelines.channel import Channel
from pipelines.evidence.desk import clear_half_written
from pipelines.hall.site import Site, load_site
from pipelines.keeper import open_events
from pipelines.looking.eyes import Eyes
from pipelines.observations import Look
from pipelines.regulation import load
from pipelines.rules.engine import RuleEngine, Ruling
from pipelines.rules.events import ModelRef, at, event_id, iso
from pipelines.rules.machine import Change
from pipelines.state import StateFile
from pipelines.streams.packet import Packet
from pipelines.streams.source import Source
from pipelines.watch import Looked
from service.delivery import Delivery, RunBegins
from service.intake import StoreSink
from service.spool import Spool
from service.store import EventFilter, Hall, Store, open_database
from service.store.database import connect
from vision.cue import Reason
from vision.frame import Frame

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC).timestamp() - 8 * 3600
LONGEST_LIFE_S = 120
MAY_BE_MISSING = {"no_video"}


@dataclass(frozen=True)
class Recorded:
    """What the cameras of a hall gave: packets, and the looks that came of them."""

    site: Site
    video: Path
    packets: Sequence[Packet]
    looks: Sequence[dict[str, Any]]
    times: Sequence[float]
    calibrations: Any

    @property
    def camera(self) -> str:
        return self.site.cameras[0].id


def read(site_file: Path, video: Path, observations: Path) -> Recorded:
    site = load_site(site_file)
    with gzip.open(observations, "rt", encoding="utf-8") as file:
        looks = [json.loads(line) for line in file]
    times = [datetime.fromisoformat(look["t"]).timestamp() for look in looks]
    calibrations = Manifest.load().of_task("detect")[1].calibrations()
    return Recorded(site, video, _packets(site.cameras[0].id, video), looks, times, calibrations)


def _packets(camera: str, video: Path) -> list[Packet]:
    """Every packet of the video, with its event time; nothing is decoded."""
    found: list[Packet] = []
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        origin = None
        for packet in container.demux(stream):
            if packet.size == 0 or packet.pts is None or packet.dts is None:
                continue
            origin = packet.pts if origin is None else origin
            t = START + float((packet.pts - origin) * stream.time_base)
            found.append(
                Packet(bytes(packet), t, packet.pts, packet.dts, packet.duration or 0, packet.is_keyframe)
            )
    return found


class Shut(Eyes):
    """What they would see was recorded."""

    def __init__(self, hall: Recorded) -> None:
        self.calibrations = hall.calibrations
        self.model = ModelRef(name="m", sha256="0" * 64)
        self.reader = Reader()


class Life:
    """One process's life: the real channel, evidence desk, spool and store, fed with what was recorded."""

    def __init__(self, hall: Recorded, folder: Path, shared: mmap.mmap) -> None:
        self.hall, self.shared = hall, shared
        self.store = Store(connect(f"sqlite:///{folder / 'store.sqlite3'}"))
        self.delivery = Delivery(self.store, Spool(folder / "spool" / "store.jsonl"), retry_s=0.05)
        self.delivery.begin(
            RunBegins(
                at=datetime.now(UTC),
                cameras=frozenset({hall.camera}),
                going_on=open_events(folder / "state", hall.site),
            )
        )
        self.delivery.start()
        clear_half_written(folder)
        eyes = Shut(hall)
        source = Source(hall.camera, str(hall.video), start=START)
        sink = StoreSink(self.store, delivery=self.delivery)
        keep = StateFile(folder / "state", hall.camera)
        self.channel = Channel(hall.site, hall.site.cameras[0], source, eyes, sink, folder, keep=keep)
        self.engine = RuleEngine(
            hall.site.active_rules, load().beliefs, hall.calibrations, hall.site.calendar
        )

    def run(self, first: int) -> None:
        """From look number ``first`` to the end of what was recorded."""
        if first < len(self.hall.looks):
            packets = iter([p for p in self.hall.packets if p.t >= self.hall.times[first]])
            waiting = next(packets, None)
            for number in range(first, len(self.hall.looks)):
                self.shared[:8] = struct.pack("q", number)
                while waiting is not None and waiting.t <= self.hall.times[number]:
                    self.channel.take(SimpleNamespace(packet=waiting, pictures=()))  # type: ignore[arg-type]
                    waiting = next(packets, None)
                self._look(number)
        self.shared[:8] = struct.pack("q", len(self.hall.looks))
        self.channel.finish()
        self.delivery.close()
        self.store.close()

    def _look(self, number: int) -> None:
        # The models' part of a look is on record; from here on it is what CameraWatch does with it.
        line, t = self.hall.looks[number], self.hall.times[number]
        watch = self.channel.watch
        post = next(post for post in watch.posts if post.id == line["post"])
        memory = watch._memory[post.id]
        memory.rules, rulings = self.engine.look(memory.rules, t, line["cues"])
        why = {name: Reason("nobody_seen") for name in line["cues"]}
        beliefs = {name: memory.rules.beliefs[name].p for name in line["cues"]}
        look = Look(t, self.hall.camera, post.id, line["presence"], line["cues"], beliefs, why, ())
        frame = Frame(self.hall.camera, number, t, np.zeros((90, 160, 3), np.uint8), True)
        self.channel._tell(post, Looked(look, rulings, frame))


Found = dict[str, tuple[str, str, str, str | None, str, float]]


def expected(hall: Recorded, taken: Sequence[int]) -> Found:
    """What the rules make of the looks that were taken, in one go."""
    engine = RuleEngine(hall.site.active_rules, load().beliefs, hall.calibrations, hall.site.calendar)
    states = {post.id: engine.start() for post in hall.site.posts}
    found: Found = {}

    def note(post: str, rulings: Sequence[Ruling]) -> None:
        for ruling in rulings:
            change = ruling.transition
            if change.change in (Change.OPENED, Change.CLOSED):
                start, end = at(change.start, hall.site.zone), change.end
                found[event_id(post, ruling.rule.name, start)] = (
                    post,
                    ruling.rule.name,
                    iso(start),
                    None if end is None else iso(at(end, hall.site.zone)),
                    "open" if end is None else "closed",
                    round(min(change.confidence, 1.0), 3),
                )

    for number in taken:
        line = hall.looks[number]
        states[line["post"]], rulings = engine.look(states[line["post"]], hall.times[number], line["cues"])
        note(line["post"], rulings)
    for post, state in states.items():
        note(post, engine.finish(state)[1])
    return found


@dataclass
class Run:
    """One run of the hall, from its first look to its last, over all its lives."""

    kills: int
    lives: list[tuple[int, dict[str, float]]]
    """Each life's first look, and per post the time of the last look that outlived it."""


def play(hall: Recorded, folder: Path, chance: random.Random, seconds: float, *, calm: bool = False) -> Run:
    """Run the hall, killing each life within ``seconds`` (``calm``: after them) until one ends by itself."""
    folder.mkdir(parents=True)
    open_database(f"sqlite:///{folder / 'store.sqlite3'}").dispose()
    shared, first, run = mmap.mmap(-1, 8), 0, Run(0, [])
    while True:
        shared[:8] = struct.pack("q", first)
        killed = _live_and_die(hall, folder, shared, first, seconds if calm else chance.uniform(0, seconds))
        run.lives.append((first, _outlived(hall, folder) if killed else {}))
        if not killed:
            shared.close()
            return run
        run.kills += 1
        first = _resumes(hall, struct.unpack("q", shared[:8])[0], chance)


def _live_and_die(hall: Recorded, folder: Path, shared: mmap.mmap, first: int, after_s: float) -> bool:
    """One life; says whether it was killed (rather than having come to its end before)."""
    child = os.fork()
    if child == 0:
        try:
            Life(hall, folder, shared).run(first)
            os._exit(0)
        except BaseException:  # noqa: BLE001 - a forked child must not go on in its parent's code
            traceback.print_exc()
        finally:
            os._exit(1)
    deadline = time.monotonic() + after_s
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return _ended(status)
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return _ended(status)


def _ended(status: int) -> bool:
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status) != 0:
        raise RuntimeError("a life ended with an error")
    return False


def _outlived(hall: Recorded, folder: Path) -> dict[str, float]:
    state = StateFile(folder / "state", hall.camera).load()
    if state is None:
        return {}
    return {name: post.beliefs["presence"].t or float("-inf") for name, post in state.posts.items()}


def _resumes(hall: Recorded, reached: int, chance: random.Random) -> int:
    """The first look of the next life: at once, soon, or after what was open is forgotten."""
    if reached >= len(hall.times):
        return reached
    dead = chance.choices(
        [0.0, chance.uniform(0, 3), chance.uniform(3, 9), chance.uniform(9, 15)], [5, 3, 2, 1]
    )[0]
    later = [n for n in range(reached, len(hall.times)) if hall.times[n] > hall.times[reached] + dead]
    return later[0] if later else len(hall.times)


def taken(hall: Recorded, run: Run) -> list[int]:
    """The looks that counted: of each life those that its state had when it was killed."""
    chosen: list[int] = []
    ends = [first for first, _ in run.lives[1:]] + [len(hall.looks)]
    for (first, outlived), end in zip(run.lives, ends, strict=True):
        last = end == len(hall.looks) and not outlived
        for number in range(first, end):
            if last or hall.times[number] <= outlived.get(hall.looks[number]["post"], float("-inf")):
                chosen.append(number)
    return chosen


def complaints(hall: Recorded, folder: Path, run: Run) -> list[str]:
    """What is not as it must be after a run."""
    store = Store(connect(f"sqlite:///{folder / 'store.sqlite3'}"))
    store.set_site(Hall(hall.site.hall, hall.site.zone), [])
    events = [judged.event for judged in store.events(EventFilter(), limit=1000).events]
    store.close()
    looks = taken(hall, run)
    wanted = expected(hall, looks)
    found: Found = {
        e.id: (e.post, e.rule, iso(e.start), e.end and iso(e.end), e.state, e.confidence) for e in events
    }
    told = [f"lost: {wanted[one]}" for one in wanted if one not in found]
    told += [f"invented: {found[one]}" for one in found if one not in wanted]
    for one in found.keys() & wanted.keys():
        if found[one] != wanted[one]:
            told.append(f"expected {wanted[one]}, got {found[one]}")
    last_seen = _seen_before_kills(hall, run)
    for event in events:
        if not event.end_known and (event.post, event.end) not in last_seen:
            told.append(f"{event.id}: its end at {event.end} was seen, but is called unknown")
    for event in events:
        told += _broken_evidence(folder, event)
    left = [str(path.relative_to(folder)) for path in folder.rglob("*.partial")]
    left += [str(path.relative_to(folder)) for path in (folder / "spool").glob("*")]
    left += [str(path.relative_to(folder)) for path in (folder / "state").glob("*")]
    return told + [f"left behind: {name}" for name in left]


def _seen_before_kills(hall: Recorded, run: Run) -> set[tuple[str, datetime]]:
    """Per post the last looks that outlived a kill."""
    outlived = [one for _, life in run.lives for one in life.items()]
    return {(post, at(t, hall.site.zone)) for post, t in outlived if t > float("-inf")}


def _clips(folder: Path) -> Counter[str]:
    """How many events have a clip, and why others have none."""
    store = Store(connect(f"sqlite:///{folder / 'store.sqlite3'}"))
    events = [judged.event for judged in store.events(EventFilter(), limit=1000).events]
    store.close()
    found = Counter(event.clip_missing or "whole" for event in events)
    for event in events:
        if event.timeline is not None:
            told = json.loads((folder / event.timeline).read_text())
            found["whole, from before the event's start"] += told["event_start"] >= 0
            found["whole, with looks"] += bool(told["looks"])
            found["whole, with a snapshot"] += event.snapshot is not None
    return found


def _broken_evidence(folder: Path, event: Any) -> list[str]:
    if event.clip is None:
        good = event.clip_missing in MAY_BE_MISSING
        return [] if good else [f"{event.id}: no clip, because {event.clip_missing}"]
    try:
        with av.open(str(folder / event.clip)) as container:
            pictures = sum(1 for packet in container.demux(video=0) if packet.size)
        timeline = json.loads((folder / event.timeline).read_text())
    except (OSError, ValueError, av.FFmpegError) as error:
        return [f"{event.id}: {error}"]
    return [] if pictures and timeline["event"] == event.id else [f"{event.id}: empty evidence"]


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--site", "--video", "--observations", "--folder"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    hall, chance = read(options.site, options.video, options.observations), random.Random(options.seed)
    begun = time.monotonic()
    runs = [play(hall, options.folder / "0", chance, LONGEST_LIFE_S, calm=True)]
    seconds = time.monotonic() - begun
    told = complaints(hall, options.folder / "0", runs[0])
    clips: Counter[str] = Counter()
    while sum(run.kills for run in runs) < options.kills:
        folder = options.folder / str(len(runs))
        runs.append(play(hall, folder, chance, seconds / 3))
        told += [f"run {folder.name}: {one}" for one in complaints(hall, folder, runs[-1])]
        clips += _clips(folder)
        if not told:
            shutil.rmtree(folder)
    lives = [len(run.lives) for run in runs]
    undisturbed = len(expected(hall, range(len(hall.looks))))
    json.dump(
        {
            "kills": sum(run.kills for run in runs),
            "runs": len(runs),
            "lives": lives,
            "events_undisturbed": undisturbed,
            "seconds_undisturbed": round(seconds, 2),
            "clips": clips,
            "complaints": told,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
