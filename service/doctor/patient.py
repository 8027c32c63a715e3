"""What is examined: the surroundings and the site, each looked up once, when a check first asks for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from models.choice import choose
from models.manifest import Manifest, ModelError
from pipelines.eyes import Eyes
from pipelines.run import located
from pipelines.site import Camera, Site, SiteError, load_site
from pipelines.source import SourceError
from service.doctor.glimpse import Glimpse, glimpse
from service.settings import Settings

AT_ONCE = 8
"""Cameras that are looked at at the same time."""


@dataclass
class Patient:
    """Settings, a site file if one was given, and the present time (aware)."""

    settings: Settings
    site_file: Path | None
    now: datetime

    @cached_property
    def _loaded(self) -> Site | SiteError | None:
        if self.site_file is None:
            return None
        try:
            return load_site(self.site_file)
        except SiteError as error:
            return error

    @property
    def site(self) -> Site | None:
        """The site, None when there is none or it cannot be used."""
        return self._loaded if isinstance(self._loaded, Site) else None

    @property
    def site_error(self) -> SiteError | None:
        """Why the site file cannot be used."""
        return self._loaded if isinstance(self._loaded, SiteError) else None

    @cached_property
    def eyes(self) -> Eyes | ModelError:
        """The models, or why they cannot be used."""
        try:
            manifest = Manifest.load(self.settings.models)
            return Eyes(manifest, runtime=choose(manifest, self.settings.provider).runtime)
        except ModelError as error:
            return error

    @cached_property
    def glimpses(self) -> dict[str, Glimpse | SiteError | SourceError]:
        """By camera: what was seen of it, or why nothing could be."""
        if self.site is None:
            return {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(
                zip(
                    (c.id for c in self.site.cameras), pool.map(self._glimpse, self.site.cameras), strict=True
                )
            )

    def seen(self, camera: str) -> Glimpse | None:
        """What was seen of a camera, None when nothing was."""
        found = self.glimpses.get(camera)
        return found if isinstance(found, Glimpse) else None

    @property
    def folder(self) -> Path:
        """What relative files of the site are relative to."""
        return self.site_file.parent if self.site_file is not None else Path()

    def _glimpse(self, camera: Camera) -> Glimpse | SiteError | SourceError:
        try:
            return glimpse(camera.id, located(self.folder, camera.resolved()), camera.transport)
        except (SiteError, SourceError) as error:
            return error
