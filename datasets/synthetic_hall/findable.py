"""Whether what the truth says can be seen: a phone behind a visitor's head is nobody's to find. Pure."""

from __future__ import annotations

from typing import Any

from datasets.synthetic_hall.scenario import Scenario

LABELS = {"phone_use": "cell phone", "smoking": "cigarette", "eating": "food"}
LEAST_PIXELS = 3.0
LEAST_SHARE = 0.5


class UnseenError(ValueError):
    """A scenario whose camera cannot see what breaks a rule; the message names post, rule and seconds."""


def shown(frame: dict[str, Any], label: str, holders: set[str]) -> bool:
    """Whether somebody of `holders` holds the thing with at least three visible pixels on its short side."""
    return any(
        thing["label"] == label
        and thing["holder"] in holders
        and min(thing["box"][2] - thing["box"][0], thing["box"][3] - thing["box"][1]) >= LEAST_PIXELS
        for thing in frame["objects"]
    )


def refuse_unseen(scenario: Scenario, truth: dict[str, Any]) -> None:
    """Let a truth pass whose phones, cigarettes and food are seen in half of their intervals' frames.

    Raises:
        UnseenError: naming every interval that is not so, with the share that came.
    """
    wrong = []
    for interval in truth["intervals"]:
        if (label := LABELS.get(interval["rule"])) is None:
            continue
        staff = {p.id for p in scenario.people if p.post == interval["post"] and p.role == "staff"}
        inside = [f for f in truth["frames"] if interval["start"] <= f["t"] < interval["end"]]
        share = sum(shown(f, label, staff) for f in inside) / max(1, len(inside))
        if share < LEAST_SHARE:
            what = f"{interval['post']} {interval['rule']} {interval['start']} to {interval['end']} s"
            wrong.append(f"{what}: expected the {label} in view in half of the frames, got {share:.0%}")
    if wrong:
        hint = "use the other hand or move whoever stands before it"
        raise UnseenError(f"{scenario.name}: " + "; ".join(wrong) + f" ({hint})")
