"""A folder of models of a hall's own: a copy of the packaged one at first, with what the hall adds.

The manifest stays a text that people edit: an entry is put in or taken out, the rest is left as it is. What
is written is read again first, and must say what was meant.
"""

import hashlib
import os
import re
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path

from models.detector import Detector
from models.manifest import PACKAGED, Manifest, ModelEntry, ModelError
from models.session import Session

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
USUAL_SIDE = 416
"""Side of the input for a post's crop, where a model takes any."""
HEADER = re.compile(r"^\s*\[")


def begin(folder: Path) -> bool:
    """Make a folder of models from the packaged one; False when it has a manifest already."""
    manifest = folder / "manifest.toml"
    if manifest.exists():
        return False
    for part in ("weights", "cards"):
        shutil.copytree(PACKAGED / part, folder / part, dirs_exist_ok=True)
    _replace(manifest, (PACKAGED / "manifest.toml").read_bytes())
    return True


def examined(
    path: Path, licence: str, source: str, classes: tuple[str, ...], side: int | None
) -> tuple[ModelEntry, Detector, bytes]:
    """Load a detector's file as it lies there; gives its entry, the detector and its bytes.

    ``classes`` empty = the names in the file; ``side`` None = the model's own, or `USUAL_SIDE`. Raises
    ModelError.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: expected an ONNX model, {error.strerror}") from error
    entry = ModelEntry(
        task="detect",
        file=str(path.absolute()),
        sha256=hashlib.sha256(content).hexdigest(),
        licence=licence,
        source=source,
        input=(side or USUAL_SIDE,) * 2,
        classes=classes,
    )
    alone = Manifest(path.parent, {path.stem: entry})
    fixed = Session(alone, entry, threads=1).inputs[0].shape[2:]
    if side is None:
        high, wide = (value if isinstance(value, int) else USUAL_SIDE for value in fixed)
        entry = entry.model_copy(update={"input": (high, wide)})
    detector = Detector(Manifest(path.parent, {path.stem: entry}), threads=1)
    return entry.model_copy(update={"classes": detector.classes}), detector, content


def check_name(folder: Path, name: str, *, force: bool) -> None:
    """ModelError when a name is no name, or taken in that folder (unless ``force``)."""
    if not NAME.fullmatch(name):
        raise ModelError(f"--name: expected up to 60 letters, digits, - or _, got {name!r}")
    path = folder / "manifest.toml"
    taken = path.exists() and name in Manifest.load(folder).models
    packaged = not path.exists() and name in Manifest.load().models
    if not force and (taken or packaged or (folder / f"weights/{name}.onnx").exists()):
        raise ModelError(f"{path}: expected a name that is not taken, got {name!r}; --force replaces it")


def add(folder: Path, name: str, entry: ModelEntry, content: bytes, *, force: bool) -> ModelEntry:
    """Put a model into a folder, as the first of its task; gives its entry there.

    Raises ModelError when the name is taken (unless ``force``) or the manifest cannot be changed.
    """
    check_name(folder, name, force=force)
    entry = entry.model_copy(update={"file": f"weights/{name}.onnx"})
    path = folder / "manifest.toml"
    before = Manifest.load(folder).models
    text = path.read_text(encoding="utf-8")
    weight = folder / entry.file
    text = _inserted(_without(text, name) if name in before else text, name, entry)
    meant = {name: entry, **{other: model for other, model in before.items() if other != name}}
    if _read(text) != meant:
        raise ModelError(f"{path}: expected tables [models.NAME], the entry {name!r} cannot be put in safely")
    weight.parent.mkdir(parents=True, exist_ok=True)
    _replace(weight, content)
    _replace(path, text.encode("utf-8"))
    return entry


def as_toml(name: str, entry: ModelEntry) -> str:
    """An entry without calibration as TOML."""
    lines = [f"[models.{name}]"]
    for key in ("task", "file", "sha256", "licence", "source"):
        lines.append(f"{key} = {_quoted(getattr(entry, key))}")
    lines.append(f"input = [{entry.input[0]}, {entry.input[1]}]")
    lines.append("classes = [")
    lines.extend(f"  {_quoted(label)}," for label in entry.classes)
    lines.append("]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string: control characters, quotes and backslashes escaped."""
    escaped = (
        f"\\u{ord(character):04x}" if ord(character) < 32 or ord(character) == 127 else character
        for character in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return '"' + "".join(escaped) + '"'


def _inserted(text: str, name: str, entry: ModelEntry) -> str:
    """The manifest with an entry before all others: the first of a task is the one that is used."""
    lines = text.splitlines(keepends=True)
    first = next((i for i, line in enumerate(lines) if HEADER.match(line)), len(lines))
    return "".join([*lines[:first], as_toml(name, entry), "\n", *lines[first:]])


def _without(text: str, name: str) -> str:
    """The manifest without the tables of one entry."""
    mine = re.compile(rf"^\s*\[models\.{re.escape(name)}[.\]]")
    kept, skipping = [], False
    for line in text.splitlines(keepends=True):
        if HEADER.match(line):
            skipping = bool(mine.match(line))
        if not skipping:
            kept.append(line)
    return "".join(kept)


def _read(text: str) -> Mapping[str, ModelEntry]:
    """The entries of a manifest's text; empty when it cannot be read."""
    try:
        return {key: ModelEntry.model_validate(value) for key, value in tomllib.loads(text)["models"].items()}
    except (tomllib.TOMLDecodeError, KeyError, AttributeError, ValueError):
        return {}


def _replace(path: Path, content: bytes) -> None:
    """Write a file beside its place, then put it there in one step."""
    beside = path.with_name(path.name + ".partial")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
