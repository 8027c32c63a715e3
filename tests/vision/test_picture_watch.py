from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.picture import FROZEN_AFTER_S, Picture, PictureWatch

Image = NDArray[np.uint8]
LOOK_S = 0.4
HIGH, WIDE = 120, 160


def hall(seed: int = 1, high: int = HIGH, wide: int = WIDE) -> Image:
    """A picture with some structure, grey levels 60 to 180."""
    return np.random.default_rng(seed).integers(60, 180, (high, wide, 3), dtype=np.uint8)


def with_noise(image: Image, seed: int, share: float = 0.05, by: int = 4) -> Image:
    """The picture with ``share`` of its pixels brighter by ``by`` levels."""
    where = np.random.default_rng(seed).random(image.shape[:2]) < share
    return np.where(where[..., None], image + np.uint8(by), image).astype(np.uint8)


def with_clock(image: Image, second: int) -> Image:
    """The picture with digits of a clock: a light spot of 5 x 5 pixels, in another place each second."""
    ticking = image.copy()
    left = 4 + 6 * (second % 5)
    ticking[4:9, left : left + 5] = 200
    return ticking


def live(n: int) -> Iterator[Image]:
    yield from (with_noise(hall(), seed) for seed in range(n))


def frozen(n: int) -> Iterator[Image]:
    yield from (hall() for _ in range(n))


def frozen_with_keyframes(n: int) -> Iterator[Image]:
    """A still picture, encoded again: it changes faintly at each keyframe, then stands again."""
    yield from (with_noise(hall(), seed=i // 5 % 2, share=0.3, by=3) for i in range(n))


def flat(n: int, level: int) -> Iterator[Image]:
    yield from (np.full((HIGH, WIDE, 3), level, np.uint8) for _ in range(n))


def watch(pictures: Iterator[Image], state: PictureWatch | None = None, start: float = 0.0) -> list[Picture]:
    current, verdicts = state or PictureWatch(), []
    for i, image in enumerate(pictures):
        current, picture = current.look(image, start + i * LOOK_S)
        verdicts.append(picture)
    return verdicts


LIVE, STILL, FROZEN, DARK, BLANK = Picture.LIVE, Picture.STILL, Picture.FROZEN, Picture.DARK, Picture.BLANK
STILLS = 8
"""Looks that a picture stands still before it counts as frozen: the first still look starts the count."""


@pytest.mark.parametrize(
    ("pictures", "expected"),
    [
        pytest.param(live(12), [LIVE] * 12, id="live, with a sensor's noise"),
        pytest.param(
            frozen(12), [LIVE] + [STILL] * STILLS + [FROZEN] * 3, id="frozen from the second look on"
        ),
        pytest.param(
            frozen_with_keyframes(16),
            [LIVE] + [STILL] * STILLS + [FROZEN] * 7,
            id="frozen, with keyframe pulses",
        ),
        pytest.param(flat(3, 16), [DARK] * 3, id="black, as limited range encodes it"),
        pytest.param(flat(3, 128), [BLANK] * 3, id="one grey: no signal"),
        pytest.param(flat(3, 255), [BLANK] * 3, id="one white"),
        pytest.param(
            (np.concatenate([i, i]) for i in (hall(), hall(2))), [LIVE, LIVE], id="another scene than before"
        ),
        pytest.param(
            iter([hall(), hall(), hall(high=60), hall(high=60), hall()]),
            [LIVE, STILL, LIVE, STILL, LIVE],
            id="another picture size starts anew",
        ),
        pytest.param(
            iter([hall(), hall(), *flat(1, 16), hall(), hall()]),
            [LIVE, STILL, DARK, LIVE, STILL],
            id="the light went off and on",
        ),
    ],
)
def test_what_a_row_of_pictures_is_good_for(pictures: Iterator[Image], expected: list[Picture]) -> None:
    assert watch(pictures) == expected


def test_a_clock_that_ticks_in_a_still_picture_is_a_sign_of_life() -> None:
    verdicts = watch(with_clock(hall(), int(i * LOOK_S)) for i in range(30))
    ticks = [int(i * LOOK_S) != int((i - 1) * LOOK_S) for i in range(30)]
    assert verdicts == [LIVE if i == 0 or ticked else STILL for i, ticked in enumerate(ticks)]


def faint(n: int, first_seed: int = 50) -> Iterator[Image]:
    """Looks that all differ faintly from each other, as a second encoder's keyframes make them."""
    yield from (with_noise(hall(), seed=first_seed + i, share=0.3, by=3) for i in range(n))


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        pytest.param([*faint(1), *frozen(2)], [FROZEN] * 3, id="one faint look"),
        pytest.param([*faint(4), *frozen(2)], [FROZEN] * 6, id="four faint looks in a row"),
        pytest.param(faint(7), [FROZEN] * 4 + [LIVE] * 3, id="faint for good: the camera is back"),
        pytest.param([*faint(4), *frozen(1), *faint(4, 80)], [FROZEN] * 9, id="pulse after pulse"),
        pytest.param([hall(2), hall(3)], [LIVE, LIVE], id="something large moves: back at once"),
    ],
)
def test_what_ends_a_picture_that_is_known_to_be_frozen(then: list[Image], expected: list[Picture]) -> None:
    assert watch(iter([*frozen(12), *then]))[12:] == expected


