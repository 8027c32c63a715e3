"""OpenVINO on the CPU: the pictures of a batch run beside each other, each on its own share of the threads.

Every picture goes through the same network of batch size one, so its result cannot depend on the company, and
no thread waits for another inside a picture. Several threads may call at once; they share the requests.

It runs models with one input, of 32-bit floats, for any number of pictures or one; other forms that a hall
may bring are refused at load and left to ONNX Runtime.
"""

import os
from collections import OrderedDict, deque
from collections.abc import Mapping
from queue import Empty, SimpleQueue
from threading import Lock

import numpy as np
import openvino as ov

from models.providers import Array, Port, RefusedError

STREAMS = 2
"""Pictures at once: as many as the detector asks for in one call (models.detector.BEST_BATCH)."""
MOST_SHAPES = 4
"""Compiled networks that are kept; each is for one height and width."""
QUANTISED = b"QuantizeLinear"
"""The name of an operation that every INT8 file holds."""
CONFIG = {
    # Decoders and other programs share the cores.
    "ENABLE_CPU_PINNING": False,
}


def version() -> str:
    """Version of OpenVINO."""
    return str(ov.__version__)


def load(content: bytes, threads: int, *, sixteen_bits: bool = False) -> "_Network":
    """Load an ONNX model from its bytes; it is compiled when the first batch shows its size."""
    if QUANTISED in content:
        # Matrix tiles (AMX) are slower than plain vectors for INT8 networks as small as ours, by a quarter.
        # It is read once, when the process compiles its first network.
        os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_VNNI")
    core = ov.Core()
    if sixteen_bits and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise RefusedError(
            "OpenVINO: expected a CPU that calculates in bfloat16 (AMX or AVX-512), this does not"
        )
    try:
        model = core.read_model(content)
    except Exception as error:  # the runtime raises RuntimeError with a text of many lines
        raise RefusedError(f"expected an ONNX model, the runtime says: {_reason(error)}") from error
    if not _is_usual(model):
        found = ", ".join(
            f"{port.element_type.get_type_name()} {port.partial_shape}" for port in model.inputs
        )
        raise RefusedError(
            f"OpenVINO: expected one input of shape (N, 3, H, W) of 32-bit floats, N free or 1, got {found}; "
            "ONNX Runtime takes other forms"
        )
    return _Network(core, model, threads, "bf16" if sixteen_bits else "f32")


def _is_usual(model: ov.Model) -> bool:
    """Whether a picture alone can be run through it, which leads to reshaping the model to a batch of one."""
    if len(model.inputs) != 1 or model.inputs[0].element_type != ov.Type.f32:
        return False
    shape = model.inputs[0].partial_shape
    return shape.rank.is_static and len(shape) == 4 and (shape[0].is_dynamic or shape[0] == 1)


_Idle = SimpleQueue[ov.InferRequest]
"""The requests of a compiled network that nobody uses at present."""


class _Network:
    def __init__(self, core: ov.Core, model: ov.Model, threads: int, precision: str) -> None:
        self._core, self._model, self._threads = core, model, threads
        # Always said: some CPUs would silently calculate in 16 bits.
        self._precision = precision
        self._requests: OrderedDict[tuple[int, ...], _Idle] = OrderedDict()
        self._compiling = Lock()
        pictures = model.inputs[0]
        sides = tuple(None if side.is_dynamic else side.get_length() for side in pictures.partial_shape)
        self.inputs = (Port(pictures.any_name, sides, "tensor(float)"),)
        self.metadata: Mapping[str, str] = _metadata(model)

    def run(self, batch: Array, more: Mapping[str, Array]) -> tuple[Array, ...]:  # noqa: ARG002 (none here)
        """Every output for a batch; there are no further inputs."""
        try:
            outputs = _run(self._compiled(batch.shape[1:]), batch)
            return tuple(np.concatenate(parts) for parts in zip(*outputs, strict=True))
        except Exception as error:  # RuntimeError again
            raise RefusedError(_reason(error)) from error

    def _compiled(self, shape: tuple[int, ...]) -> _Idle:
        """Requests of a network for one picture of this shape; static shapes run a tenth faster."""
        with self._compiling:
            if shape in self._requests:
                self._requests.move_to_end(shape)
                return self._requests[shape]
            return self._compile(shape)

    def _compile(self, shape: tuple[int, ...]) -> _Idle:
        model = self._model.clone()
        model.reshape([1, *shape])
        streams = min(STREAMS, self._threads)
        config = {
            **CONFIG,
            "INFERENCE_PRECISION_HINT": self._precision,
            "INFERENCE_NUM_THREADS": self._threads,
            "NUM_STREAMS": streams,
        }
        compiled = self._core.compile_model(model, "CPU", config)
        idle = self._requests[shape] = _Idle()
        for _ in range(streams):
            idle.put(compiled.create_infer_request())
        if len(self._requests) > MOST_SHAPES:
            self._requests.popitem(last=False)
        return idle


def _run(idle: _Idle, batch: Array) -> list[list[Array]]:
    """The outputs of each picture. Waits for a request only while it holds none, so no two callers do so for
    each other."""
    outputs: list[list[Array]] = []
    running: deque[ov.InferRequest] = deque()
    try:
        for picture in batch:
            request = _next(idle, running, outputs)
            running.append(request)
            request.start_async({0: picture[np.newaxis]})
        for request in running:
            outputs.append(_outputs(request))
    finally:
        for request in running:
            request.wait()
            idle.put(request)
    return outputs


def _next(idle: _Idle, running: deque[ov.InferRequest], outputs: list[list[Array]]) -> ov.InferRequest:
    """An idle request, or the first of those running, once it is done and its outputs are taken."""
    if not running:
        return idle.get()
    try:
        return idle.get_nowait()
    except Empty:
        outputs.append(_outputs(running[0]))
        return running.popleft()


def _outputs(request: ov.InferRequest) -> list[Array]:
    request.wait()
    return [tensor.data.copy() for tensor in request.output_tensors]


def _metadata(model: ov.Model) -> dict[str, str]:
    """The ONNX file's metadata, which OpenVINO's reader puts under `framework`."""
    if "framework" not in model.rt_info:
        return {}
    return {key: str(value.value) for key, value in model.rt_info["framework"].items()}


def _reason(error: Exception) -> str:
    """The last line of OpenVINO's text, which is the reason; those before name its source files."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
