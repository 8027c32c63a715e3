"""The view that a camera's zones were drawn for, kept over restarts, and the word that a new one is right.

So a camera that was moved while nobody watched is found as well. A new reference is learnt when the
camera's zones in the site file change, and when somebody accepts the view (`conduct cameras accept`).
"""

import hashlib
import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Base64Bytes, BaseModel, ConfigDict, ValidationError

from pipelines.durable import write_whole
from vision.frame import Frame
from vision.posts import Post
from vision.viewpoint import HIGH, WIDE, Reference, Viewpoint

log = logging.getLogger(__name__)

_VIEW = ".view.json"
MOVED_DETAIL = "the camera shows another view than the one its zones were drawn for"


class SavedView(BaseModel):
    """A camera's reference on disk; ``grey`` is (`HIGH`, `WIDE`) uint8, row by row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    camera: str
    zones: str
    """What the camera's zones were, as `zones_of` gives it."""
    grey: Base64Bytes

    def reference(self) -> Reference | None:
        """The view, None when it cannot be used."""
        if len(self.grey) != HIGH * WIDE:
            return None
        return Reference.of(np.frombuffer(self.grey, np.uint8).reshape(HIGH, WIDE))


class ViewFile:
    """One camera's reference in the folder of a run's state."""

    def __init__(self, folder: Path, camera: str) -> None:
        """``folder`` is made when there is something to save."""
        self.camera = camera
        self._path = folder / f"{camera}{_VIEW}"
        self._accepted = folder / f"{camera}.view.accepted"

    def load(self, zones: str) -> Reference | None:
        """The reference for these zones; None when there is none, or none that can be used."""
        try:
            saved = SavedView.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            log.error("%s: expected a camera's view, it cannot be used: %s", self._path, type(error).__name__)
            return None
        return saved.reference() if (saved.camera, saved.zones) == (self.camera, zones) else None

    def save(self, zones: str, reference: Reference) -> None:
        """Keep a reference. A disk that cannot be written costs no more than that; it is logged."""
        saved = SavedView.model_construct(camera=self.camera, zones=zones, grey=reference.grey.tobytes())
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, saved.model_dump_json().encode())
        except OSError as error:
            log.error("%s: %s; after a restart this camera's view is learnt anew", self._path, error.strerror)

    def accept(self) -> None:
        """Let whoever watches the camera, now or later, learn its view anew. Raises OSError."""
        self._accepted.touch()

    def accepted(self) -> bool:
        """Whether the view was accepted since this was asked last; then the old one is gone."""
        if not self._accepted.exists():
            return False
        # In this order: a kill in between costs a reference that is to go anyway.
        self._path.unlink(missing_ok=True)
        self._accepted.unlink(missing_ok=True)
        return True


class CameraView:
    """One camera's view, from picture to picture."""

    def __init__(self, posts: Iterable[Post], file: ViewFile | None = None) -> None:
        """``posts`` are those that the camera sees; with ``file`` the reference outlives the process."""
        self._zones, self._file = zones_of(posts), file
        known = None if file is None or file.accepted() else file.load(self._zones)
        self.state = Viewpoint(known)

    def fits(self, frame: Frame) -> bool:
        """Whether a good picture shows the view that the zones were drawn for, as far as is known."""
        if self.state.due(frame.t):
            self._check(frame)
        return self.state.fits

    @property
    def moved_since(self) -> float | None:
        """Event time since when the camera has surely shown another view, None when it has not."""
        return self.state.doubted_at if self.state.moved else None

    def _check(self, frame: Frame) -> None:
        if self._file is not None and self._file.accepted():
            log.info("camera %s: its view was accepted and is learnt anew", self._file.camera)
            self.state = Viewpoint()
        learnt = self.state.reference
        self.state = self.state.look(frame.image, frame.t)
        reference = self.state.reference
        if self._file is not None and reference is not None and reference is not learnt:
            self._file.save(self._zones, reference)


def kept_views(folder: Path) -> list[str]:
    """The cameras whose views are kept in a folder of a run's state."""
    return sorted(path.name.removesuffix(_VIEW) for path in folder.glob(f"*{_VIEW}"))


def zones_of(posts: Iterable[Post]) -> str:
    """A mark of all zones on a camera's picture: another one when any has changed."""
    zones = sorted(
        json.dumps([post.staff_zone, post.visitor_zone, post.telephone_zone, post.placard_zone])
        for post in posts
    )
    return hashlib.sha256("\n".join(zones).encode()).hexdigest()
