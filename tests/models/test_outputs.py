"""Every family of detectors that a hall may bring, as tiny models of the same form."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from models import outputs
from models.detector import Crop, Detector
from models.manifest import ModelError
from models.outputs.form import Probe, cells
from models.outputs.suppression import suppressed
from tests.conftest import Pixels
from tests.models.samples_onnx import FREE, Floats, Shape, alone, detector, set_of_three
from vision.geometry import iou

SIDE = 64
PLACES = cells(SIDE, SIDE, (8, 16, 32))
CLASSES = ("person", "cell phone", "cigarette")

PERSON = (8, 8, 40, 24)
AGAIN = (9, 8, 41, 24)
"""The same person a pixel further: IoU 0.94."""
FAINT = (50, 50, 60, 60)
Box = tuple[int, int, int, int]
FOUND: tuple[tuple[Box, int, float], ...] = (
    (PERSON, 0, 0.9),
    (AGAIN, 0, 0.8),
    (AGAIN, 1, 0.7),
    (FAINT, 2, 0.2),
)
"""What a model without suppression finds: a person twice, a phone where the person is, a faint cigarette."""
SET = (FOUND[0], FOUND[2], FOUND[3])
"""What a model that finds a set finds."""


def centred(box: Box) -> list[float]:
    x1, y1, x2, y2 = box
    return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]


def one_hot(number: int, score: float) -> list[float]:
    return [score if number == k else 0.01 for k in range(len(CLASSES))]


def write_end_to_end(path: Path, takes: Shape = FREE, **more) -> Path:
    rows = np.zeros((1, 10, 6), np.float32)
    for row, (box, number, score) in zip(rows[0], SET, strict=False):
        row[:] = [*box, score, number]
    mask = np.zeros_like(rows)
    mask[..., 4] = 1
    return detector(path, rows, mask, takes=takes, **more)


def write_anchor_free(path: Path, takes: Shape = FREE, **more) -> Path:
    rows = np.zeros((1, 4 + len(CLASSES), PLACES), np.float32)
    for place, (box, number, score) in enumerate(FOUND):
        rows[0, :, 7 * place] = [*centred(box), *one_hot(number, score)]
    mask = np.zeros_like(rows)
    mask[:, 4:] = 1
    return detector(path, rows, mask, takes=takes, **more)


def write_yolox(path: Path, takes: Shape = FREE, **more) -> Path:
    """At the first places of stride 16, which come after the 64 of stride 8: their cells are (k, 0)."""
    rows = np.zeros((1, PLACES, 5 + len(CLASSES)), np.float32)
    for k, (box, number, score) in enumerate(FOUND):
        x, y, wide, high = centred(box)
        offset = [x / 16 - k % 4, y / 16 - k // 4, np.log(wide / 16), np.log(high / 16)]
        rows[0, 64 + k] = [*offset, 0.5, *one_hot(number, 2 * score)]
    mask = np.zeros_like(rows)
    mask[..., 5:] = 1
    return detector(path, rows, mask, takes=takes, top=255, **more)


def write_yolox_decoded(path: Path, takes: Shape = FREE, **more) -> Path:
    rows = np.zeros((1, PLACES, 5 + len(CLASSES)), np.float32)
    rows[0, :, :2] = np.random.default_rng(1).uniform(0, SIDE, (PLACES, 2))
    rows[0, :, 2:4] = 8
    for k, (box, number, score) in enumerate(FOUND):
        rows[0, k] = [*centred(box), 0.5, *one_hot(number, 2 * score)]
    mask = np.zeros_like(rows)
    mask[..., 5:] = 1
    return detector(path, rows, mask, takes=takes, top=255, **more)


def write_detr(path: Path, takes: Shape = FREE, **more) -> Path:
    rows = np.full((1, 20, 4 + len(CLASSES)), 0.02, np.float32)
    for row, (box, number, score) in zip(rows[0], SET, strict=False):
        row[:] = [*(value / SIDE for value in centred(box)), *one_hot(number, score)]
    mask = np.zeros_like(rows)
    mask[..., 4:] = 1
    return detector(path, rows, mask, takes=takes, **more)


def write_detr_topk(path: Path, takes: Shape = FREE, **more) -> Path:
    rows = np.zeros((1, 10, 6), np.float32)
    for row, (box, number, score) in zip(rows[0], SET, strict=False):
        row[:] = [*(value / SIDE for value in centred(box)), score, number]
    mask = np.zeros_like(rows)
    mask[..., 4] = 1
    return detector(path, rows, mask, takes=takes, **more)


def write_set_of_three(path: Path) -> Path:
    boxes = np.array([box for box, _, _ in SET], np.float32) / SIDE
    return set_of_three(path, [number for _, number, _ in SET], boxes, [score for *_, score in SET])


@dataclass(frozen=True)
class Kind:
    """A family's model, and how it wants its pictures."""

    write: Callable[..., Path]
    family: str
    fit: str
    says_classes: bool
    bgr: bool = False


