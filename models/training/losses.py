"""What the branch, the phone row and (if it is trained) the trunk are asked for."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from ultralytics.utils.metrics import bbox_iou
from ultralytics.utils.tal import TaskAlignedAssigner

from .data import CELL_PHONE, CIGARETTE
from .network import NECK, anchor_points, decode

# Gains of Ultralytics' detection loss; the class gain is doubled, for the scores of one rare class are what
# is used.
BOX_GAIN, CLASS_GAIN, SIDE_GAIN = 7.5, 1.0, 1.5
# The teacher's opinion on a class counts where it is not plainly "nothing here".
TEACHER_FLOOR = 0.1


def assigner(single: bool, strides: tuple[float, ...]) -> TaskAlignedAssigner:
    """Task-aligned assignment (Feng et al. 2021) for one class: one anchor a box, or ten."""
    if single:
        return TaskAlignedAssigner(topk=7, topk2=1, num_classes=1, alpha=0.5, beta=6.0, stride=list(strides))
    return TaskAlignedAssigner(topk=10, num_classes=1, alpha=0.5, beta=6.0, stride=list(strides))


def boxes_of(targets: Tensor, wanted: int) -> tuple[Tensor, Tensor]:
    """Boxes NxMx4 of one class and their mask NxMx1, from targets NxMx5 (class or -1, x1, y1, x2, y2)."""
    mask = (targets[:, :, :1] == wanted).float()
    return targets[:, :, 1:] * mask, mask


def assign(
    assigning: TaskAlignedAssigner,
    logits: Tensor,
    boxes: Tensor,
    points: Tensor,
    targets: tuple[Tensor, Tensor],
) -> tuple[Tensor, Tensor, Tensor]:
    """Target boxes NxAx4 and scores NxA, and positive anchors NxA, for logits Nx1xA and boxes Nx4xA."""
    truth, mask = targets
    _, box, score, positive, _ = assigning(
        logits.detach().sigmoid().transpose(1, 2),
        boxes.detach().transpose(1, 2).contiguous(),
        points,
        torch.zeros_like(mask),
        truth,
        mask,
    )
    return cast(Tensor, box), cast(Tensor, score).squeeze(-1).float(), cast(Tensor, positive)


def cigarette_loss(
    output: tuple[Tensor, Tensor],
    features: list[Tensor],
    strides: tuple[float, ...],
    targets: Tensor,
    assigning: TaskAlignedAssigner,
) -> Tensor:
    """Class, CIoU and side losses of one head of the branch; `output` is sides Nx4xA and logits Nx1xA."""
    sides, logits = (part.float() for part in output)
    points, scale = anchor_points(features, strides)
    boxes = decode(sides, features, strides)
    wanted, scores, positive = assign(assigning, logits, boxes, points * scale, boxes_of(targets, CIGARETTE))
    total = scores.sum().clamp(min=1)
    by_class = cross_entropy(logits.squeeze(1), scores, reduction="sum") / total
    if not positive.any():
        return CLASS_GAIN * by_class + 0 * sides.sum()
    weight = scores[positive]
    found, truth = boxes.transpose(1, 2)[positive], wanted[positive].float()
    overlap = bbox_iou(found, truth, xywh=False, CIoU=True).squeeze(-1)
    size = features[0].shape[-1] * strides[0]
    by_side = ((found - truth).abs().mean(-1) / size * weight).sum() / total
    return CLASS_GAIN * by_class + BOX_GAIN * ((1 - overlap) * weight).sum() / total + SIDE_GAIN * by_side


def phone_loss(
    logits: Tensor,
    teacher: Tensor,
    boxes: Tensor,
    points: Tensor,
    targets: Tensor,
    policy: Tensor,
    assigning: TaskAlignedAssigner,
) -> Tensor:
    """Cross entropy of the phone logits Nx1xA against labels where there are any, and the teacher elsewhere.

    `teacher` Nx1xA are the starting network's logits, `boxes` Nx4xA the frozen boxes in pixels, `policy` NxA
    says for every anchor: 0 the teacher's score, 1 the greater of label and teacher (some phones are
    unlabelled), 2 the label.
    """
    _, labelled, _ = assign(assigning, logits, boxes, points, boxes_of(targets, CELL_PHONE))
    opinion = teacher.squeeze(1).sigmoid()
    wanted = torch.where(
        policy == 0, opinion, torch.where(policy == 1, torch.maximum(opinion, labelled), labelled)
    )
    total = wanted.sum().clamp(min=1)
    return cross_entropy(logits.squeeze(1).float(), wanted, reduction="sum") / total


def policy_of_anchors(policy: Tensor, strides: tuple[float, ...]) -> Tensor:
    """The phone policy (NxPxP at stride 8) at the anchors of all levels, NxA."""
    levels = []
    for stride in strides:
        step = int(stride) // 8
        levels.append(policy[:, step // 2 :: step, step // 2 :: step].flatten(1))
    return torch.cat(levels, 1)


def memory_loss(
    student: dict[int, Tensor],
    teacher: dict[int, Tensor],
    said: tuple[Tensor, Tensor],
    meant: tuple[Tensor, Tensor],
) -> Tensor:
    """How far a trained trunk has moved from the starting one, a scalar: neck maps, class scores and boxes.

    `said` and `meant` are the COCO head's (sides, logits) on the student's and the teacher's neck.
    """
    maps = torch.stack(
        [
            (student[i].float() - teacher[i].float()).square().mean() / teacher[i].float().square().mean()
            for i in NECK
        ]
    ).mean()
    logits, reference = said[1][:, :CIGARETTE].float(), meant[1][:, :CIGARETTE].float()
    scores = reference.sigmoid()
    sure = scores.amax(1)
    weight = sure * (sure > TEACHER_FLOOR)
    total = weight.sum().clamp(min=1)
    by_class = (
        cross_entropy(logits, scores, reduction="sum") - cross_entropy(reference, scores, reduction="sum")
    ) / total
    by_box = ((said[0].float() - meant[0].float()).abs().mean(1) * weight).sum() / total
    return maps + by_class + by_box
