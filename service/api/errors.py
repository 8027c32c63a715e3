"""Errors of the API, all of one shape: {"detail": ..., "field": ...}."""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pydantic_core import ErrorDetails
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from models.manifest import ModelError
from pipelines.hall.covers import CoverRefusedError
from pipelines.hall.document import DocumentError
from pipelines.hall.site import SiteError
from pipelines.hall.wording import Fault, expected, mistaken
from pipelines.looking.eyes import PictureError
from pipelines.looking.uniform import MOST
from pipelines.replay.looks import LooksError
from pipelines.streams.source import SourceError
from pipelines.texts import LANGUAGES
from service.aside import AsideBusyError, AsideFailedError, AsideGoneError
from service.auth.entrance import LoginRefusedError
from service.auth.roles import AccountRefusedError
from service.auth.throttle import ThrottledError
from service.evidence.fetch import EvidenceAwayError
from service.evidence.media import ClipBrokenError, EvidenceMissingError
from service.evidence.renditions import NotBlurredError, StillBlurringError
from service.oidc.trouble import NoProviderError
from service.reports.period import BadPeriodError
from service.review.appeals import AppealRefusedError
from service.review.claims import HeldError
from service.review.findings import FindingRefusedError
from service.review.plain_text import TextRefusedError
from service.review.spots import SpotRefusedError, UnknownSpotError
from service.review.standing import VerdictClashError
from service.review.verdicts import VerdictRefusedError
from service.settings import Language
from service.sitefile.draft import SiteRefusedError
from service.sitefile.examples import ExamplesFullError, UnknownExampleError
from service.sitefile.file import SiteChangedError, SiteFileError
from service.sitefile.people import CropRefusedError, UnknownPictureError
from service.sitefile.picture import PictureBusyError
from service.store import BadCursorError, UnknownEventError
from service.store.accounts import NotTheFirstError, UnknownAccountError
from service.store.appeals import UnknownAppealError, UnknownLinkError
from service.store.covers import CoverClashError, UnknownCoverError
from service.store.findings import UnknownFindingError
from service.store.known import KnownRefusedError
from service.store.sessions import UnknownTokenError
from service.wall import NoPictureError

log = logging.getLogger(__name__)


class Problem(BaseModel):
    """What went wrong with a request."""

    detail: str = Field(
        description="What was expected and what came: in English, of a site in the language asked for."
    )
    field: str | None = Field(description="The part of the request at fault; null when it is none.")


def answer_language(
    lang: Annotated[
        Language, Query(description="Language of what is said to be wrong.", examples=["zh-CN"])
    ] = "en",
) -> str:
    """The language in which a request wants to be told what is wrong; `asked_language` says it of errors."""
    return lang


NO_LANGUAGE = (422, "The language is not known.", "lang: Input should be 'zh-CN' or 'en'", "lang")
AnswerLanguage = Annotated[str, Depends(answer_language)]


class NotReadyError(Exception):
    """The evidence is not written yet; asking again later helps."""


def problem(status: int, detail: str, field: str | None = None) -> JSONResponse:
    """The response that says so."""
    return JSONResponse(Problem(detail=detail, field=field).model_dump(), status_code=status)


def asked_language(request: Request) -> str:
    """The language that a request asks for what is wrong in: English, unless `lang` names another."""
    wanted = request.query_params.get("lang", "en")
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


