"""What a posture means, learnt from rendered people's exact joints made as uncertain as found joints are."""

# mypy: disallow-subclassing-any=False, warn-unused-ignores=False

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from vision.posture import ACTS, JOINTS, NECK

from ..metrics import auc
from .actions import ACT_OF
from .network import MIRROR, Acts

SPREAD = np.array([0.02] * 3 + [0.035] * 2 + [0.05] * 2 + [0.055] * 2 + [0.035] * 2 + [0.10] * 2, np.float32)
"""Error of a found joint that is seen, in shoulder widths (Lightning on sharp, well lit rendered people)."""
DOWN = np.array([-0.02] + [0.01] * 2 + [-0.03] * 2 + [-0.06] * 2 + [-0.03] * 4 + [-0.22] * 2, np.float32)
"""How far below the renderer's joint MoveNet puts its own, in shoulder widths: they mean other points."""
HIDDEN_SPREAD = 0.2
WRONG = 0.02
BATCH = 256
PHONE = [ACTS.index("call"), ACTS.index("handling")]
SHOULDERS = (JOINTS.index("left_shoulder"), JOINTS.index("right_shoulder"))
Floats = NDArray[np.float32]


def load(folder: Path) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int64], list[str]]:
    """Exact joints Nx13x2 (pixels), which are seen Nx13, acts N, and the actions."""
    xy, seen, acts, names = [], [], [], []
    for line in (folder / "postures.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        act = ACT_OF.get(row["action"])
        if act is None:
            continue
        xy.append([row["joints"][name] for name in JOINTS])
        seen.append([row["visible"][name] for name in JOINTS])
        acts.append(ACTS.index(act))
        names.append(row["action"])
    return np.array(xy, np.float32), np.array(seen, np.bool_), np.array(acts, np.int64), names


def as_found(xy: Floats, seen: NDArray[np.bool_], rng: Generator) -> Tensor:
    """Exact joints as a network would find them: Nx13x3 in shares of a crop, with errors and peak heights."""
    n = len(xy)
    unit = np.linalg.norm(xy[:, SHOULDERS[0]] - xy[:, SHOULDERS[1]], axis=1)
    nose = np.linalg.norm(xy[:, 0] - xy[:, SHOULDERS].mean(1), axis=1)
    unit = np.maximum(unit, NECK * nose)
    blur = np.exp(rng.normal(0.35, 0.5, (n, 1)))
    spread = np.where(seen, SPREAD * blur, HIDDEN_SPREAD * np.minimum(blur, 2))
    wrong = rng.random(seen.shape) < WRONG
    spread = np.where(wrong, 0.8, spread)
    error = rng.standard_normal(xy.shape) * spread[..., None]
    height = np.where(seen & ~wrong, rng.normal(0.62, 0.12, seen.shape), rng.normal(0.4, 0.18, seen.shape))
    height = height * np.clip(1.2 - 0.2 * blur, 0.4, 1)
    turn = rng.normal(0, np.deg2rad(6), n)
    centred = (xy - xy[:, SHOULDERS].mean(1)[:, None]) / unit[:, None, None] + error
    centred[..., 1] += DOWN
    cosine, sine = np.cos(turn)[:, None], np.sin(turn)[:, None]
    x = centred[..., 0] * cosine - centred[..., 1] * sine
    y = centred[..., 0] * sine + centred[..., 1] * cosine
    placed = np.stack([0.5 + 0.2 * x, 0.4 + 0.2 * y, np.clip(height, 0, 1)], -1)
    return torch.from_numpy(placed.astype(np.float32))


def mirrored(joints: Tensor) -> Tensor:
    """The same people in a mirror."""
    turned = joints[:, list(MIRROR)].clone()
    turned[..., 0] = 1 - turned[..., 0]
    return turned


def balanced(names: list[str]) -> Tensor:
    """Weight of each example, mean 1: acts share the whole evenly, and actions share their act's."""
    count, kinds = Counter(names), Counter(ACT_OF[name] for name in set(names))
    weight = np.array([1 / (count[name] * kinds[ACT_OF[name]]) for name in names])
    return torch.from_numpy((weight / weight.mean()).astype(np.float32))


def train(
    postures: list[Path], out: Path, say: Callable[[str], None], steps: int = 7000, seed: int = 0
) -> Acts:
    """Fit the acts with new errors in each round; every act weighs the same, and every action within it.

    Saves the weights to `out`.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    parts = [load(folder) for folder in postures]
    xy, seen = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    acts = torch.from_numpy(np.concatenate([p[2] for p in parts]))
    weight = balanced([name for p in parts for name in p[3]])
    model = Acts()
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=0.03, reduction="none")
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.02)
    rounds = max(1, steps * BATCH // len(acts))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, rounds)
    for round_ in range(rounds):
        joints = as_found(xy, seen, rng)
        flip = torch.from_numpy(rng.random(len(joints)) < 0.5)
        joints[flip] = mirrored(joints[flip])
        total = 0.0
        for batch in torch.randperm(len(joints)).split(BATCH):
            loss = (loss_of(model(joints[batch]), acts[batch]) * weight[batch]).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item() * len(batch)
        schedule.step()
        if (round_ + 1) % max(1, rounds // 6) == 0:
            say(f"round {round_ + 1}, loss {total / len(joints):.3f}")
    model.eval()
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), out)
    return model


def check(model: Acts, postures: Path, seed: int = 9) -> dict[str, float | None]:
    """AUC of each act, and of phone use, on postures of people who were not in training, joints as found."""
    xy, seen, acts, _ = load(postures)
    with torch.no_grad():
        shares = model(as_found(xy, seen, np.random.default_rng(seed))).softmax(1).numpy()
    figures = {name: auc(shares[acts == k, k], shares[acts != k, k]) for k, name in enumerate(ACTS)}
    phone, using = shares[:, PHONE].sum(1), np.isin(acts, PHONE)
    return {**figures, "phone": auc(phone[using], phone[~using])}
