"""What reviewers say to spot checks: stretches in which nothing was flagged (`pipelines.rules.spots`). Pure.

A spot check is a plain question and accuses nobody: it is no event, alerts nobody, and can be answered with
"nothing". Only what the monitor watched at the post can have been missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from service.review.claims import Claim
from service.review.standing import UNDO, VerdictClashError

SpotAnswer = Literal["nothing", "seen", "unclear"]
"""Nothing that the rules ask for; some of it; it cannot be told."""


class SpotRefusedError(ValueError):
    """An answer that does not go together; `field` names the part at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class UnknownSpotError(LookupError):
    """No spot check has this id."""


class SpotSaid(BaseModel):
    """One answer to a spot check, or that the one before is withdrawn."""

    model_config = ConfigDict(frozen=True)

    answer: SpotAnswer | Literal["withdrawn"] = Field(description="What was said.")
    rules: tuple[str, ...] = Field(description="With seen: the rules whose behaviour was seen.")
    at: datetime = Field(description="When.")
    by: str | None = Field(description="By whom; null where nobody logs in.")


class Spot(BaseModel):
    """A spot check as it stands."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="16 hexadecimal digits, from post and start.")
    post: str = Field(description="Id of the post.")
    camera: str = Field(description="Id of the camera.")
    start: datetime = Field(description="Where the stretch begins.")
    end: datetime = Field(description="Where it ends.")
    lead_s: float = Field(description="Seconds of the clip before the stretch begins.")
    chance: float = Field(description="How probable it was that this stretch was drawn, 0 to 1.")
    rules: tuple[str, ...] = Field(description="The rules that were watched at the post.")
    clip: bool = Field(description="Whether the clip is still there.")
    said: SpotSaid | None = Field(description="The answer that counts; null while it waits for one.")
    claim: Claim | None = Field(default=None, description="Who does it now; null when nobody does.")

    @property
    def waits(self) -> bool:
        """Whether somebody is to answer it."""
        return self.clip and self.said is None


def check_answer(answer: SpotAnswer, rules: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """The rules of an answer, each once, in the order in which they were asked.

    Raises SpotRefusedError for rules that were not asked, and where rules and answer do not go together.
    """
    unknown = sorted(set(rules) - set(asked))
    if unknown:
        raise SpotRefusedError("rules", f"expected some of {', '.join(asked)}, got {unknown[0][:64]!r}")
    if answer == "seen" and not rules:
        raise SpotRefusedError("rules", "expected what was seen, got nothing")
    if answer != "seen" and rules:
        raise SpotRefusedError("rules", f"expected none with the answer {answer}, got {len(set(rules))}")
    return tuple(rule for rule in asked if rule in rules)


def check_withdrawal(said: SpotSaid | None, who: str | None, at: datetime) -> None:
    """Raises VerdictClashError for what somebody else said, and for what was said too long ago."""
    if said is None:
        raise VerdictClashError("refused_no_answer", "expected an answer to take back, there is none")
    if said.by != who:
        raise _not_theirs(said.by)
    if at - said.at > UNDO:
        minutes = round(UNDO.total_seconds() / 60)
        raise VerdictClashError(
            "refused_taken_back_late", "an answer can be taken back for {minutes} minutes", minutes=minutes
        )


def _not_theirs(who: str | None) -> VerdictClashError:
    if who is None:
        return VerdictClashError("refused_not_theirs", "it was somebody without a login who answered")
    return VerdictClashError("refused_anothers", "it was {who} who answered", who=who)


def counting(history: Sequence[SpotSaid]) -> SpotSaid | None:
    """The answer of a history, oldest first, that counts."""
    last = history[-1] if history else None
    return None if last is None or last.answer == "withdrawn" else last
