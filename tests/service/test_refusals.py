"""What reviewers are refused is told in the language that they ask in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from samples_service import Client, EventMaker

import service
from pipelines.hall.wording import fault, mistaken
from pipelines.texts import LANGUAGES, catalogue
from service.review.standing import VerdictClashError
from vision.mistake import MistakeError

REFUSALS = ("VerdictClashError", "HeldError", "AppealRefusedError", "JudgedBeforeError", "KnownRefusedError")
MADE_UP = re.compile(r"refused_(appeal|contest)_")
"""Kinds that are put together from a state."""


def refusals_in_code() -> Iterator[tuple[str, str]]:
    """Kind and English words of each refusal that is written out."""
    for path in Path(service.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            given = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            is_super = isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"
            if (name in REFUSALS or is_super) and len(given) > 1 and str(given[0]).startswith("refused_"):
                yield given[0], given[1]


def test_the_catalogue_says_in_english_what_the_code_says() -> None:
    found = dict(refusals_in_code())
    assert len(found) > 15
    assert found == {kind: catalogue("en")[f"fault.{kind}"] for kind in found}


def test_every_refusal_of_the_catalogue_is_in_the_code() -> None:
    kinds = {key.removeprefix("fault.") for key in catalogue("en") if key.startswith("fault.refused_")}
    answered = {"refused_store_away", "refused_fault"}
    assert {kind for kind in kinds if not MADE_UP.match(kind)} == answered | dict(refusals_in_code()).keys()


@pytest.mark.parametrize("state", ["withdrawn", "overtaken", "upheld", "reversed"])
def test_an_appeal_that_is_closed_has_words(state: str) -> None:
    assert fault(f"refused_appeal_{state}").message == f"expected an open appeal, this one is {state}"
    assert fault(f"refused_appeal_{state}").told("zh-CN").startswith("该申诉已")


@pytest.mark.parametrize("found", ["settled", "late"])
def test_an_event_that_cannot_be_contested_has_words(found: str) -> None:
    told = fault(f"refused_contest_{found}")
    assert told.message == f"expected an event that can still be contested, this one is {found}"
    assert "申诉" in told.told("zh-CN")


def test_a_refusal_is_told_with_its_values() -> None:
    refused: MistakeError = VerdictClashError("refused_too_old", "the last {minutes} minutes", minutes=10)
    assert [mistaken(refused).told(language) for language in LANGUAGES] == [
        "只能撤回最近 10 分钟内的答复，可以重新答复",
        "the last 10 minutes",
    ]


@pytest.mark.parametrize(
    ("query", "header", "told"),
    [
        pytest.param("", None, "verdict: expected your own answer as the newest one", id="no wish"),
        pytest.param("", "zh-CN,zh;q=0.9", "最新的答复不是您作出的，或者没有答复", id="the header"),
        pytest.param("?lang=en", "zh-CN", "verdict: expected your own", id="the address before the header"),
        pytest.param("?lang=zh-CN", "en-US,en;q=0.9", "最新的答复不是您作出的", id="the address"),
        pytest.param("", "fr-FR, zh-CN;q=0.5", "verdict: expected your own", id="a language without words"),
    ],
)
def test_a_refused_answer_is_told_in_the_language_asked_for(
    client: Client, event: EventMaker, query: str, header: str | None, told: str
) -> None:
    client.store.upsert_event(event(1))
    headers = {} if header is None else {"Accept-Language": header}
    answer = client.ask("DELETE", f"/api/events/{event(1).id}/verdict{query}", headers=headers)
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith(told)
    assert answer.json()["field"] == "verdict"
