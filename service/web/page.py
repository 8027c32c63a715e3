"""The review page: one document, its modules and styles, its texts. Works without any other server."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, cast, get_args

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from pipelines import regulation, texts
from service.api.context import Context, ContextDep
from service.review import NOTE_LIMIT, REASONS
from service.settings import Language

_FOLDER = Path(__file__).parent
TEMPLATES = Jinja2Templates(_FOLDER / "templates")
_FOREVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)
# Asked for again each time, but only sent again when changed: modules name each other without a version.
static = StaticFiles(directory=_FOLDER / "static")


def plotly_script() -> Path:
    """Plotly's bundled JavaScript. Found without importing plotly, which would take half a second."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("package plotly is not installed")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def language_of(context: Context, lang: str | None, chosen: str | None) -> Language:
    """The language of the address, else of the cookie, else of the settings."""
    known = (one for one in (lang, chosen) if one in texts.LANGUAGES)
    return cast(Language, next(known, context.settings.language))


@router.get("/")
def review_page(
    request: Request,
    context: ContextDep,
    lang: Annotated[str | None, Query()] = None,
    chosen: Annotated[str | None, Cookie(alias="lang")] = None,
) -> HTMLResponse:
    """The page in the language of the address, else of the cookie, else of the settings."""
    language = language_of(context, lang, chosen)
    hall = context.store.hall()
    page = {
        "lang": language,
        "languages": list(texts.LANGUAGES),
        "texts": dict(texts.catalogue(language)),
        "hall": hall.name,
        "timezone": hall.zone.key,
        "rules": list(regulation.load().rules),
        "reasons": REASONS,
        "note_limit": NOTE_LIMIT,
        "plotly": f"/static/plotly.min.js?v={version('plotly')}",
    }
    response = TEMPLATES.TemplateResponse(request, "review.html", {"page": page, "text": page["texts"]})
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/texts/{lang}")
def get_texts(lang: Language) -> JSONResponse:
    """All texts in one language, for switching without losing one's place."""
    return JSONResponse(dict(texts.catalogue(lang)), headers={"Cache-Control": "no-cache"})


@router.get("/static/plotly.min.js")
def get_plotly() -> FileResponse:
    """Plotly, which the page loads when it first draws a chart."""
    return FileResponse(plotly_script(), media_type="text/javascript", headers={"Cache-Control": _FOREVER})


@router.get("/favicon.ico")
def get_icon() -> FileResponse:
    """The icon, for browsers that ask without reading the page."""
    return FileResponse(_FOLDER / "static" / "icon.svg", media_type="image/svg+xml")


assert set(get_args(Language)) == set(texts.LANGUAGES), "settings and texts know different languages"
