"""Manifest, sessions, detector and clothing features with the packaged weights.

Slow where the real models run.
"""

import hashlib
import json
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.detector import Crop, Detector, letterbox, prepare
from models.manifest import PACKAGED, Manifest, ModelError
from models.person import OTHER_HOURS, Clothing, Postures, torso
from pipelines.looking.eyes import Eyes
from tests.conftest import DEMO_FOLDER, Pixels, read_frames
from vision.behaviours import BEHAVIOURS
from vision.posture import ACTS, JOINTS, Posture

MIB = 2**20


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return Manifest.load()


@pytest.fixture(scope="module")
def detector(manifest: Manifest) -> Detector:
    return Detector(manifest)


@pytest.fixture(scope="module")
def hall(example: Path) -> Pixels:
    return read_frames(example)[0]


def test_every_weight_is_there_whole_small_licensed_and_described(manifest: Manifest) -> None:
    for entry in manifest.models.values():
        content = manifest.verified_bytes(entry)
        assert len(content) <= 12 * MIB
        assert entry.licence
        assert (manifest.folder / entry.card).is_file()


def test_every_behaviour_has_a_calibration_that_says_where_it_comes_from(manifest: Manifest) -> None:
    _, entry = manifest.of_task("detect")
    assert set(entry.calibration) == set(BEHAVIOURS)
    for calibration in entry.calibration.values():
        assert calibration.source
        made = calibration.calibration()
        assert made.log_likelihood_ratio(made.probability(0.0)) < 0
        assert made.log_likelihood_ratio(made.probability(0.95)) > 0


def test_what_a_posture_says_is_the_posture_models_own_whatever_the_detector(manifest: Manifest) -> None:
    said = manifest.of_task("posture")[1].posture
    assert said.keys() == {"phone", "smoking", "eating"}
    assert all(entry.source for entry in said.values())
    bare = manifest.of_task("detect")[1].model_copy(update={"calibration": {}})
    foreign = Eyes(replace(manifest, models={**manifest.models, "hall_detector_n": bare}))
    packaged = Eyes(manifest)
    for name in BEHAVIOURS:
        expected = said[name].evidence() if name in said else None
        assert foreign.calibrations[name].posture == packaged.calibrations[name].posture == expected


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(lambda text: text.replace('task = "detect"', 'tusk = "detect"'), "task", id="no task"),
        pytest.param(lambda text: text.replace('sha256 = "', 'sha256 = "x'), "sha256", id="bad hash"),
        pytest.param(lambda text: text + "\n[models.x", "expected TOML", id="no TOML"),
        pytest.param(lambda text: text.replace('task = "detect"', 'task = "y"'), "task 'detect'", id="none"),
    ],
)
def test_a_wrong_manifest_is_one_line(tmp_path: Path, change, told: str) -> None:
    text = (PACKAGED / "manifest.toml").read_text(encoding="utf-8")
    (tmp_path / "manifest.toml").write_text(change(text), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        Detector(Manifest.load(tmp_path))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def _swapped(folder: Path, name: str, by: str) -> Manifest:
    """A manifest in which one model's file is another model's."""
    text = (PACKAGED / "manifest.toml").read_text(encoding="utf-8")
    parsed = tomllib.loads(text)["models"]
    content = (PACKAGED / parsed[by]["file"]).read_bytes()
    (folder / "weights").mkdir()
    (folder / parsed[name]["file"]).write_bytes(content)
    text = text.replace(parsed[name]["sha256"], hashlib.sha256(content).hexdigest())
    (folder / "manifest.toml").write_text(text, encoding="utf-8")
    return Manifest.load(folder)


def test_a_model_of_another_form_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"expected an input of 128 x 96 .* got 416 x 416"):
        Detector(_swapped(tmp_path, "hall_detector_n", "clothing_embed"))


