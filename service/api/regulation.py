"""/api/regulation"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from pipelines import regulation
from service.api.access import MAY_NOT, NOT_LOGGED_IN, needs
from service.api.context import ContextDep
from service.api.problems import documented
from service.api.schemas import ClauseOut, RegulationOut, answered
from service.settings import Language

router = APIRouter(tags=["regulation"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

_EXAMPLE = {
    "lang": "zh-CN",
    "clauses": [{"id": "B6", "text": "工作时间不吸烟、不吃零食。", "by_hand": False}],
}


@router.get(
    "/regulation",
    dependencies=[needs("read")],
    summary="Read the code of conduct",
    responses={
        200: answered("The clauses.", _EXAMPLE),
        **documented((422, "There is no such language.", "lang: Input should be 'zh-CN' or 'en'", "lang")),
    },
)
def get_regulation(
    context: ContextDep,
    lang: Annotated[
        Language | None, Query(description="Language; the service's own when left out.", examples=["en"])
    ] = None,
) -> RegulationOut:
    """The clauses that events refer to, in their own words."""
    chosen = lang or context.settings.language
    whole = regulation.load()
    clauses = [
        ClauseOut(
            id=clause.id,
            text=clause.en if chosen == "en" else clause.zh,
            by_hand=clause.id in whole.by_hand,
        )
        for clause in whole.clauses.values()
    ]
    return RegulationOut(lang=chosen, clauses=clauses)
