"""Rendered crops as they are read for training, and what is counted on them."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.training import rendered
from models.training.metrics import Judged

SEEN = {"label": "cigarette", "box": [10, 12, 22, 16], "visible": 0.8}
HIDDEN = {"label": "cigarette", "box": [10, 12, 22, 16], "visible": 0.1}
PEN = {"label": "pen", "box": [4, 4, 20, 8], "visible": 1.0}


def folder_of(folder: Path, *labels: tuple[str, list[dict[str, object]]]) -> Path:
    """Crops of 40 x 32 pixels with these actions and things."""
    lines = []
    for number, (action, objects) in enumerate(labels):
        cv2.imwrite(str(folder / f"{number}.jpg"), np.full((32, 40, 3), 90, np.uint8))
        lines.append(json.dumps({"image": f"{number}.jpg", "action": action, "objects": objects}))
    (folder / "labels.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def found(*boxes: tuple[float, float, float, float, float]) -> np.ndarray:
    """Detections of cigarettes: x1, y1, x2, y2, score."""
    return np.array([[*box, 80] for box in boxes], np.float64).reshape(-1, 6)


def test_a_cigarette_that_is_mostly_hidden_is_no_example_and_no_mistake(tmp_path: Path) -> None:
    crops = rendered.read(
        folder_of(tmp_path, ("smokes", [SEEN, PEN]), ("smokes", [HIDDEN]), ("pen_at_mouth", [PEN]))
    )
    assert [(crop.action, len(crop.boxes), crop.sure) for crop in crops] == [
        ("smokes", 1, True),
        ("smokes", 0, False),
        ("pen_at_mouth", 0, True),
    ]
    assert crops[0].boxes.tolist() == [[80, 10, 12, 22, 16]]
    assert crops[0].image.shape == (32, 40, 3)


def test_what_passes_for_a_cigarette_is_counted_by_what_is_done_instead(tmp_path: Path) -> None:
    labels = ("smokes", [SEEN]), ("smokes", [HIDDEN]), *[("pen_at_mouth", [PEN])] * 4
    crops = rendered.read(folder_of(tmp_path, *labels))
    right, wrong = found((10, 12, 22, 16, 0.9)), found((4, 4, 20, 8, 0.3), (0, 0, 5, 5, 0.9))
    told = [right, right, wrong, found((4, 4, 20, 8, 0.1)), found(), found()]
    judged = [Judged(boxes, crop.boxes.astype(np.float64)) for crop, boxes in zip(crops, told, strict=True)]
    figures = rendered.figures(list(zip(crops, judged, strict=True)), 0.25, 416)
    assert figures["rendered/416/cigarette/recall_at_0.25_iou30"] == 1.0
    assert figures["rendered/416/pen_at_mouth/crops_with_a_false_cigarette"] == 0.25
    assert 0.49 < figures["rendered/416/cigarette/ap50"] <= 1.0
    assert "rendered/416/smokes/crops_with_a_false_cigarette" not in figures, (
        "it can be seen, or none can tell"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(None, "No such file", id="no labels"),
        pytest.param("{", "expected labels as", id="no JSON"),
        pytest.param('{"action": "smokes"}', "image", id="a key is missing"),
        pytest.param(
            '{"image": "x.jpg", "action": "a", "objects": []}', "not a readable picture", id="no picture"
        ),
    ],
)
def test_what_is_no_folder_of_crops_is_told(tmp_path: Path, text: str | None, told: str) -> None:
    if text is not None:
        (tmp_path / "labels.jsonl").write_text(text)
    with pytest.raises(ValueError, match=told):
        rendered.read(tmp_path)
