"""Write the person network as one ONNX file."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from vision.posture import ACTS, JOINTS

from ..export import write_onnx
from .movenet import MoveNet, read_tfjs
from .network import Acts, PersonNet

FILE = "person_n.onnx"


def load(movenet: Path, acts: Path) -> PersonNet:
    """MoveNet, from its TensorFlow.js file, with the fitted acts, in evaluation mode."""
    perceptron = Acts()
    perceptron.load_state_dict(torch.load(acts, map_location="cpu", weights_only=True))
    model = PersonNet(MoveNet(read_tfjs(movenet)), perceptron)
    model.eval()
    return model


def export(movenet: Path, acts: Path, out: Path) -> Path:
    """Write `person_n.onnx` into the folder `out`."""
    model = load(movenet, acts)
    side = model.movenet.size
    path = out / FILE
    with torch.no_grad():
        write_onnx(
            model,
            torch.rand(2, 3, side, side),
            path,
            "person",
            {0: "n"},
            {
                "licence": "AGPL-3.0-or-later; MoveNet's weights Apache-2.0",
                "input": f"images float32 Nx3x{side}x{side} RGB 0..1, a square of 1.4 times a person's box",
                "output": f"Nx{3 * len(JOINTS) + len(ACTS)}: joints x, y (shares of the crop), seen; acts",
                "joints": json.dumps(JOINTS),
                "acts": json.dumps(ACTS),
            },
            half=True,
        )
    return path
