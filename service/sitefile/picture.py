"""One picture of a camera, for drawing zones on it."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2

from pipelines.hall.site import Camera
from pipelines.run import located
from pipelines.streams.probe import Probed, probe
from pipelines.streams.source import SourceError

WATCHED_S = 1.5
"""Enough for a second keyframe of most cameras, and for the frame rate."""
LARGEST = 1920
"""Pixels of a picture's longer side; zones are drawn in fractions, so more would only take longer."""


class PictureBusyError(Exception):
    """As many pictures as may be are being taken at this moment."""


class Photographer:
    """Takes pictures of cameras, few at once: each opens a connection and decodes."""

    def __init__(self, at_once: int = 2) -> None:
        self._free = threading.BoundedSemaphore(at_once)

    def take(self, camera: Camera, folder: Path) -> tuple[Probed, bytes]:
        """What a camera sends, and a picture of it as JPEG; a file is relative to ``folder``.

        Raises PictureBusyError; SiteError when a variable of its address is not set; SourceError.
        """
        if not self._free.acquire(blocking=False):
            raise PictureBusyError
        try:
            found = probe(located(folder, camera.resolved()), transport=camera.transport, seconds=WATCHED_S)
        finally:
            self._free.release()
        scale = min(1.0, LARGEST / max(found.width, found.height))
        size = (round(found.width * scale), round(found.height * scale))
        done, content = cv2.imencode(".jpg", cv2.resize(found.picture, size, interpolation=cv2.INTER_AREA))
        if not done:
            raise SourceError(f"camera {camera.id}: url: expected a picture that can be shown")
        return found, content.tobytes()
