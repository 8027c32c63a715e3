"""Write the two ONNX files: the end-to-end hall detector and the clothing embedding."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from .data import LARGEST_BYTES
from .network import ClothingEmbedding, HallDetector

OPSET = 17
HALF_FROM = 256  # numbers in a weight from which 16 bits save anything
# How far the phone row goes from the starting weights (0) to the trained ones (1). Chosen on the calibrate
# split: at 1 more is found, but the smallest phones and pictures without phones suffer; half way nothing
# there is worse than at 0.
PHONE_SHARE = 0.5
DETECTOR_FILE = "hall_detector_n.onnx"
CLOTHING_FILE = "clothing_embed.onnx"


def write_onnx(
    model: nn.Module,
    example: Tensor,
    path: Path,
    output: str,
    free: dict[int, str],
    metadata: dict[str, str],
    half: bool = False,
) -> None:
    """Trace `model` on `example` and write one file; `free` names the input axes whose length may vary.

    `half` stores the weights in 16 bits; a runtime makes them 32 again when it loads the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        model,
        (example,),
        str(path),
        opset_version=OPSET,
        input_names=["images"],
        output_names=[output],
        dynamic_axes={"images": free, output: {0: "n"}},
        dynamo=False,
    )
    written = onnx.load(str(path))
    if half:
        store_in_half(written.graph)
    onnx.helper.set_model_props(written, metadata)
    onnx.checker.check_model(written)
    onnx.save(written, str(path))
    if path.stat().st_size > LARGEST_BYTES:
        raise ValueError(f"{path.name}: at most {LARGEST_BYTES} bytes expected, got {path.stat().st_size}")


def store_in_half(graph: onnx.GraphProto) -> None:
    """Keep large float weights in 16 bits, each with a cast back in front of its users."""
    casts = []
    for weight in graph.initializer:
        if weight.data_type == onnx.TensorProto.FLOAT and np.prod(weight.dims) >= HALF_FROM:
            name = weight.name
            values = onnx.numpy_helper.to_array(weight).astype(np.float16)
            weight.CopyFrom(onnx.numpy_helper.from_array(values, f"{name}.half"))
            casts.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    for place, cast in enumerate(casts):
        graph.node.insert(place, cast)


def load_detector(starting_weights: Path, checkpoint: Path | None) -> HallDetector:
    """The detector in evaluation mode, with the averaged weights of a training checkpoint if there is one."""
    model = HallDetector(starting_weights)
    if checkpoint is not None:
        average = torch.load(checkpoint, map_location="cpu", weights_only=True)["average"]
        for name, start in model.state_dict().items():
            if name.startswith("coco.classes"):  # only the row of `cell phone` differs in these
                average[name] = start.lerp(average[name], PHONE_SHARE)
        model.load_state_dict(average)
    model.eval()
    return model


def take_up(model: HallDetector, exported: Path) -> None:
    """Give a fresh detector what an exported file was trained to: its branch and its phone row.

    The branch's one-to-many heads are not in the file; they start as the one-to-one heads.
    """
    weights = {
        weight.name: torch.from_numpy(onnx.numpy_helper.to_array(weight).copy())
        for weight in onnx.load(str(exported)).graph.initializer
    }
    state = model.state_dict()
    for name, start in state.items():
        found = weights.get(name.replace("branch.one2many", "branch.one2one"))
        if name.startswith("branch."):
            if found is None or found.shape != start.shape:
                raise ValueError(f"{exported.name}: expected weights {name} of shape {tuple(start.shape)}")
            state[name] = found
        elif name.startswith("coco.classes") and found is not None and found.shape == start.shape:
            state[name] = start + (found - start) / PHONE_SHARE
    model.load_state_dict(state)


def export_all(starting_weights: Path, checkpoint: Path | None, out: Path) -> None:
    """Write both files into the folder `out`. Each carries its licence, and the detector its class names."""
    model = load_detector(starting_weights, checkpoint)
    licence = {"licence": "AGPL-3.0-or-later"}
    shape = {
        "input": "images float32 Nx3xHxW RGB 0..1, letterboxed; H and W multiples of 32, at least 128",
        "output": "dets Nx300x6: x1 y1 x2 y2 (pixels of the input), score, class",
    }
    with torch.no_grad():
        clothing = ClothingEmbedding(model.trunk).eval()
        write_onnx(
            clothing,
            torch.rand(2, 3, 128, 96),
            out / CLOTHING_FILE,
            "features",
            {0: "n"},
            {**licence, "input": "images float32 Nx3x128x96 RGB 0..1", "output": "features Nx512"},
        )
        write_onnx(
            model,
            torch.rand(2, 3, 640, 640),
            out / DETECTOR_FILE,
            "dets",
            {0: "n", 2: "height", 3: "width"},
            {**licence, **shape, "names": json.dumps(model.names)},
        )
