"""A few hundred damaged streams through source and recorder; `python -m tests.fuzz` runs ten thousand."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from tests.fuzz.runs import Tally, resident_bytes, run_one, wholes

STREAMS = 300


@pytest.mark.slow
def test_damaged_streams_crash_nothing_and_every_readable_second_is_judged(tmp_path: Path) -> None:
    """Slow: each stream is written, read, decoded and cut."""
    streams, tally = wholes(tmp_path), Tally()
    for seed in range(STREAMS // 3):
        run_one(streams, seed, tmp_path, tally)
    gc.collect()
    before = resident_bytes()
    for seed in range(STREAMS // 3, STREAMS):
        run_one(streams, seed, tmp_path, tally)
    gc.collect()
    assert tally.missed == []
    assert tally.judged == tally.readable > STREAMS
    assert tally.clips > 0.9 * STREAMS
    assert resident_bytes() < 1.05 * before
