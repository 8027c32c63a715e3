"""Write the person network as one ONNX file."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from vision.posture import ACTS, JOINTS

from ..export import write_onnx
from .distil import build
from .network import HEIGHT, WIDTH, Acts, PersonNet

FILE = "person_n.onnx"


def load(weights: Path, joints: Path, acts: Path) -> PersonNet:
    """The network with the averaged weights of a run and the fitted acts, in evaluation mode."""
    heat = build(weights)
    heat.load_state_dict(torch.load(joints / "last.pt", map_location="cpu", weights_only=True)["average"])
    perceptron = Acts()
    perceptron.load_state_dict(torch.load(acts, map_location="cpu", weights_only=True))
    model = PersonNet(heat, perceptron)
    model.eval()
    return model


def export(weights: Path, joints: Path, acts: Path, out: Path) -> Path:
    """Write `person_n.onnx` into the folder `out`."""
    path = out / FILE
    with torch.no_grad():
        write_onnx(
            load(weights, joints, acts),
            torch.rand(2, 3, HEIGHT, WIDTH),
            path,
            "person",
            {0: "n"},
            {
                "licence": "AGPL-3.0-or-later",
                "input": f"images float32 Nx3x{HEIGHT}x{WIDTH} RGB 0..1, a person's box times 1.25",
                "output": f"Nx{3 * len(JOINTS) + len(ACTS)}: joints x, y (shares of the crop), seen; acts",
                "joints": json.dumps(JOINTS),
                "acts": json.dumps(ACTS),
            },
        )
    return path
