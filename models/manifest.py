"""The manifest: every weight that the monitor may load, with its hash, licence and calibration.

A hall with a model of its own replaces an entry; `CONDUCT_MODELS` names another folder that holds
a `manifest.toml`.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vision.calibration import Calibration

PACKAGED = Path(__file__).parent


class ModelError(Exception):
    """A weight or the manifest cannot be used; the message names the file and what was expected."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CalibrationEntry(_Strict):
    """Numbers of a `vision.calibration.Calibration`, and where they come from."""

    slope: float = Field(gt=0)
    intercept: float
    prior: float = Field(gt=0, lt=1)
    low: float = Field(gt=0, lt=1)
    high: float = Field(gt=0, lt=1)
    posture_slope: float = Field(default=0.0, ge=0)
    posture_centre: float = 0.0
    posture_low: float = Field(default=-2.0, le=0)
    posture_high: float = Field(default=2.0, ge=0)
    source: str

    def calibration(self) -> Calibration:
        """The calibration itself."""
        return Calibration(**self.model_dump(exclude={"source"}))


class WeightFile(_Strict):
    """A file of weights, relative to the manifest's folder, and its hash."""

    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class ModelEntry(WeightFile):
    """One model. ``card`` is relative to the manifest's folder; ``int8`` is the same network quantised."""

    task: str
    int8: WeightFile | None = None
    licence: str
    source: str
    card: str
    input: tuple[int, int] = Field(description="default input size: height, width in pixels")
    classes: tuple[str, ...] = ()
    calibration: Mapping[str, CalibrationEntry] = {}


class _File(_Strict):
    models: Mapping[str, ModelEntry]


@dataclass(frozen=True, slots=True)
class Manifest:
    """All entries by name, and the folder their files are relative to."""

    folder: Path
    models: Mapping[str, ModelEntry]

    @classmethod
    def load(cls, folder: Path | None = None) -> "Manifest":
        """Read ``folder/manifest.toml`` (the packaged one by default); ModelError when it is wrong."""
        folder = folder or PACKAGED
        path = folder / "manifest.toml"
        try:
            parsed = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
            raise ModelError(f"{path}: expected a model manifest, {reason}") from error
        except tomllib.TOMLDecodeError as error:
            raise ModelError(f"{path}: expected TOML, {error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ModelError(f"{path}: {where}: {first['msg']}") from error
        return cls(folder, parsed.models)

    def of_task(self, task: str) -> tuple[str, ModelEntry]:
        """Name and entry of the first model for a task; ModelError when there is none."""
        for name, entry in self.models.items():
            if entry.task == task:
                return name, entry
        raise ModelError(f"{self.folder / 'manifest.toml'}: expected a model with task {task!r}, found none")

    def verified_bytes(self, entry: WeightFile) -> bytes:
        """The weight's bytes; ModelError when the file is missing or its hash is not the entry's."""
        path = self.folder / entry.file
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path}: expected a model file, {error.strerror}") from error
        found = hashlib.sha256(content).hexdigest()
        if found != entry.sha256:
            raise ModelError(
                f"{path}: expected sha256 {entry.sha256[:12]}… as the manifest says, got {found[:12]}…; "
                "the file was changed or damaged"
            )
        return content
