"""/api/report"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayRead
from service.api.context import Context, ContextDep
from service.api.problems import documented
from service.api.schemas import answered
from service.auth.roles import Caller
from service.reports.files import MEDIA_TYPES, Form, report_file
from service.reports.making import make_report
from service.reports.period import Period, wanted
from service.reports.report import Report
from service.settings import Language

router = APIRouter(tags=["reports"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

_HOURS: dict[str, Any] = {
    "expected_s": 23400.0,
    "staffed_s": 19800.0,
    "unstaffed_s": 900.0,
    "covered_s": 1800.0,
    "unknown_s": 300.0,
    "unwatched_s": 600.0,
}
_ROW: dict[str, Any] = {
    "key": "w01",
    "name": "1号窗口 社会保障",
    "events": 14,
    "waiting": 2,
    "confirmed": 9,
    "rejected": 3,
    "unclear": 0,
    "rate": 243.478,
    "confirmed_rate": 156.522,
    "precision": {"share": 0.75, "low": 0.468, "high": 0.911},
    "hours": _HOURS,
}
EXAMPLE_REPORT: dict[str, Any] = {
    "hall": "福田区行政服务大厅",
    "timezone": "Asia/Shanghai",
    "first": "2026-01-05",
    "last": "2026-01-05",
    "made_at": "2026-01-05T18:00:00+08:00",
    "own_posts": False,
    "records_begin": "2026-01-05",
    "last_record": "2026-01-05",
    "total": {**_ROW, "key": "all", "name": ""},
    "rules": [{**_ROW, "key": "phone_use", "name": "phone_use", "hours": None}],
    "posts": [_ROW],
    "shifts": [{**_ROW, "key": "09:00–12:00", "name": "09:00–12:00"}],
    "days": [{**_ROW, "key": "2026-01-05", "name": "2026-01-05"}],
    "weeks": [{**_ROW, "key": "2026-01-05", "name": "2026-01-05"}],
    "reviews": {"judged": 12, "waiting": 2, "median_s": 1860.0, "p90_s": 7200.0},
    "spot_checks": {
        "drawn": 131,
        "answered": 124,
        "unclear": 2,
        "rules": [
            {
                "rule": "phone_use",
                "checked": 124,
                "seen": 1,
                "share": {"share": 0.008, "low": 0.001, "high": 0.044},
                "recall": {"share": 0.774, "low": 0.385, "high": 0.961},
            }
        ],
    },
}
BAD_PERIOD = (422, "The days cannot be understood, or are too many.", "to: expected at most 400 days", "to")

First = Annotated[
    date | None,
    Query(
        alias="from", description="First day; without it the Monday of that week.", examples=["2026-01-05"]
    ),
]
Last = Annotated[
    date | None,
    Query(
        alias="to",
        description="Last day, included; without it the Sunday of that week.",
        examples=["2026-01-11"],
    ),
]


@router.get(
    "/report",
    summary="Get the report of some days",
    responses={200: answered("The report.", EXAMPLE_REPORT), **documented(BAD_PERIOD)},
)
def get_report(context: ContextDep, caller: MayRead, first: First = None, last: Last = None) -> Report:
    """What was found, what reviewers made of it, and how much was seen at all.

    By rule, post, shift, day and week. Days are the hall's own. Rates are per 100 hours in which the post had
    to be staffed and was seen. Of the posts that exist for the caller.
    """
    return make_report(context.store, period_of(context, first, last), caller.posts, context.now())


@router.get(
    "/report/export",
    summary="Get the report of some days as a file",
    response_class=Response,
    responses={
        200: {
            "description": "The file, as an attachment.",
            "content": {kind.partition(";")[0]: {"example": "(bytes)"} for kind in MEDIA_TYPES.values()},
        },
        **documented(BAD_PERIOD),
    },
)
def export_report(
    context: ContextDep,
    caller: MayRead,
    first: First = None,
    last: Last = None,
    form: Annotated[Form, Query(alias="format", description="csv, xlsx or pdf.", examples=["xlsx"])] = "csv",
    lang: Annotated[
        Language | None, Query(description="Language; else the settings'.", examples=["zh-CN"])
    ] = None,
) -> Response:
    """The same as CSV, Excel or PDF, in Chinese or English. Every export is in the audit log."""
    report = make_report(context.store, period_of(context, first, last), caller.posts, context.now())
    language = lang or context.settings.language
    file = report_file(report, form, language)
    tell_export(context, caller, report, form, context.now())
    headers = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(file.content, media_type=file.media_type, headers=headers)


def period_of(context: Context, first: date | None, last: date | None) -> Period:
    """The period of a request. Raises BadPeriodError."""
    zone = context.store.hall().zone
    return wanted(first, last, context.now().astimezone(zone).date(), zone)


def tell_export(context: Context, caller: Caller, report: Report, form: Form, now: datetime) -> None:
    """Write an export into the audit log, before anything is given out."""
    days = {"from": str(report.first), "to": str(report.last)}
    context.store.audit.add(caller.act(now, "report.exported", form, **days))
