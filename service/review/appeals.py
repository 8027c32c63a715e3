"""Appeals of a post's staff against confirmed events. Pure: whoever calls brings the time.

A supervisor makes a link, whoever holds it may contest the event until a deadline, an adjudicator who has not
judged the event before decides. The verdict itself is never changed: a reversal is one more verdict.

An event's *run* is its newest unbroken row of confirmed verdicts. What was appealed in an earlier run is over
and binds nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from service.review.plain_text import plain
from service.review.standing import counting
from service.review.verdicts import Verdict
from vision.mistake import MistakeError

Outcome = Literal["upheld", "reversed"]
AppealState = Literal["open", "withdrawn", "overtaken", "upheld", "reversed"]
Standing = Literal["free", "open", "withdrawn", "settled", "late", "uncounted"]
"""What the holder of a link finds. free: may appeal; open: an appeal waits for a decision; withdrawn: it was
taken back, and another may be made; settled: it was decided or overtaken, or there were too many; late: the
deadline is over; uncounted: the event is not confirmed, so there is nothing to contest."""

STATEMENT_LIMIT = 2000
SIGNATURE_LIMIT = 64
MOST_APPEALS = 3
"""Appeals in one run; the earlier ones were taken back."""


@dataclass(frozen=True)
class Periods:
    """Days to appeal in, days to decide in, days that evidence is held after that."""

    appeal: int = 14
    decide: int = 14
    keep: int = 90

    def kept_until(self, closed_at: datetime) -> datetime:
        """Until when evidence is held, and a link opens, after an appeal was closed."""
        return closed_at + timedelta(days=self.keep)


class Appeal(BaseModel):
    """One appeal, from the statement to its end."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(description="Its number.")
    event: str = Field(description="Id of the event that is contested.")
    statement: str = Field(description="What the staff say; plain text.")
    signed: str | None = Field(description="The name they chose to give; null: none.")
    made_at: datetime = Field(description="When it was made, in the hall's time zone.")
    decide_by: datetime = Field(description="When it should be decided.")
    state: AppealState = Field(
        description="open: nobody has decided; withdrawn: taken back by the staff; overtaken: a reviewer "
        "took the verdict back first; upheld: the verdict stands; reversed: the event counts as rejected."
    )
    closed_at: datetime | None = Field(description="When it was no longer open; null while it is.")
    decided_by: str | None = Field(description="The adjudicator; null where nobody has decided.")
    reason: str = Field(description="The adjudicator's reason; empty where nobody has decided.")


class Link(BaseModel):
    """A link by which an event can be contested. The secret itself is not kept."""

    model_config = ConfigDict(frozen=True)

    made_at: datetime = Field(description="When it was made, in the hall's time zone.")
    made_by: str = Field(description="Who made it.")
    expires_at: datetime = Field(description="The deadline: after it no appeal can be made.")


class Contest(BaseModel):
    """An event as its staff see it through their link; names nobody who judged."""

    model_config = ConfigDict(frozen=True)

    standing: Standing
    deadline: datetime
    verdict: Verdict | None
    """The verdict that is contested, its reviewer's name left out; None while the event is uncounted."""
    appeal: Appeal | None
    """The newest appeal, its adjudicator's name left out."""


class AppealRefusedError(MistakeError):
    """Something cannot be done to an appeal now."""


class JudgedBeforeError(AppealRefusedError):
    """Who wants to decide has judged this event before."""


def run_began(history: Sequence[Verdict]) -> datetime | None:
    """Since when the event has been confirmed without a break, None when it is not. Oldest verdict first."""
    began = None
    for end in range(len(history), 0, -1):
        counts = counting(history[:end])
        if counts is None or counts.verdict != "confirmed":
            break
        began = history[end - 1].at
    return began


def deadline(began: datetime, links: Sequence[Link], now: datetime, days: int) -> datetime:
    """Until when a run can be contested: `days` after its first link. A further link gives no more time."""
    first = min((link.made_at for link in links if link.made_at >= began), default=now)
    return first + timedelta(days=days)


