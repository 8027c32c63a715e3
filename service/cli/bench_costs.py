"""`conduct bench`: what looks, cameras and clips cost; each bench by itself, in minutes."""

import json
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.bench.clips import bench_clips
from pipelines.bench.datapath import bench_path
from pipelines.bench.detect import ROUNDS, bench_detect
from pipelines.bench.growth import COUNTS, bench_growth
from pipelines.bench.hall import Shown
from pipelines.bench.looks import bench_looks
from pipelines.bench.loop import MAIN, SUB, as_camera, bench_loop
from pipelines.hall.site import load_site
from service.cli.bench import measured_on, note
from service.cli.options import check_folder, fail, load_eyes, load_manifest
from service.cli.runs import DEMO_SITE, bundled

SiteFile = Annotated[
    Path | None, typer.Option("--site", help="site whose first camera is a file; default: the demo's")
]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="folder to write the figures to as JSON and Markdown as well"),
]


def looks(site_file: SiteFile = None) -> None:
    """Looks a second with and without batching, and where the time of a run goes."""
    path = site_file or bundled(DEMO_SITE)
    print(json.dumps(bench_looks(load_site(path), path.parent, load_manifest()).line()))


def loop(
    site_file: SiteFile = None,
    seconds: Annotated[float, typer.Option(help="of video", min=4, max=3600)] = 60.0,
    out: Out = None,
) -> None:
    """What a camera costs: our loop beside a plain one, on the same video at 1080p.

    Both on the runtime that CONDUCT_PROVIDER names, with one thread for each model.
    """
    path = _site(site_file, out)
    figures = bench_loop(load_site(path), path.parent, load_eyes(threads=1), seconds=seconds)
    _tell("loop", figures.line(), _table("Our loop beside a plain one", figures.line()), out)


def growth(
    site_file: SiteFile = None,
    cameras: Annotated[
        list[int] | None, typer.Option(help="how many; may be repeated", min=1, max=400)
    ] = None,
    seconds: Annotated[float, typer.Option(help="of video", min=4, max=120)] = 10.0,
    out: Out = None,
) -> None:
    """What a camera costs as one of 1, 10, 50 and 100, all at 1280 x 720."""
    path = _site(site_file, out)
    site = load_site(path)
    with tempfile.TemporaryDirectory() as scratch:
        video = Path(scratch) / "camera.mp4"
        length = as_camera(path.parent / site.cameras[0].url, video, seconds, SUB)
        shown = Shown(site, path.parent, video)
        figures = bench_growth(shown, load_eyes(), seconds=length, counts=cameras or COUNTS, told=note)
    _tell("growth", figures.line(), figures.markdown(), out)


def path(site_file: SiteFile = None, out: Out = None) -> None:
    """Looks a second from decoded pictures to detections, against the network alone."""
    site_path = _site(site_file, out)
    site = load_site(site_path)
    with tempfile.TemporaryDirectory() as scratch:
        video = Path(scratch) / "camera.mp4"
        as_camera(site_path.parent / site.cameras[0].url, video, 20.0, MAIN)
        figures = bench_path(site, video, load_eyes())
    _tell("path", figures.line(), _table("The data path", figures.line()), out)


def clips(
    site_file: SiteFile = None,
    seconds: Annotated[float, typer.Option(help="of each clip", min=2, max=600)] = 20.0,
    out: Out = None,
) -> None:
    """What cutting a clip costs, of a stream of 1080p at 4 Mbit a second."""
    site_path = _site(site_file, out)
    with tempfile.TemporaryDirectory() as scratch:
        video = Path(scratch) / "camera.mp4"
        as_camera(site_path.parent / load_site(site_path).cameras[0].url, video, seconds + 4, MAIN)
        figures = bench_clips(video, seconds)
    _tell("clips", figures.line(), _table("Clips", figures.line()), out)


def detect(
    size: Annotated[list[int] | None, typer.Option(help="side of the input; may be repeated")] = None,
    batch: Annotated[
        list[int] | None, typer.Option(help="pictures in one call; may be repeated", min=1, max=64)
    ] = None,
    rounds: Annotated[int, typer.Option(help="calls of each, in turns", min=3, max=1000)] = ROUNDS,
    out: Out = None,
) -> None:
    """The detector's network by provider, precision, size and batch, against the default in the same run."""
    sizes, batches = size or [416], batch or [1, 2]
    for side in sizes:
        if side % 32 or not 128 <= side <= 4096:
            fail(f"--size: expected a multiple of 32 from 128 to 4096, got {side}")
    if out is not None:
        check_folder("--out", out)
    figures = bench_detect(load_manifest(), sizes, batches, rounds)
    _tell("detect", figures.line(), figures.markdown(), out)


def _site(given: Path | None, out: Path | None) -> Path:
    """The site file; says first whether the figures could be written."""
    if out is not None:
        check_folder("--out", out)
    return given or bundled(DEMO_SITE)


def _tell(name: str, figures: dict[str, Any], table: str, out: Path | None) -> None:
    """Print the figures, and write them to ``out``, with what they were measured on."""
    machine = measured_on()
    told = json.dumps({**machine, **figures})
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{name}.json").write_text(told + "\n", encoding="utf-8")
        on = ", ".join(f"{key} {value}" for key, value in machine.items())
        (out / f"{name}.md").write_text(f"{table}\n{on}\n", encoding="utf-8")
    print(told)


def _table(title: str, figures: dict[str, Any]) -> str:
    rows = "\n".join(f"| {key} | {value} |" for key, value in figures.items())
    return f"# {title}\n\n| figure | value |\n|---|---|\n{rows}\n"


COMMANDS = (looks, loop, growth, path, clips, detect)
"""Those of `conduct bench` that are in here."""
