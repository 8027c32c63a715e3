"""The set-up page: cameras, posts and their zones, schedule and rules, as a draft of the site file."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from pipelines import regulation
from pipelines.hall.alerting import DEFAULT_WHEN, SEVERITIES, Cause, When
from pipelines.hall.site import Transport
from pipelines.rules.regulation import Rule, RuleSettings, SiteRules
from pipelines.rules.schedule import DAYS
from service.api.access import Needs
from service.api.context import ContextDep
from service.auth.roles import Caller
from service.web.page import LanguageDep, document, told_to

router = APIRouter(include_in_schema=False)


@router.get("/site")
def site_set_up_page(
    request: Request,
    context: ContextDep,
    caller: Annotated[Caller, Depends(Needs("setup", page=True))],
    language: LanguageDep,
) -> HTMLResponse:
    """Where an admin sets up the hall: what `/api/site` gives is edited there and saved."""
    page = {
        **told_to(context, caller, language),
        "transports": get_args(Transport),
        "days": DAYS,
        "rules": rules_with_clauses(),
        "causes": get_args(Cause),
        "severities": SEVERITIES,
        "whens": get_args(When),
        "when_usual": DEFAULT_WHEN,
    }
    return document(request, "site.html", page)


def rules_with_clauses() -> list[dict[str, Any]]:
    """Each rule with its clause in both languages, and the settings that a site may change, with defaults."""
    whole = regulation.load()
    return [
        {
            "name": name,
            "clause": rule.clause,
            "text": {"zh-CN": whole.clauses[rule.clause].zh, "en": whole.clauses[rule.clause].en},
            "settings": _settings(getattr(SiteRules(), name), rule),
        }
        for name, rule in whole.rules.items()
    ]


def _settings(settings: RuleSettings, rule: Rule) -> list[tuple[str, float | bool]]:
    """The settings of a rule by name, in the order of a form, with what holds where the site says nothing."""
    names = type(settings).model_fields
    order = ("enabled", "grace_s", "hold_s", "open_at", "close_at", "release_s", "drinking")
    assert set(names) <= set(order), "a setting without a place in the form"
    return [(name, getattr(rule, "hold_s" if name == "grace_s" else name)) for name in order if name in names]
