"""What the API says when something is wrong: always {"detail": ..., "field": ...}."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from pipelines.hall.wording import Fault
from pipelines.texts import LANGUAGES
from service.settings import Language


class Problem(BaseModel):
    """What went wrong with a request."""

    detail: str = Field(
        description="What was expected and what came: in English, where it has such words in the language "
        "asked for, by `lang` or by the header Accept-Language."
    )
    field: str | None = Field(description="The part of the request at fault; null when it is none.")


def answer_language(
    request: Request,
    lang: Annotated[
        Language | None,
        Query(
            description="Language of what is said to be wrong; without it what Accept-Language begins with.",
            examples=["zh-CN"],
        ),
    ] = None,
) -> str:
    """The language in which a request wants to be told what is wrong; `asked_language` says it of errors."""
    return lang or asked_language(request)


NO_LANGUAGE = (422, "The language is not known.", "lang: Input should be 'zh-CN' or 'en'", "lang")
AnswerLanguage = Annotated[str, Depends(answer_language)]


class NotReadyError(Exception):
    """The evidence is not written yet; asking again later helps."""


def problem(status: int, detail: str, field: str | None = None) -> JSONResponse:
    """The response that says so."""
    return JSONResponse(Problem(detail=detail, field=field).model_dump(), status_code=status)


def asked_language(request: Request) -> str:
    """The language that a request asks for what is wrong in: `lang`, else what Accept-Language begins with,
    else English."""
    accepted = request.headers.get("Accept-Language", "").partition(",")[0].partition(";")[0].strip()
    wanted = request.query_params.get("lang", accepted)
    return wanted if wanted in LANGUAGES else "en"


def told(fault: Fault, language: str, where: str = "", english: str = "") -> str:
    """A fault in one line with its place; ``english`` is what English says where it is not the same."""
    if language == "en":
        return english or (f"{fault.field}: {fault.message}" if fault.field else fault.message)
    return "：".join(part for part in (where, fault.field, fault.told(language)) if part)


def documented(*examples: tuple[int, str, str, str | None]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's error responses: (status, when, example of `detail`, example of `field`) each."""
    return {
        status: {
            "model": Problem,
            "description": when,
            "content": {"application/json": {"example": {"detail": detail, "field": field}}},
        }
        for status, when, detail, field in examples
    }


BAD_EVENT_ID = (
    422,
    "The id does not look like one.",
    "event_id: String should match pattern '^[0-9a-f]{16}$'",
    "event_id",
)
HELD = (
    409,
    "Somebody else does this event now (field claim), or others have answered meanwhile (field verdict).",
    "claim: li.na does this event until 2026-01-05T09:47:00+08:00",
    "claim",
)
NO_SUCH_EVENT = (404, "No event has this id.", "no event has the id 9f2c61d07a3be845", "event_id")
