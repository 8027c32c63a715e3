"""What is wrong with examples of uniforms is said in both languages, whatever it is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import pipelines.looking.uniform
import vision.enrolment
from pipelines.hall.wording import fault
from pipelines.texts import LANGUAGES, catalogue

PARAMS = {"whose": "wear", "least": 5, "enough": 10, "most": 50, "count": 3, "total": 9, "share": "40%"}
KINDS = sorted(key.removeprefix("fault.") for key in catalogue("en") if key.startswith("fault.uniform_"))


def kinds_in_code() -> set[str]:
    found = set()
    for module in (pipelines.looking.uniform, vision.enrolment):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {one for one in found if isinstance(one, str) and re.fullmatch(r"uniform_[a-z_]+", one)}


def test_the_catalogue_has_exactly_the_kinds_of_the_code() -> None:
    assert kinds_in_code() == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_kind_is_a_whole_sentence(kind: str, language: str) -> None:
    told = fault(kind, **PARAMS, first="01.jpg", mostly=fault("uniform_nobody")).told(language)
    assert not re.search(r"[{}]", told)
    chinese = re.search(r"[\u4e00-\u9fff]", told) is not None
    assert chinese == (language == "zh-CN")
