"""Joints of many random people at work, seen by random cameras: posture without pictures, so quick.

A line of `postures.jsonl` is one person in one view: the action, the thing in the hand, the avatar, the
joints in pixels, and which of them the camera can see.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from datasets.synthetic_hall import casting, manner, seen, stage
from datasets.synthetic_hall.stage import State

ACTS = 8
HABITS = 3
VIEWS = 4
PIXELS = (150.0, 420.0)
LEAST_SEEN = 5
"""Joints that a camera must see: whoever shows fewer is found by no detector."""


def postures(avatars: Path, out: Path, count: int, seed: int) -> None:
    """Write `count` lines of `postures.jsonl`; all follows from the seed."""
    out.mkdir(parents=True, exist_ok=True)
    names = sorted(p.stem for p in avatars.glob("*.glb"))
    with (out / "postures.jsonl").open("w", encoding="utf-8") as lines:
        for _, line in zip(range(count), _endless(avatars, names, seed), strict=False):
            lines.write(json.dumps(line) + "\n")


def _endless(avatars: Path, names: list[str], seed: int) -> Iterator[dict[str, Any]]:
    random_ = random.Random(seed)
    while True:
        built = stage.Stage(casting.hall(random_, names, ACTS), avatars)
        for t in casting.moments(random_, ACTS):
            states = built.states(t)
            for _ in range(HABITS):
                built.place(in_their_manner(states, random_))
                for actor in [a for a in built.actors if a.person.role == "staff"]:
                    yield from _views(built, actor, random_)


def in_their_manner(states: dict[str, State], random_: random.Random) -> dict[str, State]:
    """Everybody's state, each done with a random person's habits."""

    def own(state: State) -> State:
        pose = manner.done_by(state.moment.pose, manner.draw(random_))
        return replace(state, moment=replace(state.moment, pose=pose))

    return {name: own(state) for name, state in states.items()}


def _views(built: stage.Stage, actor: stage.Actor, random_: random.Random) -> Iterator[dict[str, Any]]:
    moment = actor.moment
    if moment is None or not moment.present:
        return
    points = np.array([actor.body.joint(*seen.JOINTS[name]) for name in seen.JOINTS])
    own = {p.name for p in actor.body.parts} | {c.name for o in actor.things().values() for c in o.children}
    for _ in range(VIEWS):
        eye = seen.Eye(casting.view_from_anywhere(random_, actor.timeline.seat[0], built.scenario, PIXELS))
        pixels, _depth = eye.pixels(points)
        sees = eye.sees(points, own)
        if sum(sees) < LEAST_SEEN:
            continue
        yield {
            "action": moment.action,
            "held": sorted(moment.held),
            "avatar": moment.wears,
            "joints": {
                n: [round(float(x), 1), round(float(y), 1)]
                for n, (x, y) in zip(seen.JOINTS, pixels, strict=True)
            },
            "visible": dict(zip(seen.JOINTS, sees, strict=True)),
        }
