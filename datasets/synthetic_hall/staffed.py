"""When a post is empty in the picture: an absence lasts from when nobody is in the staff zone any more
until somebody is there again. Pure.

The timetable knows when somebody rises from the chair; who watches the picture sees them walk away
for seconds more. The truth is what can be seen, so the timetable's absences are fitted to the boxes.
"""

from __future__ import annotations

from typing import Any

INSIDE = 0.5
"""Share of a person's visible box in the staff zone from which the person is at the post."""
LEAST_VISIBLE = 0.05

Rectangle = tuple[float, float, float, float]


def in_zone(box: list[float], zone: Rectangle) -> bool:
    """Whether at least half of a box lies in a zone; both x1, y1, x2, y2 in pixels."""
    width = min(box[2], zone[2]) - max(box[0], zone[0])
    height = min(box[3], zone[3]) - max(box[1], zone[1])
    own = (box[2] - box[0]) * (box[3] - box[1])
    return own > 0 and width > 0 and height > 0 and width * height >= INSIDE * own


def staffed(frame: dict[str, Any], zone: Rectangle) -> bool:
    """Whether a member of staff is seen in the zone."""
    return any(
        person["role"] == "staff" and person["visible"] >= LEAST_VISIBLE and in_zone(person["box"], zone)
        for person in frame["people"]
    )


def fit_absences(truth: dict[str, Any], zones: dict[str, Rectangle], least_s: float) -> dict[str, Any]:
    """The truth with its absences fitted to what is seen; those shorter than ``least_s`` are left out."""
    return {
        **truth,
        "intervals": _fit_all(truth["intervals"], truth, zones, least_s),
        "covered": _fit_all(truth["covered"], truth, zones, least_s),
    }


def _fit_all(
    intervals: list[dict[str, Any]], truth: dict[str, Any], zones: dict[str, Rectangle], least_s: float
) -> list[dict[str, Any]]:
    fitted = [i if i["rule"] != "absent" else _fit(i, truth, zones[i["post"]]) for i in intervals]
    kept = [i for i in fitted if i["rule"] != "absent" or i["end"] - i["start"] >= least_s]
    return sorted(kept, key=lambda i: (i["start"], i["post"], i["rule"]))


def _fit(interval: dict[str, Any], truth: dict[str, Any], zone: Rectangle) -> dict[str, Any]:
    inside = [f for f in truth["frames"] if interval["start"] <= f["t"] < interval["end"]]
    empty = [f["t"] for f in inside if not staffed(f, zone)]
    if not empty:
        return {**interval, "end": interval["start"]}
    step = 1 / truth["fps"]
    return {**interval, "start": round(min(empty), 1), "end": round(max(empty) + step, 1)}
