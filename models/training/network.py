"""The hall detector: a frozen YOLO26n for COCO's classes with a small trainable cigarette branch beside its
neck.

      stage 2 ---------------------------- detail --.
      stage 4 -----.-------------------------- 16' -+--> cigarette head, stride 8
      stage 6 ---. |                       .---'
      stage 10 --+-|---------------- 13' --+-----------> cigarette head, stride 16
                 '-'--> neck 13..22 (frozen) --+-------> cigarette head, stride 32 (close-ups)
                                               '-------> COCO head, strides 8 16 32

Fine-tuning shared layers on a thousand cigarettes makes the detector forget COCO; training the last layers
alone leaves the cigarette blind. So 13' and 16' are *copies* of two neck stages, free to change, and nothing
that COCO's classes depend on moves. The two heads' detections are merged by score into one output.
"""

# Checked with torch and without it; without, its classes are Any and need none of the excuses below.
# mypy: disallow-subclassing-any=False, warn-unused-ignores=False

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from ultralytics.models import YOLO
from ultralytics.utils.tal import dist2bbox, make_anchors
from ultralytics.utils.torch_utils import fuse_conv_and_bn

from .data import CELL_PHONE, CIGARETTE

BRANCH_TAPS = (2, 4, 6, 10)
NECK = (16, 19, 22)
MAX_DETECTIONS = 300
BRANCH_DETECTIONS = 50
STRIDES = (8.0, 16.0, 32.0)


def fuse(model: nn.Module) -> None:
    """Fold every BatchNorm of Ultralytics' Conv blocks into its convolution, in place.

    Done before training as well: the statistics stay COCO's, so the folded network is the same and
    a step an eighth faster.
    """
    for module in model.modules():
        block = cast(Any, module)
        norm = getattr(block, "bn", None)
        if isinstance(norm, nn.BatchNorm2d):
            block.conv = fuse_conv_and_bn(block.conv, norm)  # type: ignore[no-untyped-call]  # Ultralytics
            del block.bn
            block.forward = block.forward_fuse


class Trunk(nn.Module):
    """Stages 0 to 22 of YOLO26n: everything below the head."""

    def __init__(self, stages: nn.Sequential) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)

    def forward(self, images: Tensor) -> dict[int, Tensor]:
        """Run the stages on Nx3xHxW RGB in 0..1; returns the outputs of the tapped stages by stage number."""
        kept: dict[int, Tensor] = {}
        x: Tensor = images
        for number, stage in enumerate(self.stages):
            origin = cast(Any, stage).f
            x = stage(x if origin == -1 else [x if i == -1 else kept[i] for i in origin])
            if number in (4, 6, 10, 13) or number in BRANCH_TAPS + NECK:
                kept[number] = x
        return kept


