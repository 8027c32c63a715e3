"""Figures made again against the cards'. No torch is installed where tests run: none is needed."""

import copy
import json
from typing import Any

import pytest

from models.manifest import PACKAGED
from models.training.shipped import REMADE, against_cards, all_agree, report

NAMES = ("hall_detector_n", "person_n")


@pytest.fixture
def found() -> dict[str, dict[str, Any]]:
    """What an evaluation gives that makes the cards' figures exactly."""
    cards = {name: json.loads((PACKAGED / "cards" / f"{name}.json").read_text("utf-8")) for name in NAMES}
    return {name: {part: card[part] for part in REMADE if part in card} for name, card in cards.items()}


def test_every_shipped_card_has_parts_that_are_made_again(found) -> None:
    assert {name: sorted(parts) for name, parts in found.items()} == {
        "hall_detector_n": ["calibration", "metrics"],
        "person_n": ["drivers", "rendered_clips", "smokers"],
    }


def test_the_cards_own_figures_agree(found) -> None:
    rows = against_cards(found)
    assert all_agree(rows)
    assert sum(map(len, rows.values())) > 150
    assert "figure |" not in report(rows)


def test_a_figure_that_moved_or_is_gone_is_told(found) -> None:
    changed = copy.deepcopy(found)
    changed["hall_detector_n"]["metrics"]["test/phone/416/ap50"] -= 0.01
    del changed["person_n"]["rendered_clips"]["hall_day"]
    rows = against_cards(changed)
    assert not all_agree(rows)
    assert "| metrics/test/phone/416/ap50 | 0.8233 | 0.8133 | -0.01 |" in report(rows)
    assert "| rendered_clips/hall_day/auc/phone | 0.925 | - | - |" in report(rows)


def test_a_part_that_was_not_asked_for_is_not_missed(found) -> None:
    del found["person_n"]["smokers"]
    assert all_agree(against_cards(found))
