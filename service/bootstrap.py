"""The composition root: the only place that puts the parts of the service together."""

from __future__ import annotations

import logging
import signal
import socket
import threading
import traceback
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import FastAPI

from pipelines.metrics import Counters
from pipelines.site import Site
from service import api, metrics, probes
from service.api.access import check_guarded
from service.api.context import Context
from service.auth.entrance import Entrance
from service.intake import RunStoppedError, StoreSink
from service.logs import start_logging, without_logins
from service.media import Evidence
from service.progress import Engine, RunProgress
from service.settings import Settings
from service.store import Hall, Store, StoredPost, open_database
from service.version import product_version
from service.views import Views
from service.web import page
from service.web.guard import Guard

log = logging.getLogger(__name__)

# How long a stop waits for requests under way, and then for the run.
_GRACE_S = 3
_RUN_GRACE_S = 15
"""Seconds for a run to come to its end: a process that ends under a model at work is aborted."""


class ServeError(Exception):
    """The service cannot start; one line that says why."""


def build_app(
    settings: Settings,
    site: Site | None = None,
    *,
    engine: Engine | None = None,
    counters: Counters | None = None,
) -> FastAPI:
    """The application over the store of the settings. Whoever builds it closes `app.state.context.store`.

    A site's hall and posts are taken into the store; without one those of the last time stay. ``engine`` is
    what will run beside the page, ``counters`` what it counts in.
    Raises StoreUnavailableError.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = Store(open_database(settings.store_url))
    if site is not None:
        take_site(store, site)
    # The interactive documentation pages load scripts from other servers; the description itself stays.
    app = FastAPI(
        title="conduct-monitor",
        version=product_version(),
        description="Rule events of a service hall's posts, their evidence, and what reviewers say to them.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.context = Context(
        settings=settings,
        store=store,
        evidence=Evidence(settings.data_dir),
        progress=RunProgress(engine),
        entrance=Entrance(store, settings.login_mode),
        views=Views(store),
        now=lambda: datetime.now(UTC),
        counters=counters or Counters(),
    )
    app.add_middleware(Guard, host_names=settings.host_names, any_host=probes.PATHS)
    api.install(app)
    for routes in (page.router, probes.router, metrics.router):
        app.include_router(routes)
    app.mount("/static", page.static)
    check_guarded(app)
    return app


def take_site(store: Store, site: Site) -> None:
    """Let a store take over the hall and the posts of a site."""
    store.set_site(Hall(site.hall, ZoneInfo(str(site.timezone))), _posts(site))


def check_login(settings: Settings) -> None:
    """Raises ServeError for open mode where others than this machine can ask."""
    if settings.login == "open" and not settings.may_be_open:
        raise ServeError(
            "CONDUCT_LOGIN: expected required where others can come in (CONDUCT_HOST is not loopback, or "
            "CONDUCT_ALLOWED_HOSTS names hosts), got open"
        )


def listen(settings: Settings) -> socket.socket:
    """The socket to serve on, bound before anything else starts.

    Raises ServeError when it is taken, and for an address that others reach while no login is asked for.
    """
    check_login(settings)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        # Listening here, not later in uvicorn: a second service on this port must fail now.
        listener.listen(128)
    except OSError as error:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        raise ServeError(
            f"cannot listen on {where} (CONDUCT_HOST, CONDUCT_PORT): {error.strerror}"
        ) from error
    return listener


def server_for(app: FastAPI) -> uvicorn.Server:
    """A quiet uvicorn for one application."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=_GRACE_S,
            lifespan="off",
        )
    )


def serve(
    settings: Settings,
    site: Site | None,
    *,
    run: Callable[[StoreSink], None] | None = None,
    engine: Engine | None = None,
    counters: Counters | None = None,
    announce: Callable[[str], None],
    announce_code: Callable[[str], None] | None = None,
) -> None:
    """Serve the page until Ctrl-C or SIGTERM; meanwhile `run` feeds the store from its own thread.

    `run` must write its evidence below settings.data_dir. Its end, good or bad, leaves the page up; when the
    service stops, the run is asked to end (StoreSink.watch_stop) and given time for the look it is at.
    `announce` gets the page's address once it can be opened, `announce_code` the one-time code with which the
    first admin is set up, where there is none yet. Raises ServeError, StoreUnavailableError.
    """
    start_logging(settings.log, settings.log_level)
    with closing(listen(settings)) as listener:
        app = build_app(settings, site, engine=engine, counters=counters)
        context: Context = app.state.context
        sink = StoreSink(context.store, context.progress)
        worker = threading.Thread(target=_run, args=(run, sink, context.progress), name="run", daemon=True)
        try:
            announce(_address(settings, listener))
            code = context.entrance.setup_code
            if code is not None and announce_code is not None:
                announce_code(code)
            if run is not None:
                context.store.end_health(context.now())
                context.store.covers.end_absences()
                context.progress.alive = worker.is_alive
                worker.start()
            _serve_until_stopped(server_for(app), listener)
        finally:
            sink.stop()
            if worker.ident is not None:
                worker.join(_RUN_GRACE_S)
            context.store.close()


def _serve_until_stopped(server: uvicorn.Server, listener: socket.socket) -> None:
    # uvicorn stops at the first signal and then raises it once more under the handlers it found; were those
    # the default ones, SIGTERM would end the process before the store is closed.
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        handlers = {
            number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)
        }
    try:
        server.run(sockets=[listener])
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _run(run: Callable[[StoreSink], None], sink: StoreSink, progress: RunProgress) -> None:
    progress.update(state="running")
    try:
        run(sink)
        sink.flush()
    except RunStoppedError:
        progress.update(state="done")
    except Exception as error:  # noqa: BLE001 - whatever it was, the page must stay up and say so
        log.error("the run failed\n%s", without_logins(traceback.format_exc()))
        progress.update(state="failed", error=without_logins(f"{type(error).__name__}: {error}"))
    else:
        progress.update(state="done")


def _posts(site: Site) -> list[StoredPost]:
    return [
        StoredPost(
            id=post.id,
            name=post.title,
            camera=post.camera,
            staff_zone=tuple((x, y) for x, y in post.staff_zone),
            visitor_zone=tuple((x, y) for x, y in post.visitor_zone) if post.visitor_zone else None,
            active=True,
        )
        for post in site.posts
    ]


def _address(settings: Settings, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/"
