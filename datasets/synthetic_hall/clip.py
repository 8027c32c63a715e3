"""From a scenario to a clip with truth and site file; resumable from the rectangles in its work folder."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthetic_hall import encode, findable, look, plates, site, staffed, truth
from datasets.synthetic_hall.plates import Rect
from datasets.synthetic_hall.scenario import Scenario, clock

CHUNK = 10
MARGIN = 14
Image = NDArray[np.uint8]


class Work:
    """Files of one rendering: plate, regions by key (picture and truth), each frame's list of regions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("regions", "frames"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.plate = folder / "plate.png"

    def picture(self, key: str) -> Path:
        """A region's picture."""
        return self.folder / "regions" / f"{key}.png"

    def truth(self, key: str) -> Path:
        """A region's truth."""
        return self.folder / "regions" / f"{key}.json"

    def frame(self, index: int) -> Path:
        """A frame's list of regions."""
        return self.folder / "frames" / f"{index:05d}.json"

    def claim(self, key: str) -> bool:
        """Whether this process is the first to take a region on."""
        try:
            self.picture(key).with_suffix(".claim").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def forget_claims(self) -> None:
        """Drop claims that an interrupted run left behind."""
        for claim in (self.folder / "regions").glob("*.claim"):
            claim.unlink()


class Renderer:
    """Renders what a frame needs and is not there yet. Imports Blender on construction."""

    def __init__(self, scenario: Scenario, avatars: Path, work: Work, threads: int) -> None:
        from datasets.synthetic_hall import render, seen, stage

        self.scenario, self.work, self.render = scenario, work, render
        self.stage = stage.Stage(scenario, avatars)
        self.eye = seen.Eye(scenario)
        self.rects: dict[str, Rect | None] = {}
        self.placed: bool | None = None
        render.set_up(scenario.width, scenario.height, scenario.samples, threads)

    def plate(self) -> None:
        """The empty hall, once."""
        if not self.work.plate.exists():
            self.stage.rest()
            self.render.whole(self.work.plate)

    def frame(self, index: int, wait: bool) -> int:
        """Render the frame's missing regions, return how many; with `wait`, claims of others do not count.

        Every actor has a region of its own. Visitors' regions are rendered without the staff and laid first;
        those of the staff, who are behind, show the visitors too and cover all that differs.
        """
        states = self.stage.states(index / self.scenario.fps)
        keys = {name: _digest(name + state.key()) for name, state in states.items()}
        self.placed = None
        if any(k not in self.rects for k in keys.values()):
            self._place(states, True)
            for actor in self.stage.actors:
                self.rects.setdefault(keys[actor.id], self._rect(actor))
        rects = {name: rect for name, key in keys.items() if (rect := self.rects[key]) is not None}
        staff = {a.id for a in self.stage.actors if a.person.role == "staff"}
        listed, made = [], 0
        for actor in sorted(self.stage.actors, key=lambda a: a.id in staff):
            if actor.id in rects:
                names = plates.seen_together(actor.id, rects, set() if actor.id in staff else staff)
                key = _digest(repr((actor.id, rects[actor.id], [keys[n] for n in names])))
                listed.append({"key": key, "rect": rects[actor.id]})
                made += self._region(key, actor, states, rects[actor.id], wait)
        listed += self._lying_only(states, rects, keys, wait)
        self.work.frame(index).write_text(json.dumps(listed), encoding="utf-8")
        return made

    def _place(self, states: dict[str, Any], staff: bool) -> None:
        if self.placed is not staff:
            self.stage.place(states, staff)
            self.placed = staff

    def _rect(self, actor: Any) -> Rect | None:
        rect = self.eye.rect(actor, MARGIN)
        return plates.snap(rect, self.scenario.width, self.scenario.height) if rect else None

    def _region(self, key: str, actor: Any, states: dict[str, Any], rect: Rect, wait: bool) -> int:
        if self.work.truth(key).exists() or not (self.work.claim(key) or wait):
            return 0
        self._place(states, actor.person.role == "staff")
        self.render.part(self.work.picture(key), rect)
        self._truth(key, actor)
        return 1

    def _lying_only(
        self, states: dict[str, Any], rects: dict[str, Rect], keys: dict[str, str], wait: bool
    ) -> list[dict[str, Any]]:
        """Actors that look as in the plate need no picture, but their things belong to the truth."""
        listed = []
        for actor in self.stage.actors:
            if actor.id not in rects and actor.props:
                key = _digest(actor.id + keys[actor.id] + "lying")
                listed.append({"key": key, "rect": None})
                if not self.work.truth(key).exists() and (self.work.claim(key) or wait):
                    self._place(states, True)
                    self._truth(key, actor)
        return listed

    def _truth(self, key: str, actor: Any) -> None:
        person = self.eye.person(actor)
        seen = {"people": [person] if person else [], "objects": self.eye.objects(actor)}
        self.work.truth(key).write_text(json.dumps(seen, ensure_ascii=False), encoding="utf-8")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def render_part(
    scenario: Scenario, avatars: Path, work: Work, frames: range, part: int, parts: int, threads: int = 1
) -> None:
    """Render every `parts`-th run of ten frames."""
    renderer = Renderer(scenario, avatars, work, threads)
    mine = [i for i in frames if i // CHUNK % parts == part]
    started, made = time.monotonic(), 0
    for done, index in enumerate(mine, 1):
        made += renderer.frame(index, wait=False)
        if done % CHUNK == 0:
            rate = (time.monotonic() - started) / done
            print(f"part {part}: {done}/{len(mine)} frames, {made} regions, {rate:.2f} s a frame", flush=True)


def render_all(
    path: Path, scenario: Scenario, avatars: Path, work: Work, frames: range, workers: int
) -> None:
    """Render with several processes of one thread each, then whatever was left over."""
    work.forget_claims()
    Renderer(scenario, avatars, work, workers).plate()
    base = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "datasets.synthetic_hall",
        "clip",
        str(path),
        "--avatars",
        str(avatars),
    ]
    base += [
        "--work",
        str(work.folder),
        "--frames",
        f"{frames.start}:{frames.stop}",
        "--seed",
        str(scenario.seed),
    ]
    running = [subprocess.Popen([*base, "--part", f"{k}/{workers}"]) for k in range(workers)]
    codes = [process.wait() for process in running]
    if any(codes):
        raise RuntimeError(
            f"{scenario.name}: rendering processes ended with {codes}; run the command again to resume"
        )
    if missing := [i for i in frames if not complete(work, i)]:
        renderer = Renderer(scenario, avatars, work, workers)
        for index in missing:
            renderer.frame(index, wait=True)