def install(app: FastAPI) -> None:
    """Make every error of `app` have the one shape."""
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(UnknownEventError)(_unknown_event)
    app.exception_handler(VerdictRefusedError)(_verdict_refused)
    app.exception_handler(HeldError)(_held)
    app.exception_handler(VerdictClashError)(_verdict_clash)
    app.exception_handler(BadCursorError)(_bad_cursor)
    app.exception_handler(UnknownCoverError)(_unknown_cover)
    app.exception_handler(CoverRefusedError)(_cover_refused)
    app.exception_handler(CoverClashError)(_cover_clash)
    app.exception_handler(BadPeriodError)(_bad_period)
    app.exception_handler(LoginRefusedError)(_login_refused)
    app.exception_handler(ThrottledError)(_throttled)
    app.exception_handler(AccountRefusedError)(_account_refused)
    app.exception_handler(NotTheFirstError)(_not_the_first)
    app.exception_handler(UnknownAccountError)(_unknown_account)
    app.exception_handler(UnknownTokenError)(_unknown_token)
    app.exception_handler(UnknownAppealError)(_unknown_appeal)
    app.exception_handler(UnknownLinkError)(_unknown_link)
    app.exception_handler(AppealRefusedError)(_conflict)
    app.exception_handler(UnknownFindingError)(_unknown_finding)
    app.exception_handler(FindingRefusedError)(_finding_refused)
    app.exception_handler(UnknownSpotError)(_unknown_spot)
    app.exception_handler(SpotRefusedError)(_spot_refused)
    app.exception_handler(NoPictureError)(_no_picture)
    app.exception_handler(TextRefusedError)(_text_refused)
    app.exception_handler(SiteRefusedError)(_site_refused)
    app.exception_handler(DocumentError)(_no_document)
    app.exception_handler(SiteError)(_broken_site)
    app.exception_handler(SiteFileError)(_conflict)
    app.exception_handler(SiteChangedError)(_site_changed)
    app.exception_handler(SourceError)(_no_camera)
    app.exception_handler(PictureBusyError)(_picture_busy)
    app.exception_handler(LooksError)(_no_looks)
    app.exception_handler(CropRefusedError)(_no_crop)
    app.exception_handler(UnknownPictureError)(_picture_gone)
    app.exception_handler(UnknownExampleError)(_unknown_example)
    app.exception_handler(ExamplesFullError)(_examples_full)
    app.exception_handler(PictureError)(_conflict)
    app.exception_handler(ModelError)(_conflict)
    app.exception_handler(AsideBusyError)(_trial_busy)
    app.exception_handler(AsideGoneError)(_trial_failed)
    app.exception_handler(AsideFailedError)(_trial_failed)
    app.exception_handler(KnownRefusedError)(_conflict)
    app.exception_handler(NotReadyError)(_conflict)
    app.exception_handler(NoProviderError)(_conflict)
    app.exception_handler(ClipBrokenError)(_conflict)
    app.exception_handler(EvidenceMissingError)(_missing)
    app.exception_handler(EvidenceAwayError)(_evidence_away)
    app.exception_handler(NotBlurredError)(_not_blurred)
    app.exception_handler(StillBlurringError)(_still_blurring)
    app.exception_handler(UnicodeEncodeError)(_not_kept)
    app.exception_handler(DataError)(_not_kept)
    app.exception_handler(OperationalError)(_store_away)
    app.exception_handler(InterfaceError)(_store_away)
    app.exception_handler(Exception)(_fault)


async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    first: ErrorDetails = error.errors()[0]
    # loc is ("query", "limit") or ("body", "note"); of a body that is no JSON it ends in an offset.
    field = ".".join(str(part) for part in first["loc"][1:] if isinstance(part, str)) or None
    language, place = asked_language(request), field or str(first["loc"][0])
    if language != "en":
        return problem(422, told(replace(expected(first), field=place), language), field)
    return problem(422, f"{place}: {first['msg']}", field)


