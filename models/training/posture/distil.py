"""Tune Lightning to CCTV: it sees a degraded crop and is asked for what Thunder found in the sharp one."""

# mypy: disallow-subclassing-any=False, warn-unused-ignores=False

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.utils.data import DataLoader, Dataset

from vision.posture import JOINTS

from ..data import GREY, Image
from ..scenes import degrade, log_uniform
from .movenet import Maps, MoveNet, read_tfjs
from .network import MIRROR
from .people import Someone, read_people
from .teacher import teach

BATCH = 24
SAVE_S = 120.0
MARGIN = 1.4
"""Side of a crop over the longer side of the person's box, as the monitor cuts it."""
DRAW = {"rendered": 3.0, "coco_train": 3.0, "driver_phone": 1.0, "cigarette": 1.0, "phone": 1.0}
SPREAD_CELLS = 1.0
"""Standard deviation of a joint's peak in the target map."""
AVERAGE = 0.998
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """How a person is shown: 2x3 matrix from the saved crop to the network's picture, and mirrored or not."""

    matrix: NDArray[np.float64]
    mirrored: bool


def a_view(box: tuple[float, float, float, float], size: int, rng: Generator) -> View:
    """A random view of the person in `box`: turned, nearer or further, off the middle."""
    x1, y1, x2, y2 = box
    scale = log_uniform(rng, 0.8, 1.25) * size / (MARGIN * max(x2 - x1, y2 - y1))
    centre = ((x1 + x2) / 2, (y1 + y2) / 2)
    matrix = cv2.getRotationMatrix2D(centre, float(rng.normal(0, 9)), scale)
    shift = np.array([size / 2 - centre[0], size / 2 - centre[1]]) + rng.uniform(-0.06, 0.06, 2) * size
    moved = np.asarray(matrix, np.float64) + np.array([[0, 0, shift[0]], [0, 0, shift[1]]])
    return View(moved, bool(rng.random() < 0.5))


def shown(image: Image, view: View, size: int) -> Image:
    """The picture in a view, size x size."""
    square = cv2.warpAffine(image, view.matrix, (size, size), borderValue=(GREY, GREY, GREY))
    return np.ascontiguousarray(square[:, ::-1] if view.mirrored else square).astype(np.uint8)


def placed(joints: Floats, view: View, size: int) -> Floats:
    """Joints 13x3 in a view, x and y as shares of the crop."""
    xy = joints[:, :2] @ view.matrix[:, :2].T + view.matrix[:, 2]
    moved = np.concatenate([xy / size, joints[:, 2:]], 1)
    if view.mirrored:
        moved = moved[list(MIRROR)]
        moved[:, 0] = 1 - moved[:, 0]
    return moved.astype(np.float32)


def shrink(square: Image, rng: Generator) -> Image:
    """As few pixels as CCTV gives a person: the crop is 60 to 192 high."""
    size = square.shape[0]
    high = int(log_uniform(rng, 60, size))
    small = np.asarray(cv2.resize(square, (high, high), interpolation=cv2.INTER_AREA), np.uint8)
    if rng.random() < 0.6:
        _, code = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))])
        small = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)


def _hide_below(square: Image, rng: Generator) -> tuple[Image, float]:
    """A counter in front: everything below a line becomes one colour; and where, as a share."""
    hidden = square.copy()
    line = rng.uniform(0.6, 0.92)
    hidden[int(line * len(square)) :] = rng.integers(30, 230, 3, dtype=np.uint8)
    return hidden, float(line)


class Pairs(Dataset[tuple[Tensor, Tensor]]):
    """(degraded crop 3xSxS RGB 0..1, joints 13x3 as shares of it); every draw is another view."""

    def __init__(self, folder: Path, people: list[Someone], joints: Floats, size: int, count: int) -> None:
        self.folder, self.people, self.joints, self.size, self.count = folder, people, joints, size, count
        weight = np.array([DRAW.get(one.source, 0.5) for one in people])
        self.share = weight / weight.sum()

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng(index)
        k = int(rng.choice(len(self.people), p=self.share))
        image = np.asarray(cv2.imread(str(self.folder / self.people[k].image)), np.uint8)
        view = a_view(self.people[k].box, self.size, rng)
        square, joints = shown(image, view, self.size), placed(self.joints[k], view, self.size)
        if rng.random() < 0.25:
            square, line = _hide_below(square, rng)
            joints[joints[:, 1] > line, 2] *= 0.2
        seen = degrade(shrink(square, rng), rng)
        tensor = torch.from_numpy(np.ascontiguousarray(seen[:, :, ::-1].transpose(2, 0, 1))).float() / 255
        return tensor, torch.from_numpy(joints)


