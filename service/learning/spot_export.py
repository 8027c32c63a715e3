"""Answered spot checks as a labelled data set: what a reviewer saw where the monitor flagged nothing."""

from __future__ import annotations

import csv
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import av
import numpy as np

from pipelines.rules.events import iso
from service.evidence.media import EvidenceMissingError
from service.learning.crops import APART_S, LOOKS_EACH, crops
from service.review.spots import Spot
from vision.posts import Post

log = logging.getLogger(__name__)

FOLDER = "spot-checks"
COLUMNS = ("image", "spot_check", "post", "rule", "t", "broken")


@dataclass(slots=True)
class SpotsExported:
    """What was written: spot checks by (rule, seen), pictures, and spot checks whose video is not there."""

    spots: Counter[tuple[str, bool]] = field(default_factory=Counter)
    pictures: int = 0
    without_video: int = 0


def export_spots(
    folder: Path, spots: Iterable[Spot], posts: Mapping[str, Post], locate: Callable[[Spot], Path]
) -> SpotsExported:
    """Write crops of every spot check that was answered with what can be told, and a line a picture and rule.

    They stand apart from ``images/``: nobody has drawn boxes in them, and without boxes a trainer would take
    them for pictures of nothing. ``locate`` finds a clip, or raises EvidenceMissingError. Raises OSError.
    """
    done = SpotsExported()
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    with (folder / "spot-checks.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        for spot in spots:
            if spot.said is None or spot.said.answer == "unclear" or spot.post not in posts:
                continue
            try:
                images = _pictures(folder, spot, posts[spot.post], locate(spot))
            except (EvidenceMissingError, ValueError, av.FFmpegError) as error:
                log.warning("spot check %s: not exported: %s", spot.id, error)
                done.without_video += 1
                continue
            table.writerows(_rows(spot, images))
            done.pictures += len(images)
            done.spots.update((rule, rule in spot.said.rules) for rule in spot.rules)
    return done


def _pictures(folder: Path, spot: Spot, post: Post, clip: Path) -> dict[float, str]:
    """Write the crops of one clip; gives their names by their time in the stretch."""
    length = (spot.end - spot.start).total_seconds()
    number = max(1, min(LOOKS_EACH, int(length / APART_S)))
    times = [float(t) for t in np.linspace(0, length, 2 * number + 1)[1::2]]
    with av.open(str(clip)) as container:
        if not container.streams.video:
            raise ValueError(f"{clip.name}: no video in it")
        video = container.streams.video[0]
        region = post.crop(video.width, video.height)
    images: dict[float, str] = {}
    pictures = crops(clip, [spot.lead_s + t for t in times], region)
    for t, jpeg in zip(times, pictures, strict=True):
        images[t] = f"{FOLDER}/{spot.id}-{round(1000 * t):07d}.jpg"
        (folder / images[t]).write_bytes(jpeg)
    return images


def _rows(spot: Spot, images: Mapping[float, str]) -> list[dict[str, str]]:
    assert spot.said is not None
    return [
        {
            "image": name,
            "spot_check": spot.id,
            "post": spot.post,
            "rule": rule,
            "t": iso(spot.start + timedelta(seconds=t)),
            "broken": "yes" if rule in spot.said.rules else "no",
        }
        for t, name in images.items()
        for rule in spot.rules
    ]


def about_spots(done: SpotsExported) -> str:
    """What the text that goes with the data says of them."""
    rules = sorted({rule for rule, _ in done.spots})
    counts = "\n".join(f"| {rule} | {done.spots[rule, True]} | {done.spots[rule, False]} |" for rule in rules)
    return f"""
## Spot checks

Short clips, drawn at random from times in which the monitor flagged nothing, and what a reviewer saw in them:
{done.pictures} pictures in `{FOLDER}/`. {done.without_video} more have no video any more.

| rule | seen | not seen |
|---|---|---|
{counts}

- `spot-checks.csv`: one line for each picture and rule. `broken` is what the reviewer says of the clip as a
  whole, not of each moment in it. "yes" is what the monitor has missed.
- There are no boxes: nobody has drawn any, and the monitor saw nothing. So they stand apart from `images/`.
"""
