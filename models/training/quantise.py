"""The hall detector in INT8: static, per channel weights, the heads' last layers and the decoding in float.

One ONNX file with QuantizeLinear / DequantizeLinear pairs, made by ONNX Runtime's own tool; OpenVINO runs
its convolutions in INT8. ONNX Runtime calculates most of them in float, for it would want a pair behind
each convolution too, before the activation; that was not tried further. The ranges are those of training
pictures, letterboxed by the monitor's own code at the post's size.

`weights.py` then makes the weights finer and corrects the biases.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from models.detector import Crop, prepare

from .data import LARGEST_BYTES, Entry, image_path, read_ledger
from .evaluate import POST_SIZE
from .weights import refine

EACH_FOLDER = 50
BIAS_EVERY = 8
"""Every how many of them the biases are corrected on."""
SEED = 0
HEADS = ("/coco/", "/one2one/")
LAST_LAYER = ".2/Conv"
"""How the names of the heads' last convolutions end, whose outputs are boxes and class scores."""


class Pictures:
    """Letterboxed pictures one by one, under the name of the network's input (a CalibrationDataReader)."""

    def __init__(self, data: Path, entries: list[Entry], name: str) -> None:
        self._inputs: Iterator[dict[str, NDArray[np.float32]]] = (
            {name: as_input(data, entry)} for entry in entries
        )

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next picture, None after the last."""
        return next(self._inputs, None)


def quantise(detector: Path, data: Path, ledger: Path, out: Path) -> str:
    """Write the INT8 file and give the line that models/manifest.toml wants for it."""
    model = onnx.load(str(detector))
    entries = spread(read_ledger(ledger, "train"))
    out.parent.mkdir(parents=True, exist_ok=True)
    quantize_static(
        str(detector),
        str(out),
        Pictures(data, entries, model.graph.input[0].name),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        nodes_to_exclude=last_layers(model),
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        extra_options={
            "ActivationSymmetric": False,
            "WeightSymmetric": True,
            "OpTypesToExcludeOutputQuantization": ["Conv"],
            "QuantizeBias": False,
            "CalibMovingAverage": True,
        },
    )
    written = onnx.load(str(out))
    refine(written, model, (as_input(data, entry) for entry in entries[::BIAS_EVERY]))
    drop_unused(written)
    onnx.helper.set_model_props(written, {prop.key: prop.value for prop in model.metadata_props})
    onnx.checker.check_model(written)
    onnx.save(written, str(out))
    content = out.read_bytes()
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"{out.name}: at most {LARGEST_BYTES} bytes expected, got {len(content)}")
    return f'int8 = {{ file = "weights/{out.name}", sha256 = "{hashlib.sha256(content).hexdigest()}" }}'


def last_layers(model: onnx.ModelProto) -> list[str]:
    """Names of the convolutions that give boxes and class scores."""
    return [
        node.name
        for node in model.graph.node
        if node.op_type == "Conv" and node.name.startswith(HEADS) and node.name.endswith(LAST_LAYER)
    ]


def drop_unused(model: onnx.ModelProto) -> None:
    """Take away the nodes and stored tensors that nobody reads."""
    while True:
        read = {tensor for node in model.graph.node for tensor in node.input}
        read |= {output.name for output in model.graph.output}
        unused = [node for node in model.graph.node if not read & set(node.output)]
        if not unused:
            break
        for node in unused:
            model.graph.node.remove(node)
    for tensor in [tensor for tensor in model.graph.initializer if tensor.name not in read]:
        model.graph.initializer.remove(tensor)


def spread(entries: list[Entry]) -> list[Entry]:
    """The same number of pictures from every folder, drawn by the seed."""
    draw = random.Random(SEED)
    folders = dict.fromkeys(entry.folder for entry in entries)
    inside = ([entry for entry in entries if entry.folder == folder] for folder in folders)
    return [entry for some in inside for entry in draw.sample(some, min(EACH_FOLDER, len(some)))]


def as_input(data: Path, entry: Entry) -> NDArray[np.float32]:
    """A picture as the network gets it: float32 (1, 3, S, S), RGB, 0 to 1."""
    image = cv2.imread(str(image_path(data, entry)))
    if image is None:
        raise ValueError(f"{entry.image}: not a readable picture")
    return prepare([Crop.whole(np.asarray(image, np.uint8))], (POST_SIZE, POST_SIZE))[0]
