"""Answered events as a labelled data set in a folder: crops, boxes in YOLO's form, and a table of looks."""

from __future__ import annotations

import csv
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import av
import yaml

from pipelines.rules.events import iso
from service.evidence.media import EvidenceMissingError
from service.learning.answers import happened
from service.learning.crops import APART_S, LOOKS_EACH, chosen_looks, crops, labels_of, region_of
from service.store import JudgedEvent
from vision.posts import Post

log = logging.getLogger(__name__)

VALIDATION = 5
"""One event in so many is for validation."""
COLUMNS = (
    "image", "split", "event", "post", "rule", "behaviour", "t", "broken", "score", "reason", "object",
)  # fmt: skip
Locate = Callable[[str, str], Path]


@dataclass(slots=True)
class Exported:
    """What was written: events by (rule, broken), pictures, and events whose video is not there."""

    events: Counter[tuple[str, bool]] = field(default_factory=Counter)
    pictures: int = 0
    without_video: int = 0


def export(
    folder: Path,
    events: Iterable[JudgedEvent],
    posts: Mapping[str, Post],
    classes: Sequence[str],
    locate: Locate,
) -> Exported:
    """Write the looks of all events that were answered with yes or no; ``locate`` finds an event's file.

    An event is whole in one split. Raises OSError.
    """
    done = Exported()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "looks.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        for judged in events:
            said = happened(judged)
            if said is None or judged.event.post not in posts:
                continue
            try:
                rows = _export_event(folder, judged, said, posts[judged.event.post], classes, locate)
            except (EvidenceMissingError, ValueError, av.FFmpegError) as error:
                log.warning("event %s: not exported: %s", judged.event.id, error)
                done.without_video += 1
                continue
            table.writerows(rows)
            done.events[judged.event.rule, said] += bool(rows)
            done.pictures += len(rows)
    names = dict(enumerate(classes))
    data = {"path": ".", "train": "images/train", "val": "images/val", "names": names}
    (folder / "data.yaml").write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return done


def _export_event(
    folder: Path, judged: JudgedEvent, said: bool, post: Post, classes: Sequence[str], locate: Locate
) -> list[dict[str, object]]:
    event, verdict = judged.event, judged.verdict
    if event.clip is None or event.timeline is None or verdict is None:
        raise EvidenceMissingError(f"event {event.id} has no clip")
    timeline = json.loads(locate(event.id, event.timeline).read_text(encoding="utf-8"))
    looks, region = chosen_looks(timeline), region_of(post, timeline)
    split = "val" if int(event.id, 16) % VALIDATION == 0 else "train"
    for kind in ("images", "labels"):
        (folder / kind / split).mkdir(parents=True, exist_ok=True)
    began = datetime.fromisoformat(timeline["t0"])
    rows: list[dict[str, object]] = []
    pictures = crops(locate(event.id, event.clip), [look["t"] for look in looks], region)
    for look, jpeg in zip(looks, pictures, strict=True):
        name = f"{event.id}-{round(1000 * look['t']):07d}"
        (folder / "images" / split / f"{name}.jpg").write_bytes(jpeg)
        lines = [one.line(classes) + "\n" for one in labels_of(look, region, classes, evidence=said)]
        (folder / "labels" / split / f"{name}.txt").write_text("".join(lines), encoding="utf-8")
        rows.append(
            {
                "image": f"images/{split}/{name}.jpg",
                "split": split,
                "event": event.id,
                "post": event.post,
                "rule": event.rule,
                "behaviour": timeline["behaviour"],
                "t": iso(began + timedelta(seconds=look["t"])),
                "broken": "yes" if said else "no",
                "score": look["score"],
                "reason": verdict.reason or "",
                "object": verdict.object or "",
            }
        )
    return rows


def read_me(hall: str, made: datetime, model: str, done: Exported) -> str:
    """The text that goes with the data."""
    counts = "\n".join(
        f"| {rule} | {done.events[rule, True]} | {done.events[rule, False]} |"
        for rule in sorted({rule for rule, _ in done.events})
    )
    return f"""# Looks that people have judged: {hall}

Made {iso(made)} by `conduct export-training` from {sum(done.events.values())} events: {done.pictures}
pictures. {done.without_video} more events have no video any more, or none that can be read.

| rule | confirmed events | rejected events |
|---|---|---|
{counts}

- `images/`: the post's part of the picture at the moment of a look, at most {LOOKS_EACH} of an event,
  {APART_S:.0f} s apart.
- `looks.csv`: one line a picture. `broken` is what the reviewer's verdict says of the event as a whole, not
  of each moment in it; `score` is what the model said then.
- `labels/`: boxes in YOLO's form, classes in `data.yaml`. They are the model's own ({model}), **not drawn by
  people**. Of a rejected event those on which it rested are left out. Look them through before training.
- An event is whole in `train` or in `val`; one post's events are in both.
- Left out: events that are open, unclear or in dispute, and rejections for what is not in the picture
  (allowed, wrong post, bad picture, test).

**Privacy.** The pictures show people, staff and possibly visitors, unblurred. They are personal data of the
hall: keep them where its evidence is kept, for the purpose and the time that its rules allow, and delete
them after training. The export stands in the audit log.

**Licence.** The pictures are the hall's own; nothing here may be passed on without it.
"""
