"""The soak: cameras that never end, events compared with those of one camera alone, a short run for real."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from pipelines.bench.hall import Shown, hall_of
from pipelines.bench.kept import Kept
from pipelines.bench.soak.cameras import Recording, cameras, looped
from pipelines.bench.soak.run import soak
from pipelines.bench.soak.truth import Compared, Span, compared, in_all, repeated
from pipelines.hall.site import load_site
from pipelines.live import run_live
from pipelines.run import make_plan
from tests.conftest import DEMO_FOLDER, moving, write_video
from tests.stub_eyes import UnsureEyes

EVENT = Span("c0-w01", "absent", 10, 30)


@pytest.mark.parametrize(
    ("found", "counts"),
    [
        pytest.param([EVENT], (1, 0, 0), id="the same"),
        pytest.param([replace(EVENT, start=12, end=29)], (1, 0, 0), id="its ends a little elsewhere"),
        pytest.param([], (0, 1, 0), id="not there"),
        pytest.param([replace(EVENT, rule="smoking")], (0, 1, 1), id="another rule"),
        pytest.param([replace(EVENT, post="c0-w02")], (0, 1, 1), id="another post"),
        pytest.param([replace(EVENT, start=40, end=50)], (0, 1, 1), id="another time"),
        pytest.param([EVENT, replace(EVENT, start=90, end=120)], (1, 0, 0), id="and one that is cut off"),
    ],
)
def test_events_lost_and_invented(found: list[Span], counts: tuple[int, int, int]) -> None:
    late = replace(EVENT, start=80, end=110)
    came = compared([EVENT, late], found, until=100)
    assert (len(came.there), len(came.lost), len(came.invented)) == counts
    assert came.invented == tuple(span for span in found if came.lost and span.end <= 100)


def test_what_hangs_on_the_moment_of_the_looks_is_neither_expected_nor_invented() -> None:
    faint = replace(EVENT, rule="phone_use")
    shifted = replace(EVENT, start=11, end=31)
    assert in_all([[EVENT, faint], [shifted]]) == [EVENT]
    assert in_all([[EVENT], [shifted, faint]]) == [EVENT]
    for found in ([EVENT], [EVENT, faint]):
        came = compared([EVENT], found, 100, [EVENT, faint, shifted])
        assert (came.there, came.lost, came.invented) == ((EVENT,), (), ())


def test_cameras_are_added_up() -> None:
    other = replace(EVENT, post="c1-w01")
    came = compared([EVENT], [replace(EVENT, opened=21.5)], until=100) + compared([other], [], until=100)
    assert came == Compared(there=(EVENT,), lost=(other,), openings=(("absent", 11.5),))


def test_a_hall_of_many_times_the_same_camera() -> None:
    site = load_site(DEMO_FOLDER / "hall_day.site.yaml")
    hall = hall_of([Shown(site, DEMO_FOLDER, Path("day.mp4"))] * 3)
    assert [camera.id for camera in hall.cameras] == ["c0", "c1", "c2"]
    assert [post.id for post in hall.posts_of("c2")] == ["c2-w01", "c2-w02", "c2-w03"]
    assert hall.posts_of("c2")[0].staff_zone == site.posts[0].staff_zone
    assert hall.active_rules == site.active_rules


def test_cameras_take_turns_in_what_they_show() -> None:
    day, clean = (
        Shown(load_site(DEMO_FOLDER / f"{name}.site.yaml"), DEMO_FOLDER, Path(f"{name}.mp4"))
        for name in ("hall_day", "hall_clean")
    )
    hall = hall_of([day, clean, day])
    zones = [hall.posts_of(camera.id)[0].staff_zone for camera in hall.cameras]
    assert zones == [one.site.posts[0].staff_zone for one in (day, clean, day)]


def test_rounds_of_a_video_are_alike_from_the_second_on_and_its_seam_ends_no_event() -> None:
    """Rounds of 100 s; something goes on over the end of each, and the first alone has an event at 5 s."""
    seam = [Span("c0-w01", "absent", 100 * k + 90, 100 * k + 115) for k in range(2)]
    cut_off = Span("c0-w01", "absent", 290, 300)
    first = Span("c0-w02", "smoking", 5, 30)
    expected = repeated([first, *seam, cut_off], 100, 520)
    assert [(span.rule, span.start, span.end) for span in expected] == [
        ("smoking", 5, 30),
        *(("absent", 100 * k + 90, 100 * k + 115) for k in range(5)),
    ]
    assert repeated([first, *seam, cut_off], 100, 300) == [first, *seam, cut_off]


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Longer than a picture is remembered for: a shorter loop is a frozen picture."""
    return write_video(tmp_path_factory.mktemp("soak") / "four_seconds.mp4", moving(40), options={"bf": "0"})