async def _http(_request: Request, error: HTTPException) -> JSONResponse:
    if error.status_code == 400:  # only FastAPI itself says so, of a body that it cannot read
        return problem(422, "body: expected JSON in UTF-8")
    response = problem(error.status_code, str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _unknown_event(_request: Request, error: UnknownEventError) -> JSONResponse:
    return problem(404, f"no event has the id {error}", "event_id")


async def _verdict_refused(_request: Request, error: VerdictRefusedError) -> JSONResponse:
    return problem(422, f"{error.field}: {error}", error.field)


async def _held(_request: Request, error: HeldError) -> JSONResponse:
    return problem(409, f"claim: {error}", "claim")


async def _verdict_clash(_request: Request, error: VerdictClashError) -> JSONResponse:
    return problem(409, f"verdict: {error}", "verdict")


async def _bad_cursor(_request: Request, error: BadCursorError) -> JSONResponse:
    return problem(422, f"cursor: {error}", "cursor")


async def _bad_period(_request: Request, error: BadPeriodError) -> JSONResponse:
    return problem(422, f"{error.field}: {error}", error.field)


async def _unknown_cover(_request: Request, error: UnknownCoverError) -> JSONResponse:
    return problem(404, f"no cover has the id {error}", "cover_id")


async def _cover_refused(_request: Request, error: CoverRefusedError) -> JSONResponse:
    return problem(422, f"{error.field}: {error}", error.field)


async def _cover_clash(_request: Request, error: CoverClashError) -> JSONResponse:
    detail = f"from: a cover of this kind and these posts begins then, with another end or note: {error}"
    return problem(409, detail, "from")


async def _login_refused(_request: Request, error: LoginRefusedError) -> JSONResponse:
    return problem(401, str(error))


async def _throttled(_request: Request, error: ThrottledError) -> JSONResponse:
    response = problem(429, str(error))
    response.headers["Retry-After"] = str(math.ceil(error.wait_s))
    return response


async def _account_refused(_request: Request, error: AccountRefusedError) -> JSONResponse:
    return problem(422, f"{error.field}: {error}", error.field)


async def _not_the_first(_request: Request, _error: NotTheFirstError) -> JSONResponse:
    return problem(409, "expected no account, there is one already: log in")


async def _unknown_account(_request: Request, error: UnknownAccountError) -> JSONResponse:
    return problem(404, f"no account has the number {error}", "account_id")


async def _unknown_token(_request: Request, error: UnknownTokenError) -> JSONResponse:
    return problem(404, f"you have no token with the number {error}", "token_id")


async def _unknown_appeal(_request: Request, error: UnknownAppealError) -> JSONResponse:
    return problem(404, f"no appeal has the number {error}", "appeal_id")


async def _unknown_link(_request: Request, _error: UnknownLinkError) -> JSONResponse:
    return problem(404, "there is no link")


async def _unknown_finding(_request: Request, error: UnknownFindingError) -> JSONResponse:
    return problem(404, f"no finding has the number {error}", "finding_id")


async def _finding_refused(_request: Request, error: FindingRefusedError) -> JSONResponse:
    return problem(422, f"{error.field}: {error}", error.field) if error.field else problem(409, str(error))


async def _unknown_spot(_request: Request, error: UnknownSpotError) -> JSONResponse:
    return problem(404, f"no spot check has the id {error}", "spot_id")


async def _spot_refused(_request: Request, error: SpotRefusedError) -> JSONResponse:
    return problem(422, f"{error.field}: {error}", error.field)


async def _no_picture(_request: Request, _error: NoPictureError) -> JSONResponse:
    return problem(404, "there is no picture of this post", "post_id")


async def _text_refused(request: Request, error: TextRefusedError) -> JSONResponse:
    return problem(422, told(mistaken(error.mistake.at(error.field)), asked_language(request)), error.field)


async def _site_refused(request: Request, error: SiteRefusedError) -> JSONResponse:
    return problem(422, told(error.fault, asked_language(request)), error.fault.field or None)


async def _no_document(request: Request, error: DocumentError) -> JSONResponse:
    return problem(422, _of_document(request, error), "yaml")


async def _broken_site(request: Request, error: SiteError) -> JSONResponse:
    return problem(409, _of_document(request, error))


def _of_document(request: Request, error: DocumentError) -> str:
    language = asked_language(request)
    return str(error) if error.fault is None else told(error.fault, language, error.where, str(error))


async def _site_changed(_request: Request, _error: SiteChangedError) -> JSONResponse:
    return problem(409, "hash: the site file was changed by somebody else meanwhile", "hash")


async def _no_camera(_request: Request, error: SourceError) -> JSONResponse:
    return problem(409, str(error), "url")


async def _picture_busy(_request: Request, _error: PictureBusyError) -> JSONResponse:
    return problem(429, "expected fewer pictures at once, try again in some seconds")


async def _no_crop(request: Request, error: CropRefusedError) -> JSONResponse:
    return problem(422, told(mistaken(error.at("box")), asked_language(request)), "box")


async def _picture_gone(_request: Request, _error: UnknownPictureError) -> JSONResponse:
    return problem(404, "the picture is too old, take another", "picture")


async def _unknown_example(_request: Request, _error: UnknownExampleError) -> JSONResponse:
    return problem(404, "there is no such example", "example_id")


async def _examples_full(_request: Request, _error: ExamplesFullError) -> JSONResponse:
    return problem(409, f"kind: expected at most {MOST} examples", "kind")


async def _no_looks(_request: Request, _error: LooksError) -> JSONResponse:
    return problem(409, "looks: expected kept looks at these posts, found none", "looks")


async def _trial_busy(_request: Request, _error: AsideBusyError) -> JSONResponse:
    return problem(429, "expected one trial at once, try again in some seconds")


async def _trial_failed(_request: Request, error: Exception) -> JSONResponse:
    return problem(503, f"the rules were not tried: {error}")


async def _conflict(_request: Request, error: Exception) -> JSONResponse:
    return problem(409, str(error))


async def _missing(_request: Request, error: EvidenceMissingError) -> JSONResponse:
    return problem(404, str(error))


async def _evidence_away(_request: Request, error: EvidenceAwayError) -> JSONResponse:
    return problem(503, f"{error}; try again later")


async def _not_blurred(_request: Request, error: NotBlurredError) -> JSONResponse:
    return problem(409, str(error), "rendition")


async def _still_blurring(_request: Request, error: StillBlurringError) -> JSONResponse:
    response = problem(503, str(error), "rendition")
    response.headers["Retry-After"] = "10"
    return response


async def _not_kept(_request: Request, _error: Exception) -> JSONResponse:
    return problem(422, "expected text without null characters and halves of characters")


async def _store_away(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed: the store: %s", request.method, request.url.path, type(error).__name__)
    return problem(503, "the store does not answer; try again later")


async def _fault(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(500, "the service made a mistake; its log says more")
