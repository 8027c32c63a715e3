"""Work aside: one task at a time in a process of its own, which ends when nobody waits for it any more.

A thread would hold the interpreter that watches the hall, and cannot be ended. Run as a module this is that
process: a pickled task comes in, what it gives or raises goes out.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

Result = TypeVar("Result")

LONGEST_S = 120.0
_ASK_S = 0.05
_NICE = 10
"""Below the watching, which must not wait."""


class AsideBusyError(Exception):
    """Another task is under way."""


class AsideGoneError(Exception):
    """Whoever asked is gone."""


class AsideFailedError(Exception):
    """The task's process ended without an answer, or took too long."""


class Aside:
    """Runs tasks, one at once."""

    def __init__(self, longest_s: float = LONGEST_S) -> None:
        """``longest_s``: seconds after which a task is given up."""
        self._longest_s = longest_s
        self._free = threading.Lock()

    async def run(self, task: Callable[[], Result], gone: Callable[[], Awaitable[bool]]) -> Result:
        """What a task (one that can be pickled) gives, or raises.

        Raises AsideBusyError at once while another is under way, AsideGoneError as soon as ``gone`` says
        that nobody waits, AsideFailedError.
        """
        if not self._free.acquire(blocking=False):
            raise AsideBusyError
        try:
            return await self._run(task, gone)
        finally:
            self._free.release()

    async def _run(self, task: Callable[[], Result], gone: Callable[[], Awaitable[bool]]) -> Result:
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._longest_s
        process = await asyncio.to_thread(_started)
        talking = asyncio.create_task(asyncio.to_thread(process.communicate, pickle.dumps(task)))
        try:
            while not (await asyncio.wait({talking}, timeout=_ASK_S))[0]:
                if await gone():
                    raise AsideGoneError
                if clock() > deadline:
                    raise AsideFailedError(f"it took longer than {self._longest_s:.0f} seconds")
        finally:
            process.kill()
            content, _ = await talking
        if process.returncode:
            raise AsideFailedError("its process ended without an answer")
        error, result = pickle.loads(content)
        if error is not None:
            raise error
        found: Result = result
        return found


def _started() -> subprocess.Popen[bytes]:
    # Not multiprocessing: it would import the whole command line again before the task.
    command = [sys.executable, "-m", "service.aside"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def main() -> None:
    """The other process."""
    os.nice(_NICE)
    task = pickle.load(sys.stdin.buffer)
    answer: tuple[Exception | None, object]
    try:
        answer = (None, task())
    except Exception as error:  # noqa: BLE001 - whoever waits is told
        answer = (error, None)
    sys.stdout.buffer.write(pickle.dumps(answer))


if __name__ == "__main__":
    main()
