"""/api/site/try: what a draft's rules would ask about the kept looks of the last hour, day or week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Depends, Request
from starlette.concurrency import run_in_threadpool

from models.manifest import Manifest
from pipelines.hall.calibration import engine_of
from pipelines.hall.covers import FixedCovers, HallCovers, by_post
from pipelines.hall.site import Site
from pipelines.replay.journal import Place, kept_places
from pipelines.replay.looks import LooksError
from pipelines.replay.trial import RUN_UP_S, RuleSet, Trial, try_rules
from service.api.access import MAY_NOT, NOT_LOGGED_IN
from service.api.context import Context, ContextDep
from service.api.problems import NO_LANGUAGE, answer_language, documented
from service.api.schemas import answered
from service.api.site import Installer
from service.api.site_shapes import EXAMPLE_DRAFT
from service.api.trial_shapes import EXAMPLE_TRIAL, CountOut, ToldOut, TrialOut, TryIn, UnspokenPost
from service.auth.roles import Caller
from service.learning.answers import events_of
from service.sitefile.addresses import restored
from service.sitefile.draft import SiteRefusedError, bounded, faults
from service.sitefile.trying import Unspoken, unspoken, with_events

router = APIRouter(
    tags=["site"],
    responses=documented(NOT_LOGGED_IN, MAY_NOT, NO_LANGUAGE),
    dependencies=[Depends(answer_language)],
)

SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
MOST_TOLD = 500
_NO_LOOKS = "looks: expected kept looks at these posts, found none"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be tried: the two sets of rules, the looks' files, and what is left out."""

    present: RuleSet
    wanted: RuleSet
    kept: dict[Place, list[Path]]
    left: Unspoken
    zone: ZoneInfo
    posts: tuple[str, ...]


@router.post(
    "/site/try",
    summary="Try a draft's rules on the last hour, day or week",
    responses={
        200: answered("What would be asked.", EXAMPLE_TRIAL),
        **documented(
            (409, "There are no looks to try them on, or the site file is broken.", _NO_LOOKS, "looks"),
            (422, "The draft cannot be the site file.", "posts: expected this key", "posts"),
            (429, "Another trial is under way; try again.", "expected one trial at once", None),
            (503, "It took too long.", "the rules were not tried: it took longer than 120 seconds", None),
        ),
    },
)
async def try_draft(
    request: Request,
    context: ContextDep,
    caller: Installer,
    wanted: Annotated[TryIn, Body(examples=[{"site": EXAMPLE_DRAFT, "span": "hour"}])],
) -> TrialOut:
    """What the draft's rules would ask about the kept looks: still, no longer, or anew. Nothing is changed.

    The last hour, day or week of which there are looks, at posts whose camera and zones stay as they are.
    One trial at a time; it ends when whoever asked for it is gone.
    """
    asked = await run_in_threadpool(_prepared, context, caller, wanted)
    task = partial(
        try_rules, asked.present, asked.wanted, asked.kept, SPANS[wanted.span].total_seconds(), asked.zone
    )
    trial = await context.aside.run(task, request.is_disconnected)
    return await run_in_threadpool(_told, context, asked, trial)


def _prepared(context: Context, caller: Caller, wanted: TryIn) -> _Wanted:
    file, saved = context.site_file, context.site_file.read()
    draft = restored(bounded(wanted.site), saved.site)
    wrong = faults(draft, saved.site, file.folder)
    if wrong:
        raise SiteRefusedError(wrong[0])
    kept = kept_places(context.settings.looks_dir)
    left = unspoken(draft, saved.site, context.store.posts())
    site = Site.model_validate(draft)
    cameras = {post.id: post.camera for post in site.posts if post.id not in left.posts}
    kept = {place: files for place, files in kept.items() if cameras.get(place.post) == place.camera}
    if not kept:
        raise LooksError("expected kept looks at these posts, found none")
    context.store.audit.add(caller.act(context.now(), "site.tried", file.path.name, span=wanted.span))
    manifest = Manifest.load(context.settings.models)
    entered = FixedCovers(by_post(context.store.covers.find(), [*cameras]))
    present, then = (
        _rules(one, file.folder, manifest, entered, left) for one in (Site.model_validate(saved.site), site)
    )
    return _Wanted(present, then, kept, left, site.zone, tuple(post.id for post in site.posts))


def _rules(site: Site, folder: Path, manifest: Manifest, entered: FixedCovers, left: Unspoken) -> RuleSet:
    engine = engine_of(site, folder, manifest)
    rules = tuple(rule for rule in engine.rules if rule.name not in left.rules)
    return RuleSet(replace(engine, rules=rules), HallCovers(engine.schedule, entered))


def _told(context: Context, asked: _Wanted, trial: Trial) -> TrialOut:
    """The trial with the events that there are."""
    since = _moment(trial.since, asked.zone)
    stored = [
        one.event
        for one in events_of(
            context.store,
            since - timedelta(seconds=RUN_UP_S),
            _moment(trial.until, asked.zone) + timedelta(seconds=1),
        )
        if one.event.post in trial.posts and one.event.rule not in asked.left.rules
    ]
    events = with_events(trial.told, stored, trial.until)
    shown = {*events.values()}
    silent = {post: "no_looks" for post in asked.posts if post not in trial.posts}
    return TrialOut(
        since=since,
        until=_moment(trial.until, asked.zone),
        looks=trial.looks,
        counts=_counts(asked, trial),
        told=[
            ToldOut(
                outcome=one.outcome,
                rule=one.asked.rule,
                post=one.asked.post,
                start=_moment(one.asked.start, asked.zone),
                end=None if one.asked.end is None else _moment(one.asked.end, asked.zone),
                event=events.get(one),
            )
            for one in _newest_first(trial)[:MOST_TOLD]
        ],
        more=max(len(trial.told) - MOST_TOLD, 0),
        others=sum(one.id not in shown and one.start >= since for one in stored),
        posts=[UnspokenPost(post=post, why=why) for post, why in {**silent, **asked.left.posts}.items()],
        rules=list(asked.left.rules),
    )


def _newest_first(trial: Trial) -> Sequence[Any]:
    """What changes comes first."""
    return sorted(trial.told, key=lambda one: (one.outcome == "still", -one.asked.start))


def _counts(asked: _Wanted, trial: Trial) -> list[CountOut]:
    names = [rule.name for rules in (asked.present, asked.wanted) for rule in rules.engine.rules]
    outcomes = [(one.asked.rule, one.outcome) for one in trial.told]
    return [
        CountOut(
            rule=name,
            still=outcomes.count((name, "still")),
            gone=outcomes.count((name, "gone")),
            new=outcomes.count((name, "new")),
        )
        for name in dict.fromkeys(names)
    ]


def _moment(t: float, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(round(t, 3), UTC).astimezone(zone)
