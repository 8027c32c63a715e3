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

from vision.calibration import Calibration, PostureEvidence

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
    source: str

    def calibration(self) -> Calibration:
        """The calibration itself."""
        return Calibration(**self.model_dump(exclude={"source"}))


class PostureEntry(_Strict):
    """Numbers of a `vision.calibration.PostureEvidence`, and where they come from."""

    slope: float = Field(ge=0)
    centre: float = 0.0
    low: float = Field(default=-2.0, le=0)
    high: float = Field(default=2.0, ge=0)
    alone: float | None = Field(default=None, ge=0)
    source: str

    def evidence(self) -> PostureEvidence:
        """The evidence itself."""
        return PostureEvidence(**self.model_dump(exclude={"source"}))


_AT_ITS_WORD = "none: not calibrated, the score is taken at its word within narrow bounds"
_OBJECT = CalibrationEntry(slope=1.0, intercept=0.0, prior=0.2, low=0.15, high=0.8, source=_AT_ITS_WORD)
UNCALIBRATED: Mapping[str, CalibrationEntry] = {
    "presence": CalibrationEntry(slope=1.0, intercept=0.0, prior=0.5, low=0.1, high=0.9, source=_AT_ITS_WORD),
    "phone": _OBJECT,
    "smoking": _OBJECT,
    "eating": _OBJECT,
    "uniform": CalibrationEntry(
        slope=1.0,
        intercept=0.0,
        prior=0.5,
        low=0.05,
        high=0.95,
        source="none: the enrolment's own leave-one-out probability",
    ),
}
"""What stands in for a calibration that a model does not bring.

A score is taken for the probability, in bounds narrower than those of the packaged detector: one look says at
most 16 to 1 for an object in use (packaged: 36 to 1) and 1.4 to 1 against it (packaged: 2 to 1), so an event
needs more looks."""


class WeightFile(_Strict):
    """A file of weights, relative to the manifest's folder, and its hash."""

    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class QuantisedFile(WeightFile):
    """INT8 weights. ``auto_on`` are providers on which `auto` may take them; others run them when asked."""

    auto_on: tuple[str, ...] = ()


class ModelEntry(WeightFile):
    """One model. ``card`` is relative to the manifest's folder; ``int8`` is the same network quantised.

    ``bf16_on`` are providers on which `auto` may calculate in 16 bits; others do when asked.
    A detector without ``classes`` takes the names that its file holds. ``figures`` are headline figures of
    the card, each with its split and size in its name. ``calibration`` is a detector's, ``posture`` what a
    posture model's shares of acts say for a behaviour.
    """

    task: str
    int8: QuantisedFile | None = None
    bf16_on: tuple[str, ...] = ()
    licence: str
    source: str
    card: str = ""
    input: tuple[int, int] = Field(description="default input size: height, width in pixels")
    classes: tuple[str, ...] = ()
    figures: Mapping[str, float] = {}
    calibration: Mapping[str, CalibrationEntry] = {}
    posture: Mapping[str, PostureEntry] = {}

    @property
    def hashes(self) -> tuple[str, ...]:
        """The hashes under which this model may run: its own, and the quantised one's."""
        return (self.sha256,) if self.int8 is None else (self.sha256, self.int8.sha256)

    def calibrations(self) -> dict[str, Calibration]:
        """A calibration for every behaviour: the entry's own, or what stands in for it."""
        return {name: entry.calibration() for name, entry in {**UNCALIBRATED, **self.calibration}.items()}


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
