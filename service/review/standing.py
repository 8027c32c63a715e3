"""Where an event stands between its reviewers. Pure.

    question ──first answer──► done, or, when the event is sampled, second ──► done when both say the same
                                                                    └──────► dispute ──adjudicator──► done

A second reviewer sees neither the first answer nor who gave it, and is never the same person. The first
answer counts (in reports, alerts and for how long evidence is kept) until an adjudicator decides otherwise.
An answer can be withdrawn by whoever gave it, while it is the newest and not older than `UNDO`; a second
opinion cannot, for whoever gave it knows by then whether it agreed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from service.review.verdicts import Answer, Part, Verdict
from vision.mistake import MistakeError

Stage = Literal["question", "second", "dispute", "done"]
"""What an event waits for: an answer, a second opinion, the adjudicator, nobody."""
UNDO = timedelta(minutes=10)
"""How long an answer can be withdrawn."""


class VerdictClashError(MistakeError):
    """An answer that comes when others have spoken already; nothing is recorded."""


def answered_meanwhile() -> VerdictClashError:
    """What is said of an answer to a question that is none any more."""
    return VerdictClashError("refused_answered", "the question has been answered meanwhile")


@dataclass(frozen=True)
class Reader:
    """Who looks at events, as far as it matters here; without a name there is no second review.

    `opinion`: is asked for second opinions. `decides`: is asked when two reviewers disagree.
    """

    name: str | None = None
    opinion: bool = False
    decides: bool = False

    @property
    def is_tested(self) -> bool:
        """Whether known clips are put among their questions: not with those who choose them."""
        return self.name is not None and self.opinion and not self.decides


ANYBODY = Reader()


@dataclass(frozen=True)
class Standing:
    """The stage of an event and the answer that counts (None while it is a question).

    `by`: who gave the first answer, the second, the adjudicator's; `settled`: two agreed or it was decided.
    """

    stage: Stage = "question"
    counts: Verdict | None = None
    by: tuple[str | None, ...] = ()
    settled: bool = False


def effective(history: Sequence[Verdict]) -> list[Verdict]:
    """The answers of a history, oldest first, without those that were withdrawn."""
    left: list[Verdict] = []
    for entry in history:
        if entry.verdict != "withdrawn":
            left.append(entry)
        elif left:
            left.pop()
    return left


def standing(answers: Sequence[Verdict], sampled: Callable[[Answer], bool]) -> Standing:
    """Where an event stands after these answers (see `effective`)."""
    now = Standing()
    for answer in answers:
        now = after(now, answer, sampled)
    return now


def counting(history: Sequence[Verdict]) -> Verdict | None:
    """The answer of a history that counts; how an event was sampled makes no difference to that."""
    return standing(effective(history), unsampled).counts


def unsampled(_answer: Answer) -> bool:
    """That no answer gets a second opinion."""
    return False


def after(now: Standing, answer: Verdict, sampled: Callable[[Answer], bool]) -> Standing:
    """Where an event stands after one more answer; `sampled`: whether that answer gets a second opinion."""
    if answer.part == "final":
        return Standing("done", answer, (*(*now.by, None)[:2], answer.by), settled=True)
    if answer.part == "second" and now.counts is not None:
        by = (now.counts.by, answer.by)
        agree = answer.verdict == now.counts.verdict
        return Standing("done" if agree else "dispute", now.counts, by, settled=agree)
    asked = answer.by is not None and answer.verdict != "withdrawn" and sampled(answer.verdict)
    return Standing("second" if asked else "done", answer, (answer.by,))


def waits_for(stage: Stage, by: Sequence[str | None], reader: Reader) -> bool:
    """Whether an event is in a reader's queue; `by` gave the first answer and the second."""
    if stage == "question":
        return True
    if reader.name is None or reader.name in by:
        return False
    return (stage == "second" and reader.opinion) or (stage == "dispute" and reader.decides)


def is_blind(stage: Stage, by: Sequence[str | None], reader: Reader) -> bool:
    """Whether an event must look like a question to a reader, for they may be its second reviewer."""
    return stage == "second" and reader.opinion and reader.name not in by


def part_of(now: Standing, reader: Reader) -> Part:
    """As what a reader's answer is taken. Raises VerdictClashError when it comes too late."""
    if now.counts is not None and now.counts.reason == "appeal":
        raise VerdictClashError(
            "refused_by_appeal", "an appeal has settled this event, no other answer can follow"
        )
    foreign = reader.name is not None and reader.name not in now.by[:2]
    if now.stage == "second" and foreign and reader.opinion:
        return "second"
    if reader.decides and foreign and (now.stage in ("second", "dispute") or now.settled):
        return "final"
    if now.stage != "dispute" and not now.settled:
        return "first"
    if now.stage == "dispute":
        raise VerdictClashError(
            "refused_dispute", "two reviewers disagree: an adjudicator who is neither of them decides"
        )
    raise VerdictClashError(
        "refused_settled",
        "two reviewers or an adjudicator have settled it: only another adjudicator can change that",
    )


def check_withdrawal(answers: Sequence[Verdict], by: str | None, at: datetime) -> None:
    """Raises VerdictClashError when the newest answer cannot be withdrawn by this person now."""
    if not answers or answers[-1].by != by:
        raise VerdictClashError(
            "refused_not_own", "expected your own answer as the newest one, there is another or none"
        )
    if answers[-1].reason == "appeal":
        raise VerdictClashError("refused_decided_appeal", "this answer stands: it decided an appeal")
    if answers[-1].part == "second":
        raise VerdictClashError(
            "refused_compared", "this answer stands: it was compared with another reviewer's"
        )
    if at - answers[-1].at > UNDO:
        minutes = int(UNDO.total_seconds() // 60)
        raise VerdictClashError(
            "refused_too_old",
            "expected an answer of the last {minutes} minutes: give another one instead",
            minutes=minutes,
        )