@pytest.mark.parametrize(
    ("region", "scale"),
    [
        pytest.param((0, 0, 640, 360), 0.65, id="wide, shrunk"),
        pytest.param((100, 50, 200, 350), 416 / 300, id="tall, enlarged"),
        pytest.param((5, 5, 6, 6), 416, id="one pixel"),
    ],
)
def test_a_letterbox_keeps_the_aspect_and_knows_its_way_back(hall: Pixels, region, scale: float) -> None:
    out = np.empty((3, 416, 416), np.float32)
    placement = letterbox(Crop(hall, region), out)
    assert placement.scale == pytest.approx(scale, rel=0.01)
    box = np.array([region], np.float32)
    assert placement.to_frame(placement.to_input(box)) == pytest.approx(box, abs=0.01)
    inside = placement.to_input(box)[0]
    assert inside.min() >= -1
    assert inside.max() <= 417
    assert max(inside[2] - inside[0], inside[3] - inside[1]) == pytest.approx(416, abs=1)


def test_a_batch_is_rgb_from_0_to_1(hall: Pixels) -> None:
    red = np.zeros((50, 50, 3), np.uint8)
    red[..., 2] = 255
    batch, _ = prepare([Crop.whole(red)], (64, 64))
    assert batch.shape == (1, 3, 64, 64)
    assert batch.dtype == np.float32
    assert batch[0, :, 32, 32].tolist() == [1, 0, 0]


@pytest.mark.slow
def test_what_is_found_does_not_depend_on_the_company_in_the_batch(detector: Detector, hall: Pixels) -> None:
    crops = [Crop(hall, (x, 60, x + 250, 300)) for x in range(0, 380, 35)]
    together = detector.detect(crops)
    for crop, found in zip(crops, together, strict=True):
        alone = detector.detect([crop])[0]
        assert (alone.boxes == found.boxes).all()
        assert (alone.scores == found.scores).all()


@pytest.mark.slow
def test_boxes_are_in_the_pixels_of_the_whole_picture_and_inside_the_crop(
    detector: Detector, hall: Pixels
) -> None:
    region = (340, 90, 530, 290)
    found = detector.detect([Crop(hall, region)])[0].of({"person"})
    best = found.boxes[int(found.scores.argmax())]
    assert best == pytest.approx([392, 137, 469, 243], abs=14)
    assert (found.boxes[:, :2] >= region[:2]).all()
    assert (found.boxes[:, 2:] <= region[2:]).all()


@pytest.mark.slow
def test_no_crops_no_detections(detector: Detector) -> None:
    assert detector.detect([]) == []


PERSON = np.array([100, 100, 200, 300], np.float32)


def test_a_torso_leaves_the_face_out() -> None:
    x1, y1, x2, y2 = torso(PERSON)
    assert 100 < x1 < x2 < 200
    assert y1 >= 150
    assert y2 <= 300


def with_shoulders(left: tuple[float, float, float], right: tuple[float, float, float]) -> Posture:
    """x, y and how surely it is seen, of each shoulder."""
    joints = np.zeros((len(JOINTS), 3), np.float32)
    joints[JOINTS.index("left_shoulder")], joints[JOINTS.index("right_shoulder")] = left, right
    return Posture(joints, dict.fromkeys(ACTS, 1 / len(ACTS)))


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param((180, 150, 0.9), (120, 154, 0.9), (120, 149, 180, 231), id="from the front"),
        pytest.param((152, 150, 0.9), (148, 150, 0.9), (130, 149, 170, 204), id="from the side"),
        pytest.param((180, 255, 0.9), (120, 255, 0.9), (120, 254, 180, 300), id="the rest is hidden"),
        pytest.param((180, 290, 0.9), (120, 290, 0.9), None, id="shoulders that cannot be there"),
        pytest.param((180, 150, 0.4), (120, 154, 0.9), None, id="one shoulder is hardly seen"),
    ],
)
def test_a_torso_hangs_from_the_shoulders(
    left: tuple[float, float, float],
    right: tuple[float, float, float],
    expected: tuple[int, int, int, int] | None,
) -> None:
    assert torso(PERSON, with_shoulders(left, right)) == (expected or torso(PERSON))


@pytest.mark.slow
def test_clothes_look_alike_on_one_person_and_different_on_another(manifest: Manifest, example: Path) -> None:
    frames = read_frames(example)
    suit = np.array([392, 137, 469, 243], np.float32)
    red = np.array([93, 101, 177, 171], np.float32)
    blue = np.array([31, 111, 160, 330], np.float32)
    rows = Clothing(manifest).embed(
        [(frames[0], suit, None), (frames[6], suit, None), (frames[0], red, None), (frames[0], blue, None)]
    )
    assert all(row is not None for row in rows)
    first, again, *others = (row / np.linalg.norm(row) for row in rows if row is not None)
    assert all(first @ again > first @ other for other in others)


