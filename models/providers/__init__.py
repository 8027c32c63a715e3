"""Inference runtimes, one file each, found by the file's name.

A provider has `version()`, its library's, and `load(content, threads)`, which gives a `Network`. It
raises `RefusedError` with one line of reason when the library cannot use a model or a batch. One whose
library is not installed is not offered.

ONNX Runtime runs every model. Another provider may refuse those that a hall brings and that it cannot run as
ours, as OpenVINO does with a second input, half floats or a fixed batch of several.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.float32]
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Port:
    """An input of a model: its name, its shape (a name or None where a side is free), its type of number.

    ``kind`` is ONNX Runtime's word for the type: `tensor(float)`, `tensor(float16)`, `tensor(int64)`...
    """

    name: str
    shape: tuple[int | str | None, ...]
    kind: str


class RefusedError(Exception):
    """The runtime cannot use a model, or a batch; the message is its reason in one line."""

    def __init__(self, reason: object) -> None:
        super().__init__(" ".join(str(reason).split()))


class Network(Protocol):
    """A loaded model whose first input are pictures; ``metadata`` is what its file says about it."""

    @property
    def inputs(self) -> tuple[Port, ...]:
        """The pictures' input, (N, 3, H, W), and others if there are."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """The file's metadata by key."""

    def run(self, batch: Array, more: Mapping[str, Array]) -> tuple[Array, ...]:
        """Every output for a batch of pictures; ``more`` are the further inputs by name, (N, ...).

        What one picture gives does not depend on the others. RefusedError when it cannot be run.
        """


class Provider(Protocol):
    """What a file of this folder offers."""

    def version(self) -> str:
        """Version of the library."""

    def load(self, content: bytes, threads: int, *, sixteen_bits: bool = False) -> Network:
        """Load an ONNX model from its bytes; RefusedError when it is none, or of a form it does not run.

        ``sixteen_bits``: floats are multiplied in 16 bits (bfloat16). Only those of `SIXTEEN_BITS` are asked
        for that; RefusedError where the CPU cannot.
        """


NAMES = tuple(sorted(found.name for found in pkgutil.iter_modules(__path__)))
"""All providers, installed or not."""
SIXTEEN_BITS = frozenset({"openvino"})
"""Those that calculate in bfloat16 where the CPU does."""


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
