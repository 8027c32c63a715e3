"""Who does which clip, so that two people do not do the same one. Pure.

A claim is given with the clip when a question is opened, is prolonged while it is looked at, and runs out by
itself. The event that comes next is claimed `ahead`, so that its clip can be made ready: others are given it
only when nothing else is left, and whoever opens it gets it. Where nobody logs in there are no claims: nobody
could be told from anybody else.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from service.review.standing import answered_meanwhile
from vision.mistake import MistakeError

LEASE = timedelta(minutes=5)
"""How long a claim lasts when it is not prolonged."""


class Claim(BaseModel):
    """Somebody does this event now."""

    model_config = ConfigDict(frozen=True)

    holder: str = Field(description="The account that has it.")
    taken_at: datetime = Field(description="Since when.")
    until: datetime = Field(description="When it runs out, unless it is prolonged.")
    ahead: bool = Field(
        default=False, description="True: it is only to come next; whoever opens the event gets it."
    )

    def bars(self, who: str | None) -> bool:
        """Whether it stands in somebody's way."""
        return self.holder != who and not self.ahead


class HeldError(MistakeError):
    """Somebody else does this event now."""

    def __init__(self, claim: Claim) -> None:
        until = claim.until.isoformat(timespec="seconds")
        super().__init__(
            "refused_held", "{holder} does this event until {until}", holder=claim.holder, until=until
        )
        self.claim = claim


def live(claim: Claim | None, at: datetime) -> Claim | None:
    """The claim if it still holds."""
    return claim if claim is not None and claim.until > at else None


def taken(
    claim: Claim | None,
    who: str,
    at: datetime,
    lease: timedelta,
    *,
    take_over: bool = False,
    ahead: bool = False,
) -> Claim:
    """The claim after somebody has asked for it: a new one, or their own prolonged.

    Raises HeldError for somebody else's that still holds, unless it is taken over on purpose. One that is
    only ahead gives way to whoever opens the event, not to another one ahead.
    """
    held = live(claim, at)
    if held is not None and held.holder != who and not take_over and (ahead or held.bars(who)):
        raise HeldError(held)
    mine = held if held is not None and held.holder == who and (ahead or not held.ahead) else None
    since = at if mine is None else mine.taken_at
    return Claim(holder=who, taken_at=since, until=at + lease, ahead=ahead if mine is None else mine.ahead)


def check_answer(
    claim: Claim | None, who: str | None, at: datetime, *, waits: bool, claimed: bool, take_over: bool
) -> None:
    """Whether an answer may be recorded as far as claims go.

    `claimed`: it answers a question that they had claimed, so the question must still be there. Raises
    HeldError, VerdictClashError.
    """
    held = live(claim, at)
    if who is None or take_over:
        return
    if held is not None and held.bars(who):
        raise HeldError(held)
    if claimed and not waits:
        raise answered_meanwhile()
