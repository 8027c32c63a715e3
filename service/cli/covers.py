"""`conduct covers ...`: why posts may be without staff, from the command line and from files."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.hall.covers import EnteredCover, load_covers, moment
from pipelines.hall.site import load_site
from pipelines.rules.events import compact_json
from service.auth.entrance import command_line
from service.bootstrap import take_site
from service.cli.options import fail, opened_store
from service.store.covers import UnknownCoverError

app = typer.Typer(
    help="Why posts may be without staff: breaks, leave, substitutes, closed windows, pauses.",
    no_args_is_help=True,
)
CoverId = Annotated[str, typer.Argument(metavar="ID", help="id of a cover, as `list` shows it")]


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML with a list `covers:`")],
    site_file: Annotated[
        Path | None, typer.Option("--site", help="the hall's site file, where nothing was served before")
    ] = None,
) -> None:
    """Enter the covers of a file into the store; one that is there gets its end and note from the file."""
    with opened_store() as store:
        if site_file is not None:
            take_site(store, load_site(site_file))
        posts = [post.id for post in store.posts()]
        if not posts:
            fail("the store knows no posts yet: serve the site once, or give --site SITE.yaml")
        covers = load_covers(file, store.hall().zone, posts)
        now = datetime.now(UTC)
        for cover in covers:
            act = command_line().act(now, "cover.entered", cover.id, kind=cover.kind, posts=cover.posts)
            store.covers.replace(cover, at=now, act=act)
    print(f"{len(covers)} covers entered from {file}")


@app.command("list")
def list_covers(
    post: Annotated[str | None, typer.Option(help="only of this post")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON per cover")] = False,
) -> None:
    """List the covers, by start."""
    with opened_store() as store:
        for cover in store.covers.find(post=post):
            print(compact_json(cover.model_dump(mode="json")) if as_json else _line(cover))


@app.command()
def end(
    cover_id: CoverId,
    at: Annotated[str | None, typer.Option(metavar="ISO_TIME", help="when, hall's zone; default now")] = None,
) -> None:
    """End a cover: from then on absences count again."""
    with opened_store() as store:
        now = datetime.now(UTC)
        try:
            until = now if at is None else moment(at, store.hall().zone)
            act = command_line().act(now, "cover.ended", cover_id)
            ended = store.covers.end(cover_id, until, at=now, act=act)
        except UnknownCoverError:
            fail(f"ID: expected the id of a cover, none has {cover_id!r}")
        except ValueError as error:  # no time, or one before the cover's start
            fail(f"--at: {error}")
    print(_line(ended))


@app.command()
def delete(cover_id: CoverId) -> None:
    """Withdraw a cover that was entered by mistake."""
    with opened_store() as store:
        try:
            act = command_line().act(datetime.now(UTC), "cover.withdrawn", cover_id)
            print(f"withdrawn: {_line(store.covers.delete(cover_id, act=act))}")
        except UnknownCoverError:
            fail(f"ID: expected the id of a cover, none has {cover_id!r}")


def _line(cover: EnteredCover) -> str:
    posts = "all posts" if cover.posts is None else ", ".join(cover.posts)
    end = "until ended" if cover.end is None else cover.end.isoformat(timespec="minutes")
    note = f"  {json.dumps(cover.note, ensure_ascii=False)}" if cover.note else ""
    return f"{cover.id}  {cover.kind:<10}  {posts}  {cover.start.isoformat(timespec='minutes')} - {end}{note}"
