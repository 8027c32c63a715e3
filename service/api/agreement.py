"""/api/agreement"""

from __future__ import annotations

from typing import Annotated, get_args

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayAdjudicate
from service.api.context import ContextDep
from service.api.events import moment_of
from service.api.problems import documented
from service.api.schemas import answered
from service.review.agreement import agreement
from service.review.verdicts import Answer

router = APIRouter(tags=["verdicts"], responses=documented(NOT_LOGGED_IN, MAY_NOT))


class PairOut(BaseModel):
    """How often one answer met another."""

    first: Answer = Field(description="The first reviewer's.")
    second: Answer = Field(description="The second reviewer's, who did not know it.")
    n: int = Field(description="How often.")


class AgreementOut(BaseModel):
    """How far reviewers agree."""

    n: int = Field(description="Events that two reviewers have judged, the second one blind.")
    agreed: int = Field(description="Those on which they said the same.")
    kappa: float | None = Field(
        description="Cohen's kappa: 1 = always, 0 = as often as by chance; null when it cannot be said."
    )
    low: float | None = Field(description="Lower end of its 95 % interval.")
    high: float | None = Field(description="Upper end.")
    pairs: list[PairOut] = Field(description="The table that it is made of.")


EXAMPLE_AGREEMENT = {
    "n": 40,
    "agreed": 36,
    "kappa": 0.7802,
    "low": 0.4925,
    "high": 0.9134,
    "pairs": [
        {"first": "confirmed", "second": "confirmed", "n": 23},
        {"first": "confirmed", "second": "rejected", "n": 2},
        {"first": "rejected", "second": "confirmed", "n": 2},
        {"first": "rejected", "second": "rejected", "n": 13},
    ],
}


@router.get(
    "/agreement",
    summary="See how far reviewers agree",
    responses={
        200: answered("The agreement.", EXAMPLE_AGREEMENT),
        **documented(
            (
                422,
                "A time is not understood.",
                "from: expected an ISO 8601 time such as 2026-01-05T09:00:00+08:00, got 'x'",
                "from",
            )
        ),
    },
)
def get_agreement(
    context: ContextDep,
    _caller: MayAdjudicate,
    start_from: Annotated[
        str | None,
        Query(
            alias="from",
            description="Only second opinions given then or later.",
            examples=["2026-01-05T09:00:00+08:00"],
        ),
    ] = None,
    start_to: Annotated[
        str | None,
        Query(alias="to", description="Only those given before then.", examples=["2026-02-01"]),
    ] = None,
) -> AgreementOut:
    """Cohen's kappa between first answers and blind second ones, with its 95 % interval.

    The interval is Wilson's for the share of equal answers, with the share expected by chance taken as known.
    Of all posts: a caller who is bound to some posts gets the same figures.
    """
    zone = context.store.hall().zone
    pairs = context.store.answers.pairs(moment_of("from", start_from, zone), moment_of("to", start_to, zone))
    found = agreement(pairs, get_args(Answer))
    table = [PairOut(first=a, second=b, n=n) for (a, b), n in sorted(pairs.items())]
    return AgreementOut(
        n=found.n, agreed=found.agreed, kappa=found.kappa, low=found.low, high=found.high, pairs=table
    )
