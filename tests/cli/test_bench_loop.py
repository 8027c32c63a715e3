"""`conduct bench loop`: the same video by both loops. Slow: two runs of some seconds of video at 1080p."""

import json
from pathlib import Path

import av
import pytest

from pipelines.bench.loop import HEIGHT, WIDTH, as_camera
from service import cli
from tests.conftest import DEMO_FOLDER

pytestmark = pytest.mark.slow


def test_a_video_becomes_what_a_halls_camera_sends(tmp_path: Path) -> None:
    made = tmp_path / "camera.mp4"
    assert as_camera(DEMO_FOLDER / "example_12s.mp4", made, 4.0) == pytest.approx(4.0)
    with av.open(str(made)) as video:
        stream = video.streams.video[0]
        packets = [p for p in video.demux(stream) if p.is_keyframe and p.pts is not None]
        keys = [float(p.pts * p.time_base) for p in packets]
        assert (stream.width, stream.height, float(stream.average_rate)) == (WIDTH, HEIGHT, 25.0)
    assert keys == pytest.approx([0.0, 2.0], abs=0.05)


def test_both_loops_are_measured_in_one_run(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    site = str(DEMO_FOLDER / "example_12s.site.yaml")
    monkeypatch.setattr("sys.argv", ["conduct", "bench", "loop", "--site", site, "--seconds", "4"])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert not caught.value.code
    figures = json.loads(capsys.readouterr().out)
    assert figures["video_s"] == pytest.approx(4.0, abs=0.1)
    assert figures["ratio"] == pytest.approx(figures["plain_cost"] / figures["our_cost"], rel=0.05)
    assert 0 < figures["decode_cost"] < figures["our_cost"]
    assert figures["posts"] <= figures["looks"] <= figures["posts"] * 11
    assert figures["our_cameras"] == pytest.approx(figures["cores"] / figures["our_cost"], rel=0.05)
