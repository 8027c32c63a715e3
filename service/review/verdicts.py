"""A reviewer's verdict on a rule event. Pure: state in, state out; whoever calls brings the time.

An event is a question until somebody answers it. Answers are never changed, only followed by another
one, or by an entry that withdraws the one before. Which of them counts is said in `review.standing`. An
event that is still open can be judged too: the reviewer has seen enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import floor
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Answer = Literal["confirmed", "rejected", "unclear"]
Given = Literal["confirmed", "rejected", "unclear", "withdrawn"]
"""An answer, or that the one before is taken back by whoever gave it."""
Part = Literal["first", "second", "final"]
"""An answer to the question; a second one, given without knowing the first; the adjudicator's."""
Reason = Literal["not_what_it_seems", "allowed", "wrong_post", "bad_picture", "test", "other", "appeal"]
"""appeal: an adjudicator reversed it (service.review.appeals); reviewers cannot choose it."""
Thing = Literal["remote", "pen", "cup", "bottle", "food", "paper", "glasses", "hand", "telephone", "other"]
"""What it was, when it was not what it seemed: what a detector must learn to tell apart."""

NOTE_LIMIT = 2000
_HOUR_S = 3600

# Which reasons make sense for which answer. A reason may be left out: the clip often says enough.
REASONS: Mapping[Answer, tuple[Reason, ...]] = {
    "confirmed": ("test", "other"),
    "rejected": ("not_what_it_seems", "allowed", "wrong_post", "bad_picture", "test", "other"),
    "unclear": ("bad_picture", "wrong_post", "test", "other"),
}


class Verdict(BaseModel):
    """One reviewer's answer to one event's question."""

    model_config = ConfigDict(frozen=True)

    verdict: Given = Field(
        description="confirmed: it was so; rejected: it was not, or was allowed; unclear; withdrawn: the one "
        "before is taken back."
    )
    reason: Reason | None = Field(description="Why, from a fixed list; null when none was given.")
    object: Thing | None = Field(
        default=None, description="What it was instead, with the reason not_what_it_seems; null: not said."
    )
    note: str = Field(description="The reviewer's own words; may be empty.")
    at: datetime = Field(description="When the verdict was given, in the hall's time zone.")
    by: str | None = Field(default=None, description="The reviewer's account; null where nobody logs in.")
    part: Part = Field(
        default="first",
        description="first: the answer to the question; second: given without knowing the first; final: the "
        "adjudicator's.",
    )


class VerdictRefusedError(Exception):
    """A verdict that cannot stand; `field` names the part at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def waited_s(end: datetime | None, at: datetime) -> int:
    """Seconds that an event waited for a verdict given at ``at``; 0 for one that was not over yet.

    Rounded down, from an hour on to whole minutes: reports count events by it.
    """
    seconds = 0 if end is None else max(0, floor((at - end).total_seconds()))
    return seconds if seconds < _HOUR_S else seconds // 60 * 60


def judge(
    history: Sequence[Verdict],
    answer: Answer,
    reason: Reason | None,
    note: str,
    at: datetime,
    by: str | None = None,
    thing: Thing | None = None,
) -> Verdict:
    """The entry that stands after this answer.

    `history` is oldest first, without what was withdrawn. The same answer again, word for word by the same
    reviewer, is not a new verdict (a request sent twice must not look like a second opinion): the one that
    stands is given back. Raises VerdictRefusedError for a reason that does not go with the answer or a note
    that is too long.
    """
    note = note.strip()
    if reason is not None and reason not in REASONS[answer]:
        expected = ", ".join(REASONS[answer])
        raise VerdictRefusedError("reason", f"expected one of {expected} for {answer}, got {reason}")
    if thing is not None and reason != "not_what_it_seems":
        raise VerdictRefusedError("object", f"expected none but for not_what_it_seems, got {thing}")
    if len(note) > NOTE_LIMIT:
        raise VerdictRefusedError("note", f"expected at most {NOTE_LIMIT} characters, got {len(note)}")
    verdict = Verdict(verdict=answer, reason=reason, object=thing, note=note, at=at, by=by)
    if history and history[-1].model_copy(update={"at": at, "part": "first"}) == verdict:
        return history[-1]
    return verdict
