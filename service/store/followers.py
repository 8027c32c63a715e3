"""What follows from a change of the store, written in the change's own transaction."""

from __future__ import annotations

from typing import Literal, Protocol

from sqlalchemy.orm import Session

from pipelines.rules.events import HealthEntry, RuleEvent


class Follower(Protocol):
    """Is called inside the transaction of a change; what it writes is kept with the change or not at all."""

    def on_event(self, session: Session, event: RuleEvent) -> None:
        """An event was delivered; it may have been before."""

    def on_verdict(self, session: Session, event: RuleEvent, verdict: str) -> None:
        """Another verdict counts than before; `verdict` is its answer."""

    def on_question_again(self, session: Session, event: RuleEvent) -> None:
        """The only verdict was withdrawn: the event is a question again."""

    def on_health(self, session: Session, entry: HealthEntry) -> None:
        """A camera's health entry was delivered; it may have been before."""

    def on_appeal(
        self, session: Session, event: RuleEvent, appeal: int, what: Literal["appealed", "decided"]
    ) -> None:
        """An appeal against an event was made, or an adjudicator has decided it."""
