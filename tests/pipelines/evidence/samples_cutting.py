"""A camera's ring as a live run fills it, out of a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.evidence.cutting import CutRefusedError, Recorders
from pipelines.evidence.recorder import Recording, Ring, Stream
from pipelines.streams.source import Source
from tests.conftest import moving, write_video

FPS = 10


def held_s(recorders: Recorders, camera: str) -> float:
    """How many seconds a live camera's ring holds; none before its run has begun."""
    try:
        held = recorders.held(camera)
    except CutRefusedError:
        return 0.0
    return 0.0 if held is None else held.end - held.start


@contextmanager
def recorded(path: Path, start: float, seconds: float, *, ring_s: float = 100.0) -> Iterator[Recording]:
    """A recording whose first picture is of event time ``start``, a keyframe each second."""
    write_video(path, moving(round(seconds * FPS)), fps=FPS, gop=FPS, options={"bf": "0"})
    ring = Ring(ring_s)
    with Source("east", str(path), start=start) as source:
        for step in source:
            if step.packet is not None:
                ring.add(step.packet)
        yield Recording(ring, Stream(source.stream, source.time_base), source.size)
