"""The only place that talks to an inference runtime.

ONNX Runtime on the CPU for now. Outputs do not depend on how looks are grouped into batches, so
the same video gives the same events whatever runs beside it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.manifest import Manifest, ModelEntry, ModelError

Tensor = NDArray[np.float32]

ort.set_default_logger_severity(4)


@dataclass(frozen=True, slots=True)
class Port:
    """An input of a model: its name, its shape (a name or None where a side is free), its type of number."""

    name: str
    shape: tuple[int | str | None, ...]
    kind: str


class Session:
    """One loaded model whose first input are pictures."""

    def __init__(self, manifest: Manifest, entry: ModelEntry, *, threads: int = 0) -> None:
        """Check the hash and load. ``threads`` 0 = one per core.

        Raises ModelError when the file is missing, changed, or no ONNX model of that form.
        """
        content = manifest.verified_bytes(entry)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or _cores()
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._path = path = manifest.folder / entry.file
        try:
            self._session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime raises its own types, all meaning the same to a user
            reason = str(error).splitlines()[0]
            raise ModelError(f"{path}: expected an ONNX model, the runtime says: {reason}") from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs[0].shape) != 4:
            raise ModelError(f"{path}: expected one input of shape (N, 3, H, W), got {inputs[0].shape}")
        self._input, self._output = inputs[0].name, outputs[0].name
        self.inputs = tuple(Port(port.name, tuple(port.shape), port.type) for port in inputs)
        self.metadata: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map

    def run(self, batch: Tensor) -> Tensor:
        """Run a batch, float32 (N, 3, H, W), RGB, 0 to 1; gives the first output, float32 (N, ...).

        Raises ModelError when the model takes no batch of that shape.
        """
        try:
            output: Tensor = self._session.run([self._output], {self._input: batch})[0]
        except Exception as error:  # the runtime's own types again
            reason = " ".join(str(error).split())
            raise ModelError(f"{self._path}: cannot take a batch of shape {batch.shape}: {reason}") from error
        return output

    def run_all(self, batch: Tensor, more: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], ...]:
        """Every output, for models that a hall brings: further inputs by name, half floats as floats.

        Raises ModelError as `run` does.
        """
        half = self.inputs[0].kind == "tensor(float16)"
        given = batch.astype(np.float16) if half else batch
        try:
            outputs = self._session.run(None, {self._input: given, **more})
        except Exception as error:  # the runtime's own types again
            reason = " ".join(str(error).split())
            raise ModelError(f"{self._path}: cannot take a batch of shape {batch.shape}: {reason}") from error
        return tuple(value.astype(np.float32) if value.dtype == np.float16 else value for value in outputs)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
