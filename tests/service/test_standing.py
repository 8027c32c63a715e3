"""Where an event stands: who is asked, whose answer counts, what can be taken back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.review.agreement import Pair, agreement
from service.review.sampling import Sampling
from service.review.standing import (
    UNDO,
    Reader,
    Stage,
    Standing,
    VerdictClashError,
    after,
    check_withdrawal,
    effective,
    is_blind,
    part_of,
    standing,
    waits_for,
)
from service.review.verdicts import Answer, Verdict, judge

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ANSWERS: tuple[Answer, ...] = ("confirmed", "rejected", "unclear")
PEOPLE = {
    "na": Reader("na", opinion=True),
    "wei": Reader("wei", opinion=True),
    "ping": Reader("ping", opinion=True),
    "judge": Reader("judge", decides=True),
    "boss": Reader("boss", opinion=True, decides=True),
    "nobody": Reader(),
}
LETTERS: dict[str, Answer] = {"c": "confirmed", "r": "rejected", "u": "unclear"}


def always(answer: Answer) -> bool:
    return answer != "unclear"


def never(_answer: Answer) -> bool:
    return False


def told(story: str, sampled: bool = True) -> Standing:
    """Where `na:c wei:r` leads: each word is a person and their answer, or `-` to take it back."""
    takes = always if sampled else never
    history: list[Verdict] = []
    now = Standing()
    for word in story.split():
        name, said = word.split(":")
        answers = effective(history)
        by = PEOPLE[name].name
        if said == "-":
            check_withdrawal(answers, by, NOON)
            history.append(answers[-1].model_copy(update={"verdict": "withdrawn"}))
            now = standing(effective(history), takes)
            continue
        entry = judge(answers, LETTERS[said], None, "", NOON, by)
        history.append(entry.model_copy(update={"part": part_of(now, PEOPLE[name])}))
        now = after(now, history[-1], takes)
    assert now == standing(effective(history), takes), "step by step and at once must lead to the same"
    return now


@pytest.mark.parametrize(
    ("story", "stage", "counts"),
    [
        ("", "question", None),
        ("na:c", "second", "confirmed"),
        ("na:u", "done", "unclear"),
        ("nobody:c", "done", "confirmed"),
        ("na:c na:r", "second", "rejected"),
        ("na:c wei:c", "done", "confirmed"),
        ("na:c wei:r", "dispute", "confirmed"),
        ("na:c wei:u", "dispute", "confirmed"),
        ("na:c wei:r judge:r", "done", "rejected"),
        ("na:c wei:r judge:c", "done", "confirmed"),
        ("na:c wei:r boss:r", "done", "rejected"),
        ("na:c boss:r judge:u", "done", "unclear"),
        ("na:c judge:r", "done", "rejected"),
        ("na:c wei:c judge:r", "done", "rejected"),
        ("na:c wei:r judge:r judge:c", "done", "confirmed"),
        ("na:c na:-", "question", None),
        ("na:c na:- wei:r", "second", "rejected"),
        ("na:c na:r na:-", "second", "confirmed"),
        ("na:u ping:- wei:c", None, "expected your own answer"),
        ("na:c wei:c wei:-", None, "compared with another"),
        ("na:c wei:r na:-", None, "expected your own answer"),
        ("na:c wei:r judge:r judge:-", "dispute", "confirmed"),
        ("na:c wei:r na:r", None, "neither of them"),
        ("na:c wei:r ping:r", None, "an adjudicator"),
        ("na:c boss:r boss:r boss:c", None, "neither of them"),
        ("na:c wei:c ping:r", None, "have settled it"),
        ("na:c wei:c na:r", None, "have settled it"),
        ("na:c boss:c boss:r", None, "have settled it"),
        ("na:c wei:r judge:r ping:c", None, "have settled it"),
    ],
)
def test_a_story_ends(story: str, stage: Stage | None, counts: str | None) -> None:
    if stage is None:
        with pytest.raises(VerdictClashError, match=str(counts)):
            told(story)
        return
    found = told(story)
    assert (found.stage, found.counts.verdict if found.counts else None) == (stage, counts)


def test_what_is_not_sampled_is_done_at_once_and_anybody_may_say_otherwise_later() -> None:
    assert told("na:c", sampled=False).stage == "done"
    found = told("na:c wei:r", sampled=False)
    assert (found.stage, found.by, found.settled) == ("done", ("wei",), False)


@pytest.mark.parametrize(
    ("story", "waiting", "blind"),
    [
        ("", "na wei ping judge boss nobody", ""),
        ("na:c", "wei ping boss", "wei ping boss"),
        ("na:c wei:c", "", ""),
        ("na:c wei:r", "judge boss", ""),
        ("boss:c wei:r", "judge", ""),
        ("na:c boss:r", "judge", ""),
        ("na:c wei:r judge:c", "", ""),
        ("na:u", "", ""),
    ],
)
def test_who_is_asked_and_who_must_not_know(story: str, waiting: str, blind: str) -> None:
    now = told(story)
    assert [n for n, who in PEOPLE.items() if waits_for(now.stage, now.by, who)] == waiting.split()
    assert [n for n, who in PEOPLE.items() if is_blind(now.stage, now.by, who)] == blind.split()


def test_an_answer_can_be_taken_back_for_some_minutes() -> None:
    answer = [Verdict(verdict="confirmed", reason=None, note="", at=NOON, by="na")]
    check_withdrawal(answer, "na", NOON + UNDO)
    with pytest.raises(VerdictClashError, match="last 10 minutes"):
        check_withdrawal(answer, "na", NOON + UNDO + timedelta(seconds=1))


words = st.tuples(st.sampled_from(sorted(PEOPLE)), st.sampled_from(["c", "r", "u", "-"]))


@given(st.lists(words, max_size=8))
def test_whatever_people_do_no_one_judges_twice_in_two_parts(said: Sequence[tuple[str, str]]) -> None:
    story = ""
    for name, letter in said:
        before = told(story)
        try:
            now = told(f"{story} {name}:{letter}")
        except VerdictClashError:
            continue
        story = f"{story} {name}:{letter}"
        if now.stage == "dispute":
            first, second = now.by
            assert first != second
            assert None not in now.by
        if before.stage == "second" and now.stage in ("dispute", "done") and len(now.by) == 2:
            assert now.counts == before.counts, "a second opinion alone never changes what counts"


# -- which answers are looked at again


@given(st.lists(st.text("0123456789abcdef", min_size=16, max_size=16), min_size=1, unique=True))
def test_the_sample_is_the_same_each_time_and_grows_with_the_share(ids: list[str]) -> None:
    few, many = (Sampling({"confirmed": share}, b"key") for share in (0.2, 0.7))
    taken = {one for one in ids if few.takes(one, "confirmed")}
    assert taken == {one for one in ids if few.takes(one, "confirmed")}
    assert taken <= {one for one in ids if many.takes(one, "confirmed")}
    assert not any(many.takes(one, "rejected") for one in ids)


def test_the_sample_is_as_large_as_its_share_and_another_keys_is_another() -> None:
    ids = [f"{number:016x}" for number in range(4000)]
    taken = [
        {one for one in ids if Sampling({"confirmed": 0.1}, key).takes(one, "confirmed")}
        for key in (b"a", b"b")
    ]
    for one in taken:
        assert 340 < len(one) < 460
    assert len(taken[0] & taken[1]) < 80
    assert all(Sampling({"confirmed": 1.0}).takes(one, "confirmed") for one in ids)
    assert not any(Sampling({"confirmed": 0.0}).takes(one, "confirmed") for one in ids)


# -- how far they agree


def pairs(**counts: int) -> dict[Pair, int]:
    return {(LETTERS[name[0]], LETTERS[name[1]]): n for name, n in counts.items()}


@pytest.mark.parametrize(
    ("counted", "kappa"),
    [
        pytest.param(pairs(cc=20, cr=5, rc=10, rr=15), 0.4, id="a textbook's table"),
        pytest.param(pairs(cc=45, cr=15, rc=25, rr=15), 0.1304, id="another with the same margins"),
        pytest.param(pairs(cc=5, rr=5), 1.0, id="always"),
        pytest.param(pairs(cr=5, rc=5), -1.0, id="never"),
        pytest.param(pairs(cc=25, cr=25, rc=25, rr=25), 0.0, id="as by chance"),
        pytest.param(pairs(cc=8), None, id="all the same: nothing can be said"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_kappa(counted: dict[Pair, int], kappa: float | None) -> None:
    found = agreement(counted, ANSWERS)
    assert found.n == sum(counted.values())
    if kappa is None:
        assert (found.kappa, found.low, found.high) == (None, None, None)
        return
    assert found.kappa == pytest.approx(kappa, abs=5e-5)
    assert found.low is not None
    assert found.high is not None
    assert -1 <= found.low <= found.kappa + 1e-9
    assert found.kappa - 1e-9 <= found.high <= 1


def test_the_interval_of_few_equal_pairs_is_wide_and_that_of_many_narrow() -> None:
    few, many = agreement(pairs(cc=3, rr=3), ANSWERS), agreement(pairs(cc=300, rr=300), ANSWERS)
    assert few.low is not None
    assert many.low is not None
    assert few.low < 0.3 < 0.98 < many.low
