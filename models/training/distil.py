"""The training loop: cigarettes from labels, the phone row from labels and teacher, everything else kept.

With `trunk_rate` 0 (as shipped) the trunk and COCO's heads are the starting weights themselves, so nothing is
forgotten by construction. With a rate above 0 the trunk from stage 3 on is trained too, held near the
starting network by distillation (`losses.memory_loss`).
"""

# Checked with torch and without it; without, its classes are Any and need none of the excuses below.
# mypy: disallow-subclassing-any=False, warn-unused-ignores=False

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Sampler

from . import rendered
from .data import CELL_PHONE, read_ledger
from .export import take_up
from .losses import assigner, cigarette_loss, memory_loss, phone_loss, policy_of_anchors
from .network import NECK, STRIDES, HallDetector, anchor_points, decode, phone_channel
from .scenes import Scenes, collate

FIRST_TRAINED_STAGE = 3
WARM_UP = 100
LARGEST_GRADIENT = 10.0


@dataclass(frozen=True)
class Run:
    """One training run. Rates are AdamW's; times are minutes of wall clock, over all resumed parts.

    `start` is an exported detector whose branch and phone row are trained on; `rendered` a folder of crops.
    """

    data: Path
    ledger: Path
    weights: Path
    out: Path
    minutes: float
    batch: int = 16
    sizes: tuple[int, ...] = (416, 576, 416, 352, 416)
    rate: float = 1e-3
    trunk_rate: float = 0.0
    phone_rate: float = 3e-4
    memory_gain: float = 4.0
    average_decay: float = 0.999
    checkpoint_minutes: float = 4.0
    start: Path | None = None
    rendered: Path | None = None
    magnified: float = 0.0
    threads: int = 1
    seed: int = 20260105


class From(Sampler[int]):
    """Indices start, start + 1, ...: the stream of scenes continued where a checkpoint left it."""

    def __init__(self, start: int) -> None:
        self.start = start

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, 2**31))


class Average:
    """Exponential moving average of a model's parameters, with the ramp of Ultralytics' ModelEMA."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay, self.updates = decay, 0
        self.state = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def update(self, model: nn.Module) -> None:
        """Move the average toward the model's parameters that are trained."""
        self.updates += 1
        keep = self.decay * (1 - math.exp(-self.updates / 200))
        with torch.no_grad():
            for name, value in model.named_parameters():
                if value.requires_grad:
                    self.state[name].lerp_(value.detach(), 1 - keep)


