"""A hall's own folder of models: begun from the packaged one, and changed without harm."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from models import classes, library
from models.manifest import PACKAGED, UNCALIBRATED, Manifest, ModelError
from tests.models.samples_onnx import detector
from tests.models.test_outputs import CLASSES, write_anchor_free, write_end_to_end
from vision.behaviours import BEHAVIOURS


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    assert library.begin(folder)
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_anchor_free(tmp_path / "theirs.onnx", takes=(1, 3, 64, 64))


def put(
    folder: Path, name: str, model: Path, *, force: bool = False, licence: str = "MIT", source: str = "them"
):
    entry, _, content = library.examined(model, licence, source, CLASSES, None)
    return library.add(folder, name, entry, content, force=force)


def test_a_folder_begins_as_a_whole_copy_of_the_packaged_one(own: Path) -> None:
    copied = Manifest.load(own)
    assert copied.models == Manifest.load().models
    for entry in copied.models.values():
        assert copied.verified_bytes(entry)
        assert (own / entry.card).is_file()
    assert not library.begin(own)


def test_what_is_added_is_the_first_of_its_task_and_the_rest_stays_as_it_was(own: Path, model: Path) -> None:
    before = (own / "manifest.toml").read_text(encoding="utf-8")
    put(own, "theirs", model)
    after = Manifest.load(own)
    name, entry = after.of_task("detect")
    assert name == "theirs"
    assert entry.classes == CLASSES
    assert entry.input == (64, 64)
    assert after.verified_bytes(entry) == model.read_bytes()
    text = (own / "manifest.toml").read_text(encoding="utf-8")
    assert text.startswith(before[: before.index("[models.")])
    assert text.endswith(before[before.index("[models.") :])
    assert not list(own.rglob("*.partial"))


NASTY = 'a "quoted" \\ back\\slash\nline\ttab \x7f 中文 🚬 [models.x] """ \'\'\' #'


def test_words_of_every_kind_come_back_as_they_were(own: Path, tmp_path: Path) -> None:
    path = write_end_to_end(tmp_path / "theirs.onnx")
    names = ("person", 'a "thing"', "brüchig\\", "香烟")
    entry, _, content = library.examined(path, NASTY, NASTY, names, None)
    library.add(own, "theirs", entry, content, force=False)
    found = Manifest.load(own).models["theirs"]
    assert (found.licence, found.source, found.classes) == (NASTY, NASTY, names)


def test_a_taken_name_is_refused_and_replaced_only_when_told(own: Path, model: Path, tmp_path: Path) -> None:
    put(own, "theirs", model)
    before = (own / "manifest.toml").read_bytes()
    other = write_end_to_end(tmp_path / "other.onnx")
    with pytest.raises(ModelError, match="name that is not taken, got 'theirs'; --force"):
        put(own, "theirs", other)
    assert (own / "manifest.toml").read_bytes() == before
    put(own, "theirs", other, force=True)
    after = Manifest.load(own)
    assert after.verified_bytes(after.models["theirs"]) == other.read_bytes()
    assert list(after.models) == ["theirs", *Manifest.load().models]


def test_a_packaged_model_can_be_replaced_with_its_calibration(own: Path, model: Path) -> None:
    put(own, "hall_detector_n", model, force=True)
    entry = Manifest.load(own).models["hall_detector_n"]
    assert entry.calibration == {}
    assert entry.classes == CLASSES


def test_a_manifest_that_cannot_be_changed_safely_stays(tmp_path: Path, model: Path, own: Path) -> None:
    models = tomllib.loads((PACKAGED / "manifest.toml").read_text(encoding="utf-8"))["models"]
    entry = models["clothing_embed"]
    inline = ", ".join(f'{key} = "{value}"' for key, value in entry.items() if key != "input")
    text = f"models = {{ clothing_embed = {{ {inline}, input = [128, 96] }} }}\n"
    (own / "manifest.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be put in safely"):
        put(own, "theirs", model)
    assert (own / "manifest.toml").read_text(encoding="utf-8") == text
    assert not (own / "weights" / "theirs.onnx").exists()


@pytest.mark.parametrize("name", ["", "a b", "../up", "a.b", "ä", "x" * 61, "-x"])
def test_a_name_that_is_none(own: Path, model: Path, name: str) -> None:
    with pytest.raises(ModelError, match="--name"):
        put(own, name, model)


def test_a_file_that_is_no_detector_is_told_by_its_name(tmp_path: Path) -> None:
    path = detector(tmp_path / "odd.onnx", np.full((1, 3, 5), 3.5, np.float32))
    with pytest.raises(ModelError, match=r"odd\.onnx: expected a detector's output of a known form"):
        library.examined(path, "", "", CLASSES, None)
    (tmp_path / "no.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match=r"no\.onnx: expected an ONNX model"):
        library.examined(tmp_path / "no.onnx", "", "", CLASSES, None)
    with pytest.raises(ModelError, match=r"none\.onnx: expected an ONNX model"):
        library.examined(tmp_path / "none.onnx", "", "", CLASSES, None)


def test_the_size_of_a_free_input_is_a_post_crops_unless_told(tmp_path: Path) -> None:
    path = write_end_to_end(tmp_path / "theirs.onnx")
    assert library.examined(path, "", "", CLASSES, None)[0].input == (416, 416)
    assert library.examined(path, "", "", CLASSES, 320)[0].input == (320, 320)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        pytest.param("person, cell phone,cigarette", CLASSES, id="with commas"),
        pytest.param("person", ("person",), id="one"),
        pytest.param("FILE", CLASSES, id="a file"),
    ],
)
def test_class_names_as_words_or_from_a_file(tmp_path: Path, words: str, names: tuple[str, ...]) -> None:
    (tmp_path / "names.txt").write_text("person\ncell phone\ncigarette\n\n", encoding="utf-8")
    assert classes.given(words.replace("FILE", str(tmp_path / "names.txt"))) == names


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param("person,,cup", "got '' for class 1", id="an empty name"),
        pytest.param("cup,cup", "got 'cup' twice", id="twice"),
        pytest.param("no/such.txt", "no/such.txt", id="no such file"),
        pytest.param("a" * 61, "1 to 60", id="too long"),
    ],
)
def test_class_names_that_are_none(words: str, told: str) -> None:
    with pytest.raises(ModelError, match="--classes: expected") as caught:
        classes.given(words)
    assert told in str(caught.value)


def test_something_stands_in_for_every_calibration_and_says_that_it_is_none() -> None:
    assert UNCALIBRATED.keys() == BEHAVIOURS.keys()
    for entry in UNCALIBRATED.values():
        made = entry.calibration()
        assert entry.source.startswith("none")
        assert made.log_likelihood_ratio(made.probability(0.0)) < 0
        assert made.log_likelihood_ratio(made.probability(0.9)) > 0


def test_without_a_calibration_one_look_says_less_than_with_the_packaged_one() -> None:
    own = Manifest.load().of_task("detect")[1].calibrations()
    for name in ("presence", "phone", "smoking", "eating"):
        plain = UNCALIBRATED[name].calibration()
        for score in (0.0, 1.0):
            least = abs(plain.log_likelihood_ratio(plain.probability(score)))
            assert least < abs(own[name].log_likelihood_ratio(own[name].probability(score)))
