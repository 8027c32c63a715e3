"""OpenVINO on the CPU: the pictures of a batch run beside each other, each on its own share of the threads.

Every picture goes through the same network of batch size one, so its result cannot depend on the company, and
no thread waits for another inside a picture.
"""

from collections import OrderedDict

import numpy as np
import openvino as ov

from models.providers import RefusedError, Tensor

STREAMS = 2
"""Pictures at once: as many as the detector asks for in one call (models.detector.BEST_BATCH)."""
MOST_SHAPES = 4
"""Compiled networks that are kept; each is for one height and width."""
CONFIG = {
    # Some CPUs would silently calculate in 16 bits.
    "INFERENCE_PRECISION_HINT": "f32",
    # Decoders and other programs share the cores.
    "ENABLE_CPU_PINNING": False,
}


def version() -> str:
    """Version of OpenVINO."""
    return str(ov.__version__)


def load(content: bytes, threads: int) -> "_Network":
    """Load an ONNX model from its bytes; it is compiled when the first batch shows its size."""
    core = ov.Core()
    try:
        model = core.read_model(content)
    except Exception as error:  # the runtime raises RuntimeError with a text of many lines
        raise RefusedError(f"expected an ONNX model, the runtime says: {_reason(error)}") from error
    if len(model.inputs) != 1 or len(model.inputs[0].partial_shape) != 4:
        shapes = [str(found.partial_shape) for found in model.inputs]
        raise RefusedError(f"expected one input of shape (N, 3, H, W), got {shapes}")
    return _Network(core, model, threads)


class _Network:
    def __init__(self, core: ov.Core, model: ov.Model, threads: int) -> None:
        self._core, self._model, self._threads = core, model, threads
        self._requests: OrderedDict[tuple[int, ...], list[ov.InferRequest]] = OrderedDict()

    def run(self, batch: Tensor) -> Tensor:
        """First output of a batch."""
        try:
            requests = self._compiled(batch.shape[1:])
            outputs: list[Tensor] = []
            for first in range(0, len(batch), len(requests)):
                part = list(zip(requests, batch[first : first + len(requests)], strict=False))
                for request, picture in part:
                    request.start_async({0: picture[np.newaxis]})
                for request, _ in part:
                    request.wait()
                    outputs.append(request.get_output_tensor(0).data.copy())
        except Exception as error:  # RuntimeError again
            raise RefusedError(_reason(error)) from error
        return np.concatenate(outputs)

    def _compiled(self, shape: tuple[int, ...]) -> list[ov.InferRequest]:
        """Requests of a network for one picture of this shape; static shapes run a tenth faster."""
        if shape in self._requests:
            self._requests.move_to_end(shape)
            return self._requests[shape]
        model = self._model.clone()
        model.reshape([1, *shape])
        streams = min(STREAMS, self._threads)
        config = {**CONFIG, "INFERENCE_NUM_THREADS": self._threads, "NUM_STREAMS": streams}
        compiled = self._core.compile_model(model, "CPU", config)
        self._requests[shape] = [compiled.create_infer_request() for _ in range(streams)]
        if len(self._requests) > MOST_SHAPES:
            self._requests.popitem(last=False)
        return self._requests[shape]


def _reason(error: Exception) -> str:
    """The last line of OpenVINO's text, which is the reason; those before name its source files."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