KINDS = {
    "end to end": Kind(write_end_to_end, "Ultralytics end to end", "centre", False),
    "YOLOv8": Kind(write_anchor_free, "Ultralytics without NMS", "centre", True),
    "YOLOX": Kind(write_yolox, "YOLOX", "corner", True, bgr=True),
    "YOLOX decoded": Kind(write_yolox_decoded, "YOLOX", "corner", True, bgr=True),
    "RT-DETR 8.3": Kind(write_detr, "Ultralytics RT-DETR (8.3)", "stretch", True),
    "RT-DETR 8.4": Kind(write_detr_topk, "Ultralytics RT-DETR (8.4)", "stretch", False),
    "official RT-DETR": Kind(write_set_of_three, "RT-DETR, D-FINE (official)", "stretch", False),
}
each_kind = pytest.mark.parametrize("kind", [pytest.param(kind, id=name) for name, kind in KINDS.items()])
with_free_input = pytest.mark.parametrize(
    "kind", [pytest.param(kind, id=name) for name, kind in KINDS.items() if name != "official RT-DETR"]
)


def pure(kind: Kind, height: int, width: int) -> Pixels:
    """A picture whose first channel, as the family wants it, is white and the others black: red or blue."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0 if kind.bgr else 2] = 255
    return picture


@each_kind
def test_what_is_found_in_a_square_picture(tmp_path: Path, kind: Kind) -> None:
    loaded = Detector(alone(kind.write(tmp_path / "m.onnx"), CLASSES))
    assert loaded.family.startswith(kind.family)
    found = loaded.detect([Crop.whole(pure(kind, 128, 128))], min_score=0.3)[0]
    assert found.labels == ("person", "cell phone")
    assert found.scores == pytest.approx([0.9, 0.7], abs=1e-3)
    assert found.boxes == pytest.approx(2 * np.array([PERSON, AGAIN], np.float32), abs=0.01)


@each_kind
def test_a_score_as_low_as_asked_for_is_found(tmp_path: Path, kind: Kind) -> None:
    loaded = Detector(alone(kind.write(tmp_path / "m.onnx"), CLASSES))
    found = loaded.detect([Crop.whole(pure(kind, 128, 128))], min_score=0.1)[0]
    assert found.of({"cigarette"}).boxes[0] == pytest.approx([100, 100, 120, 120], abs=0.01)
    assert found.of({"cigarette"}).scores == pytest.approx([0.2], abs=1e-3)


@each_kind
def test_the_colours_are_in_the_order_that_the_family_wants(tmp_path: Path, kind: Kind) -> None:
    loaded = Detector(alone(kind.write(tmp_path / "m.onnx"), CLASSES))
    swapped = pure(kind, 128, 128)[..., ::-1].copy()
    assert len(loaded.detect([Crop.whole(swapped)], min_score=0.3)[0]) == 0


WHERE = {
    # PERSON is (8, 8, 40, 24) of 64 x 64; the crop is 128 wide and 64 high.
    "centre": (16, 0, 80, 16),
    "corner": (16, 16, 80, 48),
    "stretch": (16, 8, 80, 24),
}


@each_kind
def test_a_wide_crop_lies_in_the_input_as_the_family_wants_it(tmp_path: Path, kind: Kind) -> None:
    loaded = Detector(alone(kind.write(tmp_path / "m.onnx"), CLASSES))
    picture = pure(kind, 300, 400)
    crop = Crop(picture, (100, 200, 228, 264))
    found = loaded.detect([crop], min_score=0.3)[0]
    expected = np.add(WHERE[kind.fit], (100, 200, 100, 200))
    assert found.of({"person"}).boxes[0] == pytest.approx(expected, abs=0.01)


@with_free_input
@pytest.mark.parametrize("batch", [1, 4])
def test_a_model_of_a_fixed_batch_and_size_finds_the_same(tmp_path: Path, kind: Kind, batch: int) -> None:
    free = Detector(alone(kind.write(tmp_path / "free.onnx"), CLASSES))
    fixed = Detector(alone(kind.write(tmp_path / "fixed.onnx", takes=(batch, 3, SIDE, SIDE)), CLASSES))
    assert free.any_size
    assert not fixed.any_size
    crops = [Crop.whole(pure(kind, 128 + 8 * k, 128)) for k in range(6)]
    assert len(fixed.detect(crops)) == 6
    for alike, found in zip(free.detect(crops), fixed.detect(crops), strict=True):
        assert (alike.boxes == found.boxes).all()
        assert (alike.scores == found.scores).all()
        assert alike.labels == found.labels


def test_a_fixed_model_takes_no_other_size(tmp_path: Path) -> None:
    path = write_anchor_free(tmp_path / "m.onnx", takes=(1, 3, SIDE, SIDE))
    told = rf"m.onnx: expected an input of 64 x 64 .* got {'416 x 416'}"
    with pytest.raises(ModelError, match=told):
        Detector(alone(path, CLASSES, size=(416, 416)))
    with pytest.raises(ModelError, match=told):
        Detector(alone(path, CLASSES)).detect([Crop.whole(np.zeros((9, 9, 3), np.uint8))], size=416)


def test_an_input_that_is_no_square(tmp_path: Path) -> None:
    rows = np.zeros((1, 7, cells(32, 96, (8, 16, 32))), np.float32)
    rows[0, :, 0] = [*centred((30, 2, 60, 30)), *one_hot(0, 0.9)]
    path = detector(tmp_path / "m.onnx", rows, takes=(1, 3, 32, 96))
    found = Detector(alone(path, CLASSES, size=(32, 96))).detect(
        [Crop.whole(np.zeros((64, 128, 3), np.uint8))]
    )
    # 128 x 64 becomes 64 x 32 with 16 pixels of grey on each side.
    assert found[0].boxes == pytest.approx(np.array([[28, 4, 88, 60]]), abs=0.01)


@with_free_input
def test_half_floats_are_given_and_taken(tmp_path: Path, kind: Kind) -> None:
    loaded = Detector(alone(kind.write(tmp_path / "m.onnx", half=True), CLASSES))
    found = loaded.detect([Crop.whole(pure(kind, 128, 128))], min_score=0.3)[0]
    assert found.boxes == pytest.approx(2 * np.array([PERSON, AGAIN], np.float32), abs=0.3)


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, id=name) for name, kind in KINDS.items() if kind.says_classes]
)
@pytest.mark.parametrize("count", [2, 4])
def test_another_number_of_classes_is_refused_with_both_numbers(
    tmp_path: Path, kind: Kind, count: int
) -> None:
    path = kind.write(tmp_path / "m.onnx")
    names = ["person", "cell phone", "cigarette", "cup"][:count]
    with pytest.raises(
        ModelError, match=rf"m.onnx: expected names of 3 classes, .* got {count} in the manifest"
    ):
        Detector(alone(path, names))


@pytest.mark.parametrize("kind", [KINDS["end to end"], KINDS["RT-DETR 8.4"], KINDS["official RT-DETR"]])
def test_a_class_without_a_name_is_refused_when_it_is_found(tmp_path: Path, kind: Kind) -> None:
    loaded = Detector(alone(kind.write(tmp_path / "m.onnx"), ["person"]))
    with pytest.raises(ModelError, match=r"m.onnx: expected classes 0 to 0, for 1 names .* class 1"):
        loaded.detect([Crop.whole(pure(kind, 64, 64))], min_score=0.3)


NAMES = "{0: 'person', 1: 'cell phone', 2: \"it's a cigarette\"}"


@pytest.mark.parametrize(
    "names", [NAMES, '["person", "cell phone", "it\'s a cigarette"]'], ids=["Ultralytics' form", "our form"]
)
def test_names_in_the_file_serve_when_the_manifest_has_none(tmp_path: Path, names: str) -> None:
    path = write_end_to_end(tmp_path / "m.onnx", metadata={"names": names})
    assert Detector(alone(path)).classes == ("person", "cell phone", "it's a cigarette")
    assert Detector(alone(path, CLASSES)).classes == CLASSES
    with pytest.raises(ModelError, match=r"expected names of 3 classes, .* got 2 in the manifest"):
        Detector(alone(path, CLASSES[:2]))


@pytest.mark.parametrize(
    "names",
    ["", "{0: 'a', 2: 'c'}", "__import__('os').getcwd()", "[" * 5000, "{'person': 0}", "3"],
    ids=["none", "a gap", "code", "deep", "upside down", "a number"],
)
def test_names_that_are_none_are_not_guessed(tmp_path: Path, names: str) -> None:
    path = write_end_to_end(tmp_path / "m.onnx", metadata={"names": names} if names else {})
    with pytest.raises(ModelError, match=r"m.onnx: expected classes in the manifest"):
        Detector(alone(path))


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param((1, 3, 8), id="too few"),
        pytest.param((1, 4 + 80 + 32, 100), id="masks of no such size"),
        pytest.param((1, 252, 85), id="YOLOv5"),
    ],
)
def test_an_output_of_another_form_is_refused_with_all_forms_that_are_known(tmp_path: Path, shape) -> None:
    path = detector(tmp_path / "odd.onnx", np.full(shape, 3.5, np.float32))
    with pytest.raises(ModelError) as caught:
        Detector(alone(path, CLASSES))
    told = str(caught.value)
    assert "odd.onnx: expected" in told
    assert f"got float32 {shape}" in told
    assert all(family.SHAPE in told for family in outputs.FAMILIES)
    assert "\n" not in told


def probe(value: Floats, metadata: dict[str, str] | None = None) -> Probe:
    return Probe((value,), SIDE, SIDE, False, metadata or {})


def six(boxes: float, last: float, rows: int = 300) -> Floats:
    value = np.full((1, rows, 6), last, np.float32)
    value[..., :4] = boxes
    return value


@pytest.mark.parametrize(
    ("given", "name"),
    [
        pytest.param(probe(six(20, 3)), "Ultralytics end to end", id="boxes in pixels"),
        pytest.param(probe(six(0, 0)), "Ultralytics end to end", id="nothing found in the black picture"),
        pytest.param(probe(six(0.4, 3)), "Ultralytics RT-DETR (8.4)", id="boxes as shares"),
        pytest.param(
            probe(six(0, 0), {"head": "RTDETRDecoder"}), "Ultralytics RT-DETR (8.4)", id="told by the file"
        ),
        pytest.param(probe(six(0.4, 0.3)), "Ultralytics RT-DETR (8.3)", id="two classes' scores"),
        pytest.param(probe(six(0.4, 0.3, PLACES)), "YOLOX", id="one class, a row for each place"),
        pytest.param(
            probe(six(20, 0.3, 6)[:, :, :5].repeat(20, 2)[:, :, :PLACES]), "Ultralytics without NMS", id="v8"
        ),
    ],
)
def test_forms_alike_are_told_apart(given: Probe, name: str) -> None:
    assert outputs.find(given).NAME.startswith(name)


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        pytest.param([[0, 0, 10, 10, 0.9, 0], [0, 1, 10, 11, 0.8, 0]], [0], id="twice the same"),
        pytest.param([[0, 0, 10, 10, 0.8, 0], [0, 1, 10, 11, 0.9, 0]], [1], id="the surer one stays"),
        pytest.param([[0, 0, 10, 10, 0.9, 0], [0, 1, 10, 11, 0.8, 1]], [0, 1], id="two classes"),
        pytest.param([[0, 0, 10, 10, 0.9, 0], [4, 0, 14, 10, 0.8, 0]], [0, 1], id="side by side"),
        pytest.param(
            [[-90, 0, 10, 10, 0.9, 1], [-80, 0, 10, 10, 0.8, 0]],
            [0, 1],
            id="beyond the left edge, two classes",
        ),
        pytest.param([], [], id="nothing"),
    ],
)
def test_suppression_goes_class_by_class(rows: list[list[float]], kept: list[int]) -> None:
    given = np.array(rows, np.float32).reshape(-1, 6)
    assert suppressed(given, 0.5).tolist() == given[kept].tolist()


def test_suppression_is_the_plain_greedy_one_on_random_boxes() -> None:
    random = np.random.default_rng(7)
    corner = random.uniform(-100, 100, (400, 2))
    rows = np.column_stack([corner, corner + random.uniform(20, 90, (400, 2)), random.permutation(400) / 400])
    rows = np.column_stack([rows, random.integers(0, 3, 400)]).astype(np.float32)
    rows = rows[np.argsort(-rows[:, 4])]
    overlap = iou(rows[:, :4], rows[:, :4])
    kept: list[int] = []
    for i in range(400):
        if not any(rows[i, 5] == rows[j, 5] and overlap[i, j] > 0.5 for j in kept):
            kept.append(i)
    assert 300 < len(kept) < 380
    assert suppressed(rows, 0.5).tolist() == rows[kept[:300]].tolist()
