"""The pictures of a file at which a look is due, as a bench needs them: outside a run."""

from collections.abc import Iterator
from pathlib import Path

from pipelines.looking.looks import INTERVAL_S, LookGrid
from pipelines.streams.source import Picture, Source


def due_pictures(camera: str, video: str | Path, interval_s: float = INTERVAL_S) -> Iterator[Picture]:
    """Decode a file, and give what is due every ``interval_s`` seconds. Raises SourceError."""
    grid = LookGrid(interval_s)
    with Source(camera, str(video), start=0.0) as source:
        for step in source:
            for picture in step.pictures:
                grid, due = grid.due(picture.t)
                if due:
                    yield picture
