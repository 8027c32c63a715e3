"""What is examined: the surroundings and the site, each looked up once, when a check first asks for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from models.choice import choose
from models.manifest import Manifest, ModelError
from pipelines.hall.site import Camera, Site, SiteError, load_site
from pipelines.looking.eyes import Eyes
from pipelines.run import located
from pipelines.streams.source import SourceError
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
        """By camera: what was seen of it, or why nothing could be.

        With a sub stream the camera's id stands for that, and `ID (url)` for what is recorded.
        """
        if self.site is None:
            return {}
        streams: dict[str, tuple[Camera, bool]] = {}
        for camera in self.site.cameras:
            streams[camera.id] = camera, camera.sub_url is not None
            if camera.sub_url is not None:
                streams[f"{camera.id} (url)"] = camera, False
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(streams, pool.map(self._glimpse, streams.values()), strict=True))

    def seen(self, camera: str) -> Glimpse | None:
        """What was seen of the stream of a camera that is looked at, None when nothing was."""
        found = self.glimpses.get(camera)
        return found if isinstance(found, Glimpse) else None

    @property
    def folder(self) -> Path:
        """What relative files of the site are relative to."""
        return self.site_file.parent if self.site_file is not None else Path()

    def _glimpse(self, stream: tuple[Camera, bool]) -> Glimpse | SiteError | SourceError:
        camera, looked_at = stream
        try:
            url = (camera.resolved_sub() if looked_at else None) or camera.resolved()
            return glimpse(camera.id, located(self.folder, url), camera.transport)
        except (SiteError, SourceError) as error:
            return error
