"""A second look from farther off where the crop of a post does not show its staff."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from models.detector import Crop
from pipelines.looking.eyes import Seen
from pipelines.looking.perceiving import LookRequest, perceive
from pipelines.looking.wider import wider_region
from tests.stub_eyes import StubEyes
from vision.detections import Detections
from vision.frame import Frame
from vision.picture import Picture
from vision.posts import Post

ZONE = [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6]]
AT_THE_POST = (420.0, 220.0, 560.0, 300.0)
AT_THE_NEXT = (610.0, 220.0, 700.0, 300.0)


@pytest.mark.parametrize(
    ("crop", "size", "expected"),
    [
        pytest.param((450, 250, 550, 350), (1000, 600), (380, 180, 620, 420), id="in the middle"),
        pytest.param((0, 250, 100, 350), (1000, 600), (0, 180, 240, 420), id="at the left: to the right"),
        pytest.param((900, 500, 1000, 600), (1000, 600), (760, 360, 1000, 600), id="in the corner"),
        pytest.param((0, 0, 100, 500), (1000, 600), None, id="as high as the picture: 600 for 500"),
        pytest.param((100, 50, 900, 550), (1000, 600), None, id="nearly the whole picture"),
    ],
)
def test_the_region_is_wider_and_inside_the_picture(
    crop: tuple[int, int, int, int], size: tuple[int, int], expected: tuple[int, int, int, int] | None
) -> None:
    assert wider_region(crop, size) == expected


class Dim(StubEyes):
    """Shows people with these scores in a post's crop and in a wider one."""

    def __init__(self, near: Sequence[float], wide: Sequence[tuple[tuple[float, ...], float]]) -> None:
        super().__init__()
        self._near, self._wide = near, wide
        self.regions: list[tuple[int, int, int, int]] = []

    def see(self, crops: list[Crop]) -> list[Seen]:
        self.regions += [crop.region for crop in crops]
        return [Seen(self._shown(crop), Detections.none()) for crop in crops]

    def _shown(self, crop: Crop) -> Detections:
        wide = crop.region[2] - crop.region[0] > 400
        people = self._wide if wide else [(AT_THE_POST, score) for score in self._near]
        boxes = np.array([box for box, _ in people], np.float32).reshape(-1, 4)
        scores = np.array([score for _, score in people], np.float32)
        return Detections(boxes, scores, ("person",) * len(people))


def looked(eyes: Dim, staff: int = 1) -> Detections:
    """The staff that one look at the post finds."""
    post = Post.model_validate({"id": "w01", "camera": "east", "staff_zone": ZONE, "staff": staff})
    frame = Frame("east", 0, 0.0, np.zeros((600, 1000, 3), np.uint8))
    (perceived,) = perceive(eyes, [LookRequest.whole(post, frame, Picture.LIVE)])
    return perceived.staff


def test_who_is_surely_seen_is_not_looked_for() -> None:
    eyes = Dim([0.9], [])
    assert looked(eyes).scores.tolist() == pytest.approx([0.9])
    assert len(eyes.regions) == 1


@pytest.mark.parametrize(
    ("near", "wide", "expected"),
    [
        pytest.param([], [(AT_THE_POST, 0.6)], [0.6], id="seen from farther off alone"),
        pytest.param([0.1], [(AT_THE_POST, 0.6)], [0.6], id="seen better from farther off"),
        pytest.param([0.2], [(AT_THE_POST, 0.1)], [0.2], id="seen worse from farther off"),
        pytest.param([], [(AT_THE_NEXT, 0.9)], [], id="somebody at the next post"),
        pytest.param([], [], [], id="nobody"),
    ],
)
def test_a_post_is_not_empty_before_a_wider_look_says_so(
    near: list[float], wide: list[tuple[tuple[float, ...], float]], expected: list[float]
) -> None:
    eyes = Dim(near, wide)
    assert looked(eyes).scores.tolist() == pytest.approx(expected)
    assert len(eyes.regions) == 2


def test_a_post_for_two_is_looked_at_again_when_one_is_there() -> None:
    second = (410.0, 330.0, 500.0, 380.0)
    eyes = Dim([0.9], [(AT_THE_POST, 0.8), (second, 0.5)])
    assert looked(eyes, staff=2).scores.tolist() == pytest.approx([0.9, 0.5])


def test_a_picture_that_tells_nothing_is_not_looked_at() -> None:
    eyes = Dim([], [])
    post = Post.model_validate({"id": "w01", "camera": "east", "staff_zone": ZONE})
    frame = Frame("east", 0, 0.0, np.zeros((600, 1000, 3), np.uint8))
    perceive(eyes, [LookRequest.whole(post, frame, Picture.DARK)])
    assert eyes.regions == []
