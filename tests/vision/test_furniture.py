from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray
from samples_vision import ANNE, NOBODY, Rect, boxes, found

from vision.furniture import FORGOTTEN_AFTER_S, SETTLES_AFTER_S, Furniture

PHONE: Rect = (140, 230, 155, 250)
STEP_S = 0.5


def moved(rect: Rect, right: float) -> Rect:
    return rect[0] + right, rect[1], rect[2] + right, rect[3]


Look = tuple[Rect | None, Rect | None]
"""Where the phone is seen and where the staff member is, None = not seen."""


def watch(
    looks: Iterable[Look], memory: Furniture | None = None, start: float = 0.0
) -> tuple[Furniture, list[bool]]:
    """Whether the phone was furniture in each look in which it was seen; one look each STEP_S."""
    state, verdicts = memory or Furniture(), []
    for i, (phone, person) in enumerate(looks):
        objects = found(("cell phone", 0.9, phone)) if phone else NOBODY
        state, still = state.look(objects, boxes(person) if person else boxes(), start + i * STEP_S)
        verdicts.extend(still.tolist())
    return state, verdicts


SETTLED = int(SETTLES_AFTER_S / STEP_S)
LONG = 2 * SETTLED


@pytest.mark.parametrize(
    ("looks", "first"),
    [
        pytest.param(
            [(PHONE, moved(ANNE, 5 * i)) for i in range(LONG)], SETTLED, id="lies still while the staff moves"
        ),
        pytest.param([(PHONE, None)] * LONG, SETTLED, id="lies there with nobody at the post"),
        pytest.param(
            [(PHONE, ANNE)] * 4 + [(PHONE, None)] + [(PHONE, ANNE)] * LONG,
            SETTLED,
            id="the staff went away once",
        ),
        pytest.param([(PHONE, ANNE)] * LONG, None, id="held still by somebody who sits still"),
        pytest.param(
            [(PHONE, moved(ANNE, 11 * (i % 2))) for i in range(LONG)],
            None,
            id="the staff sways by a hand's breadth",
        ),
        pytest.param(
            [(moved(PHONE, 3 * i), moved(ANNE, 3 * i)) for i in range(LONG)], None, id="moves with the hand"
        ),
        pytest.param(
            [(moved(PHONE, 12 * (i % 2)), moved(ANNE, 20 * (i % 2))) for i in range(SETTLED)],
            None,
            id="to and fro, and not for long enough",
        ),
        pytest.param([(PHONE, None)] * SETTLED, None, id="lies untouched, but not long enough yet"),
        pytest.param(
            [(moved(PHONE, 3 * (i % 2)), moved(ANNE, 5 * i)) for i in range(LONG)],
            SETTLED,
            id="its box trembles a little where it lies",
        ),
    ],
)
def test_when_a_phone_becomes_furniture(looks: list[Look], first: int | None) -> None:
    _, verdicts = watch(looks)
    assert verdicts == [first is not None and i >= first for i in range(len(looks))]


def test_a_phone_that_lay_there_and_is_taken_up_is_no_furniture_in_the_hand() -> None:
    memory, lying = watch([(PHONE, None)] * LONG)
    assert lying[-1]
    _, held = watch([(moved(PHONE, 30), ANNE)], memory, start=LONG * STEP_S)
    assert held == [False]


@pytest.mark.parametrize(
    ("away_s", "known"),
    [
        pytest.param(FORGOTTEN_AFTER_S, True, id="seen again just in time"),
        pytest.param(FORGOTTEN_AFTER_S + 1, False, id="seen again after it was forgotten"),
    ],
)
def test_a_place_is_remembered_for_a_while(away_s: float, known: bool) -> None:
    memory, _ = watch([(PHONE, None)] * (SETTLED + 1))
    _, verdicts = watch([(PHONE, ANNE)], memory, start=SETTLED * STEP_S + away_s)
    assert verdicts == [known]


def test_a_cup_in_the_same_place_is_another_thing_than_the_phone_that_lay_there() -> None:
    memory, _ = watch([(PHONE, None)] * (SETTLED + 1))
    cup = found(("cup", 0.9, PHONE))
    _, still = memory.look(cup, boxes(ANNE), SETTLES_AFTER_S + 1)
    assert still.tolist() == [False]


def test_each_of_two_things_has_its_own_memory() -> None:
    desk, hand = (300.0, 200.0, 320.0, 210.0), PHONE
    memory, still = Furniture(), np.zeros(0, np.bool_)
    for i in range(LONG):
        shift = 6.0 * i
        both = found(("cell phone", 0.9, desk), ("cell phone", 0.9, moved(hand, shift)))
        memory, still = memory.look(both, boxes(moved(ANNE, shift)), i * STEP_S)
    assert still.tolist() == [True, False]


def test_an_empty_look_is_remembered_as_nothing() -> None:
    memory, still = Furniture().look(NOBODY, boxes(), 0.0)
    assert (memory, still.shape) == (Furniture(), (0,))


def test_a_memory_is_not_changed_by_the_look_that_follows_it() -> None:
    memory, _ = watch([(PHONE, None)] * 3)
    before: NDArray[np.float32] = memory.places[0].box.copy()
    watch([(PHONE, None)] * LONG, memory, start=2.0)
    assert (len(memory.places), memory.places[0].seen) == (1, 1.0)
    assert np.array_equal(memory.places[0].box, before)
