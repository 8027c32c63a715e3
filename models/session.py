"""One loaded model, whatever runs it: the hash is checked, the provider found, the first output looked at.

Outputs do not depend on how looks are grouped into batches, so the same video gives the same events
whatever runs beside it. Providers (`models/providers`) are the only importers of an inference runtime.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models import providers
from models.manifest import Manifest, ModelEntry, ModelError, WeightFile
from models.providers import Array, Port, RefusedError, Tensor

__all__ = ["DEFAULT", "Runtime", "Session", "Tensor", "cores"]

Precision = Literal["fp32", "bf16", "int8"]


@dataclass(frozen=True, slots=True)
class Runtime:
    """What runs a model: a provider, and in which numbers it calculates.

    `bf16` is the model's usual file, calculated in 16 bits where the CPU does that (bfloat16); `int8` is a
    file of its own.
    """

    provider: str
    precision: Precision = "fp32"

    @property
    def name(self) -> str:
        """As in CONDUCT_PROVIDER: `onnxruntime`, `openvino-int8`..."""
        return self.provider if self.precision == "fp32" else f"{self.provider}-{self.precision}"

    @classmethod
    def parse(cls, name: str) -> "Runtime":
        """The runtime of a name; ModelError when there is none of that name."""
        found = {runtime.name: runtime for runtime in cls.all()}
        if name not in found:
            raise ModelError(f"provider: expected one of {', '.join(found)}, got {name!r}")
        return found[name]

    @classmethod
    def all(cls) -> tuple["Runtime", ...]:
        """Every runtime there is, installed or not."""
        return tuple(cls(name, precision) for name in providers.NAMES for precision in cls.precisions(name))

    @staticmethod
    def precisions(provider: str) -> tuple[Precision, ...]:
        """The numbers in which a provider can calculate, on one CPU or another."""
        return ("fp32", "bf16", "int8") if provider in providers.SIXTEEN_BITS else ("fp32", "int8")

    def weight(self, manifest: Manifest, entry: ModelEntry) -> ModelEntry | WeightFile:
        """The file of a model that this runs; ModelError when it has no INT8 file."""
        if self.precision != "int8":
            return entry
        if entry.int8 is None:
            raise ModelError(
                f"{manifest.folder / 'manifest.toml'}: provider {self.name} expected an `int8` file "
                f"beside {entry.file}, found none"
            )
        return entry.int8


DEFAULT = Runtime("onnxruntime")
"""What runs a model unless something else is asked for."""


class Session:
    """One loaded model whose first input are pictures. ``sha256`` is that of the file which runs.

    ``inputs`` are its ports, ``metadata`` is what its file says about it. A model that a hall brings may have
    more inputs or outputs than ours; one with a second input, half floats or a fixed batch of several is run
    by ONNX Runtime only.
    """

    def __init__(
        self, manifest: Manifest, entry: ModelEntry, *, threads: int = 0, runtime: Runtime = DEFAULT
    ) -> None:
        """Check the hash and load. ``threads`` 0 = one per core.

        Raises ModelError when the file is missing, changed, or no ONNX model of that form, or when the
        provider's library is not installed.
        """
        weight = runtime.weight(manifest, entry)
        self.sha256, self.path = weight.sha256, manifest.folder / weight.file
        content = manifest.verified_bytes(weight)
        provider = providers.find(runtime.provider)
        if provider is None:
            raise ModelError(
                f"provider {runtime.name}: expected the package {runtime.provider}, it is not installed or "
                f"cannot be imported; set CONDUCT_PROVIDER to auto or {DEFAULT.name} to go without"
            )
        try:
            self._network = provider.load(
                content, threads or cores(), sixteen_bits=runtime.precision == "bf16"
            )
        except RefusedError as error:
            raise ModelError(f"{self.path}: {error}") from error
        self.inputs: tuple[Port, ...] = self._network.inputs
        self.metadata: Mapping[str, str] = self._network.metadata

    def run(self, batch: Tensor) -> Tensor:
        """Run a batch, float32 (N, 3, H, W), RGB, 0 to 1; gives the first output, float32 (N, ...).

        Raises ModelError when the model takes no batch of that shape.
        """
        output: Tensor = self.run_all(batch, {})[0]
        return output

    def probe(self, height: int, width: int) -> Tensor:
        """Warm up on a black picture; gives its output, which is finite, or raises ModelError."""
        output = self.run(np.zeros((1, 3, height, width), np.float32))
        self.check_finite([output])
        return output

    def check_finite(self, outputs: Iterable[Array]) -> None:
        """ModelError when outputs for a black picture hold NaN or an infinite number."""
        if not all(np.isfinite(value).all() for value in outputs if value.dtype.kind == "f"):
            raise ModelError(f"{self.path}: expected finite numbers for a black picture, got others")

    def run_all(self, batch: Tensor, more: Mapping[str, Array]) -> tuple[Array, ...]:
        """Every output, for models that a hall brings: further inputs by name, half floats as floats.

        Raises ModelError as `run` does.
        """
        half = self.inputs[0].kind == "tensor(float16)"
        given = batch.astype(np.float16) if half else batch
        try:
            outputs = self._network.run(given, more)
        except RefusedError as error:
            raise ModelError(f"{self.path}: cannot take a batch of shape {batch.shape}: {error}") from error
        return tuple(value.astype(np.float32) if value.dtype == np.float16 else value for value in outputs)


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
