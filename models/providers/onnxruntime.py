"""ONNX Runtime on the CPU: one call for a batch, all threads in it. Runs models of every form."""

from collections.abc import Mapping

import onnxruntime as ort

from models.providers import Array, Port, RefusedError

ort.set_default_logger_severity(4)


def version() -> str:
    """Version of ONNX Runtime."""
    return str(ort.__version__)


def load(content: bytes, threads: int, *, sixteen_bits: bool = False) -> "_Network":
    """Load an ONNX model from its bytes."""
    if sixteen_bits:
        raise RefusedError("ONNX Runtime does not calculate in bfloat16 here")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime raises its own types, all meaning the same to a user
        reason = str(error).splitlines()[0]
        raise RefusedError(f"expected an ONNX model, the runtime says: {reason}") from error
    inputs = tuple(Port(found.name, tuple(found.shape), found.type) for found in session.get_inputs())
    if not inputs or len(inputs[0].shape) != 4:
        shapes = [list(port.shape) for port in inputs]
        raise RefusedError(f"expected one input of shape (N, 3, H, W), got {shapes[0] if shapes else 'none'}")
    return _Network(session, inputs)


class _Network:
    def __init__(self, session: ort.InferenceSession, inputs: tuple[Port, ...]) -> None:
        self._session, self.inputs = session, inputs
        self.metadata: Mapping[str, str] = session.get_modelmeta().custom_metadata_map

    def run(self, batch: Array, more: Mapping[str, Array]) -> tuple[Array, ...]:
        """Every output for a batch."""
        try:
            return tuple(self._session.run(None, {self.inputs[0].name: batch, **more}))
        except Exception as error:  # the runtime's own types again
            raise RefusedError(error) from error
