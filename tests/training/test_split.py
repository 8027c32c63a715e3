"""The held-out split shares no near-duplicate with training: measured on pictures that the test makes."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.training.data import (
    NEAR_DUPLICATE_BITS,
    Entry,
    build_ledger,
    hash_all,
    perceptual_hash,
    read_all,
    read_ledger,
    write_ledger,
)
from models.training.ledger import problems
from tests.conftest import Pixels

SCENES = 24


def scene(seed: int) -> Pixels:
    """Smooth patches of colour and a few things: no two seeds are alike to a perceptual hash."""
    random = np.random.default_rng(seed)
    patches = random.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    picture = cv2.resize(patches, (160, 120), interpolation=cv2.INTER_CUBIC)
    for _ in range(4):
        x, y = (int(v) for v in random.integers(0, 110, 2))
        cv2.rectangle(picture, (x, y), (x + 30, y + 20), tuple(map(int, random.integers(0, 255, 3))), -1)
    return np.asarray(picture, np.uint8)


def bordered(picture: Pixels) -> Pixels:
    """As a publisher pads it: black above and below."""
    return np.pad(picture, ((40, 40), (0, 0), (0, 0)))


COPIES = {
    "again": (lambda picture: picture, 30),
    "mirrored": (lambda picture: picture[:, ::-1], 90),
    "smaller": (lambda picture: cv2.resize(picture, (96, 72), interpolation=cv2.INTER_AREA), 60),
    "darker": (lambda picture: (picture * 0.8).astype(np.uint8), 80),
    "bordered": (bordered, 80),
}
FOLDERS = ("cigarette", "phone", "desk_objects", "driver_phone", "coco_val")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each scene in one folder, its copies in the others."""
    folder = tmp_path_factory.mktemp("data")
    for name in FOLDERS:
        (folder / name / "images").mkdir(parents=True)
    for number in range(SCENES):
        places = np.roll(FOLDERS[:-1] if number % 6 else FOLDERS, number)
        write(folder / places[0] / "images" / f"{number:03}_first.jpg", scene(number), 90)
        for k, (how, (change, quality)) in enumerate(COPIES.items()):
            place = places[(k + 1) % len(places)]
            write(folder / place / "images" / f"{number:03}_{how}.jpg", change(scene(number)), quality)
    return folder


def write(path: Path, picture: Pixels, quality: int) -> None:
    assert cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, quality])


@pytest.fixture(scope="module")
def ledger(data: Path) -> list[Entry]:
    return build_ledger(data)


def number_of(entry: Entry) -> str:
    return entry.image.split("/")[1][:3]


def test_all_pictures_of_a_scene_are_one_group_and_no_others(ledger: list[Entry]) -> None:
    assert len(ledger) == SCENES * (1 + len(COPIES))
    groups = {number_of(entry): entry.group for entry in ledger}
    assert len(set(groups.values())) == SCENES
    assert all(entry.group == groups[number_of(entry)] for entry in ledger)


def test_a_group_is_never_torn_and_every_split_has_some(ledger: list[Entry]) -> None:
    splits = {entry.group: entry.split for entry in ledger}
    assert all(entry.split == splits[entry.group] for entry in ledger)
    assert {entry.split for entry in ledger} == {"train", "calibrate", "test", "coco_val"}


def test_no_picture_is_near_one_of_another_split_as_it_is_or_mirrored(
    data: Path, ledger: list[Entry]
) -> None:
    split = {entry.image: entry.split for entry in ledger}
    hashed = list(hash_all(data))
    nearest = min(
        min(int(np.bitwise_count(a ^ b)), int(np.bitwise_count(a_mirrored ^ b)))
        for one, a, a_mirrored in hashed
        for other, b, _ in hashed
        if split[one] != split[other]
    )
    assert nearest > NEAR_DUPLICATE_BITS


def test_what_is_near_the_report_only_set_belongs_to_it(ledger: list[Entry]) -> None:
    reported = {entry.group for entry in ledger if entry.folder == "coco_val"}
    assert reported
    assert all(entry.split == "coco_val" for entry in ledger if entry.group in reported)


def test_a_ledger_made_again_is_the_same(data: Path, ledger: list[Entry], tmp_path: Path) -> None:
    assert build_ledger(data) == ledger
    write_ledger(ledger, tmp_path / "ledger.json")
    assert read_all(tmp_path / "ledger.json") == ledger
    held_out = read_ledger(tmp_path / "ledger.json", "test")
    assert held_out == [entry for entry in ledger if entry.split == "test"]


def test_a_whole_ledger_passes_the_check(data: Path, ledger: list[Entry]) -> None:
    assert problems(ledger, data) == []


def moved(ledger: list[Entry], how: str) -> list[Entry]:
    """One copy of a training scene moved to the test split."""
    chosen = next(entry for entry in ledger if entry.split == "train" and entry.image.endswith(f"{how}.jpg"))
    return [replace(entry, split="test") if entry == chosen else entry for entry in ledger]


@pytest.mark.parametrize("how", COPIES)
def test_a_near_duplicate_in_another_split_is_found(data: Path, ledger: list[Entry], how: str) -> None:
    told = problems(moved(ledger, how), data)
    assert told
    assert all("expected more than 8 bits between pictures of different splits" in line for line in told)
    assert all(f"{how}.jpg (test)" in line for line in told)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(
            lambda ledger: ledger[1:], "expected a line in the ledger", id="a picture without a line"
        ),
        pytest.param(lambda ledger: [*ledger, ledger[0]], "expected one line", id="a picture twice"),
        pytest.param(
            lambda ledger: [replace(ledger[0], image="phone/gone.jpg"), *ledger],
            "phone/gone.jpg: expected a picture",
            id="a line without a picture",
        ),
        pytest.param(
            lambda ledger: [replace(ledger[0], phash="0" * 16), *ledger[1:]],
            "got 0000000000000000",
            id="a hash",
        ),
    ],
)
def test_a_ledger_that_is_not_of_these_pictures_is_found(
    data: Path, ledger: list[Entry], change, told: str
) -> None:
    found = problems(change(ledger), data)
    assert len(found) == 1
    assert told in found[0]


def test_a_hash_tells_scenes_apart_and_copies_not() -> None:
    first = perceptual_hash(scene(0))
    again = perceptual_hash(cv2.resize(scene(0), (80, 60), interpolation=cv2.INTER_AREA))
    assert np.bitwise_count(first ^ again) <= 2
    assert np.bitwise_count(first ^ perceptual_hash(scene(1))) > NEAR_DUPLICATE_BITS


def test_a_folder_without_data_and_a_file_that_is_no_ledger_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected folders of pictures"):
        build_ledger(tmp_path)
    for text in ("[", '{"a": 1}', '[{"image": "x"}]'):
        (tmp_path / "ledger.json").write_text(text)
        with pytest.raises(ValueError, match=r"ledger\.json: expected a ledger"):
            read_ledger(tmp_path / "ledger.json", "test")