def standing(
    history: Sequence[Verdict], appeals: Sequence[Appeal], ends: datetime, now: datetime
) -> Standing:
    """What the holder of a link whose deadline is `ends` can do now; verdicts and appeals oldest first."""
    if appeals and appeals[-1].state == "open":
        return "open"
    began = run_began(history)
    if began is None:
        decided = appeals and appeals[-1].state in ("reversed", "overtaken")
        return "settled" if decided else "uncounted"
    made = [appeal for appeal in appeals if appeal.made_at >= began]
    if any(appeal.state == "upheld" for appeal in made) or len(made) >= MOST_APPEALS:
        return "settled"
    if now >= ends:
        return "late"
    return "withdrawn" if made else "free"


def is_valid(expires_at: datetime, appeal: Appeal | None, periods: Periods, now: datetime) -> bool:
    """Whether a link that was not revoked opens: to its deadline, and while an appeal is open or kept."""
    if now < expires_at:
        return True
    return appeal is not None and (appeal.closed_at is None or now < periods.kept_until(appeal.closed_at))


def statement_of(text: str, signed: str) -> tuple[str, str | None]:
    """A statement and its signature as they are kept. Raises TextRefusedError."""
    return (
        plain("statement", text, STATEMENT_LIMIT),
        plain("signed", signed, SIGNATURE_LIMIT, lines=False, needed=False) or None,
    )


def withdraw(appeal: Appeal, at: datetime) -> Appeal:
    """The appeal taken back. Raises AppealRefusedError when it is not open any more."""
    return _closed(appeal, at, state="withdrawn")


def overtake(appeal: Appeal, at: datetime) -> Appeal:
    """The appeal after a reviewer has taken the verdict back. Raises AppealRefusedError."""
    return _closed(appeal, at, state="overtaken")


def decide(
    appeal: Appeal, outcome: Outcome, reason: str, *, by: str, judges: Collection[str], at: datetime
) -> Appeal:
    """The appeal decided. `judges` are all who have ever judged the event.

    Raises AppealRefusedError, JudgedBeforeError, TextRefusedError.
    """
    words = plain("reason", reason, STATEMENT_LIMIT)
    if by in judges:
        raise JudgedBeforeError(
            "refused_judged_before", "expected an adjudicator who has not judged this event before"
        )
    return _closed(appeal, at, state=outcome, decided_by=by, reason=words)


def reversal(decided: Appeal, at: datetime) -> Verdict:
    """The verdict that follows from a reversed appeal: from now on the event counts as rejected."""
    return Verdict(
        verdict="rejected",
        reason="appeal",
        note=decided.reason,
        at=at,
        by=decided.decided_by,
        part="final",
    )


def is_overdue(appeal: Appeal, now: datetime) -> bool:
    """Whether it should have been decided by now."""
    return appeal.state == "open" and now >= appeal.decide_by


def for_staff(
    history: Sequence[Verdict], appeals: Sequence[Appeal], ends: datetime, now: datetime
) -> Contest:
    """What the holder of a link is shown. No name of a reviewer or an adjudicator is in it."""
    newest = appeals[-1] if appeals else None
    counted = [counting(history[:end]) for end in range(len(history), 0, -1)]
    confirmed = next((v for v in counted if v is not None and v.verdict == "confirmed"), None)
    shown = standing(history, appeals, ends, now)
    return Contest(
        standing=shown,
        deadline=ends,
        verdict=confirmed.model_copy(update={"by": None}) if confirmed and shown != "uncounted" else None,
        appeal=newest.model_copy(update={"decided_by": None}) if newest else None,
    )


def _closed(appeal: Appeal, at: datetime, **changes: object) -> Appeal:
    if appeal.state != "open":
        raise AppealRefusedError(
            f"refused_appeal_{appeal.state}", f"expected an open appeal, this one is {appeal.state}"
        )
    return appeal.model_copy(update={**changes, "closed_at": at})
