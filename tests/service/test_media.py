"""Evidence on disk: only an event's own files, and clips that browsers play."""

from fractions import Fraction
from pathlib import Path
from threading import Barrier, Thread

import av
import numpy as np
import pytest
from samples_service import make_clip, rectangle_at

from service.evidence import media
from service.evidence.media import ClipBrokenError, Evidence, EvidenceMissingError

ID = "0123456789abcdef"


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    (tmp_path / "data" / "clips").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / f"{ID}.mp4").write_bytes(b"outside")
    (tmp_path / "data" / "clips" / f"{ID}.mp4").write_bytes(b"inside")
    (tmp_path / "data" / "clips" / "fedcba9876543210.mp4").write_bytes(b"another event's")
    (tmp_path / "data" / "clips" / f"{ID}.sqlite3").write_bytes(b"no evidence")
    (tmp_path / "data" / "link").symlink_to(tmp_path)
    return Evidence(tmp_path / "data")


def test_an_events_own_file_is_found(evidence: Evidence) -> None:
    assert evidence.locate(ID, f"clips/{ID}.mp4").read_bytes() == b"inside"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(f"../{ID}.mp4", id="up and out"),
        pytest.param(f"clips/../../{ID}.mp4", id="in, up and out"),
        pytest.param(f"link/{ID}.mp4", id="out through a link"),
        pytest.param("/etc/passwd", id="absolute"),
        pytest.param("../secret.txt", id="another name"),
        pytest.param("clips/fedcba9876543210.mp4", id="another event's"),
        pytest.param(f"clips/{ID}.sqlite3", id="no kind of evidence"),
        pytest.param(f"clips/{ID}.jpg", id="not there"),
        pytest.param("clips", id="a folder"),
        pytest.param("", id="nothing"),
        pytest.param(f"clips/{ID}\0.mp4", id="a null byte"),
        pytest.param(f"clips/{'x' * 5000}.mp4", id="too long"),
    ],
)
def test_any_other_file_is_missing(evidence: Evidence, name: str) -> None:
    with pytest.raises(EvidenceMissingError, match=ID):
        evidence.locate(ID, name)


def test_an_h264_clip_is_served_as_it_is(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clips" / f"{ID}.mp4")
    assert Evidence(tmp_path).playable(clip) == clip


@pytest.mark.parametrize(
    ("codec", "pix_fmt"),
    [
        pytest.param("libx265", "yuv420p", id="H.265"),
        pytest.param("mpeg4", "yuv420p", id="MPEG-4 part 2"),
        pytest.param("libx264", "yuv444p", id="H.264 with full colour"),
    ],
)
def test_a_clip_browsers_cannot_play_gets_a_rendition_on_the_same_clock(
    tmp_path: Path, codec: str, pix_fmt: str
) -> None:
    clip = make_clip(tmp_path / "clips" / f"{ID}.mp4", codec=codec, frames=12, pix_fmt=pix_fmt, gap_after=6)
    original = clip.read_bytes()
    rendition = Evidence(tmp_path).playable(clip)
    assert rendition != clip
    assert clip.read_bytes() == original
    assert frames_of(rendition)[0] == ("h264", "yuv420p")
    times = [t for t, _ in frames_of(rendition)[1]]
    assert times == [t for t, _ in frames_of(clip)[1]]
    assert times[7] - times[6] == Fraction(6, 10), "the gap must stay, or every later box drifts"
    for index, (_, picture) in enumerate(frames_of(rendition)[1]):
        x1, y1, x2, y2 = rectangle_at(index)
        assert picture[y1 + 4 : y2 - 4, x1 + 4 : x2 - 4].min() > 180, f"frame {index}"
        assert picture[:60].max() < 120, f"frame {index}"
    assert sorted(path.name for path in clip.parent.iterdir()) == [f"{ID}.h264.mp4", f"{ID}.mp4"]


def test_a_rendition_is_made_once_even_when_two_ask_at_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tmp_path / f"{ID}.mp4", codec="mpeg4", frames=5)
    evidence, made, both = Evidence(tmp_path), [], Barrier(2)
    encode = media._encode

    def counted(source: Path, target: Path) -> int:
        made.append(target)
        return encode(source, target)

    monkeypatch.setattr(media, "_encode", counted)

    def ask() -> None:
        both.wait()
        evidence.playable(clip)

    threads = [Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert evidence.playable(clip).exists()
    assert len(made) == 1


def test_a_clip_that_was_cut_anew_gets_a_new_rendition(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / f"{ID}.mp4", codec="mpeg4", frames=5)
    first = Evidence(tmp_path).playable(clip)
    make_clip(clip, codec="mpeg4", frames=9)
    second = Evidence(tmp_path).playable(clip)
    assert second == first
    assert len(frames_of(second)[1]) == 9


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"this is a text\n" * 50, id="a text"),
        pytest.param(b"\x00\x00\x00\x20ftypisom" + b"\x00" * 200, id="a header only"),
    ],
)
def test_a_broken_clip_is_said_to_be_broken_and_leaves_nothing_behind(tmp_path: Path, content: bytes) -> None:
    clip = tmp_path / f"{ID}.mp4"
    clip.write_bytes(content)
    with pytest.raises(ClipBrokenError, match=ID):
        Evidence(tmp_path).playable(clip)
    assert list(tmp_path.iterdir()) == [clip]


def test_a_clip_whose_frames_cannot_be_decoded_is_broken(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / f"{ID}.mp4", codec="mpeg4", frames=5)
    content = bytearray(clip.read_bytes())
    start = content.index(b"mdat") + 4
    content[start : content.index(b"moov") - 4] = bytes(len(content[start : content.index(b"moov") - 4]))
    clip.write_bytes(bytes(content))
    with pytest.raises(ClipBrokenError):
        Evidence(tmp_path).playable(clip)
    assert list(tmp_path.iterdir()) == [clip]


def frames_of(path: Path) -> tuple[tuple[str, str | None], list[tuple[Fraction, np.ndarray]]]:
    """Codec and pixels of a file; time in seconds and grey picture of its frames."""
    with av.open(str(path)) as container:
        codec = container.streams.video[0].codec_context
        frames = [
            (Fraction(frame.pts) * frame.time_base, frame.to_ndarray(format="gray"))
            for frame in container.decode(video=0)
        ]
        return (codec.name, codec.pix_fmt), frames
