"""The hall detector in INT8: static, per channel weights, both heads' last layers and the box decoding in float.

One ONNX file with QuantizeLinear / DequantizeLinear pairs, which ONNX Runtime and OpenVINO both run. The ranges are
those of training scenes at the post's size, made as the detector was trained (`scenes.py`), and of training pictures
letterboxed as the monitor does. NNCF places the pairs and corrects the biases (Nagel 2019).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import nncf
import numpy as np
import onnx
from numpy.typing import NDArray

from models.detector import Crop, prepare

from .data import Entry, Image, read_ledger
from .evaluate import POST_SIZE
from .export import LARGEST_BYTES
from .scenes import Scenes, load_picture

SCENES, PICTURES = 64, 64
EACH_FOLDER = 60
SEED = 0
LAST_LAYERS = (".2/Conv",)
"""How the names of the heads' last convolutions end, whose outputs are boxes and class scores."""
HEADS = ("/coco/", "/one2one/")


def quantise(detector: Path, data: Path, ledger: Path, out: Path) -> str:
    """Write the INT8 file and give the line that models/manifest.toml wants for it."""
    model = onnx.load(str(detector))
    kept = last_layers(model)
    batches = calibration_batches(data, spread(read_ledger(ledger, "train")))
    quantised = nncf.quantize(
        model,
        nncf.Dataset(batches, lambda batch: {model.graph.input[0].name: batch}),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(batches),
        ignored_scope=nncf.IgnoredScope(names=kept),
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
        if node.op_type == "Conv" and node.name.startswith(HEADS) and node.name.endswith(LAST_LAYERS)
    ]


def spread(entries: list[Entry]) -> list[Entry]:
    """The same number of pictures from every folder, drawn by the seed."""
    rng = np.random.default_rng(SEED)
    chosen: list[Entry] = []
    for folder in sorted({entry.folder for entry in entries}):
        inside = [entry for entry in entries if entry.folder == folder]
        chosen += [inside[i] for i in rng.permutation(len(inside))[:EACH_FOLDER]]
    return chosen


def calibration_batches(data: Path, entries: list[Entry]) -> list[NDArray[np.float32]]:
    """Network inputs, each float32 (1, 3, S, S), RGB, 0 to 1: scenes, and pictures as they are."""
    scenes = Scenes(data, entries, (POST_SIZE,), 1, SEED)
    images: list[Image] = [np.asarray(scenes[i][0])[:, :, ::-1] for i in range(SCENES)]
    step = max(len(entries) // PICTURES, 1)
    images += [load_picture(data, entry).image for entry in entries[::step][:PICTURES]]
    return [prepare([Crop.whole(np.ascontiguousarray(image))], POST_SIZE)[0] for image in images]


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
