"""`conduct replay`: kept looks through the rules of a site once more."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from models.session import cores
from pipelines import evaluate as scoring
from pipelines.evaluate import Interval
from pipelines.hall.calibration import engine_of
from pipelines.hall.covers import HallCovers
from pipelines.hall.site import Site, load_site
from pipelines.replay.journal import Place, kept_places
from pipelines.replay.kept import replay_kept, replay_looks
from pipelines.replay.looks import PostLooks, read_observations
from pipelines.replay.play import Asked
from service.cli.options import SiteFile, chosen_settings, fail, load_manifest
from service.cli.runs import covers_of


def replay(
    site_file: SiteFile,
    observations: Annotated[
        Path | None,
        typer.Option(
            "--observations",
            metavar="FILE_OR_DIR",
            help="observations.jsonl of a run, or a folder of kept looks; default: those that "
            "`conduct serve` keeps",
        ),
    ] = None,
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
    engine = engine_of(site, site_file.parent, load_manifest(), site_file)
    entered = HallCovers(engine.schedule, covers_of(site, covers))
    source = observations or chosen_settings(None, None).looks_dir
    if source.is_dir() or observations is None:
        found = replay_kept(engine, places_of(site, source), entered, cores())
    else:
        found = replay_looks(engine, _looks(site, site_file, source), entered)
    before = None if events is None else scoring.read_intervals(events)
    asked = [_interval(one, found.over) for one in found.asked]
    rows = _rows([rule.name for rule in site.active_rules], asked, before)
    if as_json:
        for row in rows:
            print(json.dumps(row))
        return
    table = Table("rule", *(name for name in rows[0] if name != "rule") if rows else ())
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table)


def places_of(site: Site, folder: Path) -> dict[Place, list[Path]]:
    """The kept looks at the site's posts; what is of other posts or cameras is named on stderr."""
    cameras, kept = {post.id: post.camera for post in site.posts}, kept_places(folder)
    others = [place for place in kept if cameras.get(place.post) != place.camera]
    for place in others:
        print(f"passed over: post {place.post} at camera {place.camera}, not of the site", file=sys.stderr)
        del kept[place]
    return kept


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
