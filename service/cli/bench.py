"""`conduct bench`: timings as ratios, in JSON."""

import json
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from models.choice import cpu_name
from models.session import cores
from pipelines.bench.detect import commit
from pipelines.bench.hall import Shown
from pipelines.bench.loop import MAIN, SUB, as_camera
from pipelines.bench.replay import bench_replay
from pipelines.bench.soak.cameras import cameras as served
from pipelines.bench.soak.cameras import looped
from pipelines.bench.soak.rtsp import ServerError, rtsp_cameras
from pipelines.bench.soak.run import soak as run_soak
from pipelines.hall.site import load_site
from pipelines.regulation import load
from pipelines.rules.engine import RuleEngine
from pipelines.rules.schedule import Schedule, Shift
from service.bench.store import NotEmptyError, bench_store
from service.cli.options import check_folder, chosen_settings, fail, load_eyes, load_manifest
from service.cli.runs import DEMO_SITE, bundled
from service.store import StoreUnavailableError
from service.version import product_version

SOAK_CLIP_S = 120.0
"""Seconds of the demo's clip that a soak's cameras repeat: all of it."""

DESK_HOURS = (
    Shift.model_validate({"from": "09:00", "to": "13:00"}),
    Shift.model_validate({"from": "14:00", "to": "19:00"}),
)
"""When the made-up hall of a replay is open."""

app = typer.Typer(help="Timings as ratios within one run, as JSON.")


@app.callback()
def bench() -> None:
    """Timings as ratios within one run, as JSON."""


@app.command()
def soak(
    cameras: Annotated[int, typer.Option(help="how many cameras", min=1, max=400)] = 16,
    minutes: Annotated[float, typer.Option(help="how long", min=0.5, max=1440)] = 30.0,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="take the cameras from a server of your own, with {n} for their numbers from 0; each "
            "connection must get the video from its beginning. Default: cameras of our own over HTTP",
        ),
    ] = None,
    rtsp: Annotated[
        bool, typer.Option("--rtsp", help="our cameras are GStreamer's RTSP server (a Debian package)")
    ] = False,
    sub: Annotated[
        bool, typer.Option("--sub", help="our cameras send 1280 x 720 at 10 a second, not 1080p at 25")
    ] = False,
    video: Annotated[
        Path | None, typer.Option(help="what those cameras show; default: the demo's clip at 1080p")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="folder for soak.json and soak.md")] = Path("soak"),
    site_file: Annotated[
        list[Path] | None,
        typer.Option(
            "--site",
            help="site whose first camera is repeated; several take turns, also the same again; "
            "default: the demo's",
        ),
    ] = None,
    posts_each: Annotated[
        int | None,
        typer.Option(help="posts of each camera, in turns from its site; default: all of them", min=1),
    ] = None,
) -> None:
    """Many live cameras for a long time: look ages, memory, CPU, pictures given up, events lost."""
    check_folder("--out", out)
    paths = site_file or [bundled(DEMO_SITE)]
    known, eyes = {path: load_site(path) for path in paths}, load_eyes()
    out.mkdir(parents=True, exist_ok=True)
    films = {path: video or out / f"camera{k}.mp4" for k, path in enumerate(known)}
    for path, film in films.items():
        if video is None:
            clip = path.parent / known[path].cameras[0].url
            as_camera(clip, film, SOAK_CLIP_S, SUB if sub else MAIN)
    turns = [paths[i % len(paths)] for i in range(cameras)]
    shown = [Shown(known[path], path.parent, films[path]) for path in turns]
    if posts_each is not None:
        shown = [one.some(posts_each, i) for i, one in enumerate(shown)]
    with ExitStack() as stack:
        if url is not None:
            urls = [url.replace("{n}", str(i)) for i in range(cameras)]
        elif rtsp:
            lasting = 60 * minutes + SOAK_CLIP_S
            long = {film: looped(film, film.with_suffix(".long.mp4"), lasting) for film in films.values()}
            try:
                urls = stack.enter_context(rtsp_cameras([long[one.video] for one in shown]))
            except ServerError as error:
                fail(f"--rtsp: {error}")
        else:
            urls = stack.enter_context(served([one.video for one in shown]))
        figures = run_soak(shown, eyes, urls, out, seconds=60 * minutes)
    machine = {"machine": cpu_name(), "cores": cores(), "version": product_version()}
    told = json.dumps({**machine, **figures.line()})
    (out / "soak.json").write_text(told + "\n", encoding="utf-8")
    (out / "soak.md").write_text(figures.markdown(), encoding="utf-8")
    print(told)


@app.command()
def store(
    events: Annotated[int, typer.Option(help="in the full store", min=10_000, max=10_000_000)] = 1_000_000,
    clips: Annotated[int, typer.Option(help="how many of them have one", min=0)] = 50_000,
    calls: Annotated[int, typer.Option(help="of each question", min=20, max=10_000)] = 200,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="an empty database to measure beside SQLite; emptied again; default CONDUCT_DATABASE_URL",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="folder for store.json and store.md")] = Path(
        "bench-store"
    ),
) -> None:
    """The store with a million events: events written a second, the queue's first pages, reports.

    ``load`` in the figures is the machine's at the end, over five minutes.
    """
    check_folder("--out", out)
    url = database or chosen_settings(None, None).database_url
    out.mkdir(parents=True, exist_ok=True)
    figures = []
    with tempfile.TemporaryDirectory(dir=out) as name:
        # What is given first: it is refused before minutes have gone by.
        for one in filter(None, (url, f"sqlite:///{Path(name, 'bench.sqlite3')}")):
            try:
                figures.append(
                    bench_store(
                        one, Path(name), events=events, clips=min(clips, events), calls=calls, told=note
                    )
                )
            except (NotEmptyError, StoreUnavailableError) as error:
                fail(f"--database: {error}" if one == url else str(error))
    machine = measured_on()
    told = json.dumps({**machine, "stores": [one.line() for one in figures]})
    (out / "store.json").write_text(told + "\n", encoding="utf-8")
    on = ", ".join(f"{name} {value}" for name, value in machine.items())
    table = "\n".join(one.markdown() for one in figures)
    (out / "store.md").write_text(f"# The store\n\n{on}\n\n{table}", encoding="utf-8")
    print(told)


@app.command()
def replay(
    posts: Annotated[int, typer.Option(help="of the hall", min=1, max=400)] = 50,
    days: Annotated[int, typer.Option(help="of ten hours", min=1, max=31)] = 7,
    dense: Annotated[
        bool, typer.Option("--dense", help="something goes on at every post every six minutes")
    ] = False,
) -> None:
    """A made-up week of looks through the rules once more, from a journal on disk, against look by look."""
    rules = tuple(load().rules.values())
    calibrations = load_manifest().of_task("detect")[1].calibrations()
    engine = RuleEngine(rules, load().beliefs, calibrations, Schedule(DESK_HOURS, ZoneInfo("Asia/Shanghai")))
    with tempfile.TemporaryDirectory() as folder:
        figures = bench_replay(
            engine, Path(folder), posts=posts, days=days, dense=dense, processes=cores(), told=note
        )
    machine = {"machine": cpu_name(), "cores": cores(), "version": product_version()}
    print(json.dumps({**machine, **figures.line()}))


def measured_on() -> dict[str, object]:
    """What figures were measured on; ``load`` is the machine's over five minutes."""
    return {
        "machine": cpu_name(),
        "cores": cores(),
        "load": round(os.getloadavg()[1], 1),
        "commit": commit(),
        "version": product_version(),
    }


def note(line: str) -> None:
    """What is done now, on stderr: it takes minutes."""
    print(line, file=sys.stderr)
