"""Damaged streams through source and recorder: `python -m tests.fuzz --count 10000` in a checkout.

Every stream is damaged by its own seed, so `--seed N --count 1` runs one of them again. Nothing may
crash; memory must stay flat; and of every second that no damage has touched, a picture must have been
due for a look and whole. Ends with exit code 1 when any of this does not hold.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.runs import Tally, resident_bytes, run_one, wholes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first stream")
    given = parser.parse_args()
    began, tally, warm = time.monotonic(), Tally(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        streams = wholes(folder)
        for i in range(given.count):
            run_one(streams, given.seed + i, folder, tally)
            if i == given.count // 4:
                gc.collect()
                warm = resident_bytes()
    gc.collect()
    grown = resident_bytes() / warm - 1 if warm else 0.0
    figures = {
        "streams": given.count,
        "seconds": round(time.monotonic() - began),
        "refused": tally.refused,
        "readable": tally.readable,
        "judged": tally.judged,
        "late": tally.late,
        "clips": tally.clips,
        "grown": round(grown, 4),
        "missed": tally.missed[:20],
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return int(bool(tally.missed) or grown > 0.05)


if __name__ == "__main__":
    sys.exit(main())
