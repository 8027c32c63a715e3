"""Labelled crops of single workplaces, rendered in random halls with random cameras and light."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthetic_hall import casting, render, seen, stage
from datasets.synthetic_hall.look import Cctv
from datasets.synthetic_hall.plates import Rect
from datasets.synthetic_hall.postures import in_their_manner
from datasets.synthetic_hall.scenario import Look, Scenario

ACTS = 5
CROP_PIXELS = (150.0, 420.0)
UNIFORM_PIXELS = (300.0, 390.0)
UNIFORM_ACTS = 1
OUTFIT_PIXELS = (230.0, 390.0)
OUTFIT_HALLS = 2
NOT_THE_UNIFORM = ("Asian_F_1_Busi", "MENA_F_1_Busi")
"""Business outfits of other cut and colour."""
CLIPS_PLAIN = ("Asian_M_2_Casual",)
"""Worn in the clips by staff out of uniform: not to be enrolled, or the test would know it."""
STICKS = ("pen", "pen_end", "lipstick", "lipstick_case")
"""Materials of the thin things that are held at the lips and are no cigarettes."""
Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Plan:
    """What to render: acts a hall, whether calm, least and most pixels a metre, margin in box heights.

    `only` are the actions to draw from; empty: as `casting.hall` mixes them.
    """

    acts: int
    calm: bool
    pixels: tuple[float, float]
    margin: float
    only: tuple[str, ...] = ()


@dataclass
class Shot:
    """One rendered crop: its picture (BGR) and what is in it, in pixels of the crop."""

    picture: Image
    label: dict[str, Any]


def crops(avatars: Path, out: Path, count: int, seed: int, threads: int, only: Sequence[str] = ()) -> None:
    """Write `count` JPEGs and labels.jsonl: person, held and lying things with boxes, joints, action.

    With `only`, everybody does nothing but these actions, and pens and lipsticks are of any colour.
    """
    (out / "images").mkdir(parents=True, exist_ok=True)
    names = sorted(p.stem for p in avatars.glob("*.glb"))
    shots = _shots(avatars, names, seed, threads, Plan(ACTS, False, CROP_PIXELS, 0.35, tuple(only)))
    with (out / "labels.jsonl").open("w", encoding="utf-8") as labels:
        for index, shot in zip(range(count), shots, strict=False):
            name = f"images/{seed:03d}_{index:05d}.jpg"
            quality = random.Random(f"{seed} {index}").randrange(35, 92)
            cv2.imwrite(str(out / name), shot.picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
            labels.write(json.dumps({"image": name, **shot.label}, ensure_ascii=False) + "\n")
            labels.flush()


def uniform(avatars: Path, out: Path, count: int, seed: int, threads: int) -> None:
    """Write `count` crops of staff in the prescribed uniform (wear/) and in other clothes (other/)."""
    names = sorted(p.stem for p in avatars.glob("*.glb"))
    suits = [n for n in names if n.endswith("_Busi") and n not in NOT_THE_UNIFORM]
    other = [n for n in names if not n.endswith("_Busi") and n not in CLIPS_PLAIN]
    for shift, folder, cast in ((0, "wear", suits), (1, "other", other)):
        (out / folder).mkdir(parents=True, exist_ok=True)
        done = 0
        for shot in _shots(
            avatars, cast, seed + shift, threads, Plan(UNIFORM_ACTS, True, UNIFORM_PIXELS, 0.06)
        ):
            if shot.label["person"]["visible"] < 0.45 or not 200 <= shot.picture.shape[0] <= 300:
                continue
            done += 1
            cv2.imwrite(str(out / folder / f"{done:02d}.jpg"), shot.picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
            if done == count:
                break


def outfits(avatars: Path, out: Path, count: int, seed: int, threads: int) -> None:
    """Write `count` crops of each avatar at calm work as AVATAR/HALL_NN.jpg, and outfits.jsonl with boxes.

    Half of an avatar's crops come from another hall, light and company than the rest.
    """
    out.mkdir(parents=True, exist_ok=True)
    names = sorted(p.stem for p in avatars.glob("*.glb"))
    each = -(-count // OUTFIT_HALLS)
    for part in range(OUTFIT_HALLS):
        order = random.Random(f"{seed} {part}").sample(names, len(names))
        groups = [order[i : i + 3] for i in range(0, len(order), 3)]
        for number, group in enumerate(groups):
            plan = Plan(each + 2, True, OUTFIT_PIXELS, 0.06)
            cast = group if len(group) == 3 else (group * 3)[:3]
            hall = seed * 1000 + part * 100 + number
            _fill(out, f"hall{hall}", dict.fromkeys(group, each), _shots(avatars, cast, hall, threads, plan))


def _fill(out: Path, hall: str, missing: dict[str, int], shots: Iterator[Shot]) -> None:
    """Save shots until of each avatar as many are there as were missing."""
    while any(missing.values()):
        shot = next(shots)
        name = shot.label["wears"]
        if shot.label["person"]["visible"] < 0.45 or not missing[name]:
            continue
        (out / name).mkdir(exist_ok=True)
        path = f"{name}/{hall}_{missing[name]:02d}.jpg"
        missing[name] -= 1
        cv2.imwrite(str(out / path), shot.picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
        line = {"image": path, "wears": name, "box": shot.label["person"]["box"]}
        with (out / "outfits.jsonl").open("a", encoding="utf-8") as labels:
            labels.write(json.dumps(line) + "\n")


def _shots(avatars: Path, names: list[str], seed: int, threads: int, plan: Plan) -> Iterator[Shot]:
    """Endless crops; the hall, its people and their things change after three times `plan.acts`."""
    random_ = random.Random(seed)
    scratch = Path(bpy.app.tempdir) / "crop.png"
    while True:
        scenario = casting.hall(random_, names, plan.acts, plan.calm, plan.only)
        built = stage.Stage(scenario, avatars)
        if plan.only:
            _recolour(random_)
        for t in casting.moments(random_, plan.acts):
            for actor in [a for a in built.actors if a.person.role == "staff"]:
                seen_by = casting.view(random_, actor.timeline.seat[0], scenario, plan.pixels)
                built.aim(seen_by)
                render.set_up(seen_by.width, seen_by.height, scenario.samples, threads)
                built.place(in_their_manner(built.states(t), random_))
                shot = _shot(seen.Eye(seen_by), actor, built.actors, scratch, random_, plan.margin)
                if shot is not None:
                    yield shot


def _recolour(random_: random.Random) -> None:
    """Give pens and lipsticks, all alike in the clips, another colour: dark, white or bright."""
    for name in STICKS:
        if (material := bpy.data.materials.get(name)) is not None:
            tone = random_.choice((0.03, 0.15, 0.5, 0.85))
            colour = (min(0.95, tone * random_.uniform(0.3, 1.9)) for _ in range(3))
            material.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (*colour, 1)


def _shot(
    eye: seen.Eye,
    actor: stage.Actor,
    actors: list[stage.Actor],
    scratch: Path,
    random_: random.Random,
    margin: float,
) -> Shot | None:
    person = eye.person(actor)
    if person is None or person["visible"] < 0.25:
        return None
    rect = _around(person["box"], margin * random_.uniform(0.4, 1.0), eye.scenario)
    render.part(scratch, rect)
    picture = np.asarray(cv2.imread(str(scratch)), dtype=np.uint8)
    others = [p for a in actors if a is not actor and (p := eye.person(a)) is not None]
    things = [o for a in actors for o in eye.objects(a)]
    label = {
        "action": person["action"],
        "wears": actor.moment.wears if actor.moment is not None else actor.person.wears,
        "person": _moved(person, rect),
        "others": [
            _moved({"role": o["role"], "box": o["box"]}, rect) for o in others if _touches(o["box"], rect)
        ],
        "objects": [_moved(o, rect) for o in things if _touches(o["box"], rect)],
    }
    return Shot(_cctv(picture, random_), label)


def _touches(box: list[float], rect: Rect) -> bool:
    return box[0] < rect[2] and rect[0] < box[2] and box[1] < rect[3] and rect[1] < box[3]


def _cctv(picture: Image, random_: random.Random) -> Image:
    look = Look(noise=random_.uniform(1, 7), blur_px=random_.uniform(0.3, 0.9))
    height, width = picture.shape[:2]
    return Cctv(look, width, height, random_.randrange(10**6)).soften(picture, 0)


def _around(box: list[float], margin: float, scenario: Scenario) -> Rect:
    x1, y1, x2, y2 = box
    pad = margin * (y2 - y1)
    left, top = max(0, int(x1 - pad)), max(0, int(y1 - pad))
    return (left, top, min(scenario.width, int(x2 + pad)), min(scenario.height, int(y2 + pad)))


def _moved(thing: dict[str, Any], rect: Rect) -> dict[str, Any]:
    """The same label in pixels of the crop."""
    x, y = rect[:2]
    x1, y1, x2, y2 = thing["box"]
    moved = {**thing, "box": [round(v, 1) for v in (x1 - x, y1 - y, x2 - x, y2 - y)]}
    if "joints" in thing:
        moved["joints"] = {n: [round(a - x, 1), round(b - y, 1)] for n, (a, b) in thing["joints"].items()}
    return moved
