"""Clips hold the camera's own packets, start near enough, and stand on the right clock."""

from pathlib import Path

import av
import pytest

from pipelines.evidence.recorder import Clip, ClipError, Ring, Stream
from pipelines.streams.source import Source
from tests.conftest import moving, packet_bytes, read_frames, write_video


def clip_of(
    path: Path, out: Path, start: float, end: float, *, steps: int = 1, ring_s: float = 100.0
) -> Clip:
    """Read a whole video through a ring and cut a clip out of it in some steps."""
    ring = Ring(ring_s)
    with Source("cam", str(path), start=0.0) as source:
        for step in source:
            if step.packet is not None:
                ring.add(step.packet)
        clip = Clip(out, Stream(source.stream, source.time_base), ring, start)
        for i in range(1, steps):
            clip.grow(start + (end - start) * i / steps)
        clip.grow(end)
        clip.finish()
    return clip


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        pytest.param("libx264", {"bf": "0"}, id="H.264 without B-frames"),
        pytest.param("libx264", {"bf": "3", "b-pyramid": "normal"}, id="H.264 with B-frames"),
        pytest.param("libx265", {"x265-params": "log-level=none:scenecut=0:open-gop=0"}, id="H.265"),
        pytest.param("mpeg4", {"sc_threshold": "1000000000"}, id="MPEG-4"),
    ],
)
@pytest.mark.parametrize("steps", [1, 7])
def test_a_clip_is_the_sources_packets_unchanged(
    tmp_path: Path, codec: str, options: dict[str, str], steps: int
) -> None:
    path = write_video(tmp_path / "a.mp4", moving(100), codec=codec, gop=10, options=options)
    clip = clip_of(path, tmp_path / "clip.mp4", 3.3, 6.0, steps=steps)
    source, cut = packet_bytes(path), packet_bytes(tmp_path / "clip.mp4")
    first = source.index(cut[0])
    assert cut == source[first : first + len(cut)]
    assert clip.t0 == pytest.approx(3.0)
    times = shown_times(tmp_path / "clip.mp4")
    assert times[0] == 0
    assert times[:31] == pytest.approx([i / 10 for i in range(31)])
    assert len(times) <= 31 + 4


def test_a_container_without_the_first_decode_times_gives_a_clip_too(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", moving(60), gop=10, options={"bf": "3"})
    clip_of(path, tmp_path / "clip.mp4", 0.0, 3.0)
    cut = packet_bytes(tmp_path / "clip.mp4")
    assert cut == packet_bytes(path)[: len(cut)]
    assert shown_times(tmp_path / "clip.mp4")[:31] == pytest.approx([i / 10 for i in range(31)], abs=0.002)


def shown_times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.time) for frame in container.decode(video=0)]


def test_second_zero_of_a_clip_is_its_first_keyframes_picture(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(60), gop=10)
    clip = clip_of(path, tmp_path / "clip.mp4", 2.5, 4.0)
    whole, cut = read_frames(path), read_frames(tmp_path / "clip.mp4")
    for i in (0, 5, 12):
        assert (cut[i] == whole[round(clip.t0 * 10) + i]).all()


@pytest.mark.parametrize(
    ("start", "gop", "expected"),
    [
        pytest.param(4.2, 10, 4.0, id="inside a group: its keyframe"),
        pytest.param(4.0, 10, 4.0, id="on a keyframe: that one"),
        pytest.param(-3.0, 10, 0.0, id="before the recording: the first there is"),
        pytest.param(4.2, 50, 0.0, id="a long group: at most one group early"),
    ],
)
def test_a_clip_starts_at_the_keyframe_at_or_before(
    tmp_path: Path, start: float, gop: int, expected: float
) -> None:
    path = write_video(tmp_path / "a.mp4", moving(60), gop=gop)
    assert clip_of(path, tmp_path / "clip.mp4", start, 5.0).t0 == pytest.approx(expected)


def test_the_ring_keeps_its_seconds_and_whole_groups_only(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(200), gop=10)
    ring = Ring(5.0)
    with Source("cam", str(path), start=0.0) as source:
        for step in source:
            if step.packet is not None:
                ring.add(step.packet)
    kept = ring.after(None, ring.start_for(0.0) or 0.0)
    assert kept[0].key
    assert 19.0 - 5.0 - 1.0 <= kept[0].t <= 19.0 - 5.0
    assert len(kept) <= 70


def test_an_empty_ring_gives_no_clip(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(5))
    with (
        Source("cam", str(path), start=0.0) as source,
        pytest.raises(ClipError, match=r"clip\.mp4: expected recorded video from 1\.0 s on, there is none"),
    ):
        Clip(tmp_path / "clip.mp4", Stream(source.stream, source.time_base), Ring(5), 1.0)
    assert list(tmp_path.glob("clip*")) == []


def test_a_discarded_clip_leaves_nothing_behind(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(30))
    ring = Ring(10)
    with Source("cam", str(path), start=0.0) as source:
        for step in source:
            if step.packet is not None:
                ring.add(step.packet)
        clip = Clip(tmp_path / "clip.mp4", Stream(source.stream, source.time_base), ring, 0.0)
        clip.grow(2.0)
        assert (tmp_path / "clip.mp4.partial").exists()
        clip.discard()
    assert list(tmp_path.glob("clip*")) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(30))
    ring = Ring(10)
    with Source("cam", str(path), start=0.0) as source:
        for step in source:
            if step.packet is not None:
                ring.add(step.packet)
        with pytest.raises(ClipError, match=r"clip\.mp4: the clip cannot be written: No such file"):
            Clip(tmp_path / "none" / "clip.mp4", Stream(source.stream, source.time_base), ring, 0.0).grow(2.0)
