"""Which tests stay together when pytest-xdist runs them beside each other.

A file is never torn apart, so that what its tests share is made once. The mark `xdist_group` would not
do: with pytest 9.2 pytest-xdist 3.8 passes over it and says nothing.
"""

from __future__ import annotations

from pathlib import Path

from xdist.scheduler.loadscope import LoadScopeScheduling

LIVE = {
    "test_rtsp",
    "test_sub_stream",
    "test_live_streams",
    "test_soak",
    "test_live_killed",
    "test_watched_running",
}
"""Files that hold live streams to times of day: one at a time."""


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
