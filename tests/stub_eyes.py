"""Eyes without a network, for tests of what lies around the models: they see nobody, at a given cost."""

from collections.abc import Callable, Sequence

from models.detector import Crop
from models.manifest import Manifest
from pipelines.eyes import Eyes, Seen
from pipelines.rules.events import ModelRef
from pipelines.watch import NOTHING


class StubEyes(Eyes):
    """Every post is empty; before each answer ``work`` is told how many crops are looked at."""

    def __init__(self, work: Callable[[int], object] = lambda crops: None) -> None:
        _, entry = Manifest.load().of_task("detect")
        self.calibrations = entry.calibrations()
        self.classes = frozenset(entry.classes)
        self.model = ModelRef(name="stub", sha256="0" * 64)
        self._work = work

    def see(self, crops: Sequence[Crop]) -> list[Seen]:
        self._work(len(crops))
        return [NOTHING for _ in crops]
