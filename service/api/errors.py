"""What the API answers to each error: status, words, and the field at fault."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, get_args

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic_core import ErrorDetails
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from models.manifest import ModelError
from pipelines.hall.covers import CoverRefusedError
from pipelines.hall.document import DocumentError
from pipelines.hall.site import SiteError
from pipelines.hall.wording import expected, fault, mistaken
from pipelines.looking.eyes import PictureError
from pipelines.looking.uniform import MOST
from pipelines.replay.looks import LooksError
from pipelines.streams.source import SourceError
from service.api.problems import NotReadyError, asked_language, problem, told
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
from service.sitefile.draft import SiteRefusedError
from service.sitefile.examples import ExamplesFullError, UnknownExampleError
from service.sitefile.file import SiteChangedError, SiteFileError
from service.sitefile.people import CropRefusedError, UnknownPictureError
from service.sitefile.picture import PictureBusyError
from service.store import BadCursorError, StoreAwayError, UnknownEventError
from service.store.accounts import NotTheFirstError, UnknownAccountError
from service.store.appeals import UnknownAppealError, UnknownLinkError
from service.store.covers import CoverClashError, UnknownCoverError
from service.store.findings import UnknownFindingError
from service.store.known import KnownRefusedError
from service.store.sessions import UnknownTokenError
from service.wall import NoPictureError
from vision.mistake import MistakeError

log = logging.getLogger(__name__)

NOT_KEPT = "expected text without null characters and halves of characters"
SAID: Mapping[type[Exception], tuple[int, str, str | None]] = {
    UnknownEventError: (404, "no event has the id {}", "event_id"),
    UnknownCoverError: (404, "no cover has the id {}", "cover_id"),
    UnknownAccountError: (404, "no account has the number {}", "account_id"),
    UnknownTokenError: (404, "you have no token with the number {}", "token_id"),
    UnknownAppealError: (404, "no appeal has the number {}", "appeal_id"),
    UnknownLinkError: (404, "there is no link", None),
    UnknownFindingError: (404, "no finding has the number {}", "finding_id"),
    UnknownSpotError: (404, "no spot check has the id {}", "spot_id"),
    UnknownPictureError: (404, "the picture is too old, take another", "picture"),
    UnknownExampleError: (404, "there is no such example", "example_id"),
    NoPictureError: (404, "there is no picture of this post", "post_id"),
    EvidenceMissingError: (404, "{}", None),
    LoginRefusedError: (401, "{}", None),
    HeldError: (409, "claim: {}", "claim"),
    VerdictClashError: (409, "verdict: {}", "verdict"),
    CoverClashError: (
        409,
        "from: a cover of this kind and these posts begins then, with another end or note: {}",
        "from",
    ),
    NotTheFirstError: (409, "expected no account, there is one already: log in", None),
    SiteChangedError: (409, "hash: the site file was changed by somebody else meanwhile", "hash"),
    SourceError: (409, "{}", "url"),
    ExamplesFullError: (409, f"kind: expected at most {MOST} examples", "kind"),
    LooksError: (409, "looks: expected kept looks at these posts, found none", "looks"),
    NotBlurredError: (409, "{}", "rendition"),
    BadCursorError: (422, "cursor: {}", "cursor"),
    PictureBusyError: (429, "expected fewer pictures at once, try again in some seconds", None),
    AsideBusyError: (429, "expected one trial at once, try again in some seconds", None),
    AsideGoneError: (503, "the rules were not tried: {}", None),
    AsideFailedError: (503, "the rules were not tried: {}", None),
    EvidenceAwayError: (503, "{}; try again later", None),
    AppealRefusedError: (409, "{}", None),
    SiteFileError: (409, "{}", None),
    PictureError: (409, "{}", None),
    ModelError: (409, "{}", None),
    KnownRefusedError: (409, "{}", None),
    NotReadyError: (409, "{}", None),
    NoProviderError: (409, "{}", None),
    ClipBrokenError: (409, "{}", None),
    UnicodeEncodeError: (422, NOT_KEPT, None),
    DataError: (422, NOT_KEPT, None),
}
"""By error: the status, what is said (the error itself at the braces), and the field at fault."""
OfAField = VerdictRefusedError | BadPeriodError | CoverRefusedError | AccountRefusedError | SpotRefusedError
"""They know their field."""


def install(app: FastAPI) -> None:
    """Make every error of `app` have the one shape."""
    for kind, said in SAID.items():
        app.exception_handler(kind)(_saying(*said))
    for kind in get_args(OfAField):
        app.exception_handler(kind)(_of_a_field)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(ThrottledError)(_throttled)
    app.exception_handler(FindingRefusedError)(_finding_refused)
    app.exception_handler(TextRefusedError)(_text_refused)
    app.exception_handler(SiteRefusedError)(_site_refused)
    app.exception_handler(DocumentError)(_no_document)
    app.exception_handler(SiteError)(_broken_site)
    app.exception_handler(CropRefusedError)(_no_crop)
    app.exception_handler(StillBlurringError)(_still_blurring)
    app.exception_handler(OperationalError)(_store_away)
    app.exception_handler(InterfaceError)(_store_away)
    app.exception_handler(StoreAwayError)(_store_away)
    app.exception_handler(Exception)(_fault)


def _saying(
    status: int, words: str, field: str | None
) -> Callable[[Request, Exception], Coroutine[Any, Any, JSONResponse]]:
    async def handler(request: Request, error: Exception) -> JSONResponse:
        language = asked_language(request)
        if language != "en" and isinstance(error, MistakeError):
            return problem(status, mistaken(error).told(language), field)
        return problem(status, words.format(error), field)

    return handler


async def _of_a_field(_request: Request, error: OfAField) -> JSONResponse:
    return problem(422, f"{error.field}: {error}", error.field)


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


async def _throttled(_request: Request, error: ThrottledError) -> JSONResponse:
    response = problem(429, str(error))
    response.headers["Retry-After"] = str(math.ceil(error.wait_s))
    return response


async def _finding_refused(_request: Request, error: FindingRefusedError) -> JSONResponse:
    return problem(422, f"{error.field}: {error}", error.field) if error.field else problem(409, str(error))


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


async def _no_crop(request: Request, error: CropRefusedError) -> JSONResponse:
    return problem(422, told(mistaken(error.at("box")), asked_language(request)), "box")


async def _still_blurring(_request: Request, error: StillBlurringError) -> JSONResponse:
    response = problem(503, str(error), "rendition")
    response.headers["Retry-After"] = "10"
    return response


async def _store_away(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed: the store: %s", request.method, request.url.path, type(error).__name__)
    return problem(503, told(fault("refused_store_away"), asked_language(request)))


async def _fault(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(500, told(fault("refused_fault"), asked_language(request)))
