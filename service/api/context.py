"""What the routes work with; the composition root puts it on the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Path, Request

from pipelines.looking.newest import NewestLooks
from pipelines.metrics import Counters
from service.alerts.ledger import Ledger
from service.alerts.tokens import Tokens
from service.alerts.wording import Words
from service.aside import Aside
from service.auth.entrance import Entrance
from service.delivery import Delivery
from service.evidence.cutter import Cutter
from service.evidence.media import Evidence
from service.evidence.mover import Mover
from service.evidence.planter import Planter
from service.evidence.renditions import Renditions
from service.evidence.sweeper import Sweeper
from service.oidc.door import Door
from service.outbox import Outbox
from service.progress import RunProgress
from service.settings import Settings
from service.sitefile.file import SiteFile
from service.sitefile.people import Pictures
from service.sitefile.picture import Photographer
from service.store import Store
from service.views import Views


@dataclass(frozen=True)
class Context:
    """The parts of one running service. `now` gives aware times, `counters` holds what the run counts,
    `newest` its last look at each post, `channels` are those of the alerts.
    """

    settings: Settings
    store: Store
    delivery: Delivery
    sweeper: Sweeper
    planter: Planter
    evidence: Evidence
    cutter: Cutter
    renditions: Renditions
    progress: RunProgress
    entrance: Entrance
    views: Views
    now: Callable[[], datetime]
    outbox: Outbox
    ledger: Ledger
    words: Words
    ack_tokens: Tokens
    channels: tuple[str, ...]
    site_file: SiteFile
    counters: Counters = field(default_factory=Counters)
    photographer: Photographer = field(default_factory=Photographer)
    aside: Aside = field(default_factory=Aside)
    pickable: Pictures = field(default_factory=Pictures)
    newest: NewestLooks = field(default_factory=NewestLooks)
    mover: Mover | None = None
    """Moves evidence into a bucket; None when it stays in the data folder."""
    sign_on: Door | None = None
    """The single sign-on; None without a provider."""


def context_of(request: Request) -> Context:
    """The context of the application that got this request."""
    return cast(Context, request.app.state.context)


ContextDep = Annotated[Context, Depends(context_of)]

EventId = Annotated[
    str,
    Path(
        description="Id of a rule event: 16 hexadecimal digits.",
        pattern="^[0-9a-f]{16}$",
        examples=["9f2c61d07a3be845"],
    ),
]
