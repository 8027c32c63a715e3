"""The hall detector in INT8: static, per channel weights, both heads' last layers and the box decoding in float.

One ONNX file with QuantizeLinear / DequantizeLinear pairs, which ONNX Runtime and OpenVINO both run. The ranges are
those of training pictures, letterboxed by the monitor's own code at the post's size. NNCF places the pairs and
corrects the biases (Nagel 2019).
"""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import cv2
import nncf
import numpy as np
import onnx
from nncf.quantization.advanced_parameters import OverflowFix
from numpy.typing import NDArray

from models.detector import Crop, prepare

from .data import LARGEST_BYTES, Entry, image_path, read_ledger
from .evaluate import POST_SIZE

EACH_FOLDER = 25
SEED = 0
HEADS = ("/coco/", "/one2one/")
LAST_LAYER = ".2/Conv"
"""How the names of the heads' last convolutions end, whose outputs are boxes and class scores."""


def quantise(detector: Path, data: Path, ledger: Path, out: Path) -> str:
    """Write the INT8 file and give the line that models/manifest.toml wants for it."""
    model = onnx.load(str(detector))
    pictures = spread(read_ledger(ledger, "train"))
    name = model.graph.input[0].name
    quantised = nncf.quantize(
        model,
        nncf.Dataset(pictures, lambda entry: {name: as_input(data, entry)}),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(pictures),
        ignored_scope=nncf.IgnoredScope(names=last_layers(model)),
        # 7 bits a weight: without VNNI a CPU adds two products in 16 bits, where 8 bits overflow and find nothing.
        advanced_parameters=nncf.AdvancedQuantizationParameters(overflow_fix=OverflowFix.ENABLE),
    )
    once_per_resize(quantised)
    onnx.helper.set_model_props(quantised, {prop.key: prop.value for prop in model.metadata_props})
    onnx.checker.check_model(quantised)
    out.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(quantised, str(out))
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
    return prepare([Crop.whole(np.asarray(image, np.uint8))], POST_SIZE)[0]


def once_per_resize(model: onnx.ModelProto) -> None:
    """Take away the second quantisation behind an upsampling, whose input is quantised already.

    The values are the same ones; a second scale only keeps OpenVINO from running the layer behind the
    concatenation in INT8.
    """
    made_by = {output: node for node in model.graph.node for output in node.output}

    def source(tensor: str, kind: str) -> str | None:
        node = made_by.get(tensor)
        return node.input[0] if node is not None and node.op_type == kind else None

    for node in model.graph.node:
        for place, tensor in enumerate(node.input):
            between = source(tensor, "DequantizeLinear")
            before = source(between, "QuantizeLinear") if between else None
            if before and source(before, "Resize") is not None:
                node.input[place] = before
    drop_unused(model)


def drop_unused(model: onnx.ModelProto) -> None:
    """Take away the nodes whose outputs nobody reads."""
    while True:
        read = {tensor for node in model.graph.node for tensor in node.input}
        read |= {output.name for output in model.graph.output}
        unused = [node for node in model.graph.node if not read & set(node.output)]
        if not unused:
            return
        for node in unused:
            model.graph.node.remove(node)