class Heads(nn.Module):
    """Box and class convolutions per level, as in the one-to-one head of YOLO26."""

    def __init__(self, boxes: nn.ModuleList, classes: nn.ModuleList) -> None:
        super().__init__()
        self.boxes, self.classes = boxes, classes

    def forward(self, features: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Distances to the four sides in strides (Nx4xA), and class logits (NxCxA), over all anchors A."""
        sides = torch.cat([head(x).flatten(2) for head, x in zip(self.boxes, features, strict=True)], 2)
        logits = torch.cat([head(x).flatten(2) for head, x in zip(self.classes, features, strict=True)], 2)
        return sides, logits


def single_class(classes: nn.ModuleList) -> nn.ModuleList:
    """A copy of class heads whose last convolution gives one class, rare to begin with (logit -5)."""
    heads = copy.deepcopy(classes)
    for head in heads:
        last = cast(nn.Conv2d, cast(nn.Sequential, head)[-1])
        one = nn.Conv2d(last.in_channels, 1, 1)
        nn.init.normal_(one.weight, std=0.02)
        nn.init.constant_(cast(Tensor, one.bias), -5.0)
        cast(nn.Sequential, head)[-1] = one
    return heads


class CigaretteBranch(nn.Module):
    """Trainable copies of neck stages 13 and 16, a stride-4 detail path, heads at strides 8, 16 and 32."""

    def __init__(self, trunk: Trunk, detect: Any) -> None:
        super().__init__()
        self.stage13 = copy.deepcopy(trunk.stages[13])
        self.stage16 = copy.deepcopy(trunk.stages[16])
        # 8 to 24 px cigarettes: strokes of 2 px are gone at stride 8, so stride 4 is looked at once more.
        self.detail = nn.Sequential(nn.Conv2d(64, 32, 3, 2, 1), nn.SiLU(), nn.Conv2d(32, 64, 1))
        nn.init.zeros_(cast(nn.Conv2d, self.detail[2]).weight)
        nn.init.zeros_(cast(Tensor, cast(nn.Conv2d, self.detail[2]).bias))
        self.one2one = Heads(copy.deepcopy(detect.one2one_cv2), single_class(detect.one2one_cv3))
        # One-to-many heads feed the copied stages a denser gradient; they are left out of the export.
        self.one2many = Heads(copy.deepcopy(detect.cv2), single_class(detect.cv3))

    def features(self, kept: dict[int, Tensor]) -> list[Tensor]:
        """Feature maps at strides 8 (64 channels) and 16 (128), its own, and 32 (256), the frozen neck's."""
        coarse = self.stage13(torch.cat([nn.functional.interpolate(kept[10], scale_factor=2.0), kept[6]], 1))
        fine = self.stage16(torch.cat([nn.functional.interpolate(coarse, scale_factor=2.0), kept[4]], 1))
        return [fine + self.detail(kept[2]), coarse, kept[22]]


class HallDetector(nn.Module):
    """Trunk, COCO head and cigarette branch, made from the starting weights."""

    def __init__(self, starting_weights: Path) -> None:
        super().__init__()
        model = cast(Any, YOLO(str(starting_weights)).model).float()
        fuse(model)
        detect = model.model[-1]
        self.names: list[str] = [model.names[i] for i in range(CIGARETTE)] + ["cigarette"]
        self.trunk = Trunk(model.model[:-1])
        self.coco = Heads(detect.one2one_cv2, detect.one2one_cv3)
        self.branch = CigaretteBranch(self.trunk, detect)

    def phone_rows(self) -> list[nn.Conv2d]:
        """The last class convolutions of the COCO head, of which only the row of `cell phone` is trained."""
        return [cast(nn.Conv2d, cast(nn.Sequential, head)[-1]) for head in self.coco.classes]

    def forward(self, images: Tensor) -> Tensor:
        """Detect on letterboxed Nx3xHxW RGB in 0..1.

        Returns Nx300x6: x1, y1, x2, y2 in pixels of the letterboxed input, score, class; best score first.
        """
        kept = self.trunk(images)
        coco = [kept[i] for i in NECK]
        sides, logits = self.coco(coco)
        found = top_detections(decode(sides, coco, STRIDES), logits[:, :CIGARETTE].sigmoid(), MAX_DETECTIONS)
        own = self.branch.features(kept)
        sides, logits = self.branch.one2one(own)
        smoked = top_detections(decode(sides, own, STRIDES), logits.sigmoid(), BRANCH_DETECTIONS)
        smoked = smoked + torch.tensor([0, 0, 0, 0, 0, CIGARETTE], dtype=smoked.dtype)
        both = torch.cat([found, smoked], 1)
        best = both[:, :, 4].topk(MAX_DETECTIONS, dim=1).indices
        return both.gather(1, best.unsqueeze(-1).expand(-1, -1, 6))


def anchor_points(features: list[Tensor], strides: tuple[float, ...]) -> tuple[Tensor, Tensor]:
    """Cell centres in strides (Ax2) and the stride of each (Ax1)."""
    made = make_anchors(features, torch.tensor(strides), 0.5)  # type: ignore[no-untyped-call]  # Ultralytics
    return cast(Tensor, made[0]), cast(Tensor, made[1])


def decode(sides: Tensor, features: list[Tensor], strides: tuple[float, ...]) -> Tensor:
    """Boxes Nx4xA in input pixels (x1, y1, x2, y2) from side distances Nx4xA in strides."""
    points, scale = anchor_points(features, strides)
    centres = points.t().unsqueeze(0)
    boxes = dist2bbox(sides, centres, xywh=False, dim=1)  # type: ignore[no-untyped-call]  # Ultralytics
    return cast(Tensor, boxes) * scale.t()


def top_detections(boxes: Tensor, scores: Tensor, count: int) -> Tensor:
    """The `count` best (anchor, class) pairs, Nx`count`x6, from boxes Nx4xA and scores NxCxA."""
    classes = scores.shape[1]
    anchors = scores.amax(1).topk(count, dim=1).indices
    scores = scores.transpose(1, 2).gather(1, anchors.unsqueeze(-1).expand(-1, -1, classes))
    boxes = boxes.transpose(1, 2).gather(1, anchors.unsqueeze(-1).expand(-1, -1, 4))
    best, index = scores.flatten(1).topk(count, dim=1)
    boxes = boxes.gather(1, (index // classes).unsqueeze(-1).expand(-1, -1, 4))
    return torch.cat([boxes, best.unsqueeze(-1), (index % classes).unsqueeze(-1).to(boxes.dtype)], 2)


class ClothingEmbedding(nn.Module):
    """What clothing looks like: statistics over space of the detector's early feature maps (stages 2, 4, 6).

    Channel mean and deviation of a convolutional map describe colour and texture without layout (the style
    statistics of Huang and Belongie 2017), which is what tells a uniform from other clothes.
    """

    size = 2 * (64 + 128) + 128

    def __init__(self, trunk: Trunk) -> None:
        super().__init__()
        self.stages = copy.deepcopy(trunk.stages[:7])

    def forward(self, images: Tensor) -> Tensor:
        """Nx3x128x96 RGB in 0..1 -> Nx512: mean and deviation of stages 2 and 4, mean of stage 6."""
        parts: list[Tensor] = []
        x = images
        for number, stage in enumerate(self.stages):
            x = stage(x)
            if number not in (2, 4, 6):
                continue
            mean = x.mean((2, 3), keepdim=True)
            parts.append(mean.flatten(1))
            if number != 6:
                parts.append((x - mean).square().mean((2, 3)).add(1e-6).sqrt())
        return torch.cat(parts, 1)


def phone_channel(logits: Tensor) -> Tensor:
    """The `cell phone` logits (Nx1xA) of the COCO head's class logits."""
    return logits[:, CELL_PHONE : CELL_PHONE + 1]
