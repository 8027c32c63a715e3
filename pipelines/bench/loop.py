"""What a camera costs: our loop beside the plain one that a user would write, on one video in one run.

The plain loop decodes every picture and shows the whole picture, at 640 pixels, to the same detector five
times a second. Both are run as fast as they can; what counts is the CPU time of all threads for a second of
video.
"""

import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from fractions import Fraction
from os import cpu_count
from pathlib import Path
from unittest.mock import patch

import av
import numpy as np
from av.video.frame import PictureType, VideoFrame

from models.detector import Crop, Detector
from pipelines.bench.due import due_pictures
from pipelines.bench.kept import timed_run
from pipelines.hall.site import Site
from pipelines.looking.eyes import Eyes
from pipelines.looking.looks import Quiet
from pipelines.run import make_plan
from pipelines.streams.source import Source

PLAIN_SIZE = 640
PLAIN_INTERVAL_S = 0.2
WIDTH, HEIGHT = 1920, 1080


@dataclass(frozen=True, slots=True)
class Sent:
    """The video that is measured on: what a hall's camera sends."""

    width: int = WIDTH
    height: int = HEIGHT
    rate: int = 25
    group_s: int = 2
    bits: int = 4_000_000


MAIN, SUB = Sent(), Sent(1280, 720, 10, 2, 1_500_000)
"""A main stream, and a sub stream to look at."""


@dataclass(frozen=True, slots=True)
class LoopBench:
    """Figures of one run. Costs are CPU seconds for a second of one camera's video."""

    model: str
    sha256: str
    runtime: str
    posts: int
    video_s: float
    cores: int
    plain_cost: float
    decode_cost: float
    our_cost: float
    our_cost_without_gate: float
    """With every post looked at in every picture that is due."""
    ratio: float
    plain_cameras: float
    our_cameras: float
    looks: int
    looks_per_post_s: float
    events: dict[str, int]

    def line(self) -> dict[str, object]:
        """The figures as JSON."""
        return asdict(self)


def bench_loop(site: Site, folder: Path, eyes: Eyes, *, seconds: float) -> LoopBench:
    """Measure on the first file of a site, relative to ``folder``: ``seconds`` of it, at 1080p.

    Both loops ask the detector of ``eyes``. Raises what a run of it raises.
    """
    plan = make_plan(site, eyes, folder=folder)
    camera = plan.cameras()[0]
    with tempfile.TemporaryDirectory() as scratch:
        video = Path(scratch) / "camera.mp4"
        length = as_camera(Path(plan.urls[camera.id]), video, seconds)
        detector = eyes.detector
        detector.detect([Crop.whole(np.zeros((HEIGHT, WIDTH, 3), np.uint8))], size=PLAIN_SIZE)
        decoding, plain = _decode_only(video), _plain(video, detector)
        ours = make_plan(site, eyes, folder=folder, sources={camera.id: str(video)})
        ran, sink = timed_run(ours, eyes)
        with patch.object(Quiet, "passes", _never):
            always, _ = timed_run(ours, eyes)
    posts, cores = len(site.posts_of(camera.id)), cpu_count() or 1
    looks = sum(len(times) for times in sink.times.values())
    return LoopBench(
        model=eyes.model.name,
        sha256=eyes.model.sha256,
        runtime=eyes.runtime,
        posts=posts,
        video_s=round(length, 1),
        cores=cores,
        plain_cost=round(plain / length, 4),
        decode_cost=round(decoding / length, 4),
        our_cost=round(ran / length, 4),
        our_cost_without_gate=round(always / length, 4),
        ratio=round(plain / ran, 2),
        plain_cameras=round(cores * length / plain, 1),
        our_cameras=round(cores * length / ran, 1),
        looks=looks,
        looks_per_post_s=round(looks / posts / length, 3),
        events=dict(Counter(event.rule for event in sink.events.values())),
    )


def as_camera(source: Path, target: Path, seconds: float, sent: Sent = MAIN) -> float:
    """The first ``seconds`` of a video as a camera would send it; gives how long that is in seconds."""
    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        stream = made.add_stream("libx264", rate=sent.rate)
        stream.width, stream.height, stream.pix_fmt = sent.width, sent.height, "yuv420p"
        stream.bit_rate, stream.gop_size = sent.bits, sent.group_s * sent.rate
        stream.options = {
            "preset": "veryfast",
            "tune": "zerolatency",
            # GStreamer repeats the parameter sets before each slice of a keyframe: one slice each.
            "x264-params": "sliced-threads=0",
        }
        count = 0
        for picture in given.decode(video=0):
            at = float(picture.time or 0.0)
            while count / sent.rate <= at and count / sent.rate < seconds:
                made.mux(stream.encode(_scaled(picture, count, sent)))
                count += 1
            if count / sent.rate >= seconds:
                break
        made.mux(stream.encode(None))
    return count / sent.rate


def _scaled(picture: VideoFrame, count: int, sent: Sent) -> VideoFrame:
    frame = picture.reformat(width=sent.width, height=sent.height, format="yuv420p")
    frame.pts, frame.time_base = count, Fraction(1, sent.rate)
    frame.pict_type = PictureType.NONE  # else a keyframe of the source is made one here too
    return frame


def _never(_quiet: Quiet, _t: float, _ahead_s: float = 0.0) -> bool:
    """In place of `Quiet.passes`: no picture is passed over."""
    return False


def _decode_only(video: Path) -> float:
    began = time.process_time()
    with Source("bench", str(video), start=0.0) as source:
        for _ in source:
            pass
    return time.process_time() - began


def _plain(video: Path, detector: Detector) -> float:
    began = time.process_time()
    for picture in due_pictures("bench", video, PLAIN_INTERVAL_S):
        detector.detect([Crop.whole(picture.frame().image)], size=PLAIN_SIZE)
    return time.process_time() - began