def test_looks_at_a_video_that_comes_late_fall_in_between(video: Path, tmp_path: Path) -> None:
    with av.open(str(looped(video, tmp_path / "late.mp4", 2, late_s=0.2))) as container:
        times = [float(frame.time or 0) for frame in container.decode(video=0)]
    assert np.diff(times[:4]) == pytest.approx([0.3, 0.1, 0.1])


def test_a_looped_file_goes_on_without_a_break(video: Path, tmp_path: Path) -> None:
    with av.open(str(looped(video, tmp_path / "looped.mp4", 7))) as container:
        times = [round(float(picture.time or 0), 3) for picture in container.decode(video=0)]
    assert times == [round(i / 10, 3) for i in range(70)]


def test_a_recordings_loops_go_on_rising(video: Path) -> None:
    recording = Recording.of(video)
    stamps = [packet[1] for packet, _ in zip(recording.loops(), range(50), strict=False)]
    steps = {later - sooner for sooner, later in pairwise(stamps)}
    assert steps == {recording.length // 40}


@pytest.mark.slow  # live cameras take their time
def test_cameras_go_on_beyond_their_videos_end_at_their_own_pace(video: Path, tmp_path: Path) -> None:
    site = load_site(DEMO_FOLDER / "hall_day.site.yaml").model_copy(update={"uniform": None})
    site = hall_of([Shown(site, tmp_path, video)] * 2)
    eyes, kept = UnsureEyes(), Kept()
    with cameras([video, video]) as urls:
        plan = make_plan(site, eyes, sources={f"c{i}": url for i, url in enumerate(urls)})
        run_live(
            plan,
            eyes,
            kept,
            tmp_path,
            start=0.0,
            stopped=lambda: len(kept.times) == 6 and min(map(len, kept.times.values())) >= 13,
        )
    assert kept.health_counts == {}
    for times in kept.times.values():
        assert times == sorted(times)
        assert times[12] - times[0] > 4, "the second round of the video"


@pytest.mark.slow  # live cameras take their time
def test_the_figures_of_a_short_soak(video: Path, tmp_path: Path) -> None:
    site = load_site(DEMO_FOLDER / "hall_day.site.yaml").model_copy(update={"uniform": None})
    shown = [Shown(site, tmp_path, video)] * 2
    with cameras([video, video]) as urls:
        figures = soak(shown, UnsureEyes(), urls, tmp_path, seconds=20)
    assert (figures.cameras, figures.posts, figures.reconnects, figures.health) == (2, 6, 0, {})
    assert figures.pictures_looked_at + figures.pictures_dropped >= 2 * 20 / 0.4 * 0.8
    assert 0 < figures.age_p50 <= figures.age_p99 <= figures.age_max
    assert set(figures.posts_p50_p99) == {f"c{i}-w0{j}" for i in range(2) for j in (1, 2, 3)}
    assert figures.rss_last_quarter > 10
    assert f"| cameras | {figures.cameras} |" in figures.markdown()
    assert "| c1-w03 |" in figures.markdown()
