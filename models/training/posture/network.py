"""The person network: MoveNet to the joints, and a perceptron from the joints to the acts.

crop 192 x 192 --> MoveNet's maps --> joints --> features --> acts
"""

# Checked with torch and without it; without, its classes are Any and need none of the excuses below.
# mypy: disallow-subclassing-any=False, warn-unused-ignores=False

from __future__ import annotations

import torch
from torch import Tensor, nn

from vision.posture import ACTS, JOINTS, NECK

from .movenet import MoveNet

MIRROR = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11)
"""Joints of a person in a mirror, by their place in `JOINTS`."""
SEEN_FROM, SEEN_FULLY = 0.12, 0.4
"""Heights below the first count as not seen, above the second as fully seen."""


def features_of(joints: Tensor) -> Tensor:
    """Joints NxJx3 (shares of a square crop) -> NxF: positions about the shoulders, in shoulder widths.

    A side view makes shoulders narrow, so the distance from nose to shoulders bounds the unit from below.
    What is not seen stands at 0 with its mask 0.
    """
    seen = ((joints[..., 2] - SEEN_FROM) / (SEEN_FULLY - SEEN_FROM)).clamp(0, 1)
    xy = joints[..., :2]
    left, right, nose = xy[:, 5], xy[:, 6], xy[:, 0]
    middle = (left + right) / 2
    unit = torch.maximum((left - right).norm(dim=1), NECK * (nose - middle).norm(dim=1)).clamp(min=0.02)
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
    """What is shipped: Nx3x192x192 -> Nx(39 + 7): joints (x, y, seen; shares of the crop), act shares."""

    def __init__(self, movenet: MoveNet, acts: Acts) -> None:
        super().__init__()
        self.movenet, self.acts = movenet, acts

    def forward(self, images: Tensor) -> Tensor:
        """Both in one row."""
        joints = self.movenet.found(self.movenet(images))
        return torch.cat([joints.flatten(1), self.acts(joints).softmax(1)], 1)
