"""MoveNet (Google, Apache-2.0) as a torch module, from the files of its TensorFlow.js edition.

MobileNetV2 with a feature pyramid and the heads of CenterNet (Zhou et al. 2019): where a person's middle is,
where from there each joint is expected, where joints are, and how far off the cell's corner. `Lightning`
looks at 192 x 192 pixels, `Thunder` is 1.75 times as wide and looks at 256 x 256.
"""

# Checked with torch and without it; without, its classes are Any and need none of the excuses below.
# mypy: disallow-subclassing-any=False, warn-unused-ignores=False

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad

from vision.posture import JOINTS

Arrays = dict[str, NDArray[np.float32]]
TRUNK = "center_net_mobile_net_v2fpn_feature_extractor/model_1/"
STRIDED = (1, 3, 6, 13)
"""Blocks of MobileNetV2 that halve the picture."""
LEVELS = (9, 5, 2)
"""Blocks whose outputs the pyramid takes in, coarse to fine."""
KEYPOINTS = 17
EVEN_FADE = 1.8
"""Cells added to a joint's distance from where it is expected, before its score is divided by it."""


def read_tfjs(model: Path) -> Arrays:
    """Float arrays of a TensorFlow.js graph model by name, from `model` (.json) and its one weight file."""
    manifest = json.loads(model.read_text(encoding="utf-8"))["weightsManifest"]
    if len(manifest) != 1 or len(manifest[0]["paths"]) != 1:
        raise ValueError(f"{model.name}: expected one group of weights in one file")
    content = (model.parent / manifest[0]["paths"][0]).read_bytes()
    arrays: Arrays = {}
    at = 0
    for weight in manifest[0]["weights"]:
        kind = np.dtype(weight.get("quantization", {}).get("dtype", weight["dtype"]))
        count = int(np.prod(weight["shape"], dtype=np.int64))
        values = np.frombuffer(content, kind, count, at).reshape(weight["shape"])
        at += count * kind.itemsize
        arrays[weight["name"].replace("StatefulPartitionedCall/", "")] = values.astype(np.float32)
    if at != len(content):
        raise ValueError(f"{model.name}: expected {at} bytes of weights, got {len(content)}")
    return arrays


