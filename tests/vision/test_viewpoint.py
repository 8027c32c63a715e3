"""Whether a camera was moved, on the rendered hall: what must be found, and what must not be taken for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import DEMO_FOLDER
from vision.viewpoint import FITS, LEARN_FROM, MOVED_AFTER_S, UNSTEADY_AFTER_S, Viewpoint, view_of

Image = NDArray[np.uint8]
Change = Callable[[Image, int], Image]
STEP_S = 2.0
LOOKS = 16
"""Half a minute, one picture each `STEP_S`."""
CLIPS = ("hall_day", "hall_clean", "hall_night_lamp", "example_12s")
KEPT = 0.8
"""Share of a clip's picture that the camera of these tests sees: what it is turned to is really there."""


@cache
def pictures(clip: str) -> tuple[Image, ...]:
    """Keyframes of a clip; a short one goes round."""
    with av.open(str(DEMO_FOLDER / f"{clip}.mp4")) as container:
        container.streams.video[0].codec_context.skip_frame = "NONKEY"
        found = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    return tuple(found[i % len(found)].astype(np.uint8) for i in range(LEARN_FROM + LOOKS))


def seen(
    picture: Image, *, right: float = 0, down: float = 0, turn: float = 0, zoom: float = 1
) -> NDArray[np.uint8]:
    """What the camera shows: the middle of the picture, shifted by shares of its size, turned, nearer."""
    high, wide = picture.shape[:2]
    h, w = int(high * KEPT), int(wide * KEPT)
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), turn, zoom)
    matrix[:, 2] += [right * w - (wide - w) / 2, down * h - (high - h) / 2]
    return cv2.warpAffine(picture, matrix, (w, h)).astype(np.uint8)


def gamma(by: float) -> Change:
    return lambda picture, _: (255 * (seen(picture) / 255.0) ** by).astype(np.uint8)


def noise(picture: Image, i: int) -> Image:
    added = np.random.default_rng(i).normal(0, 12, seen(picture).shape)
    return np.clip(seen(picture) + added, 0, 255).astype(np.uint8)


def coarse(picture: Image, _: int = 0) -> Image:
    coded = cv2.imencode(".jpg", seen(picture), [cv2.IMWRITE_JPEG_QUALITY, 10])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def people(picture: Image, i: int, *, stand: bool = False) -> Image:
    """Four bodies from top to bottom, 30 % of the picture, that walk on from picture to picture."""
    shown, random = seen(picture), np.random.default_rng(0 if stand else i)
    wide = int(shown.shape[1] * 0.3 / 4)
    for k in range(4):
        left = k * shown.shape[1] // 4 + int(random.integers(0, shown.shape[1] // 4 - wide))
        clothes = random.integers(0, 255, (30, 8, 3), dtype=np.uint8)
        shown[:, left : left + wide] = cv2.resize(clothes, (wide, shown.shape[0]))
    return shown


def moved(**by: float) -> Change:
    return lambda picture, _: seen(picture, **by)


def moved_and_dark(picture: Image, _: int) -> Image:
    return (255 * (seen(picture, right=0.05) / 255.0) ** 2.2).astype(np.uint8)


def watch(state: Viewpoint, shown: list[Image], from_t: float) -> list[Viewpoint]:
    states = []
    for i, picture in enumerate(shown):
        state = state.look(picture, from_t + i * STEP_S)
        states.append(state)
    return states


@cache
def learnt(clip: str) -> tuple[Viewpoint, float]:
    """A camera whose view is known, and the time of its next picture."""
    state = watch(Viewpoint(), [seen(p) for p in pictures(clip)[:LEARN_FROM]], 0.0)[-1]
    assert state.reference is not None
    return state, LEARN_FROM * STEP_S


def agreements(clip: str, change: Change) -> list[float]:
    """Share of blocks by which each changed picture agrees with the camera's view, moving ones and all."""
    reference = learnt(clip)[0].reference
    assert reference is not None
    return [reference.agreement(change(p, i)) for i, p in enumerate(pictures(clip)[LEARN_FROM:])]


