"""`conduct bench`: timings as ratios, in JSON."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pipelines.bench import bench_looks
from pipelines.bench_detect import ROUNDS, bench_detect
from pipelines.bench_loop import bench_loop
from pipelines.site import load_site
from service.cli.options import fail, load_manifest
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


@app.command()
def loop(
    site_file: Annotated[
        Path | None, typer.Option("--site", help="site whose first camera is a file; default: the demo's")
    ] = None,
    seconds: Annotated[float, typer.Option(help="of video", min=4, max=3600)] = 60.0,
) -> None:
    """What a camera costs: our loop beside a plain one, on the same video at 1080p."""
    path = site_file or bundled(DEMO_SITE)
    print(json.dumps(bench_loop(load_site(path), path.parent, load_manifest(), seconds=seconds).line()))


@app.command()
def detect(
    size: Annotated[list[int] | None, typer.Option(help="side of the input; may be repeated")] = None,
    batch: Annotated[
        list[int] | None, typer.Option(help="pictures in one call; may be repeated", min=1, max=64)
    ] = None,
    rounds: Annotated[int, typer.Option(help="calls of each, in turns", min=3, max=1000)] = ROUNDS,
) -> None:
    """The detector's network by provider, precision, size and batch, against the default in the same run."""
    sizes, batches = size or [416], batch or [1, 2]
    for side in sizes:
        if side % 32 or not 128 <= side <= 4096:
            fail(f"--size: expected a multiple of 32 from 128 to 4096, got {side}")
    print(json.dumps(bench_detect(load_manifest(), sizes, batches, rounds)))
