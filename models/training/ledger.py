"""Is a ledger right? Held-out pictures must be near-duplicates of no picture of another split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .data import NEAR_DUPLICATE_BITS, Entry, hash_all

MOST_TOLD = 20
Hashes = NDArray[np.uint64]


def problems(entries: list[Entry], data: Path) -> list[str]:
    """What is wrong with a ledger, measured on the pictures under ``data`` themselves; empty = nothing.

    Every picture stands in it once with its hash, and none lies within `NEAR_DUPLICATE_BITS` of a picture of
    another split, as it is or mirrored.
    """
    hashed = {name: (straight, mirrored) for name, straight, mirrored in hash_all(data)}
    named = [entry.image for entry in entries]
    told = [
        f"{name}: expected a line in the ledger, there is none" for name in hashed if name not in set(named)
    ]
    told += [f"{name}: expected a picture, it is not there" for name in named if name not in hashed]
    told += [f"{name}: expected one line, there are more" for name in sorted(_doubled(named))]
    there = [entry for entry in entries if entry.image in hashed]
    told += [
        f"{entry.image}: expected hash {int(hashed[entry.image][0]):016x} of the picture, got {entry.phash}"
        for entry in there
        if entry.phash != f"{int(hashed[entry.image][0]):016x}"
    ]
    straight = np.array([hashed[entry.image][0] for entry in there], np.uint64)
    mirrored = np.array([hashed[entry.image][1] for entry in there], np.uint64)
    return told + [
        f"{there[i].image} ({there[i].split}) and {there[j].image} ({there[j].split}): expected more than "
        f"{NEAR_DUPLICATE_BITS} bits between pictures of different splits, got {bits}"
        for i, j, bits in too_near(straight, mirrored, [entry.split for entry in there])
    ]


def too_near(straight: Hashes, mirrored: Hashes, splits: list[str]) -> list[tuple[int, int, int]]:
    """Pairs of different splits within the distance, as they are or one mirrored: their places and bits."""
    split = np.array(splits)
    pairs = []
    for i in range(len(straight) - 1):
        rest = slice(i + 1, None)
        bits = np.minimum(
            np.bitwise_count(straight[rest] ^ straight[i]), np.bitwise_count(mirrored[rest] ^ straight[i])
        )
        near = np.flatnonzero((bits <= NEAR_DUPLICATE_BITS) & (split[rest] != split[i]))
        pairs += [(i, i + 1 + int(j), int(bits[j])) for j in near]
    return pairs


def _doubled(names: list[str]) -> set[str]:
    return {name for name in set(names) if names.count(name) > 1} if len(set(names)) < len(names) else set()
