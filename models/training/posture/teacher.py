"""MoveNet Thunder as a teacher: joints of a person's sharp crop. Not shipped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from models.person import padded
from vision.posture import JOINTS

from ..data import Image
from .movenet import MoveNet, read_tfjs
from .network import MIRROR
from .people import Someone

Floats = NDArray[np.float32]
MARGIN = 1.45
"""Side of a view over the longer side of the person's box."""


class Teacher:
    """Thunder on a person as they are and in the mirror."""

    def __init__(self, thunder: Path) -> None:
        self.model = MoveNet(read_tfjs(thunder)).eval()

    def joints(self, image: Image, box: Floats) -> Floats:
        """Joints 13x3 of the person in `box` (4,): x, y in pixels of the picture and their height, 0 to 1.

        The mean of both views, weighted by height.
        """
        wide = image.shape[1]
        other = np.array([wide - box[2], box[1], wide - box[0], box[3]], np.float32)
        turned = self._view(np.ascontiguousarray(image[:, ::-1]), other)[list(MIRROR)]
        turned[:, 0] = wide - turned[:, 0]
        views = [self._view(image, box), turned]
        stack = np.stack(views)
        weight = stack[:, :, 2:] + 1e-3
        place = (stack[:, :, :2] * weight).sum(0) / weight.sum(0)
        # Views that disagree know less than each says.
        apart = np.linalg.norm(stack[:, :, :2] - place, axis=2).mean(0) / max(float(box[2] - box[0]), 1.0)
        height = stack[:, :, 2].mean(0) * np.exp(-apart / 0.15)
        return np.concatenate([place, height[:, None]], 1).astype(np.float32)

    def _view(self, image: Image, box: Floats) -> Floats:
        side = MARGIN * float(max(box[2] - box[0], box[3] - box[1]))
        left, top = float(box[0] + box[2] - side) / 2, float(box[1] + box[3] - side) / 2
        cut = padded(image, (left, top, side, side), (self.model.size, self.model.size))
        tensor = torch.from_numpy(np.ascontiguousarray(cut[:, :, ::-1].transpose(2, 0, 1))).float() / 255
        with torch.no_grad():
            found = np.asarray(self.model.found(self.model(tensor[None]))[0], np.float32)
        in_picture: Floats = found * np.array([side, side, 1], np.float32)
        return in_picture + np.array([left, top, 0], np.float32)


def teach(
    folder: Path, people: list[Someone], thunder: Path, kept: Path, say: Callable[[str], None]
) -> NDArray[np.float32]:
    """The teacher's joints of all people, Nx13x3 in pixels of their crops; kept in the file `kept`."""
    names = [one.image for one in people]
    if kept.exists():
        saved = json.loads(kept.read_text(encoding="utf-8"))
        if saved["people"] == names:
            return np.array(saved["joints"], np.float32)
    teacher = Teacher(thunder)
    joints = np.zeros((len(people), len(JOINTS), 3), np.float32)
    for k, one in enumerate(people):
        image = np.asarray(cv2.imread(str(folder / one.image)), np.uint8)
        joints[k] = teacher.joints(image, np.array(one.box, np.float32))
        if (k + 1) % 200 == 0:
            say(f"teacher: {k + 1} of {len(people)} people")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({"people": names, "joints": joints.round(4).tolist()}), encoding="utf-8")
    return joints
