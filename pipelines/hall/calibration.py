"""What a hall's verdicts made of a model's probabilities, as a file that the site names (``calibration:``).

Written by `conduct calibrate`::

    model: hall_detector_n
    sha256: [d912c26d..., 5c0f1a2b...]
    behaviours:
      phone: {slope: 0.91, intercept: -0.42, confirmed: 37, rejected: 21}
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.manifest import Manifest
from pipelines.hall.document import DocumentError, place_before, read_document
from pipelines.hall.site import Site, SiteError
from pipelines.regulation import load
from pipelines.rules.engine import RuleEngine
from pipelines.rules.events import ModelRef
from vision.behaviours import BEHAVIOURS
from vision.calibration import Calibration, HallFit


class FittedBehaviour(BaseModel):
    """One behaviour's fit, and from how many events."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slope: float = Field(gt=0, le=10)
    intercept: float = Field(ge=-10, le=10)
    confirmed: int = Field(ge=0)
    rejected: int = Field(ge=0)


class HallCalibration(BaseModel):
    """The file: the model whose probabilities were judged, and the fits by behaviour.

    ``sha256`` are the model's own and that of the same network quantised: one calibration serves both.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    sha256: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...] = Field(min_length=1)
    behaviours: Mapping[str, FittedBehaviour]

    @model_validator(mode="after")
    def _known_behaviours(self) -> Self:
        unknown = sorted(set(self.behaviours) - set(BEHAVIOURS))
        if unknown:
            raise ValueError(f"behaviours: expected some of {', '.join(BEHAVIOURS)}, got {unknown[0]!r}")
        return self

    @property
    def fits(self) -> dict[str, HallFit]:
        """The fits alone."""
        return {name: HallFit(one.slope, one.intercept) for name, one in self.behaviours.items()}

    def document(self) -> str:
        """The file's content."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def fits_of(
    site: Site, folder: Path, model: ModelRef, site_file: Path | None = None
) -> Mapping[str, HallFit]:
    """What a site's calibration file says; ``folder`` is the site file's, ``model`` the detector in use.

    ``site_file`` is named, with the line, where its calibration cannot be used. Raises DocumentError for a
    file that is wrong, SiteError for one of another model.
    """
    if site.calibration is None:
        return {}
    path = folder / site.calibration
    try:
        found = read_document(path, HallCalibration, "a calibration with model, sha256 and behaviours")
    except DocumentError as error:
        if error.fault is None or error.fault.kind != "unreadable":
            raise
        place = f"{place_before(site_file, 'calibration')}calibration: {error.where}"
        raise DocumentError(f"{place}: {error.fault.message}", place, error.fault) from None
    if model.sha256 not in found.sha256:
        where = place_before(site_file, "calibration")
        raise SiteError(
            f"{where}calibration: {path}: expected a calibration of {model.name} {model.sha256[:12]}…, "
            f"got one of {found.model} {found.sha256[0][:12]}…: "
            "run `conduct calibrate` again, or take `calibration` out of the site"
        )
    return found.fits


def engine_of(site: Site, folder: Path, manifest: Manifest, site_file: Path | None = None) -> RuleEngine:
    """A site's rules, with what its verdicts taught; ``folder`` and ``site_file`` as for `fits_of`.

    Raises ModelError, DocumentError, SiteError.
    """
    name, entry = manifest.of_task("detect")
    fits = fits_of(site, folder, ModelRef(name=name, sha256=entry.sha256), site_file)
    return RuleEngine(site.active_rules, load().beliefs, with_fits(entry.calibrations(), fits), site.calendar)


def with_fits(
    calibrations: Mapping[str, Calibration], fits: Mapping[str, HallFit]
) -> Mapping[str, Calibration]:
    """The calibrations with what the hall's verdicts taught."""
    return {
        name: replace(one, hall=fits[name]) if name in fits else one for name, one in calibrations.items()
    }
