"""Appeals: who may contest what until when, and what follows from a decision, as tables of situations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from samples_service import NINE

from service.review import standing as desk
from service.review.appeals import (
    MOST_APPEALS,
    SIGNATURE_LIMIT,
    STATEMENT_LIMIT,
    Appeal,
    AppealRefusedError,
    AppealState,
    JudgedBeforeError,
    Link,
    Periods,
    Standing,
    deadline,
    decide,
    for_staff,
    is_overdue,
    is_valid,
    overtake,
    reversal,
    run_began,
    standing,
    statement_of,
    withdraw,
)
from service.review.plain_text import TextRefusedError
from service.review.verdicts import Answer, Verdict, VerdictRefusedError, judge

DAY = timedelta(days=1)
ENDS = NINE + 14 * DAY


def said(answer: Answer, day: float = 0, by: str | None = "li.na") -> Verdict:
    return Verdict(verdict=answer, reason=None, note="so it was", at=NINE + day * DAY, by=by)


def appeal(state: AppealState = "open", day: float = 1) -> Appeal:
    made = NINE + day * DAY
    return Appeal(
        id=7,
        event="0" * 16,
        statement="It was work.",
        signed=None,
        made_at=made,
        decide_by=made + 14 * DAY,
        state=state,
        closed_at=None if state == "open" else made + DAY,
        decided_by="chen" if state in ("upheld", "reversed") else None,
        reason="",
    )


GONE = said("confirmed", 0.1).model_copy(update={"verdict": "withdrawn"})
SECOND = said("rejected", 0.2, "wu").model_copy(update={"part": "second"})
YES, NO, HM = said("confirmed"), said("rejected", 0.5), said("unclear", 0.5)


@pytest.mark.parametrize(
    ("history", "began"),
    [
        pytest.param([], None, id="a question"),
        pytest.param([YES], 0, id="confirmed"),
        pytest.param([YES, said("confirmed", 2)], 0, id="confirmed again is no new run"),
        pytest.param([YES, NO], None, id="taken back"),
        pytest.param([YES, GONE], None, id="withdrawn: a question again"),
        pytest.param([YES, GONE, said("confirmed", 2)], 2, id="and confirmed anew"),
        pytest.param([YES, SECOND], 0, id="a second opinion that disagrees does not count"),
        pytest.param([YES, HM], None, id="unclear is not confirmed"),
        pytest.param([YES, NO, said("confirmed", 3)], 3, id="confirmed once more is a new run"),
    ],
)
def test_a_run_is_the_newest_unbroken_row_of_confirmed_verdicts(
    history: list[Verdict], began: float | None
) -> None:
    assert run_began(history) == (None if began is None else NINE + began * DAY)


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        pytest.param([], 20 + 14, id="the first link starts it"),
        pytest.param([1], 15, id="a later one has the first one's deadline"),
        pytest.param([1, 9], 15, id="and so has a third"),
        pytest.param([-3], 20 + 14, id="a link of an earlier run does not count"),
        pytest.param([-3, 2], 16, id="only one of this run does"),
    ],
)
def test_a_further_link_gives_no_more_time(links: list[int], expected: int) -> None:
    made = [Link(made_at=NINE + day * DAY, made_by="wang", expires_at=ENDS) for day in links]
    assert deadline(NINE, made, NINE + 20 * DAY, 14) == NINE + expected * DAY


@pytest.mark.parametrize(
    ("history", "appeals", "day", "expected"),
    [
        pytest.param([YES], [], 1, "free", id="confirmed, in time"),
        pytest.param([YES], [], 13.99, "free", id="just in time"),
        pytest.param([YES], [], 14, "late", id="the deadline itself is too late"),
        pytest.param([], [], 1, "uncounted", id="nobody has judged it"),
        pytest.param([YES, NO], [], 1, "uncounted", id="rejected: nothing to contest"),
        pytest.param([YES, HM], [], 1, "uncounted", id="unclear: nothing to contest"),
        pytest.param([YES], [appeal()], 2, "open", id="one waits"),
        pytest.param([YES], [appeal()], 99, "open", id="one waits, long after the deadline"),
        pytest.param(
            [YES, said("confirmed", 2)], [appeal()], 3, "open", id="confirming again settles nothing"
        ),
        pytest.param([YES], [appeal("withdrawn")], 2, "withdrawn", id="taken back: another may follow"),
        pytest.param([YES], [appeal("withdrawn")], 14, "late", id="but not after the deadline"),
        pytest.param([YES], [appeal("withdrawn")] * MOST_APPEALS, 3, "settled", id="not again and again"),
        pytest.param([YES], [appeal("upheld")], 3, "settled", id="upheld is final"),
        pytest.param([YES, said("rejected", 2)], [appeal("reversed")], 3, "settled", id="reversed is final"),
        pytest.param([YES, said("rejected", 2)], [appeal("overtaken")], 3, "settled", id="overtaken"),
        pytest.param(
            [YES, said("rejected", 3), said("confirmed", 4)],
            [appeal("upheld")],
            5,
            "free",
            id="a new run is free",
        ),
        pytest.param(
            [YES, said("rejected", 3), said("confirmed", 4)],
            [appeal("withdrawn")] * MOST_APPEALS,
            5,
            "free",
            id="what was taken back in an earlier run does not count",
        ),
    ],
)
def test_what_the_holder_of_a_link_can_do(
    history: list[Verdict], appeals: list[Appeal], day: float, expected: Standing
) -> None:
    assert standing(history, appeals, ENDS, NINE + day * DAY) == expected


@pytest.mark.parametrize(
    ("made", "day", "opens"),
    [
        pytest.param(None, 13, True, id="before the deadline"),
        pytest.param(None, 14, False, id="after it, nothing was contested"),
        pytest.param(appeal(), 400, True, id="an open appeal, however long it takes"),
        pytest.param(appeal("upheld"), 91, True, id="the result can be read"),
        pytest.param(appeal("upheld"), 92, False, id="until the evidence is let go"),
    ],
)
def test_when_a_link_opens(made: Appeal | None, day: float, opens: bool) -> None:
    assert is_valid(ENDS, made, Periods(keep=90), NINE + day * DAY) is opens


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param(
            ("  当时在办业务。\r\n请核实。 ", " 王芳 "), ("当时在办业务。\n请核实。", "王芳"), id="signed"
        ),
        pytest.param(("words", "  "), ("words", None), id="unnamed"),
        pytest.param(("x" * STATEMENT_LIMIT, ""), ("x" * STATEMENT_LIMIT, None), id="as long as it may be"),
        pytest.param(
            ("<script>alert(1)</script>", ""), ("<script>alert(1)</script>", None), id="kept as text"
        ),
        pytest.param((" \n\t ", ""), "statement", id="blank"),
        pytest.param(("x" * (STATEMENT_LIMIT + 1), ""), "statement", id="too long"),
        pytest.param(("a\x00b", ""), "statement", id="a null, which PostgreSQL cannot keep"),
        pytest.param(("a\x1b[31m", ""), "statement", id="an escape of a terminal"),
        pytest.param(("a\u202eb", ""), "statement", id="a turn of the writing direction"),
        pytest.param(("a\ud800", ""), "statement", id="half a character"),
        pytest.param(("words", "x" * (SIGNATURE_LIMIT + 1)), "signed", id="a name too long"),
        pytest.param(("words", "a\nb"), "signed", id="a name of two lines"),
    ],
)
def test_statements(given: tuple[str, str], kept: tuple[str, str | None] | str) -> None:
    if isinstance(kept, str):
        with pytest.raises(TextRefusedError) as refused:
            statement_of(*given)
        assert refused.value.field == kept
    else:
        assert statement_of(*given) == kept


CLOSINGS: dict[str, Callable[[Appeal, datetime], Appeal]] = {
    "withdrawn": withdraw,
    "overtaken": overtake,
    "upheld": lambda one, at: decide(one, "upheld", "seen", by="chen", judges={"li.na"}, at=at),
    "reversed": lambda one, at: decide(one, "reversed", "seen", by="chen", judges=set(), at=at),
}


@pytest.mark.parametrize("end", CLOSINGS)
def test_an_appeal_ends_once(end: str) -> None:
    at = NINE + 3 * DAY
    closed = CLOSINGS[end](appeal(), at)
    assert (closed.state, closed.closed_at) == (end, at)
    assert (closed.decided_by, closed.reason) == (
        ("chen", "seen") if end in ("upheld", "reversed") else (None, "")
    )
    for again in CLOSINGS.values():
        with pytest.raises(AppealRefusedError, match=f"this one is {end}"):
            again(closed, at + DAY)


@pytest.mark.parametrize("outcome", ["upheld", "reversed"])
def test_whoever_has_judged_the_event_does_not_decide(outcome: str) -> None:
    with pytest.raises(JudgedBeforeError):
        decide(appeal(), outcome, "why", by="li.na", judges={"li.na", "wu"}, at=NINE)  # type: ignore[arg-type]
    with pytest.raises(TextRefusedError):
        decide(appeal(), outcome, "  ", by="chen", judges={"li.na"}, at=NINE)  # type: ignore[arg-type]


def test_a_reversal_is_a_verdict_that_no_other_can_follow() -> None:
    decided = CLOSINGS["reversed"](appeal(), NINE)
    verdict = reversal(decided, NINE)
    assert (verdict.verdict, verdict.reason, verdict.note, verdict.by) == (
        "rejected",
        "appeal",
        "seen",
        "chen",
    )
    settled = desk.standing([YES, verdict], desk.unsampled)
    assert settled.counts is verdict
    for reader in (desk.ANYBODY, desk.Reader("li.na", opinion=True), desk.Reader("wu", decides=True)):
        with pytest.raises(desk.VerdictClashError, match="an appeal has settled"):
            desk.part_of(settled, reader)
    with pytest.raises(desk.VerdictClashError, match="it decided an appeal"):
        desk.check_withdrawal([YES, verdict], "chen", NINE)
    with pytest.raises(VerdictRefusedError, match="expected one of"):
        judge([YES], "rejected", "appeal", "", NINE, "li.na")


@pytest.mark.parametrize(
    ("one", "day", "overdue"),
    [
        (appeal(), 14.9, False),
        (appeal(), 15, True),
        (appeal("upheld"), 99, False),
        (appeal("withdrawn"), 99, False),
    ],
)
def test_an_open_appeal_is_overdue_from_its_day_on(one: Appeal, day: float, overdue: bool) -> None:
    assert is_overdue(one, NINE + day * DAY) is overdue


@pytest.mark.parametrize(
    ("history", "appeals", "shown"),
    [
        pytest.param([said("unclear", -1, "wu"), YES], [], "so it was", id="the verdict that is contested"),
        pytest.param(
            [YES, said("rejected", 2, "chen")], [appeal("reversed")], "so it was", id="also after it fell"
        ),
        pytest.param([YES, NO], [], None, id="none where nothing counts"),
    ],
)
def test_the_staff_see_the_reason_and_nobodys_name(
    history: list[Verdict], appeals: list[Appeal], shown: str | None
) -> None:
    contest = for_staff(history, appeals, ENDS, NINE + 3 * DAY)
    assert (contest.verdict.note if contest.verdict else None) == shown
    assert not any(name in contest.model_dump_json() for name in ("li.na", "wu", "chen"))
