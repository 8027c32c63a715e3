"""Distil the joints: the student sees a degraded crop, the teacher the same crop unharmed."""

# mypy: disallow-subclassing-any=False, warn-unused-ignores=False

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ..data import GREY, Image
from ..network import HallDetector
from ..scenes import degrade, log_uniform
from .network import HEIGHT, WIDTH, HeatMaps
from .people import SIDE, Someone, read_people
from .teacher import Teacher

BATCH = 24
SAVE_S = 120.0
MARGIN = 1.25
"""Side of a crop over the person's box, as the teacher was trained and as the monitor cuts it."""
DRAW = {"rendered": 3.0, "coco_train": 3.0, "driver_phone": 1.0, "cigarette": 1.0, "phone": 1.0}


def cut(
    image: Image, box: tuple[float, float, float, float], turn: float, zoom: float, shift: Tensor
) -> Image:
    """A square of 256 pixels around a person: turned (degrees), zoomed, shifted (shares of its side)."""
    x1, y1, x2, y2 = box
    side = MARGIN * max(y2 - y1, (x2 - x1) * HEIGHT / WIDTH)
    scale = zoom * HEIGHT / side
    centre = ((x1 + x2) / 2, (y1 + y2) / 2)
    matrix = cv2.getRotationMatrix2D(centre, turn, scale)
    matrix[:, 2] += np.array([HEIGHT / 2 - centre[0], HEIGHT / 2 - centre[1]]) + shift.numpy() * HEIGHT
    return np.asarray(
        cv2.warpAffine(image, matrix, (HEIGHT, HEIGHT), borderValue=(GREY, GREY, GREY)), np.uint8
    )


def middle(square: Image) -> Image:
    """The 256 x 192 pixels in the middle of a square of 256."""
    left = (HEIGHT - WIDTH) // 2
    return np.ascontiguousarray(square[:, left : left + WIDTH])


def shrink(square: Image, rng: Generator) -> Image:
    """As few pixels as CCTV gives a person: 60 to 256 high."""
    high = int(log_uniform(rng, 60, 256))
    small = np.asarray(cv2.resize(square, (high, high), interpolation=cv2.INTER_AREA), np.uint8)
    if rng.random() < 0.6:
        _, code = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))])
        small = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.resize(small, (HEIGHT, HEIGHT), interpolation=cv2.INTER_LINEAR), np.uint8)


def _hide_below(square: Image, rng: Generator) -> Image:
    """A counter in front: everything below a line becomes one colour."""
    hidden = square.copy()
    line = int(rng.uniform(0.55, 0.9) * HEIGHT)
    hidden[line:] = rng.integers(30, 230, 3, dtype=np.uint8)
    return hidden


class Pairs(Dataset[tuple[Tensor, Tensor]]):
    """(student's input 3x256x192 RGB 0..1, teacher's heat maps 13x64x48); every draw is another view."""

    def __init__(self, folder: Path, people: list[Someone], teacher: Path, count: int) -> None:
        self.folder, self.people, self.teacher_path, self.count = folder, people, teacher, count
        weight = np.array([DRAW.get(one.source, 0.5) for one in people])
        self.share = weight / weight.sum()
        self.teacher: Teacher | None = None

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        if self.teacher is None:
            cv2.setNumThreads(1)
            self.teacher = Teacher(self.teacher_path)
        rng = np.random.default_rng(index)
        one = self.people[int(rng.choice(len(self.people), p=self.share))]
        image = np.asarray(cv2.imread(str(self.folder / one.image)), np.uint8)
        box = one.box
        if rng.random() < 0.5:
            image, box = np.ascontiguousarray(image[:, ::-1]), (SIDE - box[2], box[1], SIDE - box[0], box[3])
        shift = torch.tensor(rng.uniform(-0.06, 0.06, 2))
        square = cut(image, box, float(rng.normal(0, 9)), log_uniform(rng, 0.8, 1.3), shift)
        if rng.random() < 0.25:
            square = _hide_below(square, rng)
        target = self.teacher.heat(middle(square))
        seen = middle(degrade(shrink(square, rng), rng))
        tensor = torch.from_numpy(np.ascontiguousarray(seen[:, :, ::-1].transpose(2, 0, 1))).float() / 255
        return tensor, torch.from_numpy(target)


@dataclass(frozen=True)
class Run:
    """Where the crops, the starting weights and the teacher are, where to save, how long."""

    people: Path
    weights: Path
    teacher: Path
    out: Path
    minutes: float
    rate: float = 1.5e-3
    trunk_rate: float = 2e-4


def build(weights: Path) -> HeatMaps:
    """The untrained network on the starting weights' trunk."""
    return HeatMaps(HallDetector(weights).trunk)


def loss_of(heat: Tensor, target: Tensor) -> Tensor:
    """Squared error, heavier where the teacher sees the joint."""
    return ((heat - target).square() * (0.15 + 4 * target.clamp(min=0))).mean() * 100


def train(run: Run, say: Callable[[str], None]) -> None:
    """Train until `minutes` of wall clock have been spent over all resumed parts; saves every two minutes."""
    torch.set_num_threads(1)
    run.out.mkdir(parents=True, exist_ok=True)
    model = build(run.weights).to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    last, spent, step = run.out / "last.pt", 0.0, 0
    trunk = list(model.trunk.parameters())
    rest = [p for n, p in model.named_parameters() if not n.startswith("trunk")]
    groups = [{"params": trunk, "rate": run.trunk_rate}, {"params": rest, "rate": run.rate}]
    optimiser = torch.optim.AdamW(groups, lr=run.rate, weight_decay=0.01)
    if last.exists():
        state = torch.load(last, map_location="cpu", weights_only=True)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        spent, step = state["spent"], state["step"]
    pairs = Pairs(run.people, read_people(run.people, "train"), run.teacher, 10**8)
    loader = DataLoader(
        torch.utils.data.Subset(pairs, range(step * BATCH, 10**8)), BATCH, num_workers=1, prefetch_factor=4
    )
    begun, saved, mean = time.monotonic() - spent, time.monotonic(), 0.0
    for images, target in loader:
        share = (time.monotonic() - begun) / 60 / run.minutes
        if share >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = group["rate"] * min(1, (step + 1) / 100) * (0.03 + 0.97 * (1 - share))
        loss = loss_of(model(images.contiguous(memory_format=torch.channels_last)), target)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        step += 1
        mean = loss.item() if step == 1 else 0.98 * mean + 0.02 * loss.item()
        with torch.no_grad():
            keep = min(0.998, step / (step + 20))
            for a, b in zip(average.parameters(), model.parameters(), strict=True):
                a.lerp_(b, 1 - keep)
        if time.monotonic() - saved > SAVE_S:
            saved = time.monotonic()
            _save(last, model, average, optimiser, saved - begun, step)
            say(f"step {step}, {(saved - begun) / 60:.1f} min, loss {mean:.4f}")
    _save(last, model, average, optimiser, time.monotonic() - begun, step)


def _save(
    path: Path,
    model: HeatMaps,
    average: HeatMaps,
    optimiser: torch.optim.Optimizer,
    spent: float,
    step: int,
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
