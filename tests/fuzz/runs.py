"""One damaged stream through the source, the look grid and the recorder, and what must hold of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from pipelines.evidence.recorder import Clip, ClipError, Ring, Stream
from pipelines.looking.looks import LookGrid
from pipelines.streams.source import Source, SourceError
from tests.fuzz.streams import DAMAGES, SECONDS, SIZES, Made, in_file, in_transport_stream, number_of

SMALL, LARGE = SIZES


@dataclass
class Tally:
    """What has been counted over all streams."""

    refused: int = 0
    readable: int = 0
    judged: int = 0
    clips: int = 0
    late: int = 0
    """Readable seconds that were judged at another time than theirs, where the first second is whole."""
    missed: list[str] = field(default_factory=list)


def wholes(folder: Path) -> dict[str, Made]:
    """The streams before any damage, by name."""
    h264, h265 = "libx264", "libx265"
    return {
        "h264.ts": in_transport_stream((h264, h264), (SMALL, SMALL)),
        "h265.ts": in_transport_stream((h265, h265), (SMALL, SMALL)),
        "size.ts": in_transport_stream((h264, h264), (SMALL, LARGE)),
        "size5.ts": in_transport_stream((h265, h265), (LARGE, SMALL)),
        "codec.ts": in_transport_stream((h264, h265), (SMALL, SMALL)),
        "h264.mp4": in_file(folder, ".mp4", h264),
        "h265.mp4": in_file(folder, ".mp4", h265),
    }


def run_one(streams: dict[str, Made], seed: int, folder: Path, tally: Tally) -> None:
    """Damage one of the streams by its seed, read it, and count."""
    dice = random.Random(seed)
    name = dice.choice(sorted(streams))
    damage = dice.choice(DAMAGES)
    made = damage(streams[name], dice)
    path = folder / f"stream{made.suffix}"
    path.write_bytes(made.content)
    seen = read(path, folder, tally)
    tally.readable += len(made.intact)
    tally.judged += len(made.intact & seen.keys())
    # A damaged picture may show the number of another second, so any one of its times may be right.
    late = [n for n in made.intact & seen.keys() if min(abs(t - n) for t in seen[n]) > 1]
    tally.late += len(late) if 0 in made.intact else 0
    if made.intact - seen.keys() or (late and 0 in made.intact):
        missed = sorted(made.intact - seen.keys())
        tally.missed.append(f"seed {seed}: {name}, {damage.__name__}: {missed}, late {late}")


def read(path: Path, folder: Path, tally: Tally) -> dict[int, list[float]]:
    """The seconds of which a look was due at a whole picture, and when; a clip is cut of all there is."""
    ring, grid, seen, times = Ring(30.0), LookGrid(), dict[int, list[float]](), []
    try:
        source = Source("cam", str(path), start=1000.0)
    except SourceError:
        tally.refused += 1
        return seen
    with source:
        for step in source:
            if step.packet is not None:
                ring.add(step.packet)
            for picture in step.pictures:
                times.append(picture.t)
                grid, due = grid.due(picture.t)
                if due and (frame := picture.frame()).whole:
                    seen.setdefault(number_of(frame.image), []).append(picture.t - 1000.0)
        assert all(sooner < later for sooner, later in pairwise(times)), "time runs back"
        cut(ring, source, folder, tally)
    return seen


def cut(ring: Ring, source: Source, folder: Path, tally: Tally) -> None:
    """Cut a clip; a ClipError is an answer, anything else a crash."""
    try:
        clip = Clip(folder / "clip.mp4", Stream(source.stream, source.time_base), ring, 1000.0)
    except ClipError:
        return
    try:
        clip.grow(1000.0 + SECONDS)
        clip.finish()
    except ClipError:
        clip.discard()
        return
    tally.clips += 1


def resident_bytes() -> int:
    """Memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
