"""The person network: YOLO26n's first stages, a small pyramid to heat maps, and a perceptron on the joints.

stage 2 (stride 4) --+-> heat maps of 13 joints, 64 x 48 --> joints --> features --> acts
stage 4 (8) ---------+
stage 6 (16) --------+
stage 10 (32) -------'
"""

# Checked with torch and without it; without, its classes are Any and need none of the excuses below.
# mypy: disallow-subclassing-any=False, warn-unused-ignores=False

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from vision.posture import ACTS, JOINTS

from ..network import Trunk

HEIGHT, WIDTH = 256, 192
MIRROR = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11)
TAPS = {2: 64, 4: 128, 6: 128, 10: 256}
WINDOW = 2
"""Cells around a heat map's peak whose mean is the joint."""


def _block(channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, 1, 1, groups=channels),
        nn.Conv2d(channels, channels, 1),
        nn.SiLU(),
    )


class HeatMaps(nn.Module):
    """Nx3x256x192 RGB in 0..1 -> heat maps Nx13x64x48."""

    def __init__(self, trunk: Trunk, channels: int = 64) -> None:
        super().__init__()
        self.trunk = nn.ModuleList(list(trunk.stages)[:11])
        self.sides = nn.ModuleDict({str(n): nn.Conv2d(c, channels, 1) for n, c in TAPS.items()})
        self.blocks = nn.ModuleDict({str(n): _block(channels) for n in TAPS})
        self.last = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1), nn.SiLU(), nn.Conv2d(channels, len(JOINTS), 1)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Heat maps; a peak's height says how surely the joint is seen."""
        kept: dict[int, Tensor] = {}
        x = images
        for number, stage in enumerate(self.trunk):
            x = stage(x)
            kept[number] = x
        up: Tensor | None = None
        for number in sorted(TAPS, reverse=True):
            side = self.sides[str(number)](kept[number])
            up = side if up is None else side + interpolate(up, scale_factor=2.0, mode="nearest")
            up = up + self.blocks[str(number)](up)
        out: Tensor = self.last(up)
        return out


def joints_of(heat: Tensor) -> Tensor:
    """Heat maps NxJxHxW -> joints NxJx3: x and y as shares of the crop's width and height, peak height."""
    n, j, h, w = heat.shape
    flat = heat.reshape(n, j, h * w)
    peak = flat.amax(2)
    index = flat.argmax(2)
    y0, x0 = (index // w).to(heat.dtype), (index % w).to(heat.dtype)
    ys = torch.arange(h, dtype=heat.dtype).reshape(1, 1, h, 1)
    xs = torch.arange(w, dtype=heat.dtype).reshape(1, 1, 1, w)
    near = ((xs - x0[..., None, None]).abs() <= WINDOW) & ((ys - y0[..., None, None]).abs() <= WINDOW)
    weight = heat.clamp(min=0) * near.to(heat.dtype) + 1e-9 * near.to(heat.dtype)
    total = weight.sum((2, 3))
    x = (weight * xs).sum((2, 3)) / total
    y = (weight * ys).sum((2, 3)) / total
    return torch.stack([(x + 0.5) / w, (y + 0.5) / h, peak.clamp(0, 1)], 2)


SEEN_FROM, SEEN_FULLY = 0.12, 0.45
"""Peaks below the first count as not seen, above the second as fully seen."""


def features_of(joints: Tensor) -> Tensor:
    """Joints NxJx3 (shares of a 192 x 256 crop) -> NxF: positions about the shoulders, in shoulder widths.

    A side view makes shoulders narrow, so the distance from nose to shoulders bounds the unit from below.
    What is not seen stands at 0 with its mask 0.
    """
    seen = ((joints[..., 2] - SEEN_FROM) / (SEEN_FULLY - SEEN_FROM)).clamp(0, 1)
    xy = torch.stack([joints[..., 0] * (WIDTH / HEIGHT), joints[..., 1]], 2)
    left, right, nose = xy[:, 5], xy[:, 6], xy[:, 0]
    middle = (left + right) / 2
    unit = torch.maximum((left - right).norm(dim=1), 0.75 * (nose - middle).norm(dim=1)).clamp(min=0.02)
    placed = ((xy - middle[:, None]) / unit[:, None, None]).clamp(-4, 4)
    pairs = ((9, 10), (9, 0), (10, 0), (9, 3), (10, 4), (9, 4), (10, 3), (9, 5), (10, 6), (9, 12), (10, 11))
    gaps = torch.stack(
        [(placed[:, a] - placed[:, b]).norm(dim=1).clamp(max=4) * seen[:, a] * seen[:, b] for a, b in pairs],
        1,
    )
    return torch.cat([(placed * seen[..., None]).flatten(1), seen, gaps], 1)


FEATURES = 3 * len(JOINTS) + 11


class Acts(nn.Module):
    """Features of the joints -> logits of `ACTS`."""

    def __init__(self, width: int = 96) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(FEATURES, width),
            nn.SiLU(),
            nn.Dropout(0.1),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Dropout(0.1),
            nn.Linear(width, len(ACTS)),
        )

    def forward(self, joints: Tensor) -> Tensor:
        """Logits Nx7 from joints NxJx3."""
        out: Tensor = self.layers(features_of(joints))
        return out


class PersonNet(nn.Module):
    """What is shipped: Nx3x256x192 -> Nx(39 + 7): joints (x, y, seen; shares of the crop), act shares."""

    def __init__(self, heat: HeatMaps, acts: Acts) -> None:
        super().__init__()
        self.heat, self.acts = heat, acts

    def forward(self, images: Tensor) -> Tensor:
        """Both in one row."""
        joints = joints_of(self.heat(images))
        return torch.cat([joints.flatten(1), self.acts(joints).softmax(1)], 1)
