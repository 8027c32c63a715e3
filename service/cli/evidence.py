"""`conduct evidence ...`: the files that events rest on."""

from contextlib import closing

import typer

from service.cli.options import chosen_settings
from service.evidence.bucket import bucket_of
from service.evidence.filing import FiledFile, check_in_use
from service.store import Store, open_database

app = typer.Typer(help="The files that events rest on: clips, snapshots, timelines.", no_args_is_help=True)


@app.callback()
def _evidence() -> None:
    """So that `verify` is a command of its own."""


@app.command()
def verify() -> None:
    """Check every file, also in the bucket, against the hash taken when it was whole.

    Exit code 1 when one is not what it was.
    """
    settings = chosen_settings(None, None)
    bucket = bucket_of(settings)
    with closing(Store(open_database(settings.store_url))) as store:

        def listed() -> list[FiledFile]:
            return [*store.evidence.files(), *store.spots.files()]

        files = listed()
        if bucket is not None and any(file.moved for file in files):
            bucket.check()
        bad = list(check_in_use(settings.data_dir, files, listed, bucket.digest if bucket else None))
    where = f"{bucket.url}/" if bucket else "the bucket (CONDUCT_EVIDENCE_URL is not set), "
    for one in bad:
        print(f"{one.problem}: {where if one.in_bucket else ''}{one.file.path} ({one.file.of})")
    harmed = {one.file.path for one in bad}
    print(f"{len(files) - len(harmed)} of {len(files)} files are what they were")
    if bad:
        raise typer.Exit(1)
