"""`conduct watch`, `conduct serve` and `conduct demo`: a site is watched."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pipelines.evidence.cutting import Recorders
from pipelines.evidence.spots import SpotPlan
from pipelines.hall.covers import NO_COVERS, FixedCovers, by_post, load_covers
from pipelines.hall.document import place_of
from pipelines.hall.holidays import unknown_year
from pipelines.hall.site import Site, load_site
from pipelines.live import Passed, run_live, tell_nobody
from pipelines.looking.eyes import Eyes
from pipelines.looking.newest import NewestLooks
from pipelines.metered import Metered
from pipelines.metrics import LOOK_AGE, SILENT, Counters, Meter
from pipelines.replay.journal import LooksJournal
from pipelines.rules.spots import Draw
from pipelines.run import Plan, make_plan, run_files
from pipelines.sinks import Both, JsonLines, Sink
from pipelines.streams.source import is_live
from service.alerts.tokens import Tokens
from service.cli.options import (
    DEFAULT_START,
    Host,
    Port,
    SiteFile,
    Sources,
    Start,
    check_folder,
    chosen_settings,
    fail,
    load_eyes,
    parse_sources,
    parse_start,
)
from service.cli.progress import shown_progress
from service.intake import StoreSink
from service.progress import Engine
from service.serving import check_login
from service.serving import serve as serve_page
from service.settings import Settings

DEMO_SITE = "hall_day.site.yaml"


def watch(
    site_file: SiteFile,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="folder for the results; replaces those of a run before"),
    ],
    source: Sources = None,
    start: Start = DEFAULT_START,
    covers: Annotated[
        Path | None, typer.Option("--covers", metavar="FILE", help="why posts may be without staff (YAML)")
    ] = None,
) -> None:
    """Watch a site's cameras to the end of their files, or until stopped, and write what is found."""
    check_folder("--out", out)
    site = load_site(site_file)
    began, sources = parse_start(start, site), parse_sources(source)
    given = covers_of(site, covers)
    eyes = load_eyes(announce=True)
    plan = make_plan(site, eyes, sources=sources, folder=site_file.parent, site_file=site_file)
    check_holidays(plan, site_file, began)
    plan = replace(plan, covers=given)
    files = JsonLines(out)
    # Without a terminal it is a script that reads stderr: there it holds errors only.
    with shown_progress(watched(plan), lines=False) as shown:
        stopped = stop_on_signals()
        missing = run_plan(plan, eyes, Both([files, shown]), out, began, stopped)
    files.close()
    for camera, seconds in missing.items():
        print(cut_short(camera, plan.urls[camera], seconds), file=sys.stderr)
    events = len((out / "events.jsonl").read_text(encoding="utf-8").splitlines())
    print(f"{events} events in {out / 'events.jsonl'}")
    if stopped() and not plan.live:
        print("stopped before the end of the video: what went on then has end_known: false")
    if missing:
        raise typer.Exit(2)


def serve(
    site_file: Annotated[
        Path | None, typer.Option("--site", help="the hall's site file; none = only review")
    ] = None,
    source: Sources = None,
    start: Start = DEFAULT_START,
    host: Host = None,
    port: Port = None,
) -> None:
    """Serve the review page and the API; with a site, watch its cameras meanwhile."""
    settings = chosen_settings(host, port)
    check_folder("CONDUCT_DATA_DIR", settings.data_dir)
    if site_file is None:
        serve_page(settings, None, announce=announce, announce_code=announce_code)
        return
    site = load_site(site_file)
    began, sources = parse_start(start, site), parse_sources(source)
    eyes = load_eyes(announce=True)
    plan = make_plan(site, eyes, sources=sources, folder=site_file.parent, site_file=site_file)
    check_holidays(plan, site_file, began)
    serve_run(settings, plan, eyes, began, site_file)


def demo(host: Host = None, port: Port = None) -> None:
    """The main job with nothing configured: the bundled clip, watched and served for review."""
    settings = chosen_settings(host, port)
    settings = settings.model_copy(
        update={
            "data_dir": settings.data_dir / "demo",
            "login": "open",
            "oidc_issuer": "",
            "passwords": "all",
        }
    )
    check_login(settings)
    check_folder("CONDUCT_DATA_DIR", settings.data_dir)
    site_file = bundled(DEMO_SITE)
    site = load_site(site_file)
    print(f"loading the models, then watching {site_file.parent.name}/{site.cameras[0].url}", flush=True)
    eyes = load_eyes(announce=True)
    plan = make_plan(site, eyes, folder=site_file.parent, site_file=site_file)
    serve_run(settings, plan, eyes, parse_start(DEFAULT_START, site), site_file)


