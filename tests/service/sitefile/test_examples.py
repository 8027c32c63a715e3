"""The folders of uniform examples, and cutting people out of pictures."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.looking.uniform import MOST
from service.sitefile.examples import TALLEST, Examples, ExamplesFullError, UnknownExampleError
from service.sitefile.file import SiteFileError
from service.sitefile.people import (
    KEPT_S,
    MOST_KEPT,
    CropRefusedError,
    Pickable,
    Pictures,
    UnknownPictureError,
    cut,
)

CROP = np.full((200, 100, 3), 90, np.uint8)
PEOPLE = ((0.1, 0.2, 0.2, 0.6), (0.25, 0.2, 0.35, 0.6))
PICTURE = Pickable(
    "east", np.arange(720 * 1280 * 3, dtype=np.uint32).reshape(720, 1280, 3).astype(np.uint8), PEOPLE
)


def test_a_crop_is_kept_under_a_name_that_means_nothing_and_deleted_for_good(tmp_path: Path) -> None:
    examples = Examples({}, tmp_path)
    assert (examples.is_named, examples.of("wear")) == (False, [])
    kept = examples.add("wear", CROP)
    (path,) = (tmp_path / "uniform" / "wear").iterdir()
    assert kept.path == path
    assert len(path.stem) == 16
    assert set(path.stem) <= set("0123456789abcdef")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.id for one in examples.of("wear")] == [kept.id]
    assert kept.id == hashlib.sha256(path.name.encode()).hexdigest()[:16]
    assert examples.of("other") == []
    examples.remove("wear", kept.id)
    assert list((tmp_path / "uniform" / "wear").iterdir()) == []
    with pytest.raises(UnknownExampleError):
        examples.remove("wear", kept.id)


def test_what_is_shown_has_lost_what_the_file_said_of_itself(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    _, jpeg = cv2.imencode(".jpg", CROP)
    where = b"Exif\x00\x00 taken at window 3 by Wang"
    marked = (
        jpeg.tobytes()[:2] + b"\xff\xe1" + (len(where) + 2).to_bytes(2, "big") + where + jpeg.tobytes()[2:]
    )
    (folder / "window 3.jpg").write_bytes(marked)
    examples = Examples({"uniform": {"wear": "mine"}}, tmp_path)
    (one,) = examples.of("wear")
    assert b"Wang" not in examples.shown("wear", one.id)
    assert examples.is_named


def test_a_large_crop_is_kept_smaller(tmp_path: Path) -> None:
    kept = Examples({}, tmp_path).add("other", np.zeros((1000, 500, 3), np.uint8))
    picture = cv2.imread(str(kept.path))
    assert picture is not None
    assert picture.shape == (TALLEST, TALLEST // 2, 3)


def test_no_more_are_kept_than_are_used(tmp_path: Path) -> None:
    examples = Examples({}, tmp_path)
    for _ in range(MOST):
        examples.add("wear", CROP[:60, :60])
    with pytest.raises(ExamplesFullError):
        examples.add("wear", CROP)
    examples.add("other", CROP)


@pytest.mark.parametrize("named", ["../elsewhere", "/etc", ".", "link"])
def test_a_folder_elsewhere_is_left_alone(tmp_path: Path, named: str) -> None:
    base = tmp_path / "site"
    base.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (base / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SiteFileError, match=r"uniform\.other: expected a folder inside"):
        Examples({"uniform": {"wear": "a", "other": named}}, base)


def test_a_person_is_cut_out_with_a_little_around() -> None:
    crop = cut(PICTURE, PEOPLE[0])
    assert crop.shape == (round(0.62 * 720) - round(0.18 * 720), round(0.205 * 1280) - round(0.095 * 1280), 3)
    left, top = round(0.095 * 1280), round(0.18 * 720)
    assert (crop == PICTURE.image[top : top + crop.shape[0], left : left + crop.shape[1]]).all()
    assert not np.shares_memory(crop, PICTURE.image)


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        pytest.param((0.1, 0.2, 0.35, 0.6), "crop_several", id="two people"),
        pytest.param((0.0, 0.0, 1.0, 1.0), "crop_several", id="everything"),
        pytest.param((0.2, 0.0, 1.0, 1.0), "crop_large", id="most of it, nobody in the middle"),
        pytest.param((0.5, 0.5, 0.52, 0.9), "crop_small", id="too narrow"),
    ],
)
def test_what_is_no_crop_of_one_person(box: tuple[float, float, float, float], kind: str) -> None:
    picture = PICTURE if kind != "crop_large" else Pickable("east", PICTURE.image, ())
    with pytest.raises(CropRefusedError) as refused:
        cut(picture, box)
    assert refused.value.kind == kind


def test_pictures_are_forgotten_with_time_and_when_there_are_many() -> None:
    now = 0.0
    pictures = Pictures(clock=lambda: now)
    names = [pictures.keep(PICTURE) for _ in range(MOST_KEPT + 1)]
    with pytest.raises(UnknownPictureError):
        pictures.of(names[0])
    assert pictures.of(names[-1]) is PICTURE
    now = KEPT_S + 1
    with pytest.raises(UnknownPictureError):
        pictures.of(names[-1])
