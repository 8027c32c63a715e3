"""Small streams whose pictures say which second they show, damaged in seeded ways."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tests.conftest import Pixels, write_video
from tests.pipelines.streams.samples_http import transport_stream

SECONDS, FPS, BITS = 6, 5, 4
SIZES = ((64, 96), (96, 128))
TS_PACKET = 188


@dataclass(frozen=True, slots=True)
class Made:
    """A stream: its bytes, where in them each second lies, and which seconds are still as they were made."""

    content: bytes
    ranges: tuple[tuple[int, int], ...]
    intact: frozenset[int]
    suffix: str


def numbered(first: int, count: int, size: tuple[int, int]) -> list[Pixels]:
    """Frames of seconds ``first`` on: four bars, bright or dark, are the bits of the second's number."""
    noise, (high, wide) = np.random.default_rng(first), size
    frames = []
    for second in range(first, first + count):
        for _ in range(FPS):
            frame = np.full((high, wide, 3), 60, np.uint8)
            for bit in range(BITS):
                if second >> bit & 1:
                    frame[:, bit * wide // BITS : (bit + 1) * wide // BITS] = 180
            frames.append(frame + noise.integers(0, 30, frame.shape, dtype=np.uint8))
    return frames


def number_of(image: Pixels) -> int:
    """The second that a picture says it shows."""
    wide = image.shape[1]
    bars = [image[:, bit * wide // BITS : (bit + 1) * wide // BITS].mean() for bit in range(BITS)]
    return sum(1 << bit for bit, bar in enumerate(bars) if bar > 135)


def in_transport_stream(codecs: tuple[str, str], sizes: tuple[tuple[int, int], tuple[int, int]]) -> Made:
    """An MPEG transport stream; its second half may have another codec or size."""
    half = SECONDS // 2
    ranges, content = list[tuple[int, int]](), b""
    for i, (codec, size) in enumerate(zip(codecs, sizes, strict=True)):
        chunks = transport_stream(numbered(i * half, half, size), fps=FPS, codec=codec, from_s=i * half)
        parts = [b"".join(chunk for _, chunk in chunks[k * FPS : (k + 1) * FPS]) for k in range(half)]
        parts[-1] += chunks[-1][1]
        for part in parts:
            ranges.append((len(content), len(content) + len(part)))
            content += part
    # FFmpeg settles on one codec for a file: what it can read of one that changes its codec is not counted.
    intact = frozenset(range(SECONDS)) if codecs[0] == codecs[1] else frozenset[int]()
    return Made(content, tuple(ranges), intact, ".ts")


def in_file(folder: Path, suffix: str, codec: str) -> Made:
    """An MP4 file."""
    x265 = {"x265-params": "log-level=none:bframes=0:keyint=5:min-keyint=5:scenecut=0:open-gop=0"}
    options = x265 if codec == "libx265" else {"bf": "0"}
    path = folder / f"whole{suffix}"
    frames = numbered(0, SECONDS, SIZES[0])
    write_video(path, frames, fps=FPS, gop=FPS, codec=codec, options=options | {"preset": "ultrafast"})
    content = path.read_bytes()
    import av

    spots = []
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            if packet.size:
                spots.append((content.find(bytes(packet)), packet.size))
    ranges = []
    for second in range(SECONDS):
        of_second = spots[second * FPS : (second + 1) * FPS]
        ranges.append((min(at for at, _ in of_second), max(at + size for at, size in of_second)))
    return Made(content, tuple(ranges), frozenset(range(SECONDS)), suffix)


def flip_bits(made: Made, dice: random.Random) -> Made:
    """1 to 40 bits anywhere in the pictures' part."""
    content, hit = bytearray(made.content), []
    for _ in range(dice.choice([1, 3, 10, 40])):
        at = dice.randrange(made.ranges[0][0], made.ranges[-1][1])
        content[at] ^= 1 << dice.randrange(8)
        hit.append((at, at + 1))
    return touched(made, bytes(content), hit)


def overwrite(made: Made, dice: random.Random) -> Made:
    """A stretch of bytes becomes noise."""
    at = dice.randrange(made.ranges[0][0], made.ranges[-1][1])
    end = min(at + dice.choice([8, 188, 2000]), made.ranges[-1][1])
    content = made.content[:at] + dice.randbytes(end - at) + made.content[end:]
    return touched(made, content, [(at, end)])


def cut_packets(made: Made, dice: random.Random) -> Made:
    """Transport packets are lost; in a file, bytes become zero, for its index says where all else lies."""
    content, hit = bytearray(made.content), []
    spots = sorted(
        {dice.randrange(len(content) // TS_PACKET) * TS_PACKET for _ in range(dice.choice([1, 4, 12]))}
    )
    for at in reversed(spots):
        end = at + TS_PACKET * dice.choice([1, 1, 7])
        if made.suffix == ".ts":
            del content[at:end]
        elif made.ranges[0][0] <= at and end <= made.ranges[-1][1]:
            content[at:end] = bytes(end - at)
        else:
            continue
        hit.append((at, end))
    return touched(made, bytes(content), hit)


def cut_off(made: Made, dice: random.Random) -> Made:
    """The end is missing."""
    at = dice.randrange(made.ranges[1][0], made.ranges[-1][1])
    if made.suffix == ".mp4":  # its index is at its end
        return overwrite(made, dice)
    return touched(made, made.content[:at], [(at, len(made.content))])


DAMAGES: tuple[Callable[[Made, random.Random], Made], ...] = (flip_bits, overwrite, cut_packets, cut_off)


def touched(made: Made, content: bytes, hits: list[tuple[int, int]]) -> Made:
    """What is left intact: a second none of whose bytes is hit."""
    intact = frozenset(
        second
        for second, (start, end) in enumerate(made.ranges)
        if second in made.intact and not any(low < end and high > start for low, high in hits)
    )
    return replace(made, content=content, intact=intact)
