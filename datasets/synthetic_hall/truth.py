"""Ground truth of a clip: rules broken by the timetable, and per frame what the renderer saw. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from datasets.synthetic_hall.actions import ACTIONS
from datasets.synthetic_hall.scenario import Scenario
from datasets.synthetic_hall.timeline import Moment, Timeline

STEP_S = 0.1
RULE_OF_PROP = {a.prop: a.rule for a in ACTIONS.values() if a.prop and a.rule}
Staff = list[tuple[Timeline, Moment]]


def staff_of(scenario: Scenario, post: str) -> list[Timeline]:
    """Timelines of everybody who serves at a post."""
    return [Timeline(scenario, p) for p in scenario.people if p.post == post and p.role == "staff"]


def absent(staff: Staff) -> bool:
    """Nobody at the post and no placard that says so."""
    return not any(m.at_post for _, m in staff) and not any(m.placard for _, m in staff)


def covered(staff: Staff) -> bool:
    """Nobody at the post, and a placard says so: no rule is broken."""
    return not any(m.at_post for _, m in staff) and any(m.placard for _, m in staff)


def holding(rule: str) -> Callable[[Staff], bool]:
    """Somebody at the post has in a hand what the rule forbids."""
    return lambda staff: any(m.at_post and any(RULE_OF_PROP.get(h) == rule for h in m.held) for _, m in staff)


def broken(scenario: Scenario) -> dict[str, Callable[[Staff], bool]]:
    """For every rule the question whether it is broken at one moment."""
    worn = set(scenario.uniform)
    plain: Callable[[Staff], bool] = lambda staff: any(m.at_post and m.wears not in worn for _, m in staff)  # noqa: E731
    held = {rule: holding(rule) for rule in ("phone_use", "smoking", "eating")}
    return {"absent": absent, **held, "out_of_uniform": plain}


def intervals(
    scenario: Scenario, questions: Mapping[str, Callable[[Staff], bool]] | None = None
) -> list[dict[str, Any]]:
    """When each rule is broken at each post, in seconds; breaches shorter than the holds are left out.

    ``questions`` by rule; without them those of `broken`.
    """
    asked = broken(scenario) if questions is None else questions
    found = []
    for post in scenario.posts:
        staff = staff_of(scenario, post.id)
        steps = [i * STEP_S for i in range(round(scenario.duration_s / STEP_S))]
        moments = [[(line, line.at(t)) for line in staff] for t in steps]
        for rule, asks in asked.items():
            for start, end in _runs([asks(m) for m in moments]):
                if (end - start) * STEP_S >= scenario.holds.get(rule, 0):  # type: ignore[call-overload]
                    times = {"start": round(start * STEP_S, 1), "end": round(end * STEP_S, 1)}
                    found.append({"post": post.id, "rule": rule, **times})
    return sorted(found, key=lambda i: (i["start"], i["post"], i["rule"]))


def _runs(flags: list[bool]) -> Iterator[tuple[int, int]]:
    """Start and end (exclusive) of every run of True."""
    at = 0
    for value, group in groupby(flags):
        size = len(list(group))
        if value:
            yield at, at + size
        at += size


def part(truth: dict[str, Any], start: float, end: float) -> dict[str, Any]:
    """The truth of a part of a clip, `start` to `end` s, as of a clip of its own that begins at 0 s."""

    def inside(intervals: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {
                **i,
                "start": round(max(i["start"], start) - start, 1),
                "end": round(min(i["end"], end) - start, 1),
            }
            for i in intervals
            if i["start"] < end and start < i["end"]
        ]

    began = datetime.fromisoformat(truth["start"]) + timedelta(seconds=start)
    return {
        **truth,
        "start": began.isoformat(),
        "intervals": inside(truth["intervals"]),
        "covered": inside(truth["covered"]),
        "frames": [{**f, "i": k, "t": round(f["t"] - start, 3)} for k, f in enumerate(truth["frames"])],
    }


def whole(scenario: Scenario, frames: list[dict[str, Any]]) -> dict[str, Any]:
    """The truth file's content."""
    return {
        "clip": f"{scenario.name}.mp4",
        "fps": scenario.fps,
        "width": scenario.width,
        "height": scenario.height,
        "start": scenario.start.isoformat(),
        "scenario": f"{scenario.name}.yaml",
        "seed": scenario.seed,
        "intervals": intervals(scenario),
        "covered": intervals(scenario, {"absent": covered}),
        "frames": frames,
    }


def frame(scenario: Scenario, index: int, seen: list[dict[str, Any]]) -> dict[str, Any]:
    """One frame's truth from that of its regions; regions carry `people` and `objects`."""
    people = sorted((p for s in seen for p in s["people"]), key=lambda p: p["id"])
    objects = sorted((o for s in seen for o in s["objects"]), key=lambda o: (o["label"], o["box"]))
    return {"i": index, "t": round(index / scenario.fps, 3), "people": people, "objects": objects}


def write(path: Path, truth: dict[str, Any]) -> None:
    """One line a frame: small, and a diff shows which frames changed."""
    head = {k: v for k, v in truth.items() if k != "frames"}
    lines = [json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in truth["frames"]]
    start = json.dumps(head, ensure_ascii=False, indent=1)[:-2]
    path.write_text(start + ',\n "frames": [\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
