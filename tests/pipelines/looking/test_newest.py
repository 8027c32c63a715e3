"""The newest look at each post, and the picture of its staff zone that whoever asks is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from pipelines.hall.site import Site
from pipelines.looking.newest import SIDE, NewestLooks
from pipelines.observations import Look
from pipelines.run import Plan, run_files
from pipelines.sinks import Both
from tests.conftest import moving, write_video
from tests.pipelines.hall.samples_site import SMALL
from tests.stub_eyes import StubEyes
from vision.cue import Reason
from vision.frame import Frame, Image
from vision.posts import Post

TRIANGLE = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75))


def look(t: float = 0.0, why: str = "staff_seen") -> Look:
    return Look(t, "east", "w01", True, {}, {"presence": 0.9}, {"presence": Reason(why)}, ())


def frame(image: Image, t: float = 0.0) -> Frame:
    return Frame("east", 0, t, image)


def shown(newest: NewestLooks, post: str = "w01") -> Image:
    found = newest.of(post)
    assert found is not None
    content = found.jpeg()
    assert content is not None
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.uint8)


def test_a_post_that_was_not_looked_at_has_none() -> None:
    assert NewestLooks().of("w01") is None


def test_the_picture_is_the_staff_zone_and_what_lies_beside_it_cannot_be_made_out() -> None:
    post = Post(id="w01", camera="east", staff_zone=TRIANGLE)
    stripes = np.zeros((400, 600, 3), np.uint8)
    stripes[:, ::4] = stripes[:, 1::4] = 255  # so fine that coarse blocks of them are grey
    newest = NewestLooks()
    newest.take(post, look(), frame(stripes))
    picture = shown(newest)
    assert picture.shape == (200, 300, 3)
    inside, outside = picture[10:60, 10:60], picture[150:190, 240:290]
    assert inside.std() > 100
    assert outside.std() < 40


@pytest.mark.parametrize("size", [(1080, 1920), (2160, 3840), (300, 4000), (60, 40)])
def test_a_picture_is_never_larger_than_is_shown(size: tuple[int, int]) -> None:
    post = Post(id="w01", camera="east", staff_zone=((0, 0), (1, 0), (1, 1), (0, 1)))
    newest = NewestLooks()
    newest.take(post, look(), frame(np.zeros((*size, 3), np.uint8)))
    kept = newest.of("w01")
    assert kept is not None
    assert kept.picture is not None
    assert max(kept.picture.image.shape) < 2 * SIDE
    assert max(shown(newest).shape) == min(max(size), SIDE)


def test_only_the_newest_is_there_and_it_outlives_its_frame() -> None:
    post = Post(id="w01", camera="east", staff_zone=((0, 0), (1, 0), (1, 1), (0, 1)))
    newest, image = NewestLooks(), np.full((40, 40, 3), 200, np.uint8)
    newest.take(post, look(1.0), frame(np.zeros((40, 40, 3), np.uint8), 1.0))
    newest.take(post, look(2.0), frame(image, 2.0))
    image[:] = 0  # the decoder takes its memory back
    found = newest.of("w01")
    assert found is not None
    assert found.look.t == 2.0
    assert shown(newest).mean() > 190


def test_a_still_picture_is_no_news_and_another_view_is_not_shown() -> None:
    post = Post(id="w01", camera="east", staff_zone=TRIANGLE)
    newest, image = NewestLooks(), np.zeros((40, 40, 3), np.uint8)
    newest.take(post, look(1.0), frame(image))
    newest.take(post, look(2.0, "picture_still"), frame(image))
    found = newest.of("w01")
    assert found is not None
    assert found.look.t == 1.0
    newest.take(post, look(3.0, "picture_moved"), frame(image))
    found = newest.of("w01")
    assert found is not None
    assert (found.look.t, found.picture, found.jpeg()) == (3.0, None, None)


def test_it_is_encoded_when_somebody_asks_and_once() -> None:
    post = Post(id="w01", camera="east", staff_zone=TRIANGLE)
    newest = NewestLooks()
    newest.take(post, look(), frame(np.zeros((40, 40, 3), np.uint8)))
    found = newest.of("w01")
    assert found is not None
    assert found._jpeg is None
    assert found.jpeg() is found.jpeg()


def test_a_run_keeps_the_last_look_at_each_post(tmp_path: Path) -> None:
    video = write_video(tmp_path / "east.mp4", moving(30))
    site = Site.model_validate(yaml.safe_load(SMALL))
    newest = NewestLooks()
    plan = Plan(site, {"east": str(video)}, None, newest=newest)
    run_files(plan, StubEyes(), Both([]), tmp_path, start=1000.0)
    found = newest.of("w01")
    assert found is not None
    assert 1002.0 < found.look.t <= 1002.9
    run_files(replace(plan, newest=None), StubEyes(), Both([]), tmp_path, start=2000.0)
    assert newest.of("w01") is found
