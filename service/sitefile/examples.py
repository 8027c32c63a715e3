"""A site's folders of uniform examples, as the set-up page fills and empties them.

These are pictures of staff. Each is written anew from its pixels, so that it brings along nothing of where it
came from, under a name that means nothing; what is deleted is gone.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import cv2

from pipelines.durable import sync, write_whole
from pipelines.looking.eyes import PictureError, read_picture
from pipelines.looking.uniform import MOST, PICTURES
from service.sitefile.file import SiteFileError
from vision.frame import Image

Kind = Literal["wear", "other"]
KINDS: tuple[Kind, ...] = get_args(Kind)
USUAL: Mapping[Kind, str] = {"wear": "uniform/wear", "other": "uniform/other"}
"""Where the examples are kept when the site names no folders, relative to the site file."""
TALLEST = 480
"""Pixels of a kept crop's longer side: the models look at less."""
_QUALITY = 92


class UnknownExampleError(LookupError):
    """There is no such example."""


class ExamplesFullError(Exception):
    """As many examples as are used are there."""


@dataclass(frozen=True, slots=True)
class Example:
    """One picture of a folder; ``id`` tells it from the others there, and nothing else."""

    id: str
    path: Path


class Examples:
    """Both folders of a site. Any thread may change them."""

    def __init__(self, site: Mapping[str, Any], folder: Path) -> None:
        """``folder`` is the site file's. Raises SiteFileError for a folder that is not below it."""
        named = site.get("uniform") or {}
        self.is_named = bool(named)
        self.folders: dict[Kind, Path] = {}
        for kind in KINDS:
            path = (folder / (named.get(kind) or USUAL[kind])).resolve()
            if path == folder.resolve() or not path.is_relative_to(folder.resolve()):
                told = "expected a folder inside that of the site file; keep these pictures by hand"
                raise SiteFileError(f"uniform.{kind}: {told}")
            self.folders[kind] = path

    def of(self, kind: Kind) -> list[Example]:
        """The pictures of a folder, in the order of their names; none where there is no folder."""
        folder = self.folders[kind]
        if not folder.is_dir():
            return []
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
        return [Example(_id_of(path), path) for path in paths if path.is_file()]

    def add(self, kind: Kind, crop: Image) -> Example:
        """Keep a crop (H, W, 3, BGR). Raises ExamplesFullError, SiteFileError."""
        if len(self.of(kind)) >= MOST:
            raise ExamplesFullError
        path = self.folders[kind] / f"{secrets.token_hex(8)}.jpg"
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(path, _jpeg(crop))
            path.chmod(0o600)
        except OSError as error:
            raise SiteFileError(f"{path.parent.name}: it cannot be written: {error.strerror}") from error
        return Example(_id_of(path), path)

    def remove(self, kind: Kind, example_id: str) -> None:
        """Delete one, for good. Raises UnknownExampleError, SiteFileError."""
        path = self._path(kind, example_id)
        try:
            path.unlink()
            sync(path.parent)
        except FileNotFoundError:
            raise UnknownExampleError(example_id) from None
        except OSError as error:
            raise SiteFileError(f"{path.parent.name}: it cannot be written: {error.strerror}") from error

    def shown(self, kind: Kind, example_id: str) -> bytes:
        """One as JPEG, made anew from its pixels. Raises UnknownExampleError."""
        try:
            return _jpeg(read_picture(self._path(kind, example_id)))
        except PictureError as error:
            raise UnknownExampleError(example_id) from error

    def _path(self, kind: Kind, example_id: str) -> Path:
        found = next((one.path for one in self.of(kind) if one.id == example_id), None)
        if found is None:
            raise UnknownExampleError(example_id)
        return found


def _id_of(path: Path) -> str:
    return hashlib.sha256(path.name.encode()).hexdigest()[:16]


def _jpeg(image: Image) -> bytes:
    scale = min(1.0, TALLEST / max(image.shape[:2]))
    size = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
    _, content = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return content.tobytes()
