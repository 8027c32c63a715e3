"""A YAML file that people write, checked line by line against a pydantic model.

Every error is one line: file, line, field, what was expected, what came. Nothing that looks like an
address is ever quoted, for it may hold a password.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.reader import ReaderError
from yaml.scanner import ScannerError

from pipelines.hall.wording import Fault, expected, fault, without_urls

Model = TypeVar("Model", bound=BaseModel)


MOST_FAULTS = 200
MOST_LEVELS = 100
"""How deep a file may be nested: what reads it calls itself for each level."""


class DocumentError(Exception):
    """A file cannot be used; the message is one line: file, line, field, what was expected.

    ``where`` (file and line) and ``fault`` say the same in parts, for other languages.
    """

    def __init__(self, message: str, where: str = "", fault: Fault | None = None) -> None:
        super().__init__(message)
        self.where, self.fault = where, fault


class PlainTimes(yaml.SafeLoader):
    """Leaves times and dates as they are written: what YAML makes of them has lost whether there was an
    offset, and of a day that does not exist it says no line.

    Whatever else cannot be read is a YAMLError with its place.
    """

    _depth = 0

    def fetch_more_tokens(self) -> None:
        """Read on in the text."""
        try:
            super().fetch_more_tokens()
        except (ValueError, OverflowError) as error:
            problem = "found the number of no character or version"
            raise ScannerError(None, None, problem, self.get_mark()) from error

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """A node with all that is inside it."""
        if self._depth > MOST_LEVELS:
            problem = f"found lists and keys in more than {MOST_LEVELS} levels"
            event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it untyped
            raise ComposerError(None, None, problem, event.start_mark)
        self._depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Puts merged keys (``<<``) where they are merged, each key once: what hides another is enough, and
        merges of merges would make millions of a few."""
        super().flatten_mapping(node)
        node.value = list({_name(key): (key, value) for key, value in node.value}.values())

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """The value of a node."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError) as error:
            problem = f"found a value that cannot be read as {node.tag.rpartition(':')[2]}"
            raise ConstructorError(None, None, problem, node.start_mark) from error


def _name(key: yaml.Node) -> object:
    """The same for keys that are the same; a list or keys as a key is one of its own."""
    return (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else key


PlainTimes.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag != "tag:yaml.org,2002:timestamp"]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_document(path: Path, model: type[Model], what: str) -> Model:
    """Read and check a file; ``what`` names it and its keys, like "a site file with hall and posts".

    Raises DocumentError.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise _wrong(str(path), fault("unreadable", what=_kind(what), reason=reason)) from error
    except ValueError:  # with a NUL or half a character in its name
        raise _wrong(repr(str(path)), fault("unreadable", what=_kind(what), reason="it is no path")) from None
    node, data = _parsed(source, path, what)
    try:
        _refuse_doubled_keys(path, node)
        return model.model_validate(data)
    except RecursionError:
        raise _wrong(str(path), fault("endless", what=_kind(what))) from None
    except ValidationError as error:
        told = _explain(path, node, error, model)
    raise told


