"""ONNX Runtime on the CPU: one call for a batch, all threads in it."""

import onnxruntime as ort

from models.providers import RefusedError, Tensor

ort.set_default_logger_severity(4)


def version() -> str:
    """Version of ONNX Runtime."""
    return str(ort.__version__)


def load(content: bytes, threads: int) -> "_Network":
    """Load an ONNX model from its bytes."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime raises its own types, all meaning the same to a user
        reason = str(error).splitlines()[0]
        raise RefusedError(f"expected an ONNX model, the runtime says: {reason}") from error
    inputs = session.get_inputs()
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        raise RefusedError(f"expected one input of shape (N, 3, H, W), got {[i.shape for i in inputs]}")
    return _Network(session)


class _Network:
    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self._input, self._output = session.get_inputs()[0].name, session.get_outputs()[0].name

    def run(self, batch: Tensor) -> Tensor:
        """First output of a batch."""
        try:
            output: Tensor = self._session.run([self._output], {self._input: batch})[0]
        except Exception as error:  # the runtime's own types again
            raise RefusedError(error) from error
        return output
