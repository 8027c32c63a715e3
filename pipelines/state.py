"""What a camera's run must not forget when its process is killed: one small file, replaced as a whole.

Beliefs, machines and open evidence are saved with every ruling and once a second of event time. What a
ruling gave to tell is saved with it and told afterwards; a run that goes on tells it once more. So between
any two steps a kill loses nothing and doubles nothing: what is told twice carries the same id.
"""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.rules.engine import PostState
from pipelines.rules.events import CoveredAbsence, RuleEvent
from pipelines.rules.machine import Machine

log = logging.getLogger(__name__)

SAVE_EVERY_S = 1.0
"""Event time after which a look is saved although nothing was ruled."""


class SavedCase(BaseModel):
    """A rule that is pending or open at a post, or closed with its evidence still to come."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    post: str
    rule: str
    start: float
    end: float | None
    end_known: bool
    confidence: float
    open: bool
    sure_until: float
    best: float
    why: str
    why_args: dict[str, int | float | str]
    closing: bool


class CameraState(BaseModel):
    """One camera's posts, cases, and what was about to be told, as of event time ``t`` in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")

    version: Literal[1] = 1
    camera: str
    t: float
    rules: dict[str, str]
    """The version of every rule that the machines ran under."""
    posts: dict[str, PostState]
    cases: tuple[SavedCase, ...] = ()
    telling: tuple[RuleEvent, ...] = ()
    covered: tuple[CoveredAbsence, ...] = ()


class StateFile:
    """One camera's state on disk."""

    def __init__(self, folder: Path, camera: str) -> None:
        """``folder`` is made when there is something to save."""
        self.path = folder / f"{camera}.json"
        self._failed = False

    def save(self, state: CameraState, *, sync: bool) -> None:
        """Replace what was saved; with ``sync`` it is on the disk afterwards, even should the power fail.

        A disk that cannot be written costs the run nothing but this safety; it is told once.
        """
        partial = self.path.with_name(self.path.name + ".partial")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(state.model_dump_json().encode())
                if sync:
                    file.flush()
                    os.fsync(file.fileno())
            partial.replace(self.path)
        except OSError as error:
            if not self._failed:
                log.error("%s: %s; after a crash now this camera begins anew", self.path, error.strerror)
            self._failed = True
        else:
            self._failed = False

    def load(self) -> CameraState | None:
        """What was saved last; None when there is nothing, or nothing that can be used."""
        self.path.with_name(self.path.name + ".partial").unlink(missing_ok=True)
        try:
            return CameraState.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            log.error("%s: expected a saved run, it cannot be used: %s", self.path, type(error).__name__)
            return None

    def clear(self) -> None:
        """All has come to its end and was told."""
        self.path.unlink(missing_ok=True)


def carried(saved: PostState | None, fresh: PostState, same_rules: frozenset[str]) -> PostState:
    """A post's state to go on with: ``fresh``, with all that still means the same taken from ``saved``.

    ``same_rules`` are the rules that have not changed since.
    """
    if saved is None:
        return fresh

    def machines(old: Mapping[str, Machine], new: Mapping[str, Machine]) -> dict[str, Machine]:
        return {name: old[name] if name in same_rules and name in old else new[name] for name in new}

    beliefs = {name: saved.beliefs.get(name, belief) for name, belief in fresh.beliefs.items()}
    return PostState(
        beliefs,
        machines(saved.machines, fresh.machines),
        saved.shift,
        machines(saved.covered, fresh.covered),
        saved.standing,
    )
