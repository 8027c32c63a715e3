"""The page of reports. It is made here whole, charts included: it needs no script, and can be printed."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from pipelines import texts
from service.api.access import Needs
from service.api.context import ContextDep
from service.auth.roles import Caller
from service.reports.files import FORMS
from service.reports.making import make_report
from service.reports.period import PRESETS, BadPeriodError, Period, parsed_day, preset, wanted
from service.reports.report import Report
from service.reports.tables import DIGITS, Cell, Column, notes, tables_of
from service.reports.trend import EVENTS, HOURS, trend_of
from service.web.page import TEMPLATES, LanguageDep

router = APIRouter(include_in_schema=False)
CHART = (1000.0, 120.0)
"""Width and height of a panel, in units of the drawing."""


@router.get("/reports")
def reports_page(
    request: Request,
    context: ContextDep,
    caller: Annotated[Caller, Depends(Needs("read", page=True))],
    language: LanguageDep,
    first: Annotated[str, Query(alias="from", max_length=10)] = "",
    last: Annotated[str, Query(alias="to", max_length=10)] = "",
    span: Annotated[str, Query(alias="range", max_length=16)] = "",
) -> HTMLResponse:
    """The report of a range of days: one by name, or from a day to a day; else of this week."""
    zone, now = context.store.hall().zone, context.now()
    today = now.astimezone(zone).date()
    chosen = next((name for name in PRESETS if name == span), None)
    trouble = None
    try:
        days = (
            (parsed_day("from", first), parsed_day("to", last)) if chosen is None else preset(chosen, today)
        )
        period = wanted(*days, today, zone)
    except BadPeriodError as error:
        period, trouble = Period(*preset("week", today), zone), f"{error.field}: {error}"
    report = make_report(context.store, period, caller.posts, now)
    page = {
        **_words(language),
        "report": report,
        "period": period,
        "ranges": [(name, _is(period, name, today)) for name in PRESETS],
        "last_week_with_records": _week_of(report),
        "trouble": trouble,
        "query": f"from={period.first}&to={period.last}",
        "forms": FORMS,
    }
    if not report.is_empty:
        page |= {
            "tables": tables_of(report, language)[1:],
            "notes": notes(report, language),
            "trend": trend_of(report, *CHART),
            "events_parts": EVENTS,
            "hours_parts": tuple(reversed(HOURS)),
        }
    response = TEMPLATES.TemplateResponse(request, "reports.html", page, 422 if trouble else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def _words(language: str) -> dict[str, Any]:
    """What the page says and how it says it."""
    return {
        "lang": language,
        "other": next(one for one in texts.LANGUAGES if one != language),
        "say": partial(texts.text, language),
        "text": texts.catalogue(language),
        "shown": shown,
        "lasting": partial(lasting, language),
        "hours": lambda seconds: f"{seconds / 3600:,.1f}",
        "percent": lambda share: "–" if share is None else f"{share * 100:.0f} %",
    }


def shown(cell: Cell, column: Column) -> str:
    """A cell as the page shows it."""
    if isinstance(cell, float):
        return f"{cell:,.{DIGITS[column.kind]}f}"
    return "–" if cell is None else str(cell)


def lasting(language: str, seconds: float | None) -> str:
    """A length of time in one unit, as short as can be."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return texts.text(language, "report.seconds", n=f"{seconds:.0f}")
    if seconds < 90 * 60:
        return texts.text(language, "report.minutes", n=f"{seconds / 60:.0f}")
    return texts.text(language, "report.hours_long", n=f"{seconds / 3600:.1f}")


def _is(period: Period, name: Any, today: date) -> bool:
    return (period.first, period.last) == preset(name, today)


def _week_of(report: Report) -> str | None:
    """The days of the last week that has records, for the address of its report."""
    if report.last_record is None:
        return None
    first, last = preset("week", report.last_record)
    return f"from={first}&to={last}"
