"""A ring whose older packets are on disk: the same clips, memory within its share, no file left behind."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from pipelines.evidence.overflow import FOLDER, Overflow, clear_overflow
from pipelines.evidence.recorder import Clip, ClipError, Ring, Stream
from pipelines.streams.packet import Packet
from pipelines.streams.source import Source
from tests.conftest import moving, packet_bytes, write_video

GROUP = 10


def fill(ring: Ring, count: int, size: int = 100) -> list[Packet]:
    """Packets of a stream of ten a second, a keyframe each second."""
    packets = [Packet(bytes([i % 251]) * size, i / 10, i, i, 1, key=i % GROUP == 0) for i in range(count)]
    for packet in packets:
        ring.add(packet)
    return packets


def files(folder: Path) -> list[Path]:
    gc.collect()
    return sorted((folder / FOLDER).rglob("*.group"))


def in_memory(ring: Ring) -> int:
    return sum(len(packet.content) for packet in ring.after(-1, 0.0) if isinstance(packet.content, bytes))


@pytest.mark.parametrize("share", [0, 1500, 3_000, 10**6])
def test_what_comes_out_is_what_went_in_and_memory_keeps_to_its_share(tmp_path: Path, share: int) -> None:
    ring = Ring(8.0, Overflow(tmp_path, "east", share))
    packets = fill(ring, 205)
    kept = ring.after(-1, 0.0)
    assert [(p.t, p.data, p.size, p.key) for p in kept] == [
        (p.t, p.data, p.size, p.key) for p in packets if p.t >= 12.0
    ]
    # The newest group, which goes on, is in memory; a group comes to it before another is stored.
    assert in_memory(ring) <= share + GROUP * 100
    assert bool(files(tmp_path)) is (share < 8000)


def test_files_go_with_what_the_ring_forgets_but_not_under_a_clip_in_the_making(tmp_path: Path) -> None:
    ring = Ring(3.0, Overflow(tmp_path, "east", 0))
    packets = fill(ring, 40)
    held = ring.after(-1, 0.0)
    before = files(tmp_path)
    for packet in packets:
        ring.add(Packet(packet.content, packet.t + 4, packet.pts + 40, packet.dts + 40, 1, packet.key))
    assert set(before) < set(files(tmp_path))
    assert [packet.data for packet in held] == [packet.data for packet in packets[: len(held)]]
    del held
    assert not set(before) & set(files(tmp_path))
    del ring
    assert files(tmp_path) == []


def test_clips_are_the_same_from_memory_and_from_disk(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(100), gop=GROUP)
    for name, overflow in (("memory", None), ("disk", Overflow(tmp_path, "east", 0))):
        ring = Ring(60.0, overflow)
        with Source("east", str(path), start=0.0) as source:
            for step in source:
                if step.packet is not None:
                    ring.add(step.packet)
            clip = Clip(tmp_path / f"{name}.mp4", Stream(source.stream, source.time_base), ring, 2.5)
            clip.grow(6.0)
            clip.finish()
    assert packet_bytes(tmp_path / "memory.mp4") == packet_bytes(tmp_path / "disk.mp4")


def test_a_disk_that_takes_nothing_costs_memory_and_no_video(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FOLDER).write_text("in the way", encoding="utf-8")
    ring = Ring(8.0, Overflow(tmp_path, "east", 0))
    packets = fill(ring, 60)
    assert [packet.data for packet in ring.after(-1, 0.0)] == [packet.data for packet in packets]
    assert caplog.text.count("stays in memory") == 1, "said once"


def test_a_disk_that_fails_under_a_clip_is_the_clips_error(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(60), gop=GROUP)
    ring = Ring(60.0, Overflow(tmp_path, "east", 0))
    with Source("east", str(path), start=0.0) as source:
        for step in source:
            if step.packet is not None:
                ring.add(step.packet)
        for file in files(tmp_path):
            file.write_bytes(b"")
        clip = Clip(tmp_path / "clip.mp4", Stream(source.stream, source.time_base), ring, 0.0)
        with pytest.raises(ClipError, match=r"clip\.mp4"):
            clip.grow(3.0)
        clip.discard()


def test_a_new_ring_of_the_same_kind_stores_too(tmp_path: Path) -> None:
    ring = Ring(8.0, Overflow(tmp_path, "east", 0)).anew()
    fill(ring, 40)
    assert ring.seconds == 8.0
    assert files(tmp_path)


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / FOLDER / "east" / "7.group"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"old")
    clear_overflow(tmp_path)
    assert not left.exists()
    clear_overflow(tmp_path)
