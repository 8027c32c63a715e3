"""Where official weights come from: `sources.toml`, for `conduct models pull`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.manifest import PACKAGED, ModelError

SHA256 = r"^[0-9a-f]{64}$"


class WeightSource(BaseModel):
    """One ONNX file at its publisher's. ``size`` in bytes, None = not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern=r"^https?://")
    sha256: str = Field(pattern=SHA256)
    size: int | None = Field(default=None, gt=0)
    licence: str = Field(min_length=1)
    source: str = ""
    classes: tuple[str, ...] = ()


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: Mapping[str, WeightSource]


def known_sources(path: Path = PACKAGED / "sources.toml") -> Mapping[str, WeightSource]:
    """All entries by name. Raises ModelError when the file is wrong."""
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).sources
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{path}: expected a table of sources, {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ModelError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