def peaks(joints: Tensor, side: int) -> Tensor:
    """Target maps NxJxSxS of joints NxJx3: a bell as high as the teacher is sure."""
    cell = torch.arange(side, dtype=joints.dtype)
    x, y = joints[..., 0, None, None] * side, joints[..., 1, None, None] * side
    far = (cell[None, None, None, :] - x).square() + (cell[None, None, :, None] - y).square()
    return joints[..., 2, None, None] * torch.exp(-far / (2 * SPREAD_CELLS**2))


def loss_of(maps: Maps, joints: Tensor) -> Tensor:
    """Where joints are, how far off their cells, and where they are expected from the person's middle."""
    count, side = len(JOINTS), maps.joints.shape[-1]
    target = peaks(joints, side)
    by_map = cross_entropy(maps.joints[:, :count], target, weight=0.05 + target, reduction="sum")
    sure = joints[..., 2]
    at = (joints[..., :2] * side).clamp(0, side - 1.001)
    cell = at.floor()
    index = (cell[..., 1] * side + cell[..., 0]).long()
    offset = _gathered(maps.offset, count, index)
    by_offset = ((offset - (at - cell).flip(2)).abs().sum(2) * sure).sum()
    middle = (at * sure[..., None]).sum(1) / sure.sum(1, keepdim=True).clamp(min=1e-3)
    start = middle.floor()
    place = (start[:, 1] * side + start[:, 0]).long()
    expected = _gathered(maps.expected, count, place[:, None].expand(-1, count))
    wanted = (at - start[:, None]).flip(2)
    by_expected = ((expected - wanted).abs().sum(2) * sure).sum()
    bell = peaks(torch.cat([middle / side, torch.ones_like(middle[:, :1])], 1)[:, None], side)
    by_middle = cross_entropy(maps.middle, bell, weight=0.05 + bell, reduction="sum")
    return (by_map + 0.5 * by_offset + 0.05 * by_expected + by_middle) / len(joints)


def _gathered(maps: Tensor, count: int, index: Tensor) -> Tensor:
    """Values NxJx2 (y, x) of maps Nx34xSxS at one cell for each joint, index NxJ."""
    flat = maps.flatten(2).unflatten(1, (-1, 2))[:, :count]
    return flat.gather(3, index[..., None, None].expand(-1, -1, 2, 1)).squeeze(3)


@dataclass(frozen=True)
class Run:
    """Where the crops, Lightning and Thunder are, where to save, how long."""

    people: Path
    lightning: Path
    thunder: Path
    out: Path
    minutes: float
    rate: float = 2e-4
    threads: int = 1


def train(run: Run, say: Callable[[str], None]) -> None:
    """Train until `minutes` of wall clock have been spent over all resumed parts; saves every two minutes."""
    torch.set_num_threads(run.threads)
    model, average = (MoveNet(read_tfjs(run.lightning)) for _ in range(2))
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(model.parameters(), lr=run.rate, weight_decay=0.01)
    last, spent, step = run.out / "last.pt", 0.0, 0
    if last.exists():
        state = torch.load(last, map_location="cpu", weights_only=True)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        spent, step = state["spent"], state["step"]
    people = read_people(run.people, "train")
    joints = teach(run.people, people, run.thunder, run.out / "taught.json", say)
    pairs = Pairs(run.people, people, joints, model.size, 10**8)
    rest = torch.utils.data.Subset(pairs, range(step * BATCH, 10**8))
    begun, saved, mean = time.monotonic() - spent, time.monotonic(), 0.0
    for images, target in DataLoader(rest, BATCH, num_workers=1, prefetch_factor=4):
        share = (time.monotonic() - begun) / 60 / run.minutes
        if share >= 1:
            break
        optimiser.param_groups[0]["lr"] = run.rate * min(1, (step + 1) / 100) * (0.03 + 0.97 * (1 - share))
        loss = loss_of(model(images.contiguous(memory_format=torch.channels_last)), target)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 20.0)
        optimiser.step()
        step += 1
        mean = loss.item() if step == 1 else 0.98 * mean + 0.02 * loss.item()
        with torch.no_grad():
            keep = min(AVERAGE, step / (step + 20))
            for a, b in zip(average.parameters(), model.parameters(), strict=True):
                a.lerp_(b, 1 - keep)
        if time.monotonic() - saved > SAVE_S:
            saved = time.monotonic()
            _save(last, model, average, optimiser, saved - begun, step)
            say(f"step {step}, {(saved - begun) / 60:.1f} min, loss {mean:.3f}")
    _save(last, model, average, optimiser, time.monotonic() - begun, step)


def _save(
    path: Path, model: MoveNet, average: MoveNet, optimiser: torch.optim.Optimizer, spent: float, step: int
) -> None:
    state = {
        "model": model.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
        "spent": spent,
        "step": step,
    }
    torch.save(state, path.with_suffix(".partial"))
    path.with_suffix(".partial").replace(path)
