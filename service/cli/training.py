"""`conduct export-training`: judged looks as a labelled data set."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from service.auth.entrance import command_line
from service.cli.options import chosen_settings, fail, load_manifest, opened_store
from service.evidence.bucket import bucket_of
from service.evidence.fetch import Fetcher
from service.evidence.media import Evidence, EvidenceMissingError
from service.learning.answers import events_of
from service.learning.export import export, read_me
from service.learning.spot_export import about_spots, export_spots
from service.reports.period import BadPeriodError, midnight, parsed_day
from service.review.spots import Spot
from service.store import Store
from vision.posts import Post

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)


def export_training(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="a new or empty folder")],
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="first day of events; default all")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="last day, included; default all")
    ] = None,
) -> None:
    """Write the looks of judged events and spot checks: crops, boxes, and what reviewers said."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        fail(f"--out: expected a new or empty folder, got {out}")
    settings, now = chosen_settings(None, None), datetime.now(UTC)
    name, entry = load_manifest().of_task("detect")
    bucket = bucket_of(settings)
    with opened_store() as store:
        hall = store.hall()
        try:
            since, until = parsed_day("from", first) or EARLIEST, parsed_day("to", last) or LATEST
        except BadPeriodError as error:
            fail(f"--{error.field}: {error}")
        posts = {
            one.id: Post(id=one.id, camera=one.camera, staff_zone=one.staff_zone) for one in store.posts()
        }
        evidence = Evidence(settings.data_dir, Fetcher(store, bucket, settings.data_dir) if bucket else None)
        told = {"from": str(since), "to": str(until)}
        store.audit.add(command_line().act(now, "training.exported", out.name, **told))
        days = midnight(since, hall.zone), midnight(until + timedelta(days=1), hall.zone)
        found = events_of(store, *days)
        done = export(out, found, posts, entry.classes, evidence.locate)
        checked = export_spots(out, store.spots.answered(*days), posts, partial(_clip_of, store, evidence))
        told_of = read_me(hall.name, now, name, done) + about_spots(checked)
        (out / "README.md").write_text(told_of, encoding="utf-8")
    print(f"{done.pictures} pictures of {sum(done.events.values())} events in {out}")
    if checked.pictures:
        print(f"{checked.pictures} pictures of spot checks beside them")


def _clip_of(store: Store, evidence: Evidence, spot: Spot) -> Path:
    """The clip of a spot check. Raises EvidenceMissingError."""
    name = store.spots.clip(spot.id)
    if name is None:
        raise EvidenceMissingError(f"spot check {spot.id}: its clip is gone")
    return evidence.locate(spot.id, name)
