"""Which tests stay together when pytest-xdist runs them beside each other.

A file is never torn apart, so that what its tests share is made once. The mark `xdist_group` would not
do: with pytest 9.2 pytest-xdist 3.8 passes over it and says nothing.

A worker that dies costs the test it died in, and no more. pytest-xdist 3.8 gives that test to the next
worker, which may die of it too, and waits for ever for what the dead one had done already.
"""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from xdist.scheduler.loadscope import LoadScopeScheduling
from xdist.workermanage import WorkerController

LIVE = {
    "test_rtsp",
    "test_sub_stream",
    "test_live_streams",
    "test_soak",
    "test_live_killed",
    "test_watched_running",
}
"""Files that hold live streams to times of day: one at a time."""

BEFORE_IT_RUNS = 2
"""A worker runs a test when it has the one after it, or knows that there is none."""


def together(nodeid: str) -> str:
    """What a test stays together with: its file; all browsers, which starve each other; all live streams."""
    file = nodeid.partition("::")[0]
    name = Path(file).stem
    if "browser" in name:
        return "browsers"
    return "live streams" if name in LIVE else file


class Beside(LoadScopeScheduling):
    """Gives each worker what stays together, in the order in which it was collected."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)

    def remove_node(self, node: WorkerController) -> str | None:
        """The test in which a worker died, if it died; what else it had goes to the others."""
        units = self.assigned_work[node]
        left = ((unit, test) for unit in units.values() for test, done in unit.items() if not done)
        unit, died_in = next(left, ({}, None))
        if died_in is not None:
            unit[died_in] = True
        self.assigned_work[node] = {scope: unit for scope, unit in units.items() if not all(unit.values())}
        super().remove_node(node)
        return died_in

    def _reschedule(self, node: WorkerController) -> None:
        if node not in self.registered_collections:
            return  # a new worker: it is asked again when it knows its tests
        super()._reschedule(node)
        waits = not self.workqueue and self._pending_of(self.assigned_work[node]) < BEFORE_IT_RUNS
        if waits and not node.shutting_down:
            node.shutdown()


def how_it_died(node: WorkerController) -> str:
    """How the process of a worker ended that did not end by itself, a line for people."""
    try:
        code = node.gateway._io.popen.wait(10)  # pytest-xdist does not say it
    except (AttributeError, subprocess.TimeoutExpired):
        return f"{node.gateway.id}: its process did not end"
    how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return f"{node.gateway.id}: {how}"
