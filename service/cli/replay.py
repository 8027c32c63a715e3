"""`conduct replay`: kept looks through the rules of a site once more."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pipelines import evaluate as scoring
from pipelines.covers import HallCovers
from pipelines.evaluate import Interval
from pipelines.regulation import load
from pipelines.replay.looks import PostLooks, read_observations
from pipelines.replay.play import Asked
from pipelines.replay.play import replay as play
from pipelines.rules.engine import RuleEngine
from pipelines.site import Site, load_site
from service.cli.options import SiteFile, fail, load_manifest
from service.cli.runs import covers_of


def replay(
    site_file: SiteFile,
    observations: Annotated[
        Path, typer.Option("--observations", metavar="FILE", help="observations.jsonl of a run")
    ],
    events: Annotated[
        Path | None,
        typer.Option("--events", metavar="FILE", help="events.jsonl of that run, to compare with"),
    ] = None,
    covers: Annotated[
        Path | None, typer.Option("--covers", metavar="FILE", help="why posts may be without staff (YAML)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON per rule")] = False,
) -> None:
    """What a run would have asked with the rules of this site: nothing is looked at again.

    With the run's events: what would still be asked, what no longer, and what would be new.
    """
    site = load_site(site_file)
    looks = _looks(site, site_file, observations)
    calibrations = load_manifest().of_task("detect")[1].calibrations()
    engine = RuleEngine(site.active_rules, load().beliefs, calibrations, site.calendar)
    asked = play(engine, looks, HallCovers(engine.schedule, covers_of(site, covers)))
    over = max((float(one.t[-1]) for one in looks), default=0.0)
    before = None if events is None else scoring.read_intervals(events)
    rows = _rows([rule.name for rule in site.active_rules], [_interval(one, over) for one in asked], before)
    if as_json:
        for row in rows:
            print(json.dumps(row))
        return
    table = Table("rule", *(name for name in rows[0] if name != "rule") if rows else ())
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table)


def _looks(site: Site, site_file: Path, path: Path) -> list[PostLooks]:
    """The looks at the site's posts; each must be the site's, and seen by one camera."""
    looks, cameras = read_observations(path), {post.id: post.camera for post in site.posts}
    for one in looks:
        if cameras.get(one.post) != one.camera:
            expected = f"posts and cameras of {site_file}"
            fail(f"{path}: expected {expected}, got post {one.post} at camera {one.camera}")
    return looks


def _rows(rules: list[str], asked: list[Interval], before: list[Interval] | None) -> list[dict[str, Any]]:
    if before is None:
        return [{"rule": rule, "asked": sum(one.rule == rule for one in asked)} for rule in rules]
    scores = {score.rule: score for score in scoring.evaluate(asked, before)}
    return [_row(rule, scores.get(rule)) for rule in sorted({*rules, *scores})]


def _row(rule: str, score: scoring.Score | None) -> dict[str, Any]:
    still, gone, new = (0, 0, 0)
    if score is not None:
        still, gone, new = len(score.matched), len(score.missed), len(score.false)
    return {
        "rule": rule,
        "asked": still + new,
        "before": still + gone,
        "still": still,
        "gone": gone,
        "new": new,
    }


def _interval(asked: Asked, over: float) -> Interval:
    return Interval(asked.post, asked.rule, asked.start, over if asked.end is None else asked.end)
