"""The `alerts:` of a site file: who is told of what, when, and over which channel.

Only what can be said without a channel at hand: which kinds of channel there are is known to
`service.alerts.channels`, which checks `kind` and `url` when the service starts.
"""

import re
from collections.abc import Collection, Iterator
from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipelines.hall.environment import PLACEHOLDER, names_in
from pipelines.hall.ids import check_different
from pipelines.rules.schedule import Shift
from vision.mistake import MistakeError

Severity = Literal["low", "normal", "urgent"]
SEVERITIES: tuple[Severity, ...] = ("low", "normal", "urgent")
"""From the least to the most pressing."""
Cause = Literal["event", "unreviewed", "camera", "appeal", "decision", "digest"]
When = Literal["before", "after", "never"]
Seconds = Annotated[float, Field(gt=0, le=7 * 86_400, allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]

DEFAULT_WHEN: dict[str, When] = {"absent": "before"}
"""An empty post is told of at once, for visitors wait at it; all else once a reviewer has confirmed it."""

_PLAIN_PASSWORD = re.compile(r"://[^/?#]*:(?!@)(?P<password>[^/?#]*)@")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _no_plain_password(url: str) -> str:
    found = _PLAIN_PASSWORD.search(url)
    if found and PLACEHOLDER.sub("", found["password"]):
        raise MistakeError("password", "expected the password as ${{NAME}} from the environment")
    return url


def _only_from_environment(secret: str) -> str:
    if not names_in(secret) or PLACEHOLDER.sub("", secret):
        raise MistakeError("secret", "expected ${{NAME}}, the secret itself comes from the environment")
    return secret


class Channel(_Strict):
    """A way to reach somebody."""

    id: Name = Field(description="name of the channel, for routes, the page and the command")
    kind: Name = Field(default="apprise", description="apprise, or webhook: our own, signed")
    url: Annotated[str, AfterValidator(_no_plain_password)] = Field(
        min_length=1,
        repr=False,
        description="Apprise's URL, or https:// of the webhook; secrets in it as ${NAME} of the environment",
    )
    secret: Annotated[str, AfterValidator(_only_from_environment)] | None = Field(
        default=None, repr=False, description="${NAME} of the key that signs a webhook's messages"
    )


class Route(_Strict):
    """Who is told of what: everything that is said here must hold; what is left out holds always."""

    id: Name = Field(description="name of the route")
    to: tuple[Name, ...] = Field(min_length=1, description="channels that get the message")
    about: tuple[Cause, ...] = Field(
        default=("event",),
        description="event, unreviewed (nobody has judged an event in time), camera (no picture), appeal "
        "(the staff contest an event), decision (on such an appeal), digest (last week's report in short); "
        "empty: only what another route passes on",
    )
    rules: tuple[str, ...] = Field(default=(), description="only of these rules")
    posts: tuple[str, ...] = Field(default=(), description="only of these posts, or of their cameras")
    severity: Severity = Field(default="low", description="only of this severity or a higher one")
    hours: tuple[Shift, ...] = Field(default=(), description="only of what happens in these hours")
    acknowledge_s: Seconds | None = Field(
        default=None, description="seconds to acknowledge in, before the route `then` is told too"
    )
    then: Name | None = Field(default=None, description="route that is told when nobody acknowledged")


class RuleAlerts(_Strict):
    """When one rule's events are told of, and how pressing they are."""

    when: When | None = Field(
        default=None,
        description="before or after a reviewer confirmed it, or never; default after, for absent before",
    )
    severity: Severity = Field(default="normal", description="low, normal or urgent")


class RulesAlerts(_Strict):
    """The `rules:` of the alerts."""

    absent: RuleAlerts = RuleAlerts()
    phone_use: RuleAlerts = RuleAlerts()
    smoking: RuleAlerts = RuleAlerts()
    eating: RuleAlerts = RuleAlerts()
    out_of_uniform: RuleAlerts = RuleAlerts()


class CameraAlerts(_Strict):
    """When a camera without a usable picture is told of."""

    after_s: Seconds = Field(default=120, description="seconds of trouble")
    severity: Severity = Field(default="normal", description="low, normal or urgent")


class ReviewAlerts(_Strict):
    """When an event that nobody judges is told of."""

    after_s: Seconds = Field(default=3600, description="seconds without a verdict")
    severity: Severity = Field(default="normal", description="low, normal or urgent")


class WeeklyDigest(_Strict):
    """When last week's report is told of in short, to routes that want it."""

    at: time = Field(default=time(8), description="hour of the hall on Monday")


class Retries(_Strict):
    """How often and how fast a message is tried again."""

    tries: int = Field(default=12, ge=1, le=100, description="tries in all, then the delivery is dead")
    first_s: Seconds = Field(default=10, description="pause after the first failure; it doubles each time")
    longest_s: Seconds = Field(default=3600, description="longest pause")


class Alerts(_Strict):
    """The `alerts:` of a site. Without channels and routes nobody is told of anything."""

    channels: tuple[Channel, ...] = Field(default=(), description="ways to reach people")
    routes: tuple[Route, ...] = Field(default=(), description="who is told of what")
    rules: RulesAlerts = Field(default=RulesAlerts(), description="per rule: when, and how pressing")
    cameras: CameraAlerts = Field(default=CameraAlerts(), description="when a camera's trouble is told of")
    review: ReviewAlerts = Field(default=ReviewAlerts(), description="when a missing verdict is told of")
    digest: WeeklyDigest = Field(default=WeeklyDigest(), description="when a week's report is told of")
    quiet: tuple[Shift, ...] = Field(
        default=(), description="hours in which only what is urgent is sent; the rest waits"
    )
    fold_s: float = Field(
        default=600,
        ge=0,
        le=86_400,
        allow_inf_nan=False,
        description="more of the same post and rule within these seconds become one message",
    )
    retries: Retries = Field(default=Retries(), description="how failed messages are tried again")

    def route(self, route_id: str) -> Route | None:
        """A route by id, None when there is none."""
        return next((route for route in self.routes if route.id == route_id), None)

    def when(self, rule: str) -> When:
        """When a rule's events are told of; a rule of no site is told of as the default says."""
        given: RuleAlerts = getattr(self.rules, rule, RuleAlerts())
        return given.when or DEFAULT_WHEN.get(rule, "after")

    def severity(self, rule: str) -> Severity:
        """How pressing a rule's events are."""
        given: RuleAlerts = getattr(self.rules, rule, RuleAlerts())
        return given.severity

    def check(self, rules: Collection[str], posts: Collection[str]) -> None:
        """Whether the parts name each other rightly; MistakeError says the field at fault."""
        check_different("alerts.channels", [channel.id for channel in self.channels])
        check_different("alerts.routes", [route.id for route in self.routes])
        for i, route in enumerate(self.routes):
            for field, known, given in (
                ("to", [channel.id for channel in self.channels], route.to),
                ("rules", rules, route.rules),
                ("posts", posts, route.posts),
                ("then", [other.id for other in self.routes], (route.then,) if route.then else ()),
            ):
                _check_known(f"alerts.routes.{i}.{field}", known, given)
            self._check_passing_on(i, route)

    def _check_passing_on(self, i: int, route: Route) -> None:
        if (route.then is None) != (route.acknowledge_s is None):
            given, missing = ("then", "acknowledge_s") if route.then else ("acknowledge_s", "then")
            raise MistakeError(
                "beside", "expected {missing} beside it", f"alerts.routes.{i}.{given}", missing=missing
            )
        if route.id in [later.id for later in self._after(route)]:
            raise MistakeError(
                "circle", "expected an end, the routes pass on in a circle", f"alerts.routes.{i}.then"
            )

    def _after(self, route: Route) -> Iterator[Route]:
        """The routes that a route passes on to, each at most once."""
        seen: set[str] = set()
        following = self.route(route.then) if route.then else None
        while following is not None and following.id not in seen:
            seen.add(following.id)
            yield following
            following = self.route(following.then) if following.then else None


def _check_known(field: str, known: Collection[str], given: Collection[str]) -> None:
    for name in given:
        if name not in known:
            if not known:
                raise MistakeError(
                    "none_known", "expected none, for there are none, got {got!r}", field, got=name
                )
            choices = ", ".join(sorted(known))
            raise MistakeError(
                "unknown", "expected one of {choices}, got {got!r}", field, choices=choices, got=name
            )
