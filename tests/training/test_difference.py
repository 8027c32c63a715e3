"""Two results side by side, and the cards' figures."""

import json
from pathlib import Path

import pytest

from models.manifest import PACKAGED, Manifest
from models.training.difference import Row, as_markdown, compare, figures, read_result

CARD = {
    "metrics": {"ap50": 0.6421, "only here": 1.0},
    "fit": "own",
    "auc": {"all": {"auc": 0.507, "using": 161}},
}
NOW = {
    "metrics": {"ap50": 0.6521},
    "fit": "own",
    "auc": {"all": {"auc": 0.507, "using": 161}},
    "new": [1, 2.5],
}


def test_every_number_has_a_path_and_words_have_none() -> None:
    assert dict(figures(CARD)) == {
        "metrics/ap50": 0.6421,
        "metrics/only here": 1.0,
        "auc/all/auc": 0.507,
        "auc/all/using": 161,
    }
    assert dict(figures({"none": None, "yes": True, "nan": float("nan"), "list": [1]})) == {"list/0": 1}


def test_figures_of_both_and_of_one() -> None:
    rows = {row.name: row for row in compare(CARD, NOW)}
    assert rows["metrics/ap50"].difference == pytest.approx(0.01)
    assert rows["metrics/only here"] == Row("metrics/only here", 1.0, None)
    assert rows["new/1"] == Row("new/1", None, 2.5)
    assert rows["auc/all/using"].difference == 0


@pytest.mark.parametrize(
    ("row", "agrees"),
    [
        pytest.param(Row("x", 0.5, 0.5), True, id="the same"),
        pytest.param(Row("x", 0.5, 0.502), True, id="as far as allowed"),
        pytest.param(Row("x", 0.502, 0.5), True, id="as far the other way"),
        pytest.param(Row("x", 0.5, 0.5021), False, id="further"),
        pytest.param(Row("x", 0.5, None), False, id="lacking now"),
        pytest.param(Row("x", None, 0.5), False, id="lacking then"),
    ],
)
def test_what_agrees(row: Row, agrees: bool) -> None:
    assert row.agrees(0.002) is agrees


def test_the_table_shows_what_differs_and_counts_the_rest() -> None:
    text = as_markdown(compare(CARD, NOW), "a.json", "b.json")
    assert text.splitlines() == [
        "2 of 6 figures agree within 0.",
        "",
        "| figure | a.json | b.json | difference |",
        "|---|---|---|---|",
        "| metrics/ap50 | 0.6421 | 0.6521 | +0.01 |",
        "| metrics/only here | 1 | - | - |",
        "| new/0 | - | 1 | - |",
        "| new/1 | - | 2.5 | - |",
    ]
    assert as_markdown(compare(CARD, CARD), "a", "b") == "4 of 4 figures agree within 0.\n"


def test_a_result_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.json: expected a result as JSON"):
        read_result(tmp_path / "none.json")
    (tmp_path / "no.json").write_text("{")
    with pytest.raises(ValueError, match=r"no\.json: expected a result as JSON"):
        read_result(tmp_path / "no.json")


def test_the_manifests_headline_figures_are_the_cards() -> None:
    for entry in Manifest.load().models.values():
        if not entry.figures:
            continue
        card = dict(
            figures(json.loads((PACKAGED / entry.card).with_suffix(".json").read_text(encoding="utf-8")))
        )
        for name, value in entry.figures.items():
            assert card[name] == value, name