def serve_run(settings: Settings, plan: Plan, eyes: Eyes, start: float, site_file: Path) -> None:
    """Serve the page while a plan is run into its store."""
    counters, newest, recorders = Counters(), NewestLooks(), Recorders()

    def run(store: StoreSink) -> None:
        stopped = store.watch_stop()
        with (
            shown_progress(watched(plan), lines=settings.log == "console") as shown,
            kept_looks(settings, plan.site) as journal,
        ):
            spots = spot_plan(settings, store)
            covered = replace(plan, covers=store.covers(), newest=newest, recorders=recorders, spots=spots)
            sink, keep = Both([store, *journal, shown]), settings.state_dir
            missing = run_plan(
                covered,
                eyes,
                sink,
                settings.data_dir,
                start,
                stopped,
                counters,
                keep=keep,
                passed=store.passed,
            )
        counters.forget(LOOK_AGE)  # nobody looks any more: that is no trouble of a camera
        for camera, seconds in missing.items():
            print(cut_short(camera, plan.urls[camera], seconds), file=sys.stderr)
        if not plan.live and not stopped():
            print("all cameras' files have been watched to their ends; the page stays up", flush=True)

    recorded = frozenset(camera for camera, url in plan.urls.items() if not is_live(url))
    engine = Engine(eyes.model.name, len(plan.urls), recorded)
    serve_page(
        settings,
        plan.site,
        run=run,
        engine=engine,
        counters=counters,
        newest=newest,
        recorders=recorders,
        announce=announce,
        site_file=site_file,
        announce_code=announce_code,
    )


def spot_plan(settings: Settings, store: StoreSink) -> SpotPlan | None:
    """What is drawn of the times in which nothing is flagged; None when nothing is."""
    if not settings.spot_checks:
        return None
    key = Tokens.kept_in(settings.data_dir).key_for("spot checks")
    return SpotPlan(Draw(settings.spot_checks, key), store.spot)


@contextmanager
def kept_looks(settings: Settings, site: Site) -> Iterator[list[LooksJournal]]:
    """The journal that keeps a run's looks, written to its end when the run is over; none when not wanted."""
    if not settings.keep_looks_days:
        yield []
        return
    with closing(LooksJournal(settings.looks_dir, site.zone)) as journal:
        yield [journal]


def check_holidays(plan: Plan, site_file: Path, began: float) -> None:
    """Refuse a site whose holidays nobody knows: today's when live, else those of a file's first picture."""
    told = unknown_year(plan.site.calendar, [time.time() if plan.live else began])
    if told is not None:
        fail(f"{place_of(site_file, 'schedule', 'holidays')}: schedule.holidays: {told}")


def covers_of(site: Site, file: Path | None) -> FixedCovers:
    """The covers of a file. Raises DocumentError."""
    if file is None:
        return NO_COVERS
    posts = [post.id for post in site.posts]
    return FixedCovers(by_post(load_covers(file, site.zone, posts), posts))


def run_plan(
    plan: Plan,
    eyes: Eyes,
    sink: Sink,
    folder: Path,
    start: float,
    stopped: Callable[[], bool],
    meter: Meter = SILENT,
    *,
    keep: Path | None = None,
    passed: Passed = tell_nobody,
) -> dict[str, float]:
    """Run files to their ends, or streams until ``stopped`` says so; both end what is open.

    ``meter`` counts what is read and found. With ``keep``, streams go on from what a run that was killed has
    kept in that folder; ``passed`` is told how far they have come. Gives, for each camera whose file is cut
    short, the seconds missing.
    """
    metered = Metered(meter)
    metered.begin(plan.site, plan.cameras())
    both = Both([sink, metered])
    if plan.live:
        run_live(
            plan,
            eyes,
            both,
            folder,
            start=start,
            stopped=stopped,
            meter=meter,
            keep=keep,
            passed=passed,
        )
        return {}
    return run_files(plan, eyes, both, folder, start=start, stopped=stopped, meter=meter)


def stop_on_signals() -> Callable[[], bool]:
    """Turn Ctrl-C and SIGTERM into a question: was the run asked to stop?"""
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: asked.append(received))
    return lambda: bool(asked)


def announce(address: str) -> None:
    """Say where the page is."""
    print(f"review page: {address}   (Ctrl-C stops)", flush=True)


def announce_code(code: str) -> None:
    """Say how the first admin is set up."""
    print(f"no account yet: open the page and set up the admin with the code {code}", flush=True)


def bundled(name: str) -> Path:
    """A file of the demo: inside the package when installed, in datasets/demo in a checkout."""
    service = Path(__file__).parent.parent
    places = (service / "bundled" / name, service.parent / "datasets" / "demo" / name)
    found = next((place for place in places if place.is_file()), None)
    return found or fail(f"expected the demo's {name}, it is not there; is the installation whole?")


def watched(plan: Plan) -> str:
    """The videos of a plan in a few words, never with a url in them."""
    if len(plan.urls) == 1 and not plan.live:
        return Path(next(iter(plan.urls.values()))).name
    return f"{len(plan.urls)} cameras"


def cut_short(camera: str, video: str, seconds: float) -> str:
    """The one line about a file that ends too early."""
    return (
        f"error: camera {camera}: expected {seconds:.1f} s more of video as the header of {video} says; "
        "the file is cut short, what is readable was judged and the rest is a gap"
    )
