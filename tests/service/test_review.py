"""Verdicts: what stands after which answer."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.review.verdicts import (
    NOTE_LIMIT,
    REASONS,
    Answer,
    Reason,
    Verdict,
    VerdictRefusedError,
    judge,
    waited_s,
)

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
CONFIRMED = Verdict(verdict="confirmed", reason=None, note="", at=NOON)


@pytest.mark.parametrize("answer", get_args(Answer))
def test_a_first_answer_stands_with_and_without_each_of_its_reasons(answer: Answer) -> None:
    for reason in (None, *REASONS[answer]):
        assert judge([], answer, reason, " seen twice ", NOON) == Verdict(
            verdict=answer, reason=reason, note="seen twice", at=NOON
        )


@pytest.mark.parametrize(
    ("answer", "reason", "note"),
    [("rejected", None, ""), ("confirmed", "test", ""), ("confirmed", None, "a note"), ("unclear", None, "")],
)
def test_a_change_of_mind_is_a_new_verdict(answer: Answer, reason: Reason | None, note: str) -> None:
    changed = judge([CONFIRMED], answer, reason, note, LATER)
    assert changed.at == LATER
    assert (changed.verdict, changed.reason, changed.note) == (answer, reason, note)


def test_the_same_answer_sent_twice_is_one_verdict() -> None:
    assert judge([CONFIRMED], "confirmed", None, "", LATER) is CONFIRMED


def test_going_back_to_an_earlier_answer_is_a_new_verdict() -> None:
    rejected = judge([CONFIRMED], "rejected", None, "", LATER)
    back = judge([CONFIRMED, rejected], "confirmed", None, "", LATER + timedelta(minutes=1))
    assert back.at == LATER + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("answer", "reason", "note", "field"),
    [
        ("confirmed", "allowed", "", "reason"),
        ("confirmed", "not_what_it_seems", "", "reason"),
        ("unclear", "allowed", "", "reason"),
        ("rejected", None, "x" * (NOTE_LIMIT + 1), "note"),
    ],
)
def test_what_does_not_fit_is_refused_and_names_its_field(
    answer: Answer, reason: Reason | None, note: str, field: str
) -> None:
    with pytest.raises(VerdictRefusedError) as refusal:
        judge([], answer, reason, note, NOON)
    assert refusal.value.field == field


def test_every_reason_goes_with_some_answer() -> None:
    assert set(get_args(Reason)) == {
        "appeal",  # which only an adjudicator's reversal gives
        *(reason for reasons in REASONS.values() for reason in reasons),
    }


@given(st.lists(st.tuples(st.sampled_from(get_args(Answer)), st.sampled_from(["", "a", "b"]))))
def test_a_history_never_repeats_itself_and_ends_with_the_last_answer(
    answers: list[tuple[Answer, str]],
) -> None:
    history: list[Verdict] = []
    for minute, (answer, note) in enumerate(answers):
        verdict = judge(history, answer, None, note, NOON + timedelta(minutes=minute))
        assert (verdict.verdict, verdict.note) == (answer, note)
        if not history or verdict is not history[-1]:
            history.append(verdict)
    pairs = [(verdict.verdict, verdict.note) for verdict in history]
    assert all(one != next_one for one, next_one in pairwise(pairs))
    assert [verdict.at for verdict in history] == sorted(verdict.at for verdict in history)


def test_what_it_was_instead_is_said_only_where_it_was_not_what_it_seemed() -> None:
    found = judge([], "rejected", "not_what_it_seems", "", NOON, thing="pen")
    assert found.object == "pen"
    assert judge([found], "rejected", "not_what_it_seems", "", LATER, thing="cup") is not found
    for answer, reason in (("rejected", "allowed"), ("rejected", None), ("confirmed", None)):
        with pytest.raises(VerdictRefusedError, match="expected none but for not_what_it_seems, got pen"):
            judge([], answer, reason, "", NOON, thing="pen")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [
        pytest.param(None, 0, id="judged while it was still open"),
        pytest.param(-5, 0, id="judged before its end"),
        pytest.param(59.9, 59, id="whole seconds"),
        pytest.param(3599.9, 3599, id="up to an hour"),
        pytest.param(3600, 3600, id="an hour"),
        pytest.param(3719.5, 3660, id="whole minutes beyond"),
    ],
)
def test_how_long_it_waited_is_kept_as_reports_count_it(seconds: float | None, kept: int) -> None:
    end = None if seconds is None else NOON - timedelta(seconds=seconds)
    assert waited_s(end, NOON) == kept