@pytest.mark.slow
def test_a_torso_of_a_few_pixels_tells_nothing(manifest: Manifest, hall: Pixels) -> None:
    tiny = np.array([10, 10, 18, 30], np.float32)
    beyond = np.array([630, 10, 900, 200], np.float32)
    assert Clothing(manifest).embed([(hall, tiny, None), (hall, beyond, None)]) == [None, None]
    assert Clothing(manifest).views((hall, tiny, None)) is None


@pytest.mark.slow
def test_other_hours_views_of_an_example_are_near_it_and_always_the_same(
    manifest: Manifest, example: Path
) -> None:
    frame, clothing = read_frames(example)[0], Clothing(manifest)
    suit, red = (np.array(box, np.float32) for box in ([392, 137, 469, 243], [93, 101, 177, 171]))
    views, again = clothing.views((frame, suit, None)), clothing.views((frame, suit, None))
    other = clothing.embed([(frame, red, None)])[0]
    assert views is not None
    assert other is not None
    assert views.shape == (1 + OTHER_HOURS, clothing.common.size)
    assert (views == again).all()
    assert views[0] == pytest.approx(clothing.embed([(frame, suit, None)])[0], abs=1e-3)
    away = np.linalg.norm(clothing.common.whitened(views - views[0]), axis=1)
    assert (away[1:] > 0).all()
    assert away.max() < np.linalg.norm(clothing.common.whitened((other - views[0])[None]))


@pytest.fixture(scope="module")
def postures(manifest: Manifest) -> Postures:
    return Postures(manifest)


EXACT = {
    "nose": "nose",
    "left_shoulder": "l_sho",
    "right_shoulder": "r_sho",
    "left_elbow": "l_elb",
    "right_elbow": "r_elb",
}


@pytest.mark.slow
@pytest.mark.parametrize("frame", [0, 20], ids=["works", "a call"])
def test_joints_lie_where_the_renderer_put_them(postures: Postures, example: Path, frame: int) -> None:
    truth = json.loads((DEMO_FOLDER / "example_12s.frames.json").read_text(encoding="utf-8"))
    person = next(p for p in truth[frame]["people"] if p["id"] == "staff2")
    found = postures.look([(read_frames(example)[frame], np.array(person["box"], np.float32))])[0]
    exact = person["joints"]
    width = np.linalg.norm(np.subtract(exact["l_sho"], exact["r_sho"]))
    for name, short in EXACT.items():
        x, y, seen = found.joints[JOINTS.index(name)]
        assert seen >= (0.15 if "elbow" in name else 0.3)
        off = np.hypot(x - exact[short][0], y - exact[short][1])
        assert off <= (0.6 if "elbow" in name else 0.3) * width
    assert sum(found.acts.values()) == pytest.approx(1, abs=1e-4)


@pytest.mark.slow
def test_a_posture_does_not_depend_on_the_company_in_the_batch(postures: Postures, hall: Pixels) -> None:
    asked = [(hall, np.array([x, 100, x + 90, 240], np.float32)) for x in (0, 150, 392, 600)]
    for alone, found in zip(asked, postures.look(asked), strict=True):
        again = postures.look([alone])[0]
        assert (again.joints == found.joints).all()
        assert again.acts == found.acts


@pytest.mark.slow
@pytest.mark.parametrize(
    "box",
    [
        pytest.param([10, 10, 12, 13], id="a few pixels"),
        pytest.param([630, 350, 900, 900], id="mostly beyond the picture"),
        pytest.param([700, 400, 900, 900], id="wholly beyond it"),
        pytest.param([0, 0, 640, 360], id="the whole picture"),
    ],
)
def test_any_box_has_a_posture_that_is_finite(postures: Postures, hall: Pixels, box: list[int]) -> None:
    found = postures.look([(hall, np.array(box, np.float32))])[0]
    assert np.isfinite(found.joints).all()


@pytest.mark.slow
def test_no_people_no_postures(postures: Postures) -> None:
    assert postures.look([]) == []


def test_a_posture_model_of_another_form_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"expected an output of shape \(N, 46\)"):
        Postures(_swapped(tmp_path, "person_n", "hall_detector_n"))
