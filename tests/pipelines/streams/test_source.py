"""Packets and frames on one clock; what is broken is said, what is readable is read."""

from pathlib import Path

import numpy as np
import pytest

from pipelines.streams.source import Source, SourceError, check_readable, is_live
from tests.conftest import moving, packet_bytes, write_video


def test_packets_and_pictures_share_one_clock_that_starts_where_it_is_told(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(30), fps=10)
    with Source("cam", str(path), start=1000.0) as source:
        steps = list(source)
    pictures = [picture for step in steps for picture in step.pictures]
    assert [round(picture.t, 3) for picture in pictures] == [round(1000 + i / 10, 3) for i in range(30)]
    assert [picture.index for picture in pictures] == list(range(30))
    packets = [step.packet for step in steps if step.packet is not None]
    assert [packet.data for packet in packets] == packet_bytes(path)
    assert sorted(round(packet.t, 3) for packet in packets) == [round(p.t, 3) for p in pictures]
    assert source.missing_s == 0


def test_a_closed_source_still_knows_its_length(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(30), fps=10)
    found = set()
    for _ in range(50):  # the memory that FFmpeg gave back is written over sooner or later
        with Source("cam", str(path), start=0.0) as source:
            pass
        _written_over = [bytearray(200) for _ in range(2000)]
        found.add(source.seconds)
    assert found == {3.0}


def test_a_frame_has_the_pictures_own_pixels(tmp_path: Path) -> None:
    frames = moving(3)
    path = write_video(tmp_path / "a.mp4", frames, options={"crf": "4"})
    with Source("cam", str(path), start=0.0) as source:
        first = next(picture for step in source for picture in step.pictures).frame()
    assert first.image.shape == (96, 128, 3)
    assert np.abs(first.image.astype(int) - frames[0]).mean() < 6


def not_there(tmp_path: Path) -> Path:
    return tmp_path / "none.mp4"


def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "text.mp4"
    path.write_text("hello world\n" * 500)
    return path


def empty_file(tmp_path: Path) -> Path:
    path = tmp_path / "empty.mp4"
    path.touch()
    return path


def a_folder(tmp_path: Path) -> Path:
    path = tmp_path / "folder.mp4"
    path.mkdir()
    return path


def header_cut_off(tmp_path: Path) -> Path:
    path = write_video(tmp_path / "whole.mp4", moving(20))
    path.write_bytes(path.read_bytes()[:2000])
    return path


@pytest.mark.parametrize("broken", [not_there, text_file, empty_file, a_folder, header_cut_off])
def test_what_is_no_video_is_refused_in_one_line_that_names_camera_and_file(tmp_path: Path, broken) -> None:
    path = broken(tmp_path)
    with pytest.raises(SourceError) as caught:
        check_readable("cam", str(path))
    message = str(caught.value)
    assert "\n" not in message
    assert "camera cam: url: expected" in message
    assert path.name in message


def test_a_login_is_never_shown() -> None:
    with pytest.raises(SourceError) as caught:
        Source("cam", "rtsp://someone:s3cret@127.0.0.1:9/main")
    assert "s3cret" not in str(caught.value)
    assert "someone" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(100), options={"movflags": "+faststart", "bf": "0"})
    whole = path.read_bytes()
    path = tmp_path / "b.mp4"
    write_faststart(tmp_path / "a.mp4", path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with Source("cam", str(path), start=0.0) as source:
        read = [picture for step in source for picture in step.pictures]
    assert 20 <= len(read) <= 70
    assert source.missing_s == pytest.approx(10.0 - read[-1].t, abs=0.25)


def write_faststart(source: Path, target: Path) -> None:
    import av

    with av.open(str(source)) as given, av.open(str(target), "w", options={"movflags": "+faststart"}) as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)


def test_pictures_after_damage_are_not_whole_until_the_next_keyframe(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(60), gop=10, options={"bf": "0"})
    content = bytearray(path.read_bytes())
    packets = packet_bytes(path)
    at = content.find(packets[14])
    content[at + 8 : at + len(packets[14])] = bytes(len(packets[14]) - 8)
    path.write_bytes(content)
    with Source("cam", str(path), start=0.0) as source:
        whole = {round(picture.t, 1): picture.whole for step in source for picture in step.pictures}
    assert all(whole[t / 10] for t in range(14))
    assert not any(whole.get(t / 10, False) for t in range(15, 20))
    assert all(whole[t / 10] for t in range(20, 60))


@pytest.mark.parametrize(
    ("url", "live"),
    [
        ("rtsp://camera/main", True),
        ("http://camera/mjpeg", True),
        ("/videos/a.mp4", False),
        ("a.mp4", False),
        ("file:///videos/a.mp4", False),
    ],
)
def test_a_stream_is_told_from_a_file(url: str, live: bool) -> None:
    assert is_live(url) is live
