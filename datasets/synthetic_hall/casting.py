"""Random halls for labelled crops: who works where at what, seen how. Pure; all follows from the seed."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

from datasets.synthetic_hall.scenario import Camera, Scenario, parse

ACT_S = 10.0
SETTLED_S = 4.0
ROOM_X_M = 4.3
"""How far from the middle a camera can hang: the walls are a little further."""
TEMPTING = [
    "drinks",
    "drinks_tea",
    "writes",
    "pen_at_mouth",
    "paints_lips",
    "wears_headset",
    "desk_phone",
    "reads",
    "sorts_papers",
]
ORDINARY = ["works", "clicks", "talks", "listens", "waits", "rests_hands", "touches_ear", "rests_chin"]
FORBIDDEN = [
    "takes_call",
    "takes_call",
    "handles_phone",
    "thumbs_phone",
    "phone_at_desk",
    "phone_in_lap",
    "smokes",
    "smokes",
    "smokes",
    "eats",
    "eats",
    "eats",
]
POSTS = ["社会保障", "不动产登记", "税务服务", "出入境", "公积金", "户籍业务", "工商登记"]


def hall(
    random_: random.Random, avatars: list[str], acts: int, calm: bool = False, only: Sequence[str] = ()
) -> Scenario:
    """Three posts; everybody does `acts` random things of ten seconds each, half of them against a rule.

    When `calm`, nobody breaks a rule, and it is day. `only` are the actions to draw from instead.
    """
    names = random_.sample(POSTS, 3)
    wear = random_.sample(avatars, 3) if len(avatars) > 2 else random_.choices(avatars, k=3)
    kinds = [only] if only else [FORBIDDEN, TEMPTING, ORDINARY]
    odds = [1.0] if only else [0.0, 0.4, 0.6] if calm else [0.5, 0.3, 0.2]
    people = [_staff(random_, k, wear[k], acts, kinds, odds) for k in range(3)]
    people += [_visitor(random_, k, avatars) for k in range(3) if random_.random() < 0.3]
    posts = [
        {"id": f"w{k + 1:02d}", "name": f"{k + 1}号窗口 {names[k]}", "exit": [[-4.0, 1.0]]} for k in range(3)
    ]
    day = calm or random_.random() < 0.75
    return parse(
        {
            "name": "crops",
            "start": "2026-01-05T09:00:00+08:00",
            "duration_s": acts * ACT_S,
            "seed": random_.randrange(10**6),
            "samples": 4 if day else 8,
            "light": {"kind": "day" if day else "lamp", "strength": random_.uniform(0.6, 1.3)},
            "uniform": avatars,
            "posts": posts,
            "people": people,
        }
    )


def _staff(
    random_: random.Random,
    k: int,
    avatar: str,
    acts: int,
    kinds: Sequence[Sequence[str]],
    odds: Sequence[float],
) -> dict[str, Any]:
    do = []
    for i in range(acts):
        kind = random_.choices(kinds, odds)[0]
        hand = random_.choice(["left", "right", "right"])
        do.append({"at": i * ACT_S, "action": random_.choice(kind), "hand": hand})
    desk = random_.sample(["phone", "cup", "pen"], random_.randrange(3))
    return {
        "id": f"staff_{k + 1}",
        "post": f"w{k + 1:02d}",
        "role": "staff",
        "wears": avatar,
        "shift_x_m": random_.uniform(-0.1, 0.1),
        "on_desk": desk,
        "do": do,
    }


def _visitor(random_: random.Random, k: int, avatars: list[str]) -> dict[str, Any]:
    shift = random_.uniform(-0.4, 0.3)
    person = {"id": f"visitor_{k + 1}", "post": f"w{k + 1:02d}", "role": "visitor"}
    return {**person, "wears": random_.choice(avatars), "shift_x_m": shift}


def view(random_: random.Random, x: float, scenario: Scenario, pixels: tuple[float, float]) -> Scenario:
    """The same hall seen by a random camera before the counter that looks at the seat at `x` metres.

    `pixels` are the least and most pixels that a metre at the seat may have.
    """
    camera = (x + random_.uniform(-2.2, 1.6), random_.uniform(3.4, 5.6), random_.uniform(2.3, 3.2))
    return _seen_from(random_, x, camera, scenario, pixels)


def view_from_anywhere(
    random_: random.Random, x: float, scenario: Scenario, pixels: tuple[float, float]
) -> Scenario:
    """The same, from where halls hang their cameras: from the side and from the ceiling above as well."""
    azimuth = math.radians(random_.uniform(-65, 65))
    away = random_.uniform(2.0, 6.0)
    across = min(max(x + away * math.sin(azimuth), -ROOM_X_M), ROOM_X_M)
    camera = (across, away * math.cos(azimuth), random_.uniform(2.2, 3.9))
    return _seen_from(random_, x, camera, scenario, pixels)


def _seen_from(
    random_: random.Random,
    x: float,
    at: tuple[float, float, float],
    scenario: Scenario,
    pixels: tuple[float, float],
) -> Scenario:
    """The hall from a camera at x, distance and height (metres) that looks at the seat at `x`."""
    across, distance, height = at
    floor_m = math.hypot(across - x, distance)
    camera = Camera(
        height_m=height,
        x_m=across,
        distance_m=distance,
        aim_x_m=x,
        tilt_deg=math.degrees(math.atan2(height - 1.0, floor_m)) + random_.uniform(-3, 3),
        lens_mm=random_.uniform(34, 52),
    )
    away = math.hypot(floor_m, height - 1)
    width = random_.uniform(*pixels) * away * 36.0 / camera.lens_mm
    size = {"width": round(width / 2) * 2, "height": round(width * 9 / 32) * 2}
    return scenario.model_copy(update={"camera": camera, **size})


def moments(random_: random.Random, acts: int) -> list[float]:
    """One settled second in each act."""
    return [i * ACT_S + random_.uniform(SETTLED_S, ACT_S - 0.2) for i in range(acts)]
