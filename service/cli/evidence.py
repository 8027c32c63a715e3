"""`conduct evidence ...`: the files that events rest on."""

from contextlib import closing

import typer

from service.cli.options import chosen_settings
from service.filing import check
from service.store import Store, open_database

app = typer.Typer(help="The files that events rest on: clips, snapshots, timelines.", no_args_is_help=True)


@app.callback()
def _evidence() -> None:
    """So that `verify` is a command of its own."""


@app.command()
def verify() -> None:
    """Check every file against the hash taken when it was whole; exit code 1 when one is not what it was."""
    settings = chosen_settings(None, None)
    with closing(Store(open_database(settings.store_url))) as store:
        files = store.evidence.files()
    bad = list(check(settings.data_dir, files))
    for one in bad:
        print(f"{one.problem}: {one.file.path} (event {one.file.event})")
    print(f"{len(files) - len(bad)} of {len(files)} files are what they were")
    if bad:
        raise typer.Exit(1)
