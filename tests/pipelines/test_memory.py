"""Pictures that are let go do not stay with the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

MEASURED = """
import threading
import numpy as np
from pipelines.memory import give_back_pictures

if {switched}:
    assert give_back_pictures()

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096

def look():
    for _ in range(3):  # the second time glibc has seen a freed block of this size
        kept = [np.ones((720, 1280, 3), np.uint8) for _ in range(8)]
        small = np.ones(1000, np.uint8)
        held.append(small)
        del kept

held, before = [], resident()
threads = [threading.Thread(target=look) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(resident() - before)
"""


def grown(switched: bool) -> int:
    """Bytes that a process keeps after twelve threads held eight pictures each."""
    code = MEASURED.format(switched=switched)
    return int(
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    )


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's switches")
def test_pictures_are_given_back() -> None:
    assert grown(switched=True) < 20e6
