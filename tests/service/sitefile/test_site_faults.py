"""Every kind of mistake that checking a site can find is said in both languages; English as it always was.

The mistakes are made, not listed: every value of a whole site becomes one after another of many that do not
belong there. What no single value brings about (two ids alike, routes in a circle) is written down, and the
code is read for kinds that nobody brought about.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples_sitefile import WHOLE, site

import pipelines
import service
import vision
from pipelines.hall.document import DocumentError, faults_of, parse_document, read_document
from pipelines.hall.site import Site
from pipelines.hall.wording import OTHER, Fault, fault, without_urls
from pipelines.texts import LANGUAGES, catalogue
from service.review.plain_text import TextRefusedError, plain
from service.sitefile.draft import SiteRefusedError, bounded, faults

ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        0,
        1.5,
        1e99,
        10**30,
        float("nan"),
        float("inf"),
        b"\xff",
        [],
        {},
        [1],
        {"a": 1},
        {1: 2},
    ),
    *("", "x", "x" * 3000, "soon", "25:00", "99", "9" * 5000, "2026-02-30", "2026-01-05T10:00:00", "\ud800"),
    *("a\x00b", "w 7", "停", "rtsp://a:b@c/", "rtsp://a/${X}", "/etc/passwd", "a${X}.mp4", "rtsp://…@c/"),
    *("${CONDUCT_KEY}", "/dev/video 0", "/dev/video0?size=big", "west", "mon-", "12:00", "gopher://x"),
)
POST = WHOLE["posts"][0]
CAMERA = WHOLE["cameras"][0]
ROUTE = WHOLE["alerts"]["routes"][0]
TOGETHER: dict[str, dict[str, Any]] = {
    "two posts of one id": {"posts": [POST, POST]},
    "two channels of one id": {"alerts": {"channels": WHOLE["alerts"]["channels"] * 2}},
    "a circle": {"alerts": {**WHOLE["alerts"], "routes": [{**ROUTE, "then": ROUTE["id"]}]}},
    "a file with a sub stream": {"cameras": [{**CAMERA, "url": "x.mp4", "sub_url": "rtsp://c/"}]},
    "a day twice": {"schedule": {"open": ["2026-01-05"], "closed": ["2026-01-05"]}},
    "closes above its opening": {"rules": {"absent": {"open_at": 0.2}}},
    "a zone of two points": {"posts": [{**POST, "staff_zone": POST["staff_zone"][:2]}]},
    "a zone on a line": {"posts": [{**POST, "staff_zone": [[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]}]},
    "a bow": {"posts": [{**POST, "staff_zone": [[0.1, 0.1], [0.3, 0.3], [0.3, 0.1], [0.1, 0.4]]}]},
    "a point outside": {"posts": [{**POST, "staff_zone": [*POST["staff_zone"], [0.5, 1.5]]}]},
    "a route without its end": {"alerts": {**WHOLE["alerts"], "routes": [{**ROUTE, "then": None}]}},
    "a route to nobody": {"alerts": {"routes": [{"id": "r", "to": ["nobody"]}]}},
}
FILES: dict[str, bytes] = {
    "no YAML": b"hall: [",
    "a list": b"- 1",
    "a key twice": b"hall: a\nhall: b",
    "an alias": b"a: &x [1]\nb: *x",
    "bytes": b"a: !!binary aGk=",
    "a misspelt key": b"hall: x\nshedule: 1",
    "another encoding": b"hall: \xe7\xaa\n",
    "itself": b"hall: &x {a: *x}\n",
}
UNREACHED = {OTHER, "given", "list_type", "dict_type", "mapping_type", "model_attributes_type"}
"""Kinds that other documents than a site bring about, and what is put around the words of all."""
ELSEWHERE = ("uniform_", "crop_", "refused_")
"""Kinds of examples of uniforms (test_uniform_words.py) and of refused answers (test_refusals.py)."""
OTHERS_WORDS = {"yaml", "unreadable"}
"""Kinds that end in what the parser of YAML or the system says, which is English."""
UNREACHED_TYPES = {"string_pattern_mismatch", "too_long", "string_too_long", "date_parsing", "short_name"}


def places(value: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, *path, key)


def with_value(value: Any, path: tuple[str | int, ...], other: Any) -> Any:
    """Another value at a place; `KeyError` as a value takes the place away."""
    if not path:
        return other
    first, rest = path[0], path[1:]
    if isinstance(value, list):
        return [with_value(one, rest, other) if i == first else one for i, one in enumerate(value)]
    return {
        key: with_value(one, rest, other) if key == first else one
        for key, one in value.items()
        if not (key == first and not rest and other is KeyError)
    }


def mistakes() -> Iterator[Fault]:
    for path in places(WHOLE):
        for odd in (*ODD, KeyError):
            if path or isinstance(odd, dict):
                draft = with_value(WHOLE, path, odd)
                yield from faults(draft, {}, Path())
                yield from faults_of(draft, Site)
    for changed in TOGETHER.values():
        yield from faults({**WHOLE, **changed}, {}, Path())


def _refusal(read: Callable[[], object]) -> Fault | None:
    try:
        read()
    except DocumentError as error:
        return error.fault
    except (OSError, UnicodeDecodeError):
        return None
    return None


def of_documents(folder: Path) -> Iterator[Fault]:
    for number, content in enumerate((*FILES.values(), None)):
        path = folder / f"{number}.yaml"
        if content is not None:
            path.write_bytes(content)
        for read in (
            lambda path=path: read_document(path, Site, "a site file with hall"),
            lambda path=path: parse_document(path.read_text(encoding="utf-8"), path, "a site file with hall"),
        ):
            wrong = _refusal(read)
            if wrong is not None:
                yield wrong
    for draft in ({"hall": [[[[[[[[[[[[[[[[[["x"]]]]]]]]]]]]]]]]]]}, {"hall": float("nan")}):
        with pytest.raises(SiteRefusedError) as refused:
            bounded(draft)
        yield refused.value.fault
    with pytest.raises(TextRefusedError) as empty:
        plain("name", " ", 20)
    yield Fault("name", str(empty.value), empty.value.mistake.kind, empty.value.mistake.params)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Fault]:
    return [*mistakes(), *of_documents(tmp_path_factory.mktemp("documents"))]


def test_the_whole_site_is_one() -> None:
    assert faults(WHOLE, {"cameras": WHOLE["cameras"], "alerts": WHOLE["alerts"]}, Path()) == []


def test_no_mistake_is_without_words_of_its_own(found: list[Fault]) -> None:
    assert len(found) > 3000
    assert {one.message for one in found if one.kind == OTHER} == set()


def test_what_is_said_in_chinese_is_chinese_and_whole(found: list[Fault]) -> None:
    for one in {(one.kind, one.message): one for one in found}.values():
        told = one.told("zh-CN")
        assert re.search(r"[\u4e00-\u9fff]", told), told
        if one.kind in OTHERS_WORDS:
            continue
        assert not re.search(r"\bexpected\b|\bgot\b|(?<!\$)\{\w+\}", told), told


def test_the_catalogue_says_in_english_what_the_command_line_says(found: list[Fault]) -> None:
    for one in {(one.kind, one.message): one for one in found}.values():
        said = fault(one.kind, **one.params).message
        assert " ".join(said.split()) == " ".join(without_urls(one.message).split()) or said == one.message


def test_every_kind_in_the_catalogue_was_brought_about_and_every_kind_in_the_code_is_there(
    found: list[Fault],
) -> None:
    kinds = {one.kind for one in found}
    texts = {key.removeprefix("fault.") for key in catalogue("en") if key.startswith("fault.")}
    texts -= {key for key in texts if key.startswith(("what.", "whose.", *ELSEWHERE))}
    assert kinds <= texts
    assert texts - kinds <= UNREACHED | UNREACHED_TYPES
    in_code = {kind for kind in kinds_in_code() if not kind.startswith(ELSEWHERE)}
    assert in_code <= kinds | UNREACHED


def kinds_in_code() -> Iterator[str]:
    """The first argument of every `MistakeError(...)` and `fault(...)`."""
    for package in (vision, pipelines, service):
        for path in Path(package.__path__[0]).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    first = node.args[0] if node.args else None
                    if node.func.id in {"MistakeError", "fault"} and isinstance(first, ast.Constant):
                        yield first.value


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@given(path=st.sampled_from(sorted(places(WHOLE), key=repr)), odd=json_values)
def test_whatever_stands_in_a_place_is_spoken_of_in_both_languages(
    path: tuple[str | int, ...], odd: Any
) -> None:
    draft = with_value(WHOLE, path, odd)
    for one in faults_of(draft, Site) if isinstance(draft, dict) else ():
        assert one.kind != OTHER, one
        assert all(one.told(language) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        pytest.param(site(timezone="Mars"), "应为时区，如 Asia/Shanghai，现为“Mars”", id="a time zone"),
        pytest.param(site(posts=[]), "至少应有 1 项，现有 0 项", id="no posts"),
        pytest.param(
            site(rules={"absent": {"grace_s": "soon"}}), "应为数字，现为“soon”", id="a word for a number"
        ),
        pytest.param(
            site(rules={"absent": {"open_at": 0.2}}),
            "解除的把握（0.5）不能高于判定的把握（0.2）",
            id="closes above its opening",
        ),
        pytest.param(site(rules=None), "应为“键: 值”的形式，现为空", id="nothing"),
        pytest.param(
            site(cameras=[{**site()["cameras"][0], "transport": "x"}]),
            "只能是 tcp、udp，现为“x”",
            id="choices",
        ),
    ],
)
def test_how_it_reads(draft: dict[str, Any], told: str) -> None:
    assert [one.told("zh-CN") for one in faults_of(draft, Site)] == [told]