def parse_document(source: str, path: Path, what: str) -> dict[str, Any]:
    """The plain values of a document from elsewhere, unchecked but for doubled keys; ``path`` names it.

    Raises DocumentError, also for aliases, which could make a small text a huge document, and for what JSON
    does not know.
    """
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(source, Loader=PlainTimes)):
            raise _wrong(str(path), fault("aliases", what=_kind(what)))
    except (yaml.YAMLError, ValueError):
        pass  # what is wrong with it is said below
    node, data = _parsed(source, path, what)
    try:
        _refuse_doubled_keys(path, node)
        json.dumps(data, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise _wrong(str(path), fault("plain_values")) from None
    return data


def faults_of(data: dict[str, Any], model: type[BaseModel]) -> list[Fault]:
    """What is wrong with a document's values, by field, `MOST_FAULTS` at most; none: the model takes it."""
    try:
        model.model_validate(data)
    except ValidationError as error:
        errors = error.errors()[:MOST_FAULTS]
        inner = [e for e in errors if not any(_contains(e["loc"], other["loc"]) for other in errors)]
        return [found for _, found in map(_told, inner)]
    return []


def _wrong(where: str, found: Fault) -> DocumentError:
    field = f"{found.field}: " if found.field else ""
    return DocumentError(without_urls(f"{where}: {field}{found.message}"), where, found)


def _kind(what: str) -> str:
    return what.partition(" with ")[0]


def _parsed(source: str, path: Path, what: str) -> tuple[yaml.Node, dict[str, Any]]:
    """The nodes of a YAML text, for their lines, and its plain values. Raises DocumentError."""
    try:
        node = yaml.compose(source, Loader=PlainTimes)
        data: Any = yaml.load(source, Loader=PlainTimes)  # a SafeLoader: it makes plain values only
    except RecursionError:
        raise _wrong(str(path), fault("endless", what=_kind(what))) from None
    except yaml.YAMLError as error:
        line, problem = _trouble(source, error)
        raise _wrong(f"{path}:{line}", fault("yaml", problem=problem)) from None
    if not isinstance(data, dict) or node is None:
        raise _wrong(f"{path}:1", fault("no_document", what=what))
    return node, data


def _trouble(source: str, error: yaml.YAMLError) -> tuple[int, str]:
    """The line (from 1) of what is no YAML, and what is wrong there."""
    if isinstance(error, ReaderError):
        line = source.count("\n", 0, error.position) + 1
        return line, f"the character U+{ord(source[error.position]):04X} is not allowed in it"
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    return 1 if mark is None else mark.line + 1, problem


def place_before(path: Path | None, *location: int | str) -> str:
    """`place_of` to stand before what is wrong there; nothing where the file is not known.

    It reads the whole file, so it is for when something is wrong.
    """
    return "" if path is None else f"{place_of(path, *location)}: "


def place_of(path: Path, *location: int | str) -> str:
    """``path:line`` of a field of a file that was loaded, the path alone when it is gone by now."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=PlainTimes)
    except (OSError, ValueError, yaml.YAMLError):
        return str(path)
    return str(path) if node is None else f"{path}:{_line(node, location)}"


def _refuse_doubled_keys(path: Path, node: yaml.Node) -> None:
    """Raises DocumentError, and RecursionError for a part that contains itself."""
    _look_through(path, node, set(), set())


def _look_through(path: Path, node: yaml.Node, above: set[int], done: set[int]) -> None:
    """Each node once: aliases of aliases make millions of places of a few nodes."""
    if id(node) in above:
        raise RecursionError
    if id(node) in done or not isinstance(node, yaml.CollectionNode):
        return
    above.add(id(node))
    for inner in _values(path, node):
        _look_through(path, inner, above, done)
    above.remove(id(node))
    done.add(id(node))


def _values(path: Path, node: yaml.CollectionNode) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
        return
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            raise _wrong(f"{path}:{key.start_mark.line + 1}", fault("doubled_key", key.value))
        seen.add(key.value)
        yield value


def _explain(path: Path, node: yaml.Node, error: ValidationError, model: type[BaseModel]) -> DocumentError:
    first = _most_telling(node, error)
    location, found = _told(first)
    if first["type"] == "extra_forbidden":
        known = ", ".join(_known_keys(model, location[:-1]))
        found = fault("unknown_key", found.field, choices=known, got=location[-1])
    where = f"{path}:{_line(node, location)}"
    field = found.field or "the file"
    return DocumentError(without_urls(f"{where}: {field}: {found.message}"), where, found)


def _told(error: ErrorDetails) -> tuple[tuple[int | str, ...], Fault]:
    """Where an error is, and what was expected there; what is told of the whole names its place."""
    location: tuple[int | str, ...] = tuple(part for part in error["loc"] if part != "tuple[...]")
    found = expected(error, secret=bool({"url", "sub_url", "secret"} & {*error["loc"]}))
    if not location and found.field:
        location = tuple(int(part) if part.isdigit() else part for part in found.field.split("."))
    message = " ".join(without_urls(found.message).split())
    return location, replace(found, field=_field(location), message=message)


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location))


def _most_telling(node: yaml.Node, error: ValidationError) -> Any:
    """The first error by line that is not only the echo of one deeper inside; a misspelt key first."""
    errors = error.errors()
    inner = [e for e in errors if not any(_contains(e["loc"], other["loc"]) for other in errors)]
    return min(inner, key=lambda e: (e["type"] != "extra_forbidden", _line(node, e["loc"])))


def _contains(outer: tuple[int | str, ...], inner: tuple[int | str, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _line(node: yaml.Node, location: tuple[int | str, ...]) -> int:
    """Line (from 1) where a field stands, or the nearest part of its path that is there."""
    line = node.start_mark.line + 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            entry = next(((k, v) for k, v in node.value if _is_key(k, part)), None)
            if entry is None:
                break
            line, node = entry[0].start_mark.line + 1, entry[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _is_key(node: yaml.Node, part: int | str) -> bool:
    """Whether a key is what pydantic calls it: that of nothing is None, and true is 1."""
    if not isinstance(node, yaml.ScalarNode) or node.value == str(part):
        return isinstance(node, yaml.ScalarNode)
    try:
        key = PlainTimes("").construct_object(node)
    except yaml.YAMLError:  # << is no value
        return False
    return bool(key == part) or str(key) == str(part)


def _known_keys(root: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    model: Any = root
    for part in location:
        if isinstance(part, str) and isinstance(model, type) and issubclass(model, BaseModel):
            model = _inner_model(model.model_fields[part].annotation)
    return [field.alias or name for name, field in model.model_fields.items()]


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _inner_model(inner)
        if found is not None:
            return found
    return None
