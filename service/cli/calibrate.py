"""`conduct calibrate`: what reviewers' verdicts say of the scores, as a calibration of the hall's own."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.session import cores
from pipelines.durable import write_whole
from pipelines.hall.calibration import HallCalibration, engine_of, with_fits
from pipelines.hall.covers import FixedCovers, HallCovers, by_post
from pipelines.hall.site import load_site
from pipelines.replay.journal import read_kept
from pipelines.replay.kept import replay_kept
from pipelines.replay.looks import time_of
from service.auth.entrance import command_line
from service.cli.options import SiteFile, chosen_settings, fail, load_manifest, opened_store
from service.cli.replay import places_of
from service.learning.answers import events_of
from service.learning.calibrating import Refit, consequences, refits


def calibrate(
    site_file: SiteFile,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="where to; default: SITE.calibration.yaml beside it"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="replace the file if it is there")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the figures as one line of JSON")] = False,
) -> None:
    """Refit the calibrations to the verdicts on the days whose looks are kept, and say what comes of it.

    Nothing changes until the site names the file (`calibration: FILE`).
    """
    path = out or site_file.with_name(f"{site_file.stem.removesuffix('.site')}.calibration.yaml")
    if path.exists() and not force:
        fail(f"--out: expected a new file, {path} is there; --force replaces it")
    site = load_site(site_file)
    engine = engine_of(site, site_file.parent, load_manifest(), site_file)
    name, entry = load_manifest().of_task("detect")
    kept = places_of(site, chosen_settings(None, None).looks_dir)
    looks = [one for place, files in kept.items() if len(one := read_kept(place, files))]
    if not looks:
        fail(
            f"{chosen_settings(None, None).looks_dir}: expected looks at the posts of {site_file}, found none"
        )
    since, until = time_of(looks)
    with opened_store() as store:
        found = events_of(store, datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC))
        posts = {one.post for one in looks}
        events = [one for one in found if one.event.model.sha256 in entry.hashes and one.event.post in posts]
        entered = by_post(store.covers.find(), posts)
        tried = refits(engine, looks, events)
        made = {one.behaviour: one.made for one in tried if one.made is not None}
        if not made:
            fail(f"nothing to calibrate: {'; '.join(f'{one.rule}: {one.why}' for one in tried)}")
        calibration = HallCalibration(model=name, sha256=entry.hashes, behaviours=made)
        covers = HallCovers(engine.schedule, FixedCovers(entered))
        new = replace(engine, calibrations=with_fits(engine.calibrations, calibration.fits))
        now = replay_kept(engine, kept, covers, cores())
        then = replay_kept(new, kept, covers, cores())
        told = consequences(events, now.asked, then.asked, now.over)
        write_whole(path, calibration.document().encode())
        act = command_line().act(datetime.now(UTC), "calibration.made", path.name, behaviours=sorted(made))
        store.audit.add(act)
    days = [datetime.fromtimestamp(t, UTC).astimezone(site.zone).date() for t in (since, until)]
    if as_json:
        figures = {"fits": [one.line() for one in tried], "replay": [asdict(one) for one in told]}
        print(json.dumps({"from": str(days[0]), "to": str(days[1]), "file": str(path), **figures}))
        return
    _show_fits(tried)
    table = Table("rule", "still", "gone", "of them confirmed", "rejected", "new", "not in the looks")
    for row in told:
        table.add_row(*(str(value) for value in asdict(row).values()))
    console = Console()
    console.print(f"{days[0]} to {days[1]} with this calibration: events still asked, no longer, anew")
    console.print(table)
    print(f"written to {path}; it is used once the site says `calibration: {path.name}`")


def _show_fits(tried: Sequence[Refit]) -> None:
    table = Table("rule", "confirmed", "rejected", "slope", "intercept", "log loss", "ECE", "")
    for one in tried:
        fit = ("", "") if one.made is None else (f"{one.made.slope:.2f}", f"{one.made.intercept:+.2f}")
        losses = errors = ""
        if one.before is not None and one.after is not None:
            losses = f"{one.before.log_loss:.3f} → {one.after.log_loss:.3f}"
            errors = f"{one.before.ece:.3f} → {one.after.ece:.3f}"
        counts = (str(one.confirmed), str(one.rejected))
        table.add_row(one.rule, *counts, *fit, losses, errors, one.why)
    Console().print(table)
