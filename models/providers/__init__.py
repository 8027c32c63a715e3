"""Inference runtimes, one file each, found by the file's name.

A provider has `version()`, its library's, and `load(content, threads)`, which gives a `Network`. It
raises `RefusedError` with one line of reason when the library cannot use a model or a batch. One whose
library is not installed is not offered.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.float32]


class RefusedError(Exception):
    """The runtime cannot use a model, or a batch; the message is its reason in one line."""

    def __init__(self, reason: object) -> None:
        super().__init__(" ".join(str(reason).split()))


class Network(Protocol):
    """A loaded model with one input."""

    def run(self, batch: Tensor) -> Tensor:
        """First output of a batch, float32 (N, ...). What one picture gives does not depend on the others."""


class Provider(Protocol):
    """What a file of this folder offers."""

    def version(self) -> str:
        """Version of the library."""

    def load(self, content: bytes, threads: int) -> Network:
        """Load an ONNX model from its bytes; RefusedError when it is none, or has not one 4-d input."""


NAMES = tuple(sorted(found.name for found in pkgutil.iter_modules(__path__)))
"""All providers, installed or not."""


def installed() -> Iterator[tuple[str, Provider]]:
    """Name and provider of those whose library is there."""
    for name in NAMES:
        provider = find(name)
        if provider is not None:
            yield name, provider


def find(name: str) -> Provider | None:
    """A provider by name; None when its library cannot be imported. KeyError for an unknown name."""
    if name not in NAMES:
        raise KeyError(name)
    try:
        module: ModuleType = importlib.import_module(f"{__name__}.{name}")
    except ImportError:  # not installed, or built for another machine
        return None
    return cast(Provider, module)
