from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import numpy as np
import pytest

import vision.behaviours
from pipelines.regulation import load
from pipelines.rules.events import HealthEntry
from pipelines.texts import LANGUAGES, PARTS, catalogue, text
from vision.behaviours import BEHAVIOURS, judge_all
from vision.detections import Detections
from vision.enrolment import Enrolment
from vision.picture import Picture
from vision.posture import ACTS, JOINTS, Posture
from vision.view import WHOLE_PICTURE, PostView

SOURCES = sorted(Path(vision.behaviours.__file__).parent.glob("*.py"))
CODES = ("unknown", "Reason", "code", "POSTURES")
"""What a code stands in: `Cue.unknown(name, code)`, `Reason(code, ...)`, a variable `code`, or the values of
`POSTURES`."""


def words(node: ast.expr) -> set[str]:
    """The plain strings that an expression may be; an f-string counts for every picture's name."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return words(node.body) | words(node.orelse)
    if isinstance(node, ast.JoinedStr):
        (start, _) = node.values
        return {word + picture.value for word in words(start) for picture in Picture if not picture.tells}
    return set()


def _is_postures(node: ast.Assign) -> bool:
    return [target.id for target in node.targets if isinstance(target, ast.Name)] == ["POSTURES"]


def codes_in(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "unknown"
        ):
            found |= words(node.args[1])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reason":
            found |= words(node.args[0])
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "code" for target in node.targets
        ):
            found |= words(node.value)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and _is_postures(node):
            found |= set().union(*map(words, node.value.values))
    return found


WHY = sorted({code for path in SOURCES for code in codes_in(path.read_text(encoding="utf-8"))})
NEEDED = {
    *(f"why.{code}" for code in WHY),
    *(f"behaviour.{name}" for name in BEHAVIOURS),
    *(f"rule.{name}" for name in load().rules),
    *(f"health.{state}" for state in get_args(HealthEntry.model_fields["state"].annotation)),
}
each_language = pytest.mark.parametrize("language", [pytest.param(name, id=name) for name in LANGUAGES])


def placeholders(template: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def test_the_scan_finds_the_reasons_of_every_behaviour() -> None:
    assert {"nobody_seen", "phone_at_head", "cigarette_in_hand", "only_drinking", "uniform_unsure"} <= set(
        WHY
    )
    assert {"picture_dark", "picture_corrupt", "picture_still"} <= set(WHY)


@each_language
@pytest.mark.parametrize("key", sorted(NEEDED))
def test_what_the_monitor_says_has_words(language: str, key: str) -> None:
    assert catalogue(language)[key].strip()


@each_language
def test_no_text_is_left_of_a_reason_rule_behaviour_or_state_that_is_gone(language: str) -> None:
    kinds = ("why.", "behaviour.", "rule.", "health.")
    assert {key for key in catalogue(language) if key.startswith(kinds)} == NEEDED


def test_neither_language_misses_a_key() -> None:
    assert catalogue("en").keys() == catalogue("zh-CN").keys()


@pytest.mark.parametrize("key", sorted(catalogue("en")))
def test_the_languages_agree_on_what_is_filled_in(key: str) -> None:
    assert placeholders(catalogue("en")[key]) == placeholders(catalogue("zh-CN")[key])


@each_language
def test_every_text_is_a_text_with_words_in_it(language: str) -> None:
    raw: dict[str, Any] = dict(catalogue(language))
    assert [key for key, value in raw.items() if not isinstance(value, str) or not value.strip()] == []


def test_the_english_texts_hold_no_chinese_but_the_name_of_the_other_language() -> None:
    chinese = [key for key, value in catalogue("en").items() if any("\u4e00" <= c <= "\u9fff" for c in value)]
    assert set(chinese) <= {
        "page.language.other",
        "page.language.label",
        "alerts.language",
        "report.language",
    }


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        pytest.param("en", "1 of 2 staff seen in the staff zone", id="en"),
        pytest.param("zh-CN", "工作区内看到 1 人，应有 2 人", id="zh-CN"),
    ],
)
def test_values_are_filled_in(language: str, expected: str) -> None:
    assert text(language, "why.too_few_seen", seen=1, needed=2) == expected


PERSON = Detections(np.array([[100, 100, 200, 300]], np.float32), np.array([0.9], np.float32), ("person",))
UNIFORM = Enrolment(np.ones(1), 0.0, known=np.zeros((1, 1), np.float32), reach=10.0)
PLACES = {"mouth": (146, 138, 158, 148), "lap": (140, 230, 155, 250), "desk": (260, 280, 280, 300)}


def looks() -> Iterator[PostView]:
    """A look for each thing in each place, for each state of the clothes, the picture and the staff."""
    plain = PostView(WHOLE_PICTURE, Picture.LIVE, PERSON, Detections.none(), Detections.none())
    for label in ("cell phone", "cigarette", "sandwich", "cup"):
        for place in PLACES.values():
            thing = Detections(np.array([place], np.float32), np.array([0.8], np.float32), (label,))
            look = replace(plain, objects=thing, furniture=np.zeros(1, np.bool_))
            yield from (look, replace(look, phone_picked_up=True), replace(look, on_telephone=True))
    for log_odds in (-3.0, 0.0, 3.0, 11.0):
        yield replace(plain, enrolment=UNIFORM, clothing=np.array([log_odds], np.float32))
    yield replace(plain, enrolment=UNIFORM)
    yield from (replace(plain, picture=picture) for picture in Picture)
    for act in ACTS:
        joints = np.full((len(JOINTS), 3), 0.9, np.float32)
        yield replace(plain, posture=Posture(joints, {name: float(name == act) for name in ACTS}))
    yield replace(plain, classes=frozenset({"person"}))
    yield replace(plain, classes=frozenset({"cigarette"}))
    yield replace(plain, staff=Detections.none())
    yield replace(plain, post=WHOLE_PICTURE.model_copy(update={"staff": 2}))


@each_language
def test_every_reason_a_look_gives_can_be_said(language: str) -> None:
    reasons = [cue.why for look in looks() for cue in judge_all(look).values()]
    said = [text(language, f"why.{why.code}", **why.args) for why in reasons]
    assert {why.code for why in reasons} == set(WHY)
    assert [sentence for sentence in said if "{" in sentence] == []


def test_a_text_or_a_language_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match=r"why\.nothing"):
        text("en", "why.nothing")
    with pytest.raises(ValueError, match=r"^expected a language of zh-CN, en, got 'de'$"):
        catalogue("de")


def test_a_catalogue_cannot_be_changed_by_those_who_read_it() -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        catalogue("en")["why.nobody_seen"] = "somebody"  # type: ignore[index]


def test_every_file_of_texts_belongs_to_a_language() -> None:
    names = {entry.name for entry in files("pipelines.texts").iterdir() if entry.name.endswith(".yaml")}
    assert names == {f"{language}{part}.yaml" for language in LANGUAGES for part in PARTS}
