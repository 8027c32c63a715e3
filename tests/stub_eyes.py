"""Eyes without a network, for tests of what lies around the models."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.detector import Crop
from models.manifest import Manifest
from models.reader import Reader
from pipelines.looking.eyes import Eyes, Seen
from pipelines.looking.perceiving import NOTHING
from pipelines.rules.events import ModelRef
from vision.cue import Cue
from vision.detections import Detections
from vision.posture import Posture


class StubEyes(Eyes):
    """They see nobody; before each answer ``work`` is told how many crops are looked at."""

    def __init__(self, work: Callable[[int], object] = lambda crops: None) -> None:
        _, entry = Manifest.load().of_task("detect")
        self.calibrations = entry.calibrations()
        self.classes = frozenset(entry.classes)
        self.model = ModelRef(name="stub", sha256="0" * 64)
        self.reader, self.runtime = Reader(), "stub"
        self._work = work

    def see(self, crops: Sequence[Crop]) -> list[Seen]:
        self._work(len(crops))
        return [NOTHING for _ in crops]

    def see_closer(self, looks: Sequence[tuple[object, Detections, object]]) -> list[Detections]:
        return [objects for _, objects, _ in looks]

    def postures_of(self, looks: Sequence[object]) -> list[Posture | None]:
        return [None for _ in looks]

    def clothes_of(self, looks: Sequence[object]) -> list[NDArray[np.float32] | None]:
        return [None for _ in looks]


class UnsureEyes(StubEyes):
    """They never settle a post, so every picture of it is looked at."""

    def probability(self, cue: Cue) -> float | None:
        return None if cue.score is None else 0.5
