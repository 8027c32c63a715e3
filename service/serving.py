"""Serving: a socket, the page over it, and a run beside it, from the start to a clean stop."""

from __future__ import annotations

import logging
import signal
import socket
import threading
import traceback
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from pipelines.evidence.cutting import Recorders
from pipelines.hall.site import Site
from pipelines.keeper import open_events
from pipelines.looking.newest import NewestLooks
from pipelines.metrics import Counters
from service.api.context import Context
from service.bootstrap import build_app
from service.delivery import RunBegins
from service.intake import RunStoppedError, StoreSink
from service.logs import start_logging, without_logins
from service.progress import Engine, RunProgress
from service.settings import Settings

log = logging.getLogger(__name__)

# How long a stop waits for requests under way, and then for the run.
_GRACE_S = 3
_RUN_GRACE_S = 15
"""Seconds for a run to come to its end: a process that ends under a model at work is aborted."""


class ServeError(Exception):
    """The service cannot start; one line that says why."""


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
    try:
        return bound(settings.host, settings.port)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise ServeError(
            f"cannot listen on {where} (CONDUCT_HOST, CONDUCT_PORT): {error.strerror}"
        ) from error


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, or asyncio leaves Nagle's algorithm on, and every answer after a connection's first waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # Listening here, not later in uvicorn: a second service on this port must fail now.
        listener.listen(128)
    except OSError:
        listener.close()
        raise
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
    newest: NewestLooks | None = None,
    recorders: Recorders | None = None,
    announce: Callable[[str], None],
    announce_code: Callable[[str], None] | None = None,
    site_file: Path | None = None,
) -> None:
    """Serve the page until Ctrl-C or SIGTERM; meanwhile `run` feeds the store from its own thread.

    `run` must write its evidence below settings.data_dir. Its end, good or bad, leaves the page up; when the
    service stops, the run is asked to end (StoreSink.watch_stop) and given time for the look it is at.
    `announce` gets the page's address once it can be opened, `announce_code` the one-time code with which the
    first admin is set up, where there is none yet. Raises ServeError, StoreUnavailableError,
    BucketSettingsError, OidcSettingsError, and SiteError when a channel of the site cannot be used;
    `site_file` is where that stands.
    """
    start_logging(settings.log, settings.log_level)
    with closing(listen(settings)) as listener:
        address = _address(settings, listener)
        app = build_app(
            settings,
            site,
            site_file=site_file,
            address=address,
            engine=engine,
            counters=counters,
            newest=newest,
            recorders=recorders,
            patient=run is not None and site is not None,
        )
        context: Context = app.state.context
        sink = StoreSink(context.store, context.progress, delivery=context.delivery, site=site)
        worker = threading.Thread(target=_run, args=(run, sink, context.progress), name="run", daemon=True)
        try:
            announce(address)
            code = context.entrance.setup_code
            if code is not None and announce_code is not None:
                announce_code(code)
            if site is not None:
                app.state.alerts.start()
            if run is not None:
                if site is not None:
                    context.delivery.begin(_begins(settings, site, context.now()))
                context.progress.alive = worker.is_alive
                worker.start()
            context.delivery.start()
            context.sweeper.start()
            if context.mover is not None:
                context.mover.start()
            _serve_until_stopped(server_for(app), listener)
        finally:
            sink.stop()
            if worker.ident is not None:
                worker.join(_RUN_GRACE_S)
            context.cutter.close()
            context.renditions.close()
            context.sweeper.close()
            if context.mover is not None:
                context.mover.close()
            context.delivery.close()
            app.state.alerts.stop()
            context.store.close()


def _begins(settings: Settings, site: Site, now: datetime) -> RunBegins:
    cameras = frozenset(camera.id for camera in site.cameras)
    return RunBegins(at=now, cameras=cameras, going_on=open_events(settings.state_dir, site))


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
        try:
            run(sink)
        finally:
            sink.finish()
    except RunStoppedError:
        progress.update(state="done")
    except Exception as error:  # noqa: BLE001 - whatever it was, the page must stay up and say so
        log.error("the run failed\n%s", without_logins(traceback.format_exc()))
        progress.update(state="failed", error=without_logins(f"{type(error).__name__}: {error}"))
    else:
        progress.update(state="done")


def _address(settings: Settings, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/"