def complete(work: Work, index: int) -> bool:
    """Whether all regions of a frame are there."""
    listed = work.frame(index)
    return listed.exists() and all(
        work.truth(r["key"]).exists() for r in json.loads(listed.read_text("utf-8"))
    )


def compose(work: Work, index: int, plate: Image) -> Image:
    """One frame before the CCTV look."""
    picture = plate.copy()
    for region in json.loads(work.frame(index).read_text("utf-8")):
        if region["rect"] is None:
            continue
        part = cv2.imread(str(work.picture(region["key"])))
        plates.lay(picture, np.asarray(part, dtype=np.uint8), tuple(region["rect"]))
    return picture


def pictures(scenario: Scenario, work: Work, frames: range) -> Iterator[Image]:
    """Finished frames, as the recorder would get them."""
    plate = np.asarray(cv2.imread(str(work.plate)), dtype=np.uint8)
    cctv = look.Cctv(scenario.look, scenario.width, scenario.height, scenario.seed)
    for index in frames:
        yield cctv.apply(compose(work, index, plate), index, clock(scenario, index / scenario.fps))


def seen_truth(scenario: Scenario, work: Work, frames: range) -> list[dict[str, Any]]:
    """Truth of all frames."""
    cache: dict[str, Any] = {}
    found = []
    for index in frames:
        listed = json.loads(work.frame(index).read_text("utf-8"))
        for region in listed:
            if region["key"] not in cache:
                cache[region["key"]] = json.loads(work.truth(region["key"]).read_text("utf-8"))
        found.append(truth.frame(scenario, index, [cache[r["key"]] for r in listed]))
    return found


def finish(scenario: Scenario, work: Work, frames: range, out: Path) -> int:
    """Encode the clip, write truth and site file; returns the clip's bytes.

    A part of a clip becomes a clip of its own: what is true in it, counted from its first frame.

    Raises:
        UnseenError: when the whole clip's truth holds what the camera cannot see.
    """
    out.mkdir(parents=True, exist_ok=True)
    seen = fitted_truth(scenario, work, frames)
    truth.write(out / f"{scenario.name}.truth.json", seen)
    site.write(out / f"{scenario.name}.site.yaml", scenario)
    return encode.encode(
        out / f"{scenario.name}.mp4", pictures(scenario, work, frames), scenario.fps, scenario.look.crf
    )


def fitted_truth(scenario: Scenario, work: Work, frames: range) -> dict[str, Any]:
    """The truth of the frames, its absences fitted to what is seen, and refused when it cannot be seen."""
    zones, whole = site.staff_rectangles(scenario), len(frames) == scenario.frames
    planned = truth.whole(scenario, seen_truth(scenario, work, frames))
    if not whole:
        planned = truth.part(planned, frames.start / scenario.fps, frames.stop / scenario.fps)
    least_s = float(scenario.holds.get("absent", 0)) if whole else 1 / scenario.fps
    seen = staffed.fit_absences(planned, zones, least_s)
    if whole:
        findable.refuse_unseen(scenario, seen)
    return seen
