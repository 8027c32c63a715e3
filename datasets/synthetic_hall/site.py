"""The site file that goes with a clip: zones found by projecting each seat into the picture. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from datasets.synthetic_hall import camera
from datasets.synthetic_hall.layout import TELEPHONE, VISITOR_Y, post_x
from datasets.synthetic_hall.scenario import Scenario

HALF_WIDTH_M = 0.52
STANDING_M = 1.80


def zones(scenario: Scenario, x: float) -> tuple[list[list[float]], list[list[float]]]:
    """Staff zone and visitor zone (corner lists, fractions of width and height) of the post at `x` metres."""
    corners = np.array(
        [
            (x - HALF_WIDTH_M, 0, 1.1),
            (x + HALF_WIDTH_M, 0, 1.1),
            (x, 0, STANDING_M),
            (x, -0.48, 0.76),
            (x, VISITOR_Y, 0.5),
        ]
    )
    pixels, _ = camera.project(scenario.camera, scenario.width, scenario.height, corners)
    fractions = np.clip(pixels / (scenario.width, scenario.height), 0, 1).round(4)
    left, right, top, desk = fractions[0, 0], fractions[1, 0], fractions[2, 1], fractions[3, 1]
    wide = (right - left) * 0.25
    staff = [[left, top], [right, top], [right, desk], [left, desk]]
    visitor = [
        [max(0, left - wide), desk],
        [min(1, right + wide), desk],
        [min(1, right + wide), 1],
        [max(0, left - wide), 1],
    ]
    return ([[round(float(v), 4) for v in p] for p in polygon] for polygon in (staff, visitor))  # type: ignore[return-value]


def _telephone(scenario: Scenario, x: float) -> dict[str, list[list[float]]]:
    """The zone of the telephone of the post at `x` metres; nothing where the picture cuts it off."""
    across, away, up = TELEPHONE
    corners = np.array(
        [
            (x + across + dx, away + dy, up + dz)
            for dx in (-0.1, 0.1)
            for dy in (-0.12, 0.12)
            for dz in (0, 0.07)
        ]
    )
    pixels, _ = camera.project(scenario.camera, scenario.width, scenario.height, corners)
    fractions = pixels / (scenario.width, scenario.height)
    (left, top), (right, low) = fractions.min(axis=0), fractions.max(axis=0)
    if min(left, top) < 0 or max(right, low) > 1:
        return {}
    outline = [[left, top], [right, top], [right, low], [left, low]]
    return {"telephone_zone": [[round(float(v), 4) for v in corner] for corner in outline]}


def staff_rectangles(scenario: Scenario) -> dict[str, tuple[float, float, float, float]]:
    """Staff zones by post as x1, y1, x2, y2 in pixels."""
    found = {}
    for index, post in enumerate(scenario.posts):
        corners, _ = zones(scenario, post_x(index, len(scenario.posts)))
        (x1, y1), (x2, y2) = corners[0], corners[2]
        width, height = scenario.width, scenario.height
        found[post.id] = (x1 * width, y1 * height, x2 * width, y2 * height)
    return found


def site(scenario: Scenario) -> dict[str, Any]:
    """The site file's content; no schedule, so every second is in shift."""
    posts = []
    for index, post in enumerate(scenario.posts):
        staff, visitor = zones(scenario, post_x(index, len(scenario.posts)))
        posts.append(
            {
                "id": post.id,
                "name": post.name,
                "camera": "hall",
                "staff_zone": staff,
                "visitor_zone": visitor,
                **_telephone(scenario, post_x(index, len(scenario.posts))),
                "staff": 1,
            }
        )
    rules = {
        rule: {"grace_s" if rule == "absent" else "hold_s": _number(s)} for rule, s in scenario.holds.items()
    }
    camera_ = {"id": "hall", "url": f"{scenario.name}.mp4"}
    return {
        "hall": scenario.hall,
        "timezone": "Asia/Shanghai",
        "cameras": [camera_],
        "posts": posts,
        "rules": rules,
        "uniform": {"wear": "uniform/wear", "other": "uniform/other"},
    }


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def write(path: Path, scenario: Scenario) -> None:
    """Write the site file."""
    text = yaml.safe_dump(
        site(scenario), allow_unicode=True, sort_keys=False, default_flow_style=None, width=140
    )
    path.write_text(text, encoding="utf-8")
