"""The composition root: the only place that puts the parts of the service together."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from pipelines.evidence.cutting import Recorders
from pipelines.hall.alerting import Alerts
from pipelines.hall.site import Site
from pipelines.looking.newest import NewestLooks
from pipelines.metrics import Counters
from pipelines.replay.journal import forget_looks
from service import api, metrics, probes
from service.alerts.addresses import Outside
from service.alerts.ledger import Ledger
from service.alerts.opening import Channels, open_channels
from service.alerts.tokens import Tokens
from service.alerts.wording import Words
from service.alerts.worker import Worker
from service.api.access import check_guarded
from service.api.context import Context
from service.auth.entrance import Entrance
from service.delivery import Delivery
from service.digests import Digests
from service.evidence.bucket import Bucket, bucket_of
from service.evidence.cutter import Cutter
from service.evidence.fetch import Fetcher
from service.evidence.media import Evidence
from service.evidence.mover import Mover
from service.evidence.planter import Planter
from service.evidence.renditions import Renditions
from service.evidence.spot_clips import sweep_spots
from service.evidence.sweeper import Sweeper
from service.oidc.door import Door
from service.oidc.registration import Registration, registration_of
from service.outbox import Outbox
from service.progress import Engine, RunProgress
from service.review.planting import Planting
from service.review.sampling import Sampling
from service.settings import Settings
from service.sitefile.file import SiteFile
from service.spool import Spool
from service.store import Hall, Store, StoreAwayError, StoredPost
from service.store.database import connect, migrate, open_tables
from service.store.overtaking import Overtaking
from service.version import product_version
from service.views import Views
from service.web import alerts as alert_pages
from service.web import appeals as appeal_pages
from service.web import findings as finding_pages
from service.web import oidc as oidc_pages
from service.web import page
from service.web import reports as report_pages
from service.web import site as site_page
from service.web import spots as spot_pages
from service.web import wall as wall_pages
from service.web.bodies import BodyLimit
from service.web.guard import Guard

log = logging.getLogger(__name__)


def build_app(
    settings: Settings,
    site: Site | None = None,
    *,
    site_file: Path | None = None,
    address: str = "",
    engine: Engine | None = None,
    counters: Counters | None = None,
    newest: NewestLooks | None = None,
    recorders: Recorders | None = None,
    patient: bool = False,
) -> FastAPI:
    """The application over the store of the settings. Whoever builds it closes `app.state.context.store`.

    A site's hall and posts are taken into the store; without one those of the last time stay, and nobody is
    alerted. `app.state.alerts` is the delivery worker, not started. ``address`` is where the page is served,
    ``engine`` what will run beside it, ``counters`` what that counts in, ``newest``
    where it keeps its last looks, ``recorders`` what clips can be cut from. With ``patient`` a store that is
    away now is waited for by the delivery. Raises StoreUnavailableError, BucketSettingsError,
    OidcSettingsError, and SiteError when a channel of the site cannot be used.
    """
    channels = _open_channels(settings, site, site_file)
    bucket = bucket_of(settings)
    registration = registration_of(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store, prepare = _open_store(settings, site, patient)
    mover = _mover(settings, store, bucket)
    # The interactive documentation pages load scripts from other servers; the description itself stays.
    app = FastAPI(
        title="conduct-monitor",
        version=product_version(),
        description="Rule events of a service hall's posts, their evidence, and what reviewers say to them. "
        "A body of more than 1 MiB is answered with 413.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    hall, posts = _hall_of(store, site if prepare else None)
    alerts = site.alerts if site else Alerts()
    outbox = Outbox(
        store.transactions,
        alerts,
        hall.zone,
        posts={post.id: post.camera for post in posts},
        now=_now,
    )
    digests = Digests(store, alerts, _now)
    store.follow(outbox)
    store.follow(Overtaking(store.transactions, settings.periods))
    names = {post.id: post.name for post in posts}
    base_url = (settings.base_url or address).rstrip("/") + "/"
    words = Words(hall.name, settings.language, hall.zone, names, base_url)
    tokens = Tokens.kept_in(settings.data_dir)
    store.answers.sampling = Sampling(settings.second_shares, tokens.key_for("second review"))
    store.claims.lease = store.spots.lease = timedelta(minutes=settings.claim_minutes)
    evidence = Evidence(settings.data_dir, Fetcher(store, bucket, settings.data_dir) if bucket else None)
    cutter = Cutter(store, recorders or Recorders(), settings.data_dir, _now)
    planter = Planter(store, evidence, settings.data_dir, settings.terms.rejected, now=_now)
    entrance = Entrance(store, settings.login_mode, settings.passwords)
    planter.planting = Planting(settings.planted, tokens.key_for("known clips"))
    app.state.context = Context(
        settings=settings,
        store=store,
        delivery=Delivery(
            store,
            Spool(settings.data_dir / "spool" / "store.jsonl"),
            root=settings.data_dir,
            prepare=prepare,
        ),
        sweeper=Sweeper(
            store,
            settings.data_dir,
            settings.terms,
            now=_now,
            spare=mover.make_room if mover else None,
            also=(
                planter.sweep,
                cutter.sweep,
                partial(forget_looks, settings.looks_dir, timedelta(days=settings.keep_looks_days)),
                partial(
                    sweep_spots, store, settings.data_dir, timedelta(days=settings.keep_spot_checks_days)
                ),
            ),
        ),
        planter=planter,
        evidence=evidence,
        cutter=cutter,
        renditions=Renditions(),
        progress=RunProgress(engine),
        entrance=entrance,
        views=Views(store),
        now=_now,
        outbox=outbox,
        ledger=Ledger(store.transactions),
        words=words,
        ack_tokens=tokens,
        channels=tuple(channels.senders),
        site_file=SiteFile(site_file or settings.data_dir / "site.yaml", served=site_file is not None),
        counters=counters or Counters(),
        newest=newest or NewestLooks(),
        mover=mover,
        sign_on=_sign_on(registration, store, entrance, settings, tokens.key_for("single sign-on")),
    )
    app.state.alerts = Worker(outbox, channels, words, tokens, digest=digests.of_message, now=_now)
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard, host_names=settings.host_names, any_host=probes.PATHS)
    api.install(app)
    for routes in (
        *(page.router, alert_pages.router, appeal_pages.router, finding_pages.router, report_pages.router),
        *(site_page.router, spot_pages.router, wall_pages.router, oidc_pages.router),
        *(probes.router, metrics.router),
    ):
        app.include_router(routes)
    app.mount("/static", page.static)
    check_guarded(app)
    return app


def _sign_on(
    registration: Registration | None, store: Store, entrance: Entrance, settings: Settings, key: bytes
) -> Door | None:
    if registration is None:
        return None
    from service.oidc.provider import Provider  # its libraries take a while to load

    return Door(Provider(registration), store, entrance, settings, key)


def _mover(settings: Settings, store: Store, bucket: Bucket | None) -> Mover | None:
    if bucket is None:
        return None
    return Mover(store, bucket, settings.data_dir, keep_s=settings.evidence_local_hours * 3600)


def take_site(store: Store, site: Site) -> None:
    """Let a store take over the hall and the posts of a site."""
    store.set_site(_hall(site), _posts(site))


def _hall_of(store: Store, site: Site | None) -> tuple[Hall, list[StoredPost]]:
    """The hall and its posts, those of earlier sites too; of ``site`` alone when the store is away."""
    return (store.hall(), store.posts()) if site is None else (_hall(site), _posts(site))


def _open_store(
    settings: Settings, site: Site | None, patient: bool
) -> tuple[Store, Callable[[], None] | None]:
    """The store, and what must still be done before anything can be delivered to it."""
    engine = connect(settings.store_url)
    store = Store(engine)

    def prepare() -> None:
        migrate(engine)
        if site is not None:
            take_site(store, site)

    try:
        open_tables(engine)
    except StoreAwayError as error:
        if not patient:
            raise
        log.error("%s; the cameras are watched meanwhile", error)
        return store, prepare
    if site is not None:
        take_site(store, site)
    return store, None


def _now() -> datetime:
    return datetime.now(UTC)


def _open_channels(settings: Settings, site: Site | None, site_file: Path | None) -> Channels:
    given = site.alerts.channels if site else ()
    return open_channels(given, Outside(settings.alert_networks), _now, site_file=site_file)


def _hall(site: Site) -> Hall:
    return Hall(site.hall, ZoneInfo(str(site.timezone)), site.schedule)


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
