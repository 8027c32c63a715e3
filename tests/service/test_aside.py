"""Work in a process of its own: one at a time, ended when nobody waits."""

from __future__ import annotations

import asyncio
import os
import time
from functools import partial

import pytest

from service.aside import Aside, AsideBusyError, AsideFailedError, AsideGoneError


async def here() -> bool:
    return False


def test_a_task_is_done_in_another_process() -> None:
    assert asyncio.run(Aside().run(partial(pow, 2, 10), here)) == 1024
    assert asyncio.run(Aside().run(os.getpid, here)) != os.getpid()


def test_what_a_task_raises_is_raised_here() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        asyncio.run(Aside().run(partial(int, "x"), here))


def test_a_second_task_is_refused_while_one_is_under_way_and_taken_after() -> None:
    async def both() -> object:
        aside = Aside()
        first = asyncio.create_task(aside.run(partial(time.sleep, 0.5), here))
        await asyncio.sleep(0.1)
        with pytest.raises(AsideBusyError):
            await aside.run(os.getpid, here)
        await first
        return await aside.run(partial(pow, 2, 3), here)

    assert asyncio.run(both()) == 8


def test_nobody_waits_and_the_process_ends() -> None:
    asked = 0

    async def gone() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    began = time.monotonic()
    with pytest.raises(AsideGoneError):
        asyncio.run(Aside().run(partial(time.sleep, 60), gone))
    assert time.monotonic() - began < 30, "it is killed, and its end is waited for"


def test_one_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(AsideFailedError, match="longer than 0 seconds"):
        asyncio.run(Aside(longest_s=0.2).run(partial(time.sleep, 60), here))


def test_a_process_that_dies_is_said() -> None:
    with pytest.raises(AsideFailedError, match="without an answer"):
        asyncio.run(Aside().run(partial(os._exit, 3), here))
