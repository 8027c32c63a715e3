"""Findings by hand: which can be recorded and withdrawn, and which clauses are for people alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from samples_service import NINE

from pipelines import regulation
from service.review.findings import NOTE_LIMIT, Finding, FindingRefusedError, check, covers, withdraw
from service.review.plain_text import TextRefusedError

BY_HAND = regulation.load().by_hand
S = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("clause", "note", "at", "field"),
    [
        pytest.param("B12", " 未一次性告知 ", NINE, None, id="in order"),
        pytest.param("B12", "x" * NOTE_LIMIT, NINE - 900 * S, None, id="a long note, long ago"),
        pytest.param("B6", "nobody there", NINE, "clause", id="a clause that a camera judges"),
        pytest.param("B99", "?", NINE, "clause", id="no clause"),
        pytest.param("B12", "  ", NINE, "note", id="no note"),
        pytest.param("B12", "x" * (NOTE_LIMIT + 1), NINE, "note", id="a note too long"),
        pytest.param("B12", "a\x00b", NINE, "note", id="no text"),
        pytest.param("B12", "soon", NINE + S, "at", id="a time to come"),
    ],
)
def test_what_can_be_recorded(clause: str, note: str, at: datetime, field: str | None) -> None:
    if field is None:
        assert check(clause, note, at, NINE, BY_HAND) == note.strip()
        return
    with pytest.raises((FindingRefusedError, TextRefusedError)) as refused:
        check(clause, note, at, NINE, BY_HAND)
    assert refused.value.field == field


def test_a_finding_is_withdrawn_once_with_a_reason() -> None:
    one = Finding(
        id=1,
        clause="B12",
        post="w01",
        at=NINE,
        note="x",
        event=None,
        made_at=NINE,
        made_by=None,
        withdrawn_at=None,
        withdrawn_by=None,
        withdrawn_why="",
    )
    with pytest.raises(TextRefusedError):
        withdraw(one, " ", by="wu", at=NINE)
    after = withdraw(one, " 记错 ", by="wu", at=NINE)
    assert (after.withdrawn_at, after.withdrawn_by, after.withdrawn_why) == (NINE, "wu", "记错")
    assert after.note == "x"
    with pytest.raises(FindingRefusedError):
        withdraw(after, "again", by="wu", at=NINE)


@pytest.mark.parametrize(
    ("second", "shown"), [(-0.1, False), (0, True), (15, True), (30, True), (30.1, False)]
)
def test_a_clip_shows_a_moment_within_it(second: float, shown: bool) -> None:
    assert covers(NINE, NINE + 30 * S, NINE + second * S) is shown


def test_by_hand_are_exactly_the_clauses_without_a_rule() -> None:
    whole = regulation.load()
    judged = {rule.clause for rule in whole.rules.values()}
    assert judged == {"B6", "B7", "B15", "B16-1"}
    assert set(whole.by_hand) == set(whole.clauses) - judged
    # REGULATION.md calls these manual.
    manual = {"A1-1", "A2-4", "A3-2", "A4-1", "A4-3", *(f"B{n}" for n in (10, 14, 17, 21, 24, 25))}
    assert manual <= set(whole.by_hand)
    for clause in whole.clauses.values():
        assert clause.zh.strip(), clause.id
        assert clause.en.strip(), clause.id
        assert clause.zh.startswith("第" if clause.id.startswith("B") else ("一", "二", "三", "四"))
