"""How far the run in this process has come. Kept in memory: a run does not outlive its process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

RunState = Literal["idle", "running", "done", "failed"]


class Run(BaseModel):
    """The engine's run in this process."""

    model_config = ConfigDict(frozen=True)

    state: RunState = Field(default="idle", description="idle: only the page runs here, no engine.")
    seconds_done: float = Field(default=0.0, description="Seconds of video analysed.")
    seconds_total: float | None = Field(default=None, description="Seconds of video in all; null if live.")
    error: str | None = Field(default=None, description="Why the run failed; null unless it did.")


@dataclass(frozen=True, slots=True)
class Engine:
    """What a run is made of: the model that it has loaded, how many cameras it watches, which of them are
    files: their time is not the clock's."""

    model: str
    cameras: int
    recorded: frozenset[str] = frozenset()


class RunProgress:
    """The newest `Run`, for any thread to read and the run's thread to write.

    ``engine`` is None where only the page is served; ``alive`` asks after the run's thread.
    """

    def __init__(self, engine: Engine | None = None) -> None:
        self._lock = threading.Lock()
        self._run = Run()
        self.engine = engine
        self.alive: Callable[[], bool] = lambda: False

    def now(self) -> Run:
        """The run as it stands."""
        with self._lock:
            return self._run

    def update(self, **changes: object) -> None:
        """Replace some fields of the run."""
        with self._lock:
            self._run = Run.model_validate({**self._run.model_dump(), **changes})
