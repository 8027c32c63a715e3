"""The review page: one document, its modules and styles, its texts. Works without any other server."""

from __future__ import annotations

import re
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Cookie, Depends, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from pipelines import regulation, texts
from service.api.access import PUBLIC, Needs, with_query
from service.api.context import Context, ContextDep
from service.api.session import session_out
from service.api.showing import sees_clear
from service.auth.roles import ROLES, Caller
from service.oidc.trouble import Code
from service.review.verdicts import NOTE_LIMIT, REASONS, Thing
from service.settings import Language
from service.web.oidc import STRANGER

_FOLDER = Path(__file__).parent
TEMPLATES = Jinja2Templates(_FOLDER / "templates")
_ONE_OF_OURS = re.compile("/[a-z-]+")
_FOREVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)
# Asked for again each time, but only sent again when changed: modules name each other without a version.
static = StaticFiles(directory=_FOLDER / "static")


def chosen_language(
    context: ContextDep,
    lang: Annotated[str | None, Query()] = None,
    chosen: Annotated[str | None, Cookie(alias="lang")] = None,
) -> str:
    """The language of the address, else of the cookie, else of the settings."""
    return next((one for one in (lang, chosen) if one in texts.LANGUAGES), context.settings.language)


LanguageDep = Annotated[str, Depends(chosen_language)]


def plotly_script() -> Path:
    """Plotly's bundled JavaScript. Found without importing plotly, which would take half a second."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("package plotly is not installed")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


@router.get("/", response_model=None)
def review_page(
    request: Request,
    context: ContextDep,
    caller: Annotated[Caller, Depends(Needs("read", page=True))],
    language: LanguageDep,
    page: Annotated[str | None, Query()] = None,
) -> Response:
    """The review page, or the ``page`` that somebody wanted before they logged in."""
    if page is not None and _ONE_OF_OURS.fullmatch(page):
        return RedirectResponse(with_query(page, request.url.remove_query_params("page").query), 303)
    hall = context.store.hall()
    told = {
        **told_to(context, caller, language),
        "hall": hall.name,
        "rules": list(regulation.load().rules),
        "reasons": REASONS,
        "things": get_args(Thing),
        "note_limit": NOTE_LIMIT,
        "planted": context.settings.planted > 0,
        "plotly": f"/static/plotly.min.js?v={version('plotly')}",
    }
    return document(request, "review.html", told)


@router.get("/login", dependencies=[PUBLIC], response_model=None)
def login_page(request: Request, context: ContextDep, language: LanguageDep) -> Response:
    """Where one logs in; on to the set-up where there is no account, and to the work where none is needed."""
    if context.entrance.is_open():
        return RedirectResponse("/", 303)
    if context.entrance.needs_setup():
        return RedirectResponse(with_query("/setup", request.url.query), 303)
    page = {**common(context, language), "setup": False, **_sign_on(request, context)}
    return document(request, "login.html", page)


@router.get("/setup", dependencies=[PUBLIC], response_model=None)
def setup_page(request: Request, context: ContextDep, language: LanguageDep) -> Response:
    """Where the first admin is set up; away from here once there is one."""
    if not context.entrance.needs_setup():
        return RedirectResponse("/", 303)
    return document(request, "login.html", {**common(context, language), "setup": True, "sso": None})


@router.get("/accounts")
def accounts_page(
    request: Request,
    context: ContextDep,
    caller: Annotated[Caller, Depends(Needs("accounts", page=True))],
    language: LanguageDep,
) -> HTMLResponse:
    """Where an admin keeps the accounts."""
    page = {
        **told_to(context, caller, language),
        "roles": list(ROLES),
        "issuer": context.sign_on.issuer if context.sign_on else None,
    }
    return document(request, "accounts.html", page)


@router.get("/texts/{lang}", dependencies=[PUBLIC])
def get_texts(lang: Language) -> JSONResponse:
    """All texts in one language, for switching without losing one's place."""
    return JSONResponse(dict(texts.catalogue(lang)), headers={"Cache-Control": "no-cache"})


@router.get("/static/plotly.min.js", dependencies=[PUBLIC])
def get_plotly() -> FileResponse:
    """Plotly, which the page loads when it first draws a chart."""
    return FileResponse(plotly_script(), media_type="text/javascript", headers={"Cache-Control": _FOREVER})


@router.get("/favicon.ico", dependencies=[PUBLIC])
def get_icon() -> FileResponse:
    """The icon, for browsers that ask without reading the page."""
    return FileResponse(_FOLDER / "static" / "icon.svg", media_type="image/svg+xml")


def _sign_on(request: Request, context: Context) -> dict[str, Any]:
    """What the login page is told of single sign-on: its button, and what went wrong a moment ago."""
    door = context.sign_on
    if door is None:
        return {"sso": None}
    problem = request.query_params.get("sso")
    is_stranger = problem in ("unknown", "name", "role")
    return {
        "sso": {"label": context.settings.oidc_label},
        "passwords": context.settings.passwords,
        "problem": problem if problem in get_args(Code) else None,
        "stranger": door.unseal(request.cookies.get(STRANGER, "")) if is_stranger else "",
    }


def common(context: Context, language: str) -> dict[str, Any]:
    """What every page with a script is told."""
    return {
        "lang": language,
        "languages": list(texts.LANGUAGES),
        "texts": dict(texts.catalogue(language)),
        "timezone": context.store.hall().zone.key,
    }


def told_to(context: Context, caller: Caller, language: str) -> dict[str, Any]:
    """The same, and who reads it, for pages that want to know."""
    session = session_out(caller, is_open=context.entrance.is_open())
    clear = sees_clear(context, caller)
    return {**common(context, language), "session": session.model_dump(), "sees_clear": clear}


def document(request: Request, template: str, page: dict[str, Any]) -> HTMLResponse:
    """A page that nobody but its reader may keep."""
    response = TEMPLATES.TemplateResponse(request, template, {"page": page, "text": page["texts"]})
    response.headers["Cache-Control"] = "no-store"
    return response


assert set(get_args(Language)) == set(texts.LANGUAGES), "settings and texts know different languages"
