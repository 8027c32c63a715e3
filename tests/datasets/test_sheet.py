"""Contact sheets: every clip's frames come out at one size, with all labels inside the picture."""

import numpy as np
import pytest

from datasets.synthetic_hall import sheet

PERSON = {
    "id": "staff_3",
    "role": "staff",
    "action": "handles_phone",
    "box": [600, 100, 638, 200],
    "joints": {"nose": [620, 120]},
}


@pytest.mark.parametrize("size", [(360, 640), (720, 1280)])
def test_a_small_and_a_large_clip_give_frames_of_one_size(size: tuple[int, int]) -> None:
    frame = {"t": 1.0, "people": [PERSON], "objects": []}
    drawn = sheet.overlay(np.zeros((*size, 3), np.uint8), frame, [])
    assert drawn.shape == (360, 640, 3)
    assert drawn.any()


def test_many_rules_broken_at_once_are_written_in_several_lines() -> None:
    rules = [f"w0{k} out_of_uniform" for k in range(1, 7)]
    lines = sheet.wrapped(["12.0 s", *rules], 300)
    assert len(lines) > 1
    assert all(sheet.wrapped([line], 300) == [line] for line in lines)
    assert "  ".join(lines) == "  ".join(["12.0 s", *rules])


def test_an_incomplete_row_is_filled_up() -> None:
    assert sheet.tile([np.zeros((360, 640, 3), np.uint8)] * 4).shape == (720, 1920, 3)