class Conv(nn.Module):
    """A convolution padded as TensorFlow's SAME does: with a stride of 2, right and below only."""

    def __init__(
        self, weight: NDArray[np.float32], bias: NDArray[np.float32] | None, stride: int = 1
    ) -> None:
        """`weight` is kernel x kernel x in x out; with one output of each of several inputs, depthwise."""
        super().__init__()
        size, _, taken, made = weight.shape
        deep = made == 1 and size > 1
        groups, out = (taken, taken) if deep else (1, made)
        even = 0 if stride == 2 else size // 2
        self.layer = nn.Conv2d(taken, out, size, stride, even, groups=groups, bias=bias is not None)
        order = (2, 3, 0, 1) if deep else (3, 2, 0, 1)
        self.layer.weight.data = torch.from_numpy(weight.transpose(order).copy())
        if bias is not None:
            cast(Tensor, self.layer.bias).data = torch.from_numpy(bias.copy())
        self.after = (0, size // 2, 0, size // 2) if stride == 2 else None

    def forward(self, x: Tensor) -> Tensor:
        """The convolution."""
        return cast(Tensor, self.layer(x if self.after is None else pad(x, self.after)))


def _conv(arrays: Arrays, name: str, offset: str, stride: int = 1) -> Conv:
    return Conv(arrays[name], arrays[offset], stride)


class Block(nn.Module):
    """An inverted residual of MobileNetV2 (Sandler et al. 2018)."""

    def __init__(self, arrays: Arrays, name: str, stride: int) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        for part, kind in (("expand", "Conv2D"), ("depthwise", "depthwise"), ("project", "Conv2D")):
            stem = f"{TRUNK}model/{name}_{part}/{kind}"
            if f"{stem}_weights" in arrays:
                step = stride if part == "depthwise" else 1
                parts += [_conv(arrays, f"{stem}_weights", f"{stem}_bn_offset", step), nn.ReLU6()]
        self.parts = nn.Sequential(*parts[:-1])
        first, last = cast(Conv, parts[0]).layer, cast(Conv, parts[-2]).layer
        self.same = stride == 1 and first.in_channels == last.out_channels

    def forward(self, x: Tensor) -> Tensor:
        """The block's output, with its input added where they fit."""
        y = cast(Tensor, self.parts(x))
        return x + y if self.same else y


class Pyramid(nn.Module):
    """One step up: twice as large, plus the finer level, then a separable convolution."""

    def __init__(self, arrays: Arrays, number: int) -> None:
        super().__init__()
        side, up = f"{TRUNK}conv2d_{number + 1}/", f"{TRUNK}separable_conv2d{f'_{number}' if number else ''}/"
        self.side = _conv(arrays, f"{side}Conv2D/ReadVariableOp", f"{side}BiasAdd/ReadVariableOp")
        self.depth = Conv(arrays[f"{up}separable_conv2d/ReadVariableOp"], None)
        self.point = _conv(arrays, f"{up}separable_conv2d_weights", f"{up}separable_conv2d_bn_offset")

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """The finer map."""
        grown = interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
        return cast(Tensor, self.point(self.depth(grown + self.side(fine))).relu())


class Head(nn.Module):
    """A separable convolution and a last one."""

    def __init__(self, arrays: Arrays, name: str) -> None:
        super().__init__()
        inside = sorted(key for key in arrays if key.startswith(f"{name}/"))
        depth, point, bias, last, shift = (
            next(arrays[key] for key in inside if key.endswith(end) and part in key)
            for part, end in (
                ("separable", "separable_conv2d/ReadVariableOp"),
                ("separable", "separable_conv2d/ReadVariableOp_1"),
                ("separable", "BiasAdd/ReadVariableOp"),
                ("/conv2d", "Conv2D/ReadVariableOp"),
                ("/conv2d", "BiasAdd/ReadVariableOp"),
            )
        )
        self.layers = nn.Sequential(Conv(depth, None), Conv(point, bias), nn.ReLU(), Conv(last, shift))

    def forward(self, x: Tensor) -> Tensor:
        """The head's map."""
        return cast(Tensor, self.layers(x))


@dataclass(frozen=True)
class Maps:
    """What the heads say, all at stride 4 (side S): logits of joints Nx17 and of middles Nx1, in cells: where
    joints are expected from a middle Nx34 and how far off their cell's corner Nx34 (y, x of each in turn).
    """

    joints: Tensor
    middle: Tensor
    expected: Tensor
    offset: Tensor


class MoveNet(nn.Module):
    """Lightning or Thunder, whichever the arrays are of."""

    def __init__(self, arrays: Arrays) -> None:
        super().__init__()
        first = f"{TRUNK}model/Conv1/Conv2D"
        self.first = _conv(arrays, f"{first}_weights", f"{first}_bn_offset", 2)
        names = ["expanded_conv", *(f"block_{k}" for k in range(1, 17))]
        self.blocks = nn.ModuleList(Block(arrays, n, 2 if k in STRIDED else 1) for k, n in enumerate(names))
        last, narrow = f"{TRUNK}model/Conv_1/Conv2D", f"{TRUNK}conv2d/"
        self.last = _conv(arrays, f"{last}_weights", f"{last}_bn_offset")
        self.narrow = _conv(arrays, f"{narrow}Conv2D/ReadVariableOp", f"{narrow}BiasAdd/ReadVariableOp")
        self.pyramid = nn.ModuleList(Pyramid(arrays, k) for k in range(len(LEVELS)))
        self.joints, self.middle = Head(arrays, "kpt_heatmap_0"), Head(arrays, "center_0")
        self.expected, self.offset = Head(arrays, "kpt_regress_0"), Head(arrays, "kpt_offset_0")
        prior = torch.from_numpy(arrays["ConstantFolding/truediv_2_recip"][None, :, :, 0].copy())
        self.register_buffer("prior", prior)
        self.size = 4 * prior.shape[1]

    def forward(self, images: Tensor) -> Maps:
        """Maps of Nx3xSxS RGB in 0..1."""
        x = cast(Tensor, self.first(images * 2 - 1)).clamp(0, 6)
        kept: dict[int, Tensor] = {}
        for number, block in enumerate(self.blocks):
            x = block(x)
            kept[number] = x
        x = self.narrow(cast(Tensor, self.last(x)).clamp(0, 6))
        for level, step in zip(LEVELS, self.pyramid, strict=True):
            x = step(x, kept[level])
        return Maps(self.joints(x), self.middle(x), self.expected(x), self.offset(x))

    def found(self, maps: Maps) -> Tensor:
        """The person nearest the picture's middle, NxJx3 of `JOINTS`: x, y as shares of the crop, height."""
        side = self.size // 4
        middle = (maps.middle.sigmoid() * self.prior).flatten(1).argmax(1)
        at = middle[:, None, None].expand(-1, 2 * KEYPOINTS, 1)
        expected = maps.expected.flatten(2).gather(2, at).reshape(-1, KEYPOINTS, 2)
        start = torch.stack([middle // side, middle % side], 1).to(expected.dtype)
        expected = expected + start[:, None]
        cell = torch.arange(side, dtype=expected.dtype)
        off_y = cell[None, None, :, None] - expected[:, :, 0, None, None]
        off_x = cell[None, None, None, :] - expected[:, :, 1, None, None]
        heat = maps.joints.sigmoid()
        best = (heat / ((off_y.square() + off_x.square()).sqrt() + EVEN_FADE)).flatten(2).argmax(2)
        height = heat.flatten(2).gather(2, best[:, :, None])
        offset = maps.offset.reshape(-1, KEYPOINTS, 2, side * side)
        offset = offset.gather(3, best[:, :, None, None].expand(-1, -1, 2, 1)).squeeze(3)
        y = (torch.div(best, side, rounding_mode="floor") + offset[:, :, 0]) / side
        x = (best % side + offset[:, :, 1]) / side
        return torch.cat([torch.stack([x, y], 2), height], 2)[:, : len(JOINTS)]
