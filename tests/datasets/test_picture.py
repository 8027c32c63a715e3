"""Picture maths of the rendered hall: projection, zones, rectangles, look, encoding."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest
import yaml

from datasets.synthetic_hall import camera, encode, look, plates, scenario, site
from datasets.synthetic_hall.scenario import Camera, Look

LEVEL = Camera(height_m=2.5, x_m=0, distance_m=5, aim_x_m=0, tilt_deg=5, lens_mm=36)
FOLDER = Path(scenario.__file__).parent / "scenarios"


@pytest.mark.parametrize(
    ("point", "pixel"),
    [
        ((0, 5.0, 2.5 - 10 * np.tan(np.radians(5))), (500, 250)),  # straight ahead: the picture's middle
        ((1, 0, 2.5), (None, None)),
    ],
)
def test_projection(point: tuple[float, float, float], pixel: tuple[float | None, float | None]) -> None:
    (found,), depth = camera.project(LEVEL, 1000, 500, np.array([point]))
    assert depth[0] > 0
    if pixel[0] is None:
        assert found[0] > 500  # to the right
        assert found[1] < 250  # above the line of sight
    else:
        assert found == pytest.approx(pixel, abs=1e-6)


def test_what_is_behind_the_camera_has_negative_depth() -> None:
    _, depth = camera.project(LEVEL, 1000, 500, np.array([[0.0, -9.0, 2.0]]))
    assert depth[0] < 0


def test_zones_lie_in_the_picture_side_by_side_staff_above_visitors() -> None:
    made = site.site(scenario.load(FOLDER / "hall_day.yaml"))
    assert [p["id"] for p in made["posts"]] == ["w01", "w02", "w03"]
    rights = 0.0
    for post in made["posts"]:
        staff, visitor = np.array(post["staff_zone"]), np.array(post["visitor_zone"])
        assert ((staff >= 0) & (staff <= 1)).all()
        assert staff[0, 0] >= rights
        assert staff[:, 1].max() == pytest.approx(visitor[:, 1].min())
        rights = staff[1, 0]
        if "telephone_zone" in post:
            telephone = np.array(post["telephone_zone"])
            assert ((telephone >= 0) & (telephone <= 1)).all()
            assert telephone[:, 0].min() < staff[:, 0].mean()
            assert telephone[:, 1].max() <= visitor[:, 1].mean()
    assert made["rules"]["absent"] == {"grace_s": 10}
    assert made["rules"]["phone_use"] == {"hold_s": 5}


def test_a_site_file_reads_back(tmp_path: Path) -> None:
    made = scenario.load(FOLDER / "hall_night_lamp.yaml")
    site.write(tmp_path / "s.yaml", made)
    assert yaml.safe_load((tmp_path / "s.yaml").read_text("utf-8")) == site.site(made)


def test_rectangles_snap_to_the_grid_and_stay_in_the_picture() -> None:
    assert plates.snap((17, 3, 40, 95), 100, 96) == (16, 0, 48, 96)
    assert plates.snap((90, 80, 99, 95), 100, 96) == (80, 80, 100, 96)


def test_a_picture_depends_on_all_it_touches_but_the_ignored() -> None:
    rects = {"a": (0, 0, 10, 10), "b": (9, 9, 20, 20), "c": (20, 0, 30, 10)}
    assert plates.seen_together("a", rects, set()) == ["a", "b"]
    assert plates.seen_together("a", rects, {"b"}) == ["a"]
    assert plates.seen_together("c", rects, set()) == ["c"]


def test_a_region_covers_its_inside_and_fades_at_inner_edges_only() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    plates.lay(picture, np.full((32, 32, 3), 200, np.uint8), (0, 0, 32, 32))
    assert picture[0, 0, 0] == 200  # at the picture's own edge
    assert picture[16, 16, 0] == 200
    assert 0 < picture[16, 31, 0] < 30
    assert picture[40, 40, 0] == 0


def test_a_region_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \(32, 32\) pixels, got \(8, 8\)"):
        plates.lay(np.zeros((64, 64, 3), np.uint8), np.zeros((8, 8, 3), np.uint8), (0, 0, 32, 32))


def test_the_look_is_the_same_for_the_same_seed_and_frame() -> None:
    grey = np.full((90, 160, 3), 120, np.uint8)
    when = datetime(2026, 1, 5, tzinfo=UTC)
    one, same, other = (
        look.Cctv(Look(), 160, 90, s).apply(grey, i, when) for s, i in ((1, 4), (1, 4), (1, 5))
    )
    assert (one == same).all()
    assert (one != other).any()
    assert abs(float(one[40:60].mean()) - 120) < 4


def test_a_clip_has_its_frames_rate_and_regular_keyframes(tmp_path: Path) -> None:
    frames = [np.full((96, 160, 3), 8 * i, np.uint8) for i in range(31)]
    size = encode.encode(tmp_path / "c.mp4", iter(frames), 10, 23)
    assert size == (tmp_path / "c.mp4").stat().st_size
    with av.open(str(tmp_path / "c.mp4")) as container:
        stream = container.streams.video[0]
        read = list(container.decode(stream))
        assert (stream.codec_context.name, stream.average_rate, stream.pix_fmt) == ("h264", 10, "yuv420p")
    assert len(read) == 31
    assert [i for i, f in enumerate(read) if f.key_frame] == [0, 15, 30]
    head = (tmp_path / "c.mp4").read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")