def after(clip: str, change: Change) -> list[Viewpoint]:
    state, t = learnt(clip)
    return watch(state, [change(p, i) for i, p in enumerate(pictures(clip)[LEARN_FROM:])], t)


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(moved(), id="nothing but people at work"),
        pytest.param(gamma(2.2), id="darker"),
        pytest.param(gamma(0.5), id="brighter"),
        pytest.param(lambda p, _: (seen(p) * 0.4).astype(np.uint8), id="lights down to 40 percent"),
        pytest.param(noise, id="noise"),
        pytest.param(lambda p, _: coarse(p), id="coarse coding"),
        pytest.param(people, id="people walk across 30 percent"),
        pytest.param(lambda p, i: people(p, i, stand=True), id="people stand before 30 percent"),
    ],
)
def test_what_is_no_moved_camera(clip: str, change: Change) -> None:
    assert all(state.fits and not state.moved for state in after(clip, change))
    assert min(agreements(clip, change)) > FITS + 0.04


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(moved(right=0.05), id="5 percent to the left"),
        pytest.param(moved(right=-0.05), id="5 percent to the right"),
        pytest.param(moved(down=0.05), id="5 percent up"),
        pytest.param(moved(turn=5), id="turned by 5 degrees"),
        pytest.param(moved(turn=-5), id="turned by 5 degrees the other way"),
        pytest.param(moved(zoom=1.1), id="10 percent nearer"),
        pytest.param(moved(zoom=0.9), id="10 percent farther"),
        pytest.param(moved_and_dark, id="to the left, while it becomes dark"),
        pytest.param(moved(right=0.1, down=0.1), id="turned away"),
    ],
)
def test_a_moved_camera_is_found_within_half_a_minute(clip: str, change: Change) -> None:
    states = after(clip, change)
    doubted, found = (
        next(i for i, state in enumerate(states) if is_so(state))
        for is_so in (lambda state: not state.fits, lambda state: state.moved)
    )
    assert doubted * STEP_S <= 2 * STEP_S
    assert found * STEP_S <= 20
    assert all(state.moved and not state.fits for state in states[found:])
    assert max(agreements(clip, change)) < FITS - 0.04


def test_the_lamps_of_the_hall_go_out() -> None:
    """The same room from the same place, by day and by one lamp."""
    day, night = pictures("hall_day"), pictures("hall_night_lamp")
    state = watch(Viewpoint(), list(day[:LEARN_FROM]), 0.0)[-1]
    assert all(one.fits for one in watch(state, list(night), 100.0))


def test_it_is_turned_back() -> None:
    state, t = learnt("hall_night_lamp")
    away = [seen(p, turn=5) for p in pictures("hall_night_lamp")[:10]]
    back = [seen(p) for p in pictures("hall_night_lamp")[:4]]
    states = watch(state, away + back, t)
    assert states[9].moved
    assert [one.moved for one in states[10:]] == [True, False, False, False]
    assert states[-1].fits


def test_a_short_glance_elsewhere_makes_doubt_and_no_more() -> None:
    state, t = learnt("hall_night_lamp")
    away = [seen(p, right=0.1) for p in pictures("hall_night_lamp")[:5]]
    states = watch(state, [*away, seen(pictures("hall_night_lamp")[5])], t)
    assert [one.fits for one in states] == [False] * 5 + [True]
    assert not any(one.moved for one in states)


def swinging(i: int) -> Image:
    """Another view each time, and each full of edges."""
    small = np.random.default_rng(i).integers(0, 255, (36, 64, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(small, (640, 360), interpolation=cv2.INTER_CUBIC), np.uint8)


def test_a_view_that_never_stands_still_takes_longer_to_be_believed() -> None:
    state, t = learnt("hall_night_lamp")
    states = watch(state, [swinging(i) for i in range(40)], t)
    assert not any(one.fits for one in states)
    found = next(i for i, one in enumerate(states) if one.moved)
    assert MOVED_AFTER_S < UNSTEADY_AFTER_S <= found * STEP_S < UNSTEADY_AFTER_S + 2 * STEP_S


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param([swinging(i) for i in range(20)], id="it is being turned"),
        pytest.param([np.full((360, 640, 3), 128, np.uint8)] * 20, id="a bare wall"),
    ],
)
def test_what_no_reference_can_be_made_of(shown: list[Image]) -> None:
    states = watch(Viewpoint(), shown, 0.0)
    assert all(one.reference is None and one.fits for one in states)


def test_a_settled_view_is_learnt_after_it_was_turned() -> None:
    settled = [seen(p) for p in pictures("hall_night_lamp")[:LEARN_FROM]]
    states = watch(Viewpoint(), [swinging(i) for i in range(7)] + settled, 0.0)
    assert [one.reference is not None for one in states] == [False] * (6 + LEARN_FROM) + [True]


def test_another_size_of_the_same_picture_is_the_same_view() -> None:
    state, t = learnt("hall_day")
    larger = [cv2.resize(seen(p), (1920, 1080)).astype(np.uint8) for p in pictures("hall_day")[:4]]
    smaller = [cv2.resize(seen(p), (640, 480)).astype(np.uint8) for p in pictures("hall_day")[:4]]
    assert all(one.fits for one in watch(state, larger + smaller, t))


def test_pictures_between_two_checks_are_not_looked_at() -> None:
    state, t = learnt("hall_night_lamp")
    state = state.look(seen(pictures("hall_night_lamp")[0]), t)
    assert state.look(swinging(0), t + 1.9) is state
    assert not state.look(swinging(0), t + 2.0).fits


def test_a_view_has_its_size_whatever_the_picture() -> None:
    assert view_of(np.zeros((97, 101, 3), np.uint8)).shape == (180, 320)