class Trainer:
    """A model, its frozen teacher, optimiser and average: one `step` per batch."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.model = HallDetector(run.weights)
        if run.start is not None:
            take_up(self.model, run.start)
        # torch's stub does not know this form of `to`
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.teacher = copy.deepcopy(self.model).requires_grad_(False).eval() if run.trunk_rate > 0 else None
        untrained = self.model if run.start is None else HallDetector(run.weights)
        self.start_rows = [copy.deepcopy(row).requires_grad_(False) for row in untrained.phone_rows()]
        self.model.eval()
        self.optimiser = torch.optim.AdamW(self._groups())
        self.average = Average(self.model, run.average_decay)
        self.iteration, self.seconds = 0, 0.0
        # Without the processor's own instructions 16 bits are twenty times slower than 32.
        self.half = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
        self.one = assigner(True, STRIDES)
        self.many = assigner(False, STRIDES)
        self.phone = assigner(True, STRIDES)

    def _groups(self) -> list[dict[str, object]]:
        """Parameter groups with their own rates; whatever is in none of them is frozen."""
        self.model.requires_grad_(False)
        run, branch = self.run, self.model.branch
        fresh = [
            p
            for head in [*branch.one2one.classes, *branch.one2many.classes, branch.detail]
            for p in head.parameters()
        ]
        known = {id(p) for p in fresh}
        copied = [p for p in branch.parameters() if id(p) not in known]
        rows = [p for row in self.model.phone_rows() for p in row.parameters()]
        groups: list[dict[str, object]] = [
            {"params": fresh, "rate": run.rate, "weight_decay": 0.01},
            {"params": copied, "rate": run.rate * 0.5, "weight_decay": 0.01},
            {"params": rows, "rate": run.phone_rate, "weight_decay": 0.0},
        ]
        if run.trunk_rate > 0:
            deep = [
                p for stage in list(self.model.trunk.stages)[FIRST_TRAINED_STAGE:] for p in stage.parameters()
            ]
            groups.append({"params": deep, "rate": run.trunk_rate, "weight_decay": 0.0})
            fresh = fresh + deep
        for parameter in [*fresh, *copied, *rows]:
            parameter.requires_grad_(True)
        for parameter in rows:
            parameter.register_hook(_only_phone)  # type: ignore[no-untyped-call]  # torch's own
        return groups

    def losses(self, images: Tensor, targets: Tensor, policy: Tensor, progress: float) -> dict[str, Tensor]:
        """All loss terms of one batch: images Nx3xSxS 0..1, targets NxMx5, phone policy NxPxP."""
        frozen = self.run.trunk_rate == 0
        with torch.no_grad() if frozen else nullcontext():
            kept = self.model.trunk(images)
        own = self.model.branch.features(kept)
        one, many = self.model.branch.one2one(own), self.model.branch.one2many(own)
        share = 0.6 - 0.4 * progress
        terms = {
            "one": (1 - share) * cigarette_loss(one, own, STRIDES, targets, self.one),
            "many": share * cigarette_loss(many, own, STRIDES, targets, self.many),
        }
        if self.run.phone_rate > 0:
            terms["phone"] = 0.5 * self._phone([kept[i] for i in NECK], targets, policy)
        if self.teacher is not None:
            with torch.no_grad():
                was = self.teacher.trunk(images)
                meant = self.teacher.coco([was[i] for i in NECK])
            said = self.model.coco([kept[i] for i in NECK])
            terms["memory"] = self.run.memory_gain * memory_loss(kept, was, said, meant)
        return terms

    def _phone(self, neck: list[Tensor], targets: Tensor, policy: Tensor) -> Tensor:
        """The phone row's loss; all below the row is frozen here."""
        with torch.no_grad():
            sides = torch.cat(
                [head(x).flatten(2) for head, x in zip(self.model.coco.boxes, neck, strict=True)], 2
            )
            heads = [cast(nn.Sequential, head) for head in self.model.coco.classes]
            hidden = [head[:-1](x) for head, x in zip(heads, neck, strict=True)]
            teacher = torch.cat(
                [row(h).flatten(2) for row, h in zip(self.start_rows, hidden, strict=True)], 2
            )
        logits = torch.cat(
            [row(h).flatten(2) for row, h in zip(self.model.phone_rows(), hidden, strict=True)], 2
        )
        points, scale = anchor_points(neck, STRIDES)
        boxes = decode(sides.float(), neck, STRIDES)
        return phone_loss(
            phone_channel(logits).float(),
            phone_channel(teacher).float(),
            boxes,
            points * scale,
            targets,
            policy_of_anchors(policy, STRIDES),
            self.phone,
        )

    def step(self, batch: tuple[Tensor, Tensor, Tensor], progress: float) -> dict[str, float]:
        """One optimiser step; returns the loss terms."""
        images, targets, policy = batch
        pixels = images.permute(0, 3, 1, 2).float() / 255  # a channels-last tensor without a copy
        ramp = min(1.0, (self.iteration + 1) / WARM_UP) * (
            0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress))
        )
        for group in self.optimiser.param_groups:
            group["lr"] = group["rate"] * ramp
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            terms = self.losses(pixels, targets, policy, progress)
        self.optimiser.zero_grad(set_to_none=True)
        torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]  # torch's own
        trained = [p for p in self.model.parameters() if p.grad is not None]
        if torch.isfinite(nn.utils.clip_grad_norm_(trained, LARGEST_GRADIENT)):
            self.optimiser.step()
        self.average.update(self.model)
        self.iteration += 1
        return {name: float(term.detach()) for name, term in terms.items()}

    def save(self, path: Path) -> None:
        """Write a checkpoint; a reader never sees half of one."""
        part = path.with_suffix(".part")
        torch.save(
            {
                "model": self.model.state_dict(),
                "average": self.average.state,
                "optimiser": self.optimiser.state_dict(),
                "updates": self.average.updates,
                "iteration": self.iteration,
                "seconds": self.seconds,
            },
            part,
        )
        part.replace(path)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint written by `save`."""
        saved = torch.load(path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.average.state, self.average.updates = saved["average"], saved["updates"]
        self.iteration, self.seconds = saved["iteration"], saved["seconds"]


def _only_phone(gradient: Tensor) -> Tensor:
    """The gradient of a last class convolution, zero but for the row of `cell phone`."""
    kept = torch.zeros_like(gradient)
    kept[CELL_PHONE] = gradient[CELL_PHONE]
    return kept


def train(run: Run, say: Callable[[str], None] = print, clock: Callable[[], float] = time.monotonic) -> Path:
    """Train until the minutes are used up, resuming from `out/last.pt`; returns that checkpoint's path."""
    torch.manual_seed(run.seed)
    torch.set_num_threads(run.threads)
    cv2.setNumThreads(1)
    run.out.mkdir(parents=True, exist_ok=True)
    checkpoint = run.out / "last.pt"
    trainer = Trainer(run)
    if checkpoint.exists():
        trainer.resume(checkpoint)
    entries = read_ledger(run.ledger, "train")
    crops = rendered.read(run.rendered) if run.rendered is not None else []
    scenes = Scenes(run.data, entries, run.sizes, run.batch, run.seed, run.magnified, crops)
    loader = DataLoader(
        scenes,
        run.batch,
        sampler=From(trainer.iteration * run.batch),
        num_workers=1,
        collate_fn=collate,
        prefetch_factor=4,
    )
    before, began, saved = trainer.seconds, clock(), trainer.seconds
    sums: dict[str, float] = {}
    since = trainer.iteration
    for batch in loader:
        trainer.seconds = before + clock() - began
        progress = trainer.seconds / (run.minutes * 60)
        if progress >= 1:
            break
        for name, term in trainer.step(batch, progress).items():
            sums[name] = sums.get(name, 0.0) + term
        if trainer.iteration % 50 == 0:
            steps = trainer.iteration - since
            terms = " ".join(f"{name} {value / steps:.3f}" for name, value in sums.items())
            say(f"step {trainer.iteration} at {trainer.seconds:.0f} s: {terms}")
            sums.clear()
            since = trainer.iteration
        if trainer.seconds - saved > run.checkpoint_minutes * 60:
            trainer.save(checkpoint)
            saved = trainer.seconds
    trainer.save(checkpoint)
    return checkpoint
