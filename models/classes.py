"""Class names of a detector: from the manifest, from the file itself, from a list."""

import ast
import json
from collections.abc import Mapping
from pathlib import Path

from models.manifest import ModelError

LONGEST = 60


def named_in(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """Names in an ONNX file's metadata, by class number; empty when there are none.

    Ultralytics writes ``names`` as a Python dictionary of number and name, we as a JSON list.
    """
    text = metadata.get("names", "")
    try:
        named = json.loads(text) if text.startswith("[") else ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ()
    if isinstance(named, dict):
        if sorted(named) != list(range(len(named))):
            return ()
        named = [named[number] for number in range(len(named))]
    return tuple(map(str, named)) if isinstance(named, list) else ()


def given(words: str) -> tuple[str, ...]:
    """Names from a text file, one a line, or from words with commas between; ModelError names what is wrong.

    What ends in .txt or .names, or has no comma and is there, is taken for a file.
    """
    path = Path(words)
    listed = words.split(",")
    if path.suffix in (".txt", ".names") or ("," not in words and path.is_file()):
        try:
            listed = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
            raise ModelError(
                f"--classes: expected a text file with a name on each line, {path}: {reason}"
            ) from error
        while listed and not listed[-1].strip():
            listed.pop()
    names = tuple(name.strip() for name in listed)
    checked("--classes", names)
    return names


def checked(where: str, names: tuple[str, ...]) -> None:
    """ModelError unless there is a name, none is empty or long, and none stands twice."""
    for number, name in enumerate(names):
        if not name or len(name) > LONGEST or not name.isprintable():
            raise ModelError(
                f"{where}: expected names of 1 to {LONGEST} printable characters, got {name!r} for class "
                f"{number}"
            )
        if name in names[:number]:
            raise ModelError(f"{where}: expected each name once, got {name!r} twice")
    if not names:
        raise ModelError(f"{where}: expected one name or more, got none")
