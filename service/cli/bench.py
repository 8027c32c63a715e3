"""`conduct bench`: timings as ratios, in JSON."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pipelines.bench import bench_looks
from pipelines.site import load_site
from service.cli.options import load_manifest
from service.cli.runs import DEMO_SITE, bundled

app = typer.Typer(help="Timings as ratios within one run, as JSON.")


@app.callback()
def bench() -> None:
    """Timings as ratios within one run, as JSON."""


@app.command()
def looks(
    site_file: Annotated[
        Path | None, typer.Option("--site", help="site whose cameras are files; default: the demo's")
    ] = None,
) -> None:
    """Looks a second with and without batching, and where the time of a run goes."""
    path = site_file or bundled(DEMO_SITE)
    print(json.dumps(bench_looks(load_site(path), path.parent, load_manifest()).line()))