def test_a_stillness_that_is_young_is_ended_by_two_faint_looks() -> None:
    assert watch(iter([*frozen(4), *faint(2)])) == [LIVE, STILL, STILL, STILL, STILL, LIVE]


def test_a_still_picture_drawn_in_turn_as_keyframe_and_as_its_successor_is_frozen() -> None:
    drawn = [with_noise(hall(), seed) for seed in (1, 2)]
    verdicts = watch(iter([drawn[i % 3 == 0].copy() for i in range(16)]))
    assert verdicts[:2] == [LIVE, LIVE]
    assert set(verdicts[2:]) == {STILL, FROZEN}
    assert verdicts[-1] is FROZEN


def test_a_few_bright_pixels_are_no_clock() -> None:
    def dead_pixels(n: int) -> Iterator[Image]:
        for i in range(n):
            image = hall()
            image[0, :3] = 255 if i % 2 else 0
            yield image

    assert watch(dead_pixels(12))[-1] is FROZEN


def test_two_faint_changes_in_a_row_are_life_and_not_a_keyframe() -> None:
    state = PictureWatch()
    for i in range(3):
        state, _ = state.look(hall(), i * LOOK_S)
    verdicts = watch(iter([with_noise(hall(), 5), with_noise(hall(), 6)]), state, start=1.2)
    assert verdicts == [STILL, LIVE]


def test_a_frozen_picture_that_moves_again_is_live_and_freezes_anew_only_after_a_while() -> None:
    state = PictureWatch()
    for i in range(15):
        state, picture = state.look(hall(), i * LOOK_S)
    assert picture is FROZEN
    assert state.still_since == pytest.approx(LOOK_S)
    other = hall(9)
    state, picture = state.look(other, 6.0)
    assert (picture, state.still_since) == (LIVE, None)
    assert watch(iter([other]), state, start=6.4) == [STILL]


@pytest.mark.parametrize(
    ("wait_s", "expected"),
    [
        pytest.param(FROZEN_AFTER_S - 0.1, STILL, id="still for not quite long enough"),
        pytest.param(FROZEN_AFTER_S, FROZEN, id="still for long enough"),
    ],
)
def test_freezing_counts_seconds_and_not_looks(wait_s: float, expected: Picture) -> None:
    state = PictureWatch()
    for t in (0.0, 10.0):
        state, _ = state.look(hall(), t)
    assert state.look(hall(), 10.0 + wait_s)[1] is expected


def test_the_noise_of_a_large_picture_is_seen_on_a_coarse_grid() -> None:
    large = hall(high=1080, wide=1920)
    assert watch(iter([large, with_noise(large, 1), with_noise(large, 2), with_noise(large, 2)])) == [
        LIVE,
        LIVE,
        LIVE,
        STILL,
    ]


@pytest.mark.parametrize("picture", [pytest.param(p, id=p.value) for p in Picture])
def test_only_a_live_picture_tells_anything(picture: Picture) -> None:
    assert picture.tells is (picture.value == "live")
